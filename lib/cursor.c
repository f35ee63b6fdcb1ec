#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"
#include "lib/str.h"

#include "lib/cursor.h"

/* What is encoded: the head of the question's digest, the id, the key up to the end. A key is at most a
 * sortable column: an e-mail address or a name of 255 characters of four bytes. */
enum { MARK_BYTES = 8, ID_BYTES = 16, HEAD_BYTES = MARK_BYTES + ID_BYTES, KEY_MAX = 4 * 255 };

static void
mark(const char *question, unsigned char mark_r[MARK_BYTES])
{
	unsigned char digest[SECRET_DIGEST_BYTES];

	secret_digest(question, strlen(question), digest);
	memcpy(mark_r, digest, MARK_BYTES);
}

const char *
cursor_text(struct arena *a, const char *question, const struct cursor *c)
{
	size_t key = strlen(c->key), n = HEAD_BYTES + key;
	unsigned char *raw = arena_alloc(a, n);
	char *text = arena_alloc(a, SECRET_TEXT_SIZE(n));

	mark(question, raw);
	str_uuid_raw(c->id, raw + MARK_BYTES);
	memcpy(raw + HEAD_BYTES, c->key, key);
	secret_encode(raw, n, text);
	return text;
}

bool
cursor_read(struct arena *a, const char *question, const char *text, struct cursor *c)
{
	unsigned char raw[HEAD_BYTES + KEY_MAX], mine[MARK_BYTES];
	char *id = arena_alloc(a, STR_UUID_SIZE);
	size_t n;

	mark(question, mine);
	if (!secret_decode(text, strlen(text), raw, sizeof(raw), &n) || n < HEAD_BYTES ||
	    memcmp(raw, mine, MARK_BYTES) != 0 || !str_utf8(raw + HEAD_BYTES, n - HEAD_BYTES))
		return false;
	str_uuid_text(raw + MARK_BYTES, id);
	c->id = id;
	c->key = arena_strndup(a, (const char *)raw + HEAD_BYTES, n - HEAD_BYTES);
	return true;
}
