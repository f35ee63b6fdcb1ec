#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"
#include "lib/log.h"
#include "lib/password.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/access_token.h"
#include "app/services/guess.h"
#include "app/services/notice.h"
#include "app/services/refresh_token.h"
#include "app/services/service.h"
#include "app/services/stand_in.h"
#include "app/store/sessions.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/signin.h"

enum { DAY_S = 24 * 60 * 60 };

/* A session and the number of its refresh token: what a pair of tokens is made from. */
struct grant {
	const char *user_id, *session_id;
	int64_t token_version, generation;
	const unsigned char *seed;
};

static const struct error *
tokens_make(struct service *s, const struct grant *g, struct tokens *t)
{
	char *refresh = arena_alloc(s->arena, REFRESH_TOKEN_SIZE);
	const struct error *e =
	    access_token_make(s, g->user_id, g->session_id, g->token_version, t);

	if (e != NULL)
		return e;
	refresh_token_make(g->session_id, g->generation, s->refresh_keys, g->seed, refresh);
	t->refresh_token = refresh;
	return NULL;
}

/* A log-in whose password was right, on its way through a transaction. */
struct signing_in {
	struct service *s;
	const struct credentials *who;
	const char *better_hash; /* NULL: the stored one is good */
	struct session_new session;
	struct tokens *tokens;
};

static const struct error *
signin_in_transaction(void *cookie)
{
	struct signing_in *in = cookie;
	struct service *s = in->s;
	const struct credentials *c = in->who;
	struct grant grant = {c->id, in->session.id, c->token_version, 0, in->session.seed};
	const struct error *e = NULL;
	bool still = false;

	if (in->better_hash != NULL)
		e = user_rehash(s->pg, s->arena, c->id, c->password_hash, in->better_hash);
	if (e == NULL)
		e = user_logged_in(s->pg, s->arena, c->id, c->token_version, &still);
	/* Deactivated, or the password changed, while it was being checked. */
	if (e == NULL && !still)
		e = &err_invalid_credentials;
	if (e == NULL)
		e = session_insert(s->pg, s->arena, &in->session);
	return e != NULL ? e : tokens_make(s, &grant, in->tokens);
}

static const struct error *
signin_commit(
    struct service *s, const struct credentials *c, const char *better_hash, struct tokens *t)
{
	char id[37];
	unsigned char seed[SESSION_SEED_BYTES];
	struct signing_in in = {s, c, better_hash,
	    {.id = id,
		.user_id = c->id,
		.seed = seed,
		.ip = s->client_ip,
		.user_agent = s->user_agent,
		.idle_s = s->config->refresh_days * DAY_S,
		.max_s = s->config->session_days * DAY_S,
		.keep = SIGNIN_SESSIONS_MAX},
	    t};
	const struct error *e;

	secret_uuid(id);
	secret_random(seed, sizeof(seed));
	e = store_transaction(s->pg, true, signin_in_transaction, &in);
	secret_wipe(seed, sizeof(seed));
	return e;
}

/* Whose password is about to be tried, or nobody's. */
static const struct error *
credentials_named(struct service *s, const char *key, struct credentials *c, struct guess *g)
{
	const struct error *e = user_credentials(s->pg, s->arena, key, c);

	return e != NULL ? e : guess_begin(s, c->id, key, g);
}

static const char *
folded(struct service *s, const char *login)
{
	char *key = arena_strdup(s->arena, login);

	ident_fold(key);
	return key;
}

/* Who is there as long as who is not: both are looked for, and one of two hashes is computed. */
static const struct error *
judge(struct service *s, const char *key, struct secret password, struct credentials *c)
{
	char *stand_in = arena_alloc(s->arena, PASSWORD_HASH_SIZE);
	const char *against;
	struct guess g;
	const struct error *e = credentials_named(s, key, c, &g);

	if (e == NULL)
		e = stand_in_for(s, key, stand_in);
	if (e == NULL)
		e = guess_take(s, &g);
	if (e != NULL)
		return e;
	against = c->password_hash != NULL ? c->password_hash : stand_in;
	e = guess_judge(s, &g, password, against, &err_invalid_credentials);
	return e == NULL && c->password_hash == NULL ? &err_invalid_credentials : e;
}

const struct error *
signin_look(struct service *s, const char *login)
{
	struct credentials c;
	struct guess g;
	const struct error *e;

	if (s->config->limits.off)
		return NULL;
	e = credentials_named(s, folded(s, login), &c, &g);
	return e != NULL ? e : guess_look(s, &g);
}

const struct error *
signin_password(struct service *s, const char *login, struct secret password, struct tokens *t)
{
	char better[PASSWORD_HASH_SIZE];
	struct credentials c;
	const struct error *e = judge(s, folded(s, login), password, &c);
	bool upgrade;

	if (e != NULL)
		return e;
	if (!c.is_active)
		return &err_account_disabled;
	/* Only who knows the password is told. An account without an address has none to verify. */
	if (s->config->require_verified && c.email != NULL && !c.is_verified)
		return &err_email_not_verified;
	/* A better hash that cannot be had now is made at another log-in: it never fails this one. */
	upgrade = password_outdated(s->password, c.password_hash, password) &&
	    password_hash(s->password, password, better);
	service_hashed(s);
	e = signin_commit(s, &c, upgrade ? better : NULL, t);
	secret_wipe(better, sizeof(better));
	return e;
}

