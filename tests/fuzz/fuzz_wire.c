#include <stdlib.h>
#include <string.h>

#include "lib/wire.h"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/*
 * Whatever the bytes, and however they are cut, the outcome is the same; and what was taken for a
 * request is taken for the same one when it is said again.
 */
static enum wire_state
feed(struct wire *w, const unsigned char *p, size_t n, size_t piece, size_t *used_r)
{
	enum wire_state state = WIRE_MORE;

	*used_r = 0;
	while (*used_r < n && state == WIRE_MORE) {
		size_t some = n - *used_r < piece ? n - *used_r : piece, used;

		state = wire_feed(w, p + *used_r, some, &used);
		*used_r += used;
	}
	return state;
}

static void
say_again(const struct wire *w)
{
	static unsigned char again[WIRE_HEAD_BYTES + WIRE_PARAMS_MAX + WIRE_TAIL_BYTES];
	size_t n = WIRE_HEAD_BYTES + w->params.n, used;
	struct wire second;

	wire_head(w, again);
	if (w->params.n > 0)
		memcpy(again + WIRE_HEAD_BYTES, w->params.at, w->params.n);
	n += wire_tail(w, again + n);
	wire_init(&second);
	if (feed(&second, again, n, n, &used) != WIRE_DONE || used != n || second.id != w->id ||
	    second.params.n != w->params.n || second.body_sent != 0)
		abort();
	wire_fini(&second);
}

int
LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	struct wire whole, cut;
	size_t used_whole, used_cut;
	enum wire_state state;

	wire_init(&whole);
	wire_init(&cut);
	whole.body_max = cut.body_max = 64;
	state = feed(&whole, p, n, n > 0 ? n : 1, &used_whole);
	if (feed(&cut, p, n, n % 7 + 1, &used_cut) != state)
		abort();
	if (state == WIRE_DONE) {
		if (used_whole != used_cut || whole.body.n != cut.body.n || whole.body.n > 64)
			abort();
		say_again(&whole);
	}
	wire_fini(&whole);
	wire_fini(&cut);
	return 0;
}
