#include <string.h>

#include "lib/arena.h"
#include "lib/form.h"
#include "lib/str.h"

#include "lib/basic.h"

static const char scheme[] = "basic ";

/* RFC 4648 §4, strictly: NULL for anything that is not the one spelling of some bytes. */
static char *
decode(struct arena *a, const char *text, size_t *n_r)
{
	size_t chars = strlen(text), padding = 0;
	char *url = arena_strdup(a, text), *out = arena_alloc(a, chars + 1);

	while (padding < 2 && padding < chars && text[chars - 1 - padding] == '=')
		padding++;
	if (chars % 4 != 0 || strpbrk(text, "-_") != NULL)
		return NULL;
	for (char *p = url; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	return secret_decode(url, chars - padding, out, chars, n_r) ? out : NULL;
}

enum basic_result
basic_parse(struct arena *a, const char *authorization, struct basic *b)
{
	const char *pair, *colon;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(scheme) - 1; i++) {
		if (str_lower(authorization[i]) != scheme[i])
			return BASIC_NONE;
	}
	authorization += sizeof(scheme) - 1;
	authorization += strspn(authorization, " ");
	pair = decode(a, authorization, &n);
	colon = pair == NULL ? NULL : memchr(pair, ':', n);
	if (colon == NULL)
		return BASIC_BAD;
	b->id = form_percent(a, pair, (size_t)(colon - pair));
	b->secret.s = form_percent(a, colon + 1, n - (size_t)(colon - pair) - 1);
	return b->id == NULL || b->secret.s == NULL ? BASIC_BAD : BASIC_OK;
}