/* Nobody's act: who showed the token is exactly what is in doubt. */
static const struct error *
audit_reuse(struct service *s, const struct refresh_token *t, const struct session *have)
{
	const struct act act = {.action = NOTICE_REUSED,
	    .target_type = "user",
	    .targets = &have->user_id,
	    .targets_n = 1,
	    .failed = true};

	s->session_id = arena_strdup(s->arena, t->session_id);
	return service_audit(s, &act);
}

/* In a transaction, with the session's row locked: which generation does the client get? */
static const struct error *
generation_next(
    struct service *s, const struct refresh_token *t, const struct session *have, int64_t *next_r)
{
	const struct error *e;

	if (t->generation == have->generation) {
		*next_r = have->generation + 1;
		return session_rotate(
		    s->pg, s->arena, t->session_id, s->config->refresh_days * DAY_S);
	}
	if (t->generation == have->generation - 1 && have->in_grace) {
		*next_r = have->generation;
		return NULL;
	}
	e = session_end(s->pg, s->arena, t->session_id);
	if (e == NULL)
		e = audit_reuse(s, t, have);
	if (e == NULL)
		e = notice_reuse(s, have->user_id, have->user_email);
	return e != NULL ? e : &err_refresh_reused;
}

/* A refresh token on its way through a transaction. */
struct refreshing {
	struct service *s;
	struct refresh_token token;
	struct session have;
	struct tokens *tokens;
};

static const struct error *
refresh_in_transaction(void *cookie)
{
	struct refreshing *r = cookie;
	struct service *s = r->s;
	const struct session *have = &r->have;
	struct grant grant = {.session_id = r->token.session_id, .seed = have->seed};
	const struct error *e =
	    session_lock(s->pg, s->arena, r->token.session_id, SIGNIN_GRACE_S, &r->have);

	if (e != NULL)
		return e;
	/* Proven before anything else is said: a made-up token must not end a stranger's session. */
	if (!have->found || !refresh_token_proven(&r->token, s->refresh_keys, have->seed) ||
	    !have->is_alive)
		return &err_refresh_invalid;
	e = generation_next(s, &r->token, have, &grant.generation);
	if (e != NULL)
		return e;
	grant.user_id = have->user_id;
	grant.token_version = have->token_version;
	return tokens_make(s, &grant, r->tokens);
}

const struct error *
signin_refresh(struct service *s, struct secret refresh_token, struct tokens *tokens)
{
	struct refreshing r = {.s = s, .tokens = tokens};
	const struct error *e = &err_refresh_invalid;

	if (refresh_token_parse(refresh_token, &r.token))
		e = store_transaction(s->pg, true, refresh_in_transaction, &r);
	if (e == &err_refresh_reused)
		log_line(LOG_WARN, "refresh_token_reused", LOG_S("user", r.have.user_id),
		    LOG_S("session", r.token.session_id));
	secret_wipe(&r, sizeof(r));
	return e;
}

static const struct error *
end_session(struct service *s, const char *session_id)
{
	const struct error *e = session_end(s->pg, s->arena, session_id);

	return e != NULL ? e : service_audit_session(s, session_id);
}

static const struct error *
end_sessions(struct service *s, const char *user_id, const char *session_id, enum signout which)
{
	bool kept = which == SIGNOUT_OTHERS;
	const struct error *e;

	if (which == SIGNOUT_THIS)
		return end_session(s, session_id);
	e = sessions_end(s->pg, s->arena, user_id, kept ? session_id : NULL);
	return e != NULL ? e : service_audit_sessions(s, user_id, kept);
}

/* The end of sessions on its way through a transaction; ${token} NULL: an access token proved it. */
struct signing_out {
	struct service *s;
	const char *session_id;
	const struct refresh_token *token;
	enum signout which;
};

/*
 * Only a session that is still there ends anything: a token stolen before a logout must not be good
 * for ending the owner's other sessions after it.
 */
static const struct error *
signout_in_transaction(void *cookie)
{
	struct signing_out *out = cookie;
	struct service *s = out->s;
	struct session have;
	const struct error *e = session_owner(s->pg, s->arena, out->session_id, &have);

	if (e != NULL || !have.found)
		return e;
	if (out->token != NULL && !refresh_token_proven(out->token, s->refresh_keys, have.seed))
		return NULL;
	s->session_id = arena_strdup(s->arena, out->session_id);
	/* A spent token may have been stolen: it is good for its own session's end and no other. */
	if (out->token != NULL && out->token->generation != have.generation)
		return end_session(s, out->session_id);
	s->actor_id = have.user_id;
	return end_sessions(s, have.user_id, out->session_id, out->which);
}

const struct error *
signin_out(struct service *s, const char *session_id, enum signout which)
{
	struct signing_out out = {s, session_id, NULL, which};

	return store_transaction(s->pg, true, signout_in_transaction, &out);
}

const struct error *
signin_out_refresh(struct service *s, struct secret refresh_token, enum signout which)
{
	struct refresh_token t;
	struct signing_out out = {s, t.session_id, &t, which};

	if (!refresh_token_parse(refresh_token, &t))
		return NULL;
	return store_transaction(s->pg, true, signout_in_transaction, &out);
}
