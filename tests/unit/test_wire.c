#include <criterion/criterion.h>
#include <string.h>

#include "lib/wire.h"

struct bytes {
	unsigned char at[4096];
	size_t n;
};

static void
put(struct bytes *b, unsigned type, unsigned id, const void *p, size_t n)
{
	const unsigned char header[] = {1, (unsigned char)type, (unsigned char)(id >> 8),
	    (unsigned char)id, (unsigned char)(n >> 8), (unsigned char)n, 0, 0};

	memcpy(b->at + b->n, header, sizeof(header));
	memcpy(b->at + b->n + sizeof(header), p, n);
	b->n += sizeof(header) + n;
}

static struct bytes
request(const char *params, size_t params_n, const char *body)
{
	struct bytes b = {.n = 0};

	put(&b, 1, 258, "\0\1\1\0\0\0\0\0", 8);
	if (params_n > 0)
		put(&b, 4, 258, params, params_n);
	put(&b, 4, 258, "", 0);
	if (body[0] != '\0')
		put(&b, 5, 258, body, strlen(body));
	put(&b, 5, 258, "", 0);
	return b;
}

Test(wire, takes_a_request_in_pieces_of_any_size)
{
	struct bytes b = request("\4\5NAMEvalue", 11, "body");

	for (size_t piece = 1; piece <= b.n; piece++) {
		enum wire_state state = WIRE_MORE;
		struct wire w;
		size_t used;

		wire_init(&w);
		w.body_max = 4;
		for (size_t at = 0; at < b.n; at += piece) {
			size_t n = b.n - at < piece ? b.n - at : piece;

			cr_assert_eq(state, WIRE_MORE, "pieces of %zu, at %zu", piece, at);
			state = wire_feed(&w, b.at + at, n, &used);
			cr_assert_eq(used, n, "pieces of %zu, at %zu", piece, at);
		}
		cr_assert_eq(state, WIRE_DONE, "pieces of %zu", piece);
		cr_assert(w.keep && w.id == 258 && w.params.n == 11 && w.body.n == 4, "%zu", piece);
		cr_assert_arr_eq(w.body.at, "body", 4);
		wire_fini(&w);
	}
}

Test(wire, stops_where_the_request_ends)
{
	struct bytes b = request("\1\1AB", 4, "");
	struct wire w;
	size_t used, n = b.n;

	put(&b, 1, 1, "\0\1\1\0\0\0\0\0", 8);
	wire_init(&w);
	cr_assert_eq(wire_feed(&w, b.at, b.n, &used), WIRE_DONE);
	cr_assert_eq(used, n);
	wire_reset(&w);
	cr_assert_not(wire_begun(&w));
	cr_assert_eq(wire_feed(&w, b.at + n, 3, &used), WIRE_MORE);
	cr_assert(wire_begun(&w));
	wire_fini(&w);
}

Test(wire, counts_a_body_it_does_not_keep)
{
	struct bytes b = request("\1\1AB", 4, "12345");
	struct wire w;
	size_t used;

	wire_init(&w);
	w.body_max = 4;
	cr_assert_eq(wire_feed(&w, b.at, b.n, &used), WIRE_DONE);
	cr_assert_eq(w.body_sent, 5);
	cr_assert_eq(w.body.n, 0);
	wire_fini(&w);
}

Test(wire, refuses_parameters_that_are_not_whole)
{
	static const struct {
		const char *p;
		size_t n;
		enum wire_state want;
	} cases[] = {
	    {"", 0, WIRE_DONE}, {"\1\0A", 3, WIRE_DONE}, {"\200\0\0\1\1AB", 7, WIRE_DONE},
	    {"\1\1AB\1\1CD", 8, WIRE_DONE}, {"\1\2AB", 4, WIRE_BAD}, /* the value is cut off */
	    {"\3\0AB", 4, WIRE_BAD},                                 /* the name is */
	    {"\1", 1, WIRE_BAD},                                /* the length of the value is */
	    {"\200\0\0", 3, WIRE_BAD},                          /* a length is */
	    {"\377\377\377\377\377\377\377\377A", 9, WIRE_BAD}, /* CVE-2025-23016 */
	    {"\377\377\377\376\200\0\0\3A", 9, WIRE_BAD},       /* their sum wraps in 31 bits */
	    {"\0\1A", 3, WIRE_BAD},                             /* no name */
	    {"\3\1A=BC", 6, WIRE_BAD},                          /* a name that would be another */
	    {"\1\3AB\0C", 6, WIRE_BAD},                         /* a value that would end early */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes b = request(cases[i].p, cases[i].n, "");
		struct wire w;
		size_t used;

		wire_init(&w);
		cr_assert_eq(wire_feed(&w, b.at, b.n, &used), cases[i].want, "case %zu", i);
		wire_fini(&w);
	}
}

/* Every record in the place of every other: only the order of a request is taken. */
Test(wire, refuses_records_out_of_order)
{
	static const unsigned order[] = {1, 4, 4, 5, 5}; /* the second of a kind is empty */

	for (size_t i = 0; i < 5; i++) {
		for (unsigned type = 0; type < 16; type++) {
			struct bytes b = {.n = 0};
			struct wire w;
			size_t used;

			for (size_t k = 0; k < 5; k++)
				put(&b, k == i ? type : order[k], 1,
				    k == 0 ? "\0\1\0\0\0\0\0\0" : "\6\0ABCDEF",
				    k == 2 || k == 4 ? 0 : 8);
			wire_init(&w);
			w.body_max = 8;
			cr_assert_eq(wire_feed(&w, b.at, b.n, &used),
			    type == order[i] ? WIRE_DONE : WIRE_BAD, "type %u at %zu", type, i);
			wire_fini(&w);
		}
	}
}

Test(wire, says_the_same_request_again)
{
	struct bytes b = request("\1\1AB", 4, "body"), again = {.n = 0};
	struct wire w, second;
	size_t used;

	wire_init(&w);
	wire_init(&second);
	cr_assert_eq(wire_feed(&w, b.at, b.n, &used), WIRE_DONE);
	wire_head(&w, again.at);
	memcpy(again.at + WIRE_HEAD_BYTES, w.params.at, w.params.n);
	again.n = WIRE_HEAD_BYTES + w.params.n;
	again.n += wire_tail(&w, again.at + again.n);
	cr_assert_eq(wire_feed(&second, again.at, again.n, &used), WIRE_DONE);
	cr_assert(second.id == w.id && second.keep && second.params.n == 4 && used == again.n);
	wire_fini(&w);
	wire_fini(&second);
}
