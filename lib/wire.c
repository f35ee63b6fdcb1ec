#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire.h"

enum { TYPE_BEGIN = 1, TYPE_PARAMS = 4, TYPE_STDIN = 5 };
enum { ROLE_RESPONDER = 1, FLAG_KEEP = 1 };

enum {
	FIRST_BYTES = 4096,
	/* A refused body is read to its end so that its sender can be told; not for ever. */
	DRAIN_MAX = 64 * 1024 * 1024
};

/* Bodies hold passwords: an outgrown block is wiped, which realloc() would not do. */
static void
bytes_free(struct wire_bytes *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->n);
	free(b->at);
	*b = (struct wire_bytes){.at = NULL};
}

static void
bytes_add(struct wire_bytes *b, const unsigned char *p, size_t n)
{
	size_t size = b->size > 0 ? b->size : FIRST_BYTES;
	struct wire_bytes old = *b;

	while (size < b->n + n)
		size *= 2;
	if (size > b->size) {
		b->at = malloc(size);
		if (b->at == NULL)
			abort(); /* as arenas do: workers are disposable */
		b->size = size;
		if (old.at != NULL)
			memcpy(b->at, old.at, old.n);
		bytes_free(&old);
	}
	memcpy(b->at + b->n, p, n);
	b->n += n;
}

void
wire_init(struct wire *w)
{
	*w = (struct wire){.phase = WIRE_BEGIN};
}

void
wire_fini(struct wire *w)
{
	bytes_free(&w->params);
	bytes_free(&w->body);
}

void
wire_reset(struct wire *w)
{
	struct wire_bytes params = w->params;
	size_t body_max = w->body_max;

	/* An idle kept connection holds a page for its next parameters and nothing else. */
	if (params.size > FIRST_BYTES)
		bytes_free(&params);
	else if (params.at != NULL)
		explicit_bzero(params.at, params.n);
	params.n = 0;
	bytes_free(&w->body);
	*w = (struct wire){.phase = WIRE_BEGIN, .params = params, .body_max = body_max};
}

bool
wire_begun(const struct wire *w)
{
	return w->phase != WIRE_BEGIN || w->header_n > 0;
}

/* One length of a name-value pair: a byte, or four with the first bit set (FastCGI 1.0 §3.4). */
static bool
length(const unsigned char **p, const unsigned char *end, size_t *n_r)
{
	if (*p == end)
		return false;
	if (**p < 0x80) {
		*n_r = *(*p)++;
		return true;
	}
	if (end - *p < 4)
		return false;
	*n_r =
	    (size_t)((*p)[0] & 0x7f) << 24 | (size_t)(*p)[1] << 16 | (size_t)(*p)[2] << 8 | (*p)[3];
	*p += 4;
	return true;
}

/*
 * Every pair lies inside the parameters (CVE-2025-23016: libfcgi adds the lengths first), and is
 * what "NAME=value" can say: libfcgi keeps it in that form.
 */
static bool
params_whole(const struct wire_bytes *params)
{
	const unsigned char *p = params->at, *end;
	size_t name, value;

	if (params->n == 0)
		return true;
	for (end = p + params->n; p < end; p += name + value) {
		if (!length(&p, end, &name) || !length(&p, end, &value))
			return false;
		if (name > (size_t)(end - p) || value > (size_t)(end - p) - name)
			return false;
		if (name == 0 || memchr(p, '=', name) != NULL ||
		    memchr(p, '\0', name + value) != NULL)
			return false;
	}
	return true;
}

/* The eight bytes of w->header open a record that may come now. */
static bool
record_starts(struct wire *w)
{
	const unsigned char *h = w->header;
	unsigned type = h[1], id = (unsigned)h[2] << 8 | h[3];

	w->content = w->content_left = (size_t)h[4] << 8 | h[5];
	w->padding_left = h[6];
	if (h[0] != 1)
		return false;
	if (w->phase == WIRE_BEGIN) {
		w->id = id;
		return type == TYPE_BEGIN && id != 0 && w->content == sizeof(w->begin);
	}
	return id == w->id && type == (w->phase == WIRE_PARAMS ? TYPE_PARAMS : TYPE_STDIN);
}

