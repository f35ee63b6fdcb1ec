/*
 * Cursors: the first byte is the length of the question, then the question, then the text of a cursor. What
 * is accepted is a place that is written again as the same text, and of no other question; and
 * whatever place is written is read again.
 */

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/cursor.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

static void
check_read(struct arena *a, const char *question, const char *text)
{
	struct cursor c;

	if (!cursor_read(a, question, text, &c))
		return;
	must(str_uuid(c.id) && str_utf8(c.key, strlen(c.key)));
	must(strcmp(cursor_text(a, question, &c), text) == 0);
	must(!cursor_read(a, arena_printf(a, "%s ", question), text, &c));
}

static void
check_written(struct arena *a, const char *question, const char *key)
{
	static const char id[] = "3f0e0c1a-5b7d-4e2f-8a90-b1c2d3e4f506";
	struct cursor c;
	bool fits = strlen(key) <= 4 * 255 && str_utf8(key, strlen(key));

	must(cursor_read(a, question, cursor_text(a, question, &(struct cursor){key, id}), &c) ==
	    fits);
	must(!fits || (strcmp(c.key, key) == 0 && strcmp(c.id, id) == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	size_t n = bytes == 0 ? 0 : data[0] % bytes;
	const char *question = arena_strndup(a, (const char *)data + (bytes > 0), n);
	const char *text =
	    arena_strndup(a, (const char *)data + (bytes > 0) + n, bytes - (bytes > 0) - n);

	check_read(a, question, text);
	/* A cursor of this question, so that the binding is passed. */
	check_read(a, "q", text);
	check_written(a, question, text);
	arena_free(&a);
	return 0;
}
