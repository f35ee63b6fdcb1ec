#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "lib/arena.h"

#include "app/store/embeddings.h"

/* Of pg_type: a constant of the protocol. */
enum { REAL_OID = 700, HEAD_WORDS = 6 };

static uint32_t *
put(uint32_t *to, uint32_t word)
{
	*to = htonl(word);
	return to + 1;
}

/* Each behind its size. */
static uint32_t *
put_numbers(uint32_t *to, const struct embedding *e)
{
	uint32_t bits;

	static_assert(sizeof(*e->at) == sizeof(bits), "a real is a float");
	for (size_t i = 0; i < e->n; i++) {
		memcpy(&bits, &e->at[i], sizeof(bits));
		to = put(put(to, sizeof(bits)), bits);
	}
	return to;
}

const char *
embeddings_value(struct arena *a, const struct embedding *embeddings, size_t n)
{
	uint32_t *value, *to;
	size_t numbers = 0;

	for (size_t i = 0; i < n; i++)
		numbers += embeddings[i].n;
	if (numbers == 0)
		return NULL;
	to = value = arena_array(a, HEAD_WORDS + 2 * numbers, sizeof(*value));
	to = put(to, (uint32_t)((HEAD_WORDS - 1 + 2 * numbers) * sizeof(*value)));
	to = put(to, 1); /* dimension */
	to = put(to, 0); /* NULLs */
	to = put(to, REAL_OID);
	to = put(to, (uint32_t)numbers);
	to = put(to, 1); /* is the first index */
	for (size_t i = 0; i < n; i++)
		to = put_numbers(to, &embeddings[i]);
	return (const char *)value;
}
