#include <assert.h>

#include "lib/password.h"

#include "app/api/limits.h"
#include "app/config.h"
#include "app/services/limit.h"
#include "app/services/service.h"
#include "app/store/sessions.h"

#include "app/services/guess.h"

/* In the order in which they are taken: the narrowest first. */
enum { HERE, NETWORK, ACCOUNT };

static_assert(ACCOUNT + 1 == LIMITS_KEYS_MAX, "as many as are asked for together");

/* Nobody's account: the network is all there is to count. */
static void
begin_network(struct service *s, struct guess *g)
{
	g->counters[0] =
	    limit_counter(s, &limit_login_network, LIMIT_NETWORK, limit_network(s), "");
	g->counted = g->n = 1;
}

const struct error *
guess_begin(struct service *s, const char *user_id, const char *name, struct guess *g)
{
	enum limit_whom whom = user_id != NULL ? LIMIT_ACCOUNT : LIMIT_NAME;
	const char *who = user_id != NULL ? user_id : name, *network = limit_network(s);
	bool known = false;
	const struct error *e;

	*g = (struct guess){.n = 0};
	if (s->config->limits.off)
		return NULL;
	begin_network(s, g);
	if (who == NULL)
		return NULL;
	g->counters[NETWORK] = g->counters[0];
	g->counters[HERE] = limit_counter(s, &limit_login, whom, who, network);
	g->counters[ACCOUNT] = limit_counter(s, &limit_login_account, whom, who, "");
	/* Asked also where there is no account: the answer must not come sooner. */
	e = sessions_from(s->pg, s->arena, user_id, *network == '\0' ? NULL : network, &known);
	g->n = LIMITS_KEYS_MAX;
	g->counted = known ? ACCOUNT : LIMITS_KEYS_MAX;
	return e;
}

const struct error *
guess_look(struct service *s, const struct guess *g)
{
	return g->counted == 0 ? NULL : limit_look(s, g->counters, g->counted);
}

const struct error *
guess_take(struct service *s, const struct guess *g)
{
	return g->counted == 0 ? NULL : limit_take(s, g->counters, g->counted);
}

/*
 * The account's failures were consecutive until now. The network gets only this one back: or whoever has
 * an account of his own would use it to guess on for ever (AU-09).
 */
const struct error *
guess_right(struct service *s, const struct guess *g)
{
	const struct error *e = NULL;

	if (g->n < LIMITS_KEYS_MAX)
		return guess_void(s, g);
	e = limits_return(s->pg, s->arena, &g->counters[NETWORK]);
	if (e == NULL)
		e = limits_clear(s->pg, s->arena, &g->counters[HERE]);
	if (e == NULL)
		e = limits_clear(s->pg, s->arena, &g->counters[ACCOUNT]);
	return e;
}

const struct error *
guess_void(struct service *s, const struct guess *g)
{
	const struct error *e = NULL;

	for (size_t i = 0; i < g->counted && e == NULL; i++)
		e = limits_return(s->pg, s->arena, &g->counters[i]);
	return e;
}

const struct error *
guess_judge(struct service *s, const struct guess *g, struct secret password, const char *hash,
    const struct error *wrong)
{
	enum password_result result = password_verify(s->password, password, hash);

	service_hashed(s);
	switch (result) {
	case PASSWORD_MATCH:
		return guess_right(s, g);
	case PASSWORD_MISMATCH:
		return wrong;
	case PASSWORD_FAILED:
		break;
	}
	return guess_void(s, g) != NULL ? &error_unavailable : &error_overloaded;
}
