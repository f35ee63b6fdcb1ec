/*
 * Forms and path segments. What is decoded is UTF-8 without NUL and, encoded again by a second
 * hand, decodes to the same pairs; a segment never shows a slash.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/form.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

static void
encode(struct buf *b, const char *s)
{
	must(str_utf8(s, strlen(s)));
	for (; *s != '\0'; s++)
		buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s);
}

static void
check_form(struct arena *a, const char *text, size_t bytes)
{
	struct pairs pairs, again;
	const char *why = NULL;
	struct buf b;

	if (!form_decode(a, text, bytes, &pairs, &why)) {
		must(why != NULL);
		return;
	}
	must(pairs.n <= FORM_PAIRS_MAX);
	buf_init(&b, a);
	for (size_t i = 0; i < pairs.n; i++) {
		must(pairs.at[i].name[0] != '\0');
		buf_puts(&b, i == 0 ? "" : "&");
		encode(&b, pairs.at[i].name);
		buf_putc(&b, '=');
		encode(&b, pairs.at[i].value);
	}
	must(form_decode(a, b.at, b.bytes, &again, &why) && again.n == pairs.n);
	for (size_t i = 0; i < pairs.n; i++) {
		must(strcmp(again.at[i].name, pairs.at[i].name) == 0);
		must(strcmp(again.at[i].value, pairs.at[i].value) == 0);
	}
}

static void
check_segment(struct arena *a, const char *text, size_t bytes)
{
	const char *s = form_unescape(a, text, bytes), *again;
	struct buf b;

	if (s == NULL) {
		must(memchr(text, '%', bytes) != NULL || memchr(text, '/', bytes) != NULL ||
		    !str_utf8(text, bytes));
		return;
	}
	must(strchr(s, '/') == NULL);
	buf_init(&b, a);
	encode(&b, s);
	again = form_unescape(a, b.at, b.bytes);
	must(again != NULL && strcmp(again, s) == 0);
	if (memchr(text, '%', bytes) == NULL) /* nothing to decode: the text itself */
		must(strlen(s) == bytes && memcmp(s, text, bytes) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	/* Without a NUL behind it: the sanitizer sees a step too far. */
	char *text = malloc(bytes == 0 ? 1 : bytes);

	memcpy(text, data, bytes);
	check_form(a, text, bytes);
	check_segment(a, text, bytes);
	arena_free(&a);
	free(text);
	return 0;
}
