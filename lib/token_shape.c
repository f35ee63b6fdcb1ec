#include <string.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/json_get.h"
#include "lib/secret.h"
#include "lib/token.h"

#include "lib/token_shape.h"

enum { MAC_BYTES_MAX = 64 }; /* of HS512 */

struct part {
	const char *at;
	size_t chars;
};

/* The dots are where a fourth part and an empty one show. */
static bool
split(const char *text, size_t chars, struct part part_r[3])
{
	const char *end = text + chars, *dot;

	for (size_t i = 0; i < 3; i++) {
		dot = memchr(text, '.', (size_t)(end - text));
		if ((dot == NULL) != (i == 2))
			return false;
		part_r[i] =
		    (struct part){.at = text, .chars = (size_t)((i == 2 ? end : dot) - text)};
		if (part_r[i].chars == 0)
			return false;
		text += part_r[i].chars + (i < 2);
	}
	return true;
}

/* The object that the part spells; NULL when it spells none. */
static const struct cJSON *
object(struct arena *a, struct part part)
{
	size_t n, most = part.chars / 4 * 3 + 2;
	char *json = arena_alloc(a, most + 1); /* zeroed: it ends in NUL */
	struct json_error ignored;
	struct cJSON *tree;

	if (!secret_decode(part.at, part.chars, json, most, &n) ||
	    !json_parse(a, json, n, &tree, &ignored) || json_get_members(tree) < 0)
		return NULL;
	return tree;
}

static bool
is_mac(struct part part, size_t mac_bytes)
{
	unsigned char mac[MAC_BYTES_MAX];
	size_t n;

	return secret_decode(part.at, part.chars, mac, sizeof(mac), &n) && n == mac_bytes;
}

bool
token_shape_parse(struct arena *a, const char *text, size_t mac_bytes, struct token_shape *shape_r)
{
	size_t chars = strnlen(text, TOKEN_CHARS_MAX + 1);
	const struct cJSON *header;
	struct part part[3];
	const char *typ;

	if (chars > TOKEN_CHARS_MAX || !split(text, chars, part) || !is_mac(part[2], mac_bytes))
		return false;
	header = object(a, part[0]);
	if (header == NULL || json_get_members(header) != 3)
		return false;
	shape_r->alg = json_get_text(header, "alg");
	shape_r->kid = json_get_text(header, "kid");
	typ = json_get_text(header, "typ");
	if (shape_r->alg == NULL || shape_r->kid == NULL || typ == NULL || strcmp(typ, "JWT") != 0)
		return false;
	shape_r->claims = object(a, part[1]);
	return shape_r->claims != NULL;
}
