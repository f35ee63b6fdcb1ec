#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/services/access_token.h"
#include "app/services/authority.h"
#include "app/services/guess.h"
#include "app/services/secret_text.h"
#include "app/services/service.h"
#include "app/services/signin.h"
#include "app/store/secrets.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/user_secret.h"

/* A secret's change on its way through a transaction. */
struct changing {
	struct service *s;
	const unsigned char *digest; /* NULL: drop */
};

static const struct error *
change_in_transaction(void *cookie)
{
	const struct changing *c = cookie;
	struct service *s = c->s;
	struct user now;
	const char *action = c->digest == NULL ? "secret.drop" : "secret.rotate";
	const struct error *e = authority_own(s, &now);

	if (e != NULL || (c->digest == NULL && !now.has_secret))
		return e;
	if (!now.has_secret)
		action = "secret.create";
	e = secrets_put(s->pg, s->arena, now.id, c->digest);
	return e != NULL ? e : service_audit_user(s, now.id, action, NULL);
}

const struct error *
user_secret_put(struct service *s, const char **text_r)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	struct changing c = {s, digest};
	char *text = arena_alloc(s->arena, SECRET_TEXT_CHARS);

	secret_text_make(text, digest);
	*text_r = text;
	return store_transaction(s->pg, true, change_in_transaction, &c);
}

const struct error *
user_secret_drop(struct service *s)
{
	struct changing c = {s, NULL};

	return store_transaction(s->pg, true, change_in_transaction, &c);
}

static bool
is_key(const char *key, const char *name)
{
	return key != NULL && strcmp(key, name) == 0;
}

static bool
is_named(struct arena *a, const struct secret_owner *o, const char *name)
{
	const char *key = ident_key(a, name);

	return is_key(o->username_key, key) || is_key(o->email_key, key) || is_key(o->id, key);
}

/* Whose it is; what is none of ours looks like a wrong one. */
static const struct error *
find_owner(struct service *s, const char *name, struct secret secret, struct secret_owner *o)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	const struct error *e;

	if (!secret_text_parse(secret, digest))
		return &err_secret_invalid;
	e = secrets_find(s->pg, s->arena, digest, o);
	if (e != NULL)
		return e;
	if (!o->found || !secret_equal(o->digest, digest, sizeof(digest)) ||
	    (name != NULL && !is_named(s->arena, o, name)))
		return &err_secret_invalid;
	return NULL;
}

/* Counted by network alone: 256 bits are guessed on no account, but to try is to make work. */
static const struct error *
find_counted(struct service *s, const char *name, struct secret secret, struct secret_owner *o)
{
	struct guess g;
	const struct error *e = guess_begin(s, NULL, NULL, &g), *returned;

	if (e == NULL)
		e = guess_take(s, &g);
	if (e != NULL)
		return e;
	e = find_owner(s, name, secret, o);
	if (e == &err_secret_invalid)
		return e;
	returned = e == NULL ? guess_right(s, &g) : guess_void(s, &g);
	return e != NULL ? e : returned;
}

const struct error *
user_secret_exchange(
    struct service *s, const char *name, struct secret secret, struct tokens *tokens)
{
	struct secret_owner o = {.found = false};
	const struct error *e = find_counted(s, name, secret, &o);
	bool still = false;

	if (e != NULL)
		return e;
	if (!o.is_active)
		return &err_account_disabled;
	/* A secret that is replaced in between gives a token that is over before it is used. */
	e = user_logged_in(s->pg, s->arena, o.id, o.token_version, &still);
	if (e == NULL && !still)
		e = &err_secret_invalid;
	if (e != NULL)
		return e;
	*tokens = (struct tokens){.refresh_token = NULL};
	return access_token_make(s, o.id, "", o.token_version + o.secret_version, tokens);
}
