/*
 * The Authorization header of an OAuth2 client. What is read is UTF-8 and, encoded again by a second
 * hand, is read the same; nothing but the scheme decides whether it is ours to judge.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "lib/arena.h"
#include "lib/basic.h"
#include "lib/buf.h"
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
check_again(struct arena *a, const struct basic *first)
{
	struct basic again;
	struct buf b;
	char *text;

	buf_init(&b, a);
	encode(&b, first->id);
	buf_putc(&b, ':');
	encode(&b, first->secret.s);
	text = arena_alloc(a, 4 * b.bytes / 3 + 16);
	memcpy(text, "basic ", 6);
	(void)EVP_EncodeBlock((unsigned char *)text + 6, (unsigned char *)b.at, (int)b.bytes);
	must(basic_parse(a, text, &again) == BASIC_OK);
	must(strcmp(first->id, again.id) == 0 && strcmp(first->secret.s, again.secret.s) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	/* Exactly as long as it is: the sanitizer sees a step too far. */
	char *text = malloc(bytes + 1);
	struct basic b;

	memcpy(text, data, bytes);
	text[bytes] = '\0';
	switch (basic_parse(a, text, &b)) {
	case BASIC_OK:
		check_again(a, &b);
		break;
	case BASIC_NONE:
		must(strncasecmp(text, "basic ", 6) != 0);
		break;
	case BASIC_BAD:
		must(strncasecmp(text, "basic ", 6) == 0);
		break;
	}
	free(text);
	arena_free(&a);
	return 0;
}
