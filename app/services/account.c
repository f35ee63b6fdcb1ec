#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/address.h"
#include "app/services/passwords.h"
#include "app/services/secret_text.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/account.h"

const struct error *
account_insert(struct service *s, const struct user_new *n, const char *action, struct user *user_r)
{
	const char *with = n->secret_digest != NULL ? "secret"
	    : n->password_hash != NULL              ? "password"
						    : "nothing";
	const struct error *e = user_insert(s->pg, s->arena, n, user_r);

	if (e != NULL)
		return e;
	return service_audit_user(s, user_r->id, action,
	    arena_printf(s->arena, "{\"role\":\"%s\",\"with\":\"%s\"}", n->role, with));
}

/* A new account on its way through a transaction. */
struct making {
	struct service *s;
	const struct user_new *new;
	const char *action;
	struct user *user;
};

static const struct error *
make_in_transaction(void *cookie)
{
	struct making *m = cookie;
	const struct error *e = account_insert(m->s, m->new, m->action, m->user);

	return e != NULL ? e : address_new(m->s, m->user);
}

static const struct error *
make(struct service *s, const struct user_new *n, const char *action, struct user *user_r)
{
	struct making m = {s, n, action, user_r};

	return store_transaction(s->pg, true, make_in_transaction, &m);
}

/* What the account logs in with: a password's hash, or the digest of a new secret. */
static const struct error *
register_credential(struct service *s, const struct registration *r, struct user_new *n,
    const char **secret_r, const char **weak_r)
{
	char *hash = arena_alloc(s->arena, PASSWORD_HASH_SIZE);
	unsigned char *digest = arena_alloc(s->arena, SECRET_DIGEST_BYTES);
	char *text = arena_alloc(s->arena, SECRET_TEXT_CHARS);

	*secret_r = NULL;
	if (r->password.s != NULL) {
		n->password_hash = hash;
		*weak_r = passwords_refuse(s, r->password, r->email, r->username);
		return *weak_r != NULL ? &err_weak_password : passwords_hash(s, r->password, hash);
	}
	secret_text_make(text, digest);
	n->secret_digest = digest;
	*secret_r = text;
	return NULL;
}

const struct error *
account_register(struct service *s, const struct registration *r, struct user *user_r,
    const char **secret_r, const char **weak_r)
{
	struct user_new n = {.email = r->email,
	    .email_key = ident_key(s->arena, r->email),
	    .username = r->username,
	    .username_key = ident_key(s->arena, r->username),
	    .full_name = r->full_name,
	    .role = r->is_admin ? "admin" : "user",
	    .is_verified = r->is_verified};
	const struct error *e = register_credential(s, r, &n, secret_r, weak_r);

	return e != NULL ? e : make(s, &n, "user.register", user_r);
}

const struct error *
account_first_admin(struct service *s, bool *made_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct secret password = {s->config->first_superuser_password};
	struct user_new n = {.email = s->config->first_superuser,
	    .email_key = ident_key(s->arena, s->config->first_superuser),
	    .role = "admin",
	    .is_verified = true,
	    .password_hash = hash};
	struct user made;
	bool has = true;
	const struct error *e = admins_exist(s->pg, s->arena, &has);

	*made_r = false;
	if (e != NULL || has || *n.email == '\0')
		return e;
	e = passwords_hash(s, password, hash);
	if (e == NULL)
		e = make(s, &n, "user.create", &made);
	secret_wipe(hash, sizeof(hash));
	*made_r = e == NULL;
	if (e != &err_email_taken)
		return e;
	/* Several hosts may start together: one makes it, the others find it made. But an address that
	 * somebody else has taken makes no admin of him, and somebody has to know. */
	has = false;
	if (admins_exist(s->pg, s->arena, &has) == NULL && has)
		return NULL;
	return e;
}
