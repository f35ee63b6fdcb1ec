#include <string.h>

#include "lib/arena.h"
#include "lib/network.h"
#include "lib/secret.h"

#include "app/config.h"
#include "app/services/service.h"
#include "app/store/limits.h"

#include "app/services/limit.h"

static void
digest(const struct service *s, const char *text, unsigned char half_r[LIMITS_HALF])
{
	unsigned char whole[SECRET_DIGEST_BYTES];

	secret_mac(s->limit_key, SECRET_DIGEST_BYTES, text, strlen(text), whole);
	memcpy(half_r, whole, LIMITS_HALF);
}

/* The kinds apart: a username may look like the id of somebody else. */
static void
digest_whom(const struct service *s, enum limit_whom whom, const char *text,
    unsigned char half_r[LIMITS_HALF])
{
	static const char *const kinds[] = {
	    [LIMIT_ACCOUNT] = "account", [LIMIT_NETWORK] = "network", [LIMIT_NAME] = "name"};

	digest(s, arena_printf(s->arena, "%s\n%s", kinds[whom], text), half_r);
}

struct limits_counter
limit_counter(const struct service *s, const struct limit *limit, enum limit_whom whom,
    const char *text, const char *more)
{
	const struct limits_rule *rule = limits_rule(&s->config->limits, limit);
	struct limits_counter c = {
	    .count = rule->count, .seconds = rule->seconds, .grows = limit->grows};

	digest_whom(s, whom, text, c.key.whom);
	digest(s, arena_printf(s->arena, "%s\n%s", limit->operation, more), c.key.what);
	return c;
}

const char *
limit_network(const struct service *s)
{
	char *text = arena_alloc(s->arena, NETWORK_SIZE);

	/* Those of no address are one client: better too strict than no limit at all. */
	if (s->client_ip == NULL || !network_of(s->client_ip, text))
		*text = '\0';
	return text;
}

const struct error *
limit_look(struct service *s, const struct limits_counter *counters, size_t n)
{
	int64_t waits[LIMITS_KEYS_MAX];
	const struct error *e = limits_wait(s->pg, s->arena, counters, n, waits);

	s->limited = (struct limited){0};
	for (size_t i = 0; e == NULL && i < n; i++) {
		if (waits[i] > s->limited.retry_after_s)
			s->limited =
			    (struct limited){waits[i], counters[i].count, counters[i].seconds};
	}
	return e == NULL && s->limited.retry_after_s > 0 ? &error_rate_limited : e;
}

const struct error *
limit_take(struct service *s, const struct limits_counter *counters, size_t n)
{
	bool taken = true;
	const struct error *e = NULL;
	size_t i = 0;

	while (e == NULL && taken && i < n)
		e = limits_take(s->pg, s->arena, &counters[i++], &taken);
	if (e == NULL && taken)
		return NULL;
	/* The last one was not taken; those before it were, for nothing. */
	for (size_t k = 0; k + 1 < i && e == NULL; k++)
		e = limits_return(s->pg, s->arena, &counters[k]);
	if (e == NULL)
		e = limit_look(s, counters, n);
	if (e != NULL)
		return e;
	/* It came free in between. */
	s->limited = (struct limited){1, counters[i - 1].count, counters[i - 1].seconds};
	return &error_rate_limited;
}

static const struct error *
take(struct service *s, const struct limit *limit, enum limit_whom whom, const char *text)
{
	struct limits_counter c;

	if (s->config->limits.off)
		return NULL;
	c = limit_counter(s, limit, whom, text, "");
	return limit_take(s, &c, 1);
}

const struct error *
limit_client(struct service *s, const struct limit *limit)
{
	return take(s, limit, LIMIT_NETWORK, limit_network(s));
}

const struct error *
limit_account(struct service *s, const struct limit *limit, const char *user_id)
{
	return take(s, limit, LIMIT_ACCOUNT, user_id);
}

const struct error *
limit_forget(struct service *s, const char *user_id)
{
	unsigned char whom[LIMITS_HALF];

	digest_whom(s, LIMIT_ACCOUNT, user_id, whom);
	return limits_forget(s->pg, s->arena, whom);
}
