#include <string.h>

#include "lib/arena.h"
#include "lib/secret.h"

#include "app/services/service.h"
#include "app/store/password_kinds.h"

#include "app/services/stand_in.h"

enum { SAMPLE = 5000 };

/* Evenly spread over the names, the same for a name each time, and for nobody to foresee without the key. */
static uint64_t
number_of(const struct service *s, const char *name)
{
	const char *text = arena_printf(s->arena, "stand-in\n%s", name);
	unsigned char mac[SECRET_DIGEST_BYTES];
	uint64_t n;

	secret_mac(s->limit_key, SECRET_DIGEST_BYTES, text, strlen(text), mac);
	memcpy(&n, mac, sizeof(n));
	return n;
}

const struct error *
stand_in_for(struct service *s, const char *name, char hash_r[PASSWORD_HASH_SIZE])
{
	struct password_kind *kinds;
	size_t n = 0, i = 0;
	uint64_t all = 0, at;
	const struct error *e = password_kinds_read(s->pg, s->arena, &kinds, &n);

	hash_r[0] = '\0';
	for (size_t k = 0; e == NULL && k < n; k++)
		all += (uint64_t)kinds[k].users;
	if (e != NULL || all == 0)
		return e;
	at = number_of(s, name) % all;
	while (at >= (uint64_t)kinds[i].users)
		at -= (uint64_t)kinds[i++].users;
	if (!password_stand_in(kinds[i].kind, hash_r))
		hash_r[0] = '\0';
	return NULL;
}

const struct error *
stand_in_sample(struct service *s)
{
	return password_kinds_sample(s->pg, s->arena, password_kind_pattern, SAMPLE);
}