static bool
record_holds(struct wire *w, const unsigned char *p, size_t n)
{
	switch (w->phase) {
	case WIRE_BEGIN:
		memcpy(w->begin + w->begin_n, p, n);
		w->begin_n += n;
		return true;
	case WIRE_PARAMS:
		if (n > WIRE_PARAMS_MAX - w->params.n)
			return false;
		bytes_add(&w->params, p, n);
		return true;
	case WIRE_STDIN:
		w->body_sent += n;
		if (w->body_sent <= w->body_max)
			bytes_add(&w->body, p, n);
		else
			bytes_free(&w->body);
		return w->body_sent <= w->body_max || w->body_sent - w->body_max <= DRAIN_MAX;
	case WIRE_WHOLE:
		break;
	}
	assert(false);
	return false;
}

static bool
record_ends(struct wire *w)
{
	w->header_n = 0;
	if (w->phase == WIRE_BEGIN) {
		w->keep = (w->begin[2] & FLAG_KEEP) != 0;
		w->phase = WIRE_PARAMS;
		return ((unsigned)w->begin[0] << 8 | w->begin[1]) == ROLE_RESPONDER;
	}
	if (w->content > 0)
		return true;
	if (w->phase == WIRE_PARAMS) {
		w->phase = WIRE_STDIN;
		return params_whole(&w->params);
	}
	w->phase = WIRE_WHOLE;
	return true;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One step: as much of the header, the content or the padding as has come. False: refused. */
static bool
step(struct wire *w, const unsigned char *p, size_t n, size_t *used_r)
{
	if (w->header_n < WIRE_HEADER_BYTES) {
		*used_r = least(n, WIRE_HEADER_BYTES - w->header_n);
		memcpy(w->header + w->header_n, p, *used_r);
		w->header_n += *used_r;
		if (w->header_n == WIRE_HEADER_BYTES && !record_starts(w))
			return false;
	} else if (w->content_left > 0) {
		*used_r = least(n, w->content_left);
		w->content_left -= *used_r;
		if (!record_holds(w, p, *used_r))
			return false;
	} else {
		*used_r = least(n, w->padding_left);
		w->padding_left -= *used_r;
	}
	if (w->header_n == WIRE_HEADER_BYTES && w->content_left == 0 && w->padding_left == 0)
		return record_ends(w);
	return true;
}

enum wire_state
wire_feed(struct wire *w, const unsigned char *p, size_t n, size_t *used_r)
{
	size_t used;

	*used_r = 0;
	while (*used_r < n && w->phase != WIRE_WHOLE) {
		if (!step(w, p + *used_r, n - *used_r, &used))
			return WIRE_BAD;
		*used_r += used;
	}
	return w->phase == WIRE_WHOLE ? WIRE_DONE : WIRE_MORE;
}

static void
put_header(unsigned char *out, unsigned type, unsigned id, size_t content)
{
	const unsigned char header[WIRE_HEADER_BYTES] = {1, (unsigned char)type,
	    (unsigned char)(id >> 8), (unsigned char)id, (unsigned char)(content >> 8),
	    (unsigned char)content, 0, 0};

	memcpy(out, header, sizeof(header));
}

void
wire_head(const struct wire *w, unsigned char out_r[WIRE_HEAD_BYTES])
{
	const unsigned char begin[8] = {0, ROLE_RESPONDER, FLAG_KEEP};

	put_header(out_r, TYPE_BEGIN, w->id, sizeof(begin));
	memcpy(out_r + WIRE_HEADER_BYTES, begin, sizeof(begin));
	put_header(out_r + WIRE_HEADER_BYTES + sizeof(begin), TYPE_PARAMS, w->id, w->params.n);
}

size_t
wire_tail(const struct wire *w, unsigned char out_r[WIRE_TAIL_BYTES])
{
	unsigned char *p = out_r;

	/* Without parameters the record of the head was the empty one already. */
	if (w->params.n > 0) {
		put_header(p, TYPE_PARAMS, w->id, 0);
		p += WIRE_HEADER_BYTES;
	}
	put_header(p, TYPE_STDIN, w->id, 0);
	return (size_t)(p - out_r) + WIRE_HEADER_BYTES;
}
