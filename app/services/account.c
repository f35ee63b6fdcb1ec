#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"
#include "lib/password.h"
#include "lib/policy.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/secret_text.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/sessions.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/account.h"

static const char *
folded(struct arena *a, const char *s)
{
	char *key = s == NULL ? NULL : arena_strdup(a, s);

	if (key != NULL)
		ident_fold(key);
	return key;
}

static const struct error *
password_new_hash(struct service *s, struct secret password, const char *email,
    const char *username, char hash_r[PASSWORD_HASH_SIZE], const char **weak_r)
{
	bool bcrypt = strcmp(s->config->password_scheme, "bcrypt") == 0;

	*weak_r = policy_refuse(s->arena, policy_parse(s->config->password_policy), password, email,
	    username, bcrypt ? PASSWORD_BCRYPT_BYTES_MAX : PASSWORD_BYTES_MAX);
	if (*weak_r != NULL)
		return &err_weak_password;
	if (!password_hash(s->password, password, hash_r))
		return &error_overloaded;
	service_hashed(s);
	return NULL;
}

/* A registration on its way through a transaction. */
struct registering {
	struct service *s;
	const struct user_new *new;
	struct user *user;
};

static const struct error *
register_in_transaction(void *cookie)
{
	struct registering *r = cookie;
	struct service *s = r->s;
	const struct error *e = user_insert(s->pg, s->arena, r->new, r->user);

	if (e != NULL)
		return e;
	return service_audit(s,
	    &(const struct act){.action = "user.register",
		.target_type = "user",
		.targets = &r->user->id,
		.targets_n = 1,
		.details = r->new->secret_digest != NULL ? "{\"with\":\"secret\"}"
							 : "{\"with\":\"password\"}"});
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
		return password_new_hash(s, r->password, r->email, r->username, hash, weak_r);
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
	    .email_key = folded(s->arena, r->email),
	    .username = r->username,
	    .username_key = folded(s->arena, r->username),
	    .full_name = r->full_name,
	    .role = r->is_admin ? "admin" : "user",
	    .is_verified = r->is_verified};
	struct registering on_its_way = {s, &n, user_r};
	const struct error *e = register_credential(s, r, &n, secret_r, weak_r);

	return e != NULL ? e : store_transaction(s->pg, true, register_in_transaction, &on_its_way);
}

/* The owner proves the old password before a new one is even looked at. */
static const struct error *
password_proven(
    struct service *s, const struct user *me, struct secret password, const char **hash_r)
{
	struct credentials have;
	const struct error *e = user_credentials_by_id(s->pg, s->arena, me->id, &have);

	if (e != NULL)
		return e;
	*hash_r = have.password_hash;
	switch (password_verify(s->password, password, have.password_hash)) {
	case PASSWORD_MATCH:
		service_hashed(s);
		return NULL;
	case PASSWORD_MISMATCH:
		return &err_incorrect_password;
	case PASSWORD_FAILED:
		break;
	}
	return &error_overloaded;
}

/* A change on its way through a transaction. */
struct changing {
	struct service *s;
	const char *id;
	const struct user_change *change;
	struct user *user;
};

static const struct error *
change_in_transaction(void *cookie)
{
	struct changing *c = cookie;
	const struct error *e = user_change(c->s->pg, c->s->arena, c->id, c->change, c->user);

	if (e != NULL || c->change->password_hash == NULL)
		return e;
	c->user->active_session_count = 0;
	return sessions_end(c->s->pg, c->s->arena, c->id, NULL);
}

static const struct error *
change_commit(
    struct service *s, const struct user *me, const struct user_change *change, struct user *user_r)
{
	struct changing c = {s, me->id, change, user_r};

	return store_transaction(s->pg, true, change_in_transaction, &c);
}

/* What the passwords in it mean for the change; ${hash} has room for the new one. */
static const struct error *
change_passwords(struct service *s, const struct user *me, const struct account_change *c,
    struct user_change *change, char hash[PASSWORD_HASH_SIZE], const char **weak_r)
{
	const struct error *e;

	if (c->current_password.s == NULL)
		return NULL;
	/* From here on the change holds only while that hash does: of two that were proven with the
	 * same password, one is told that it is not the password any more. */
	e = password_proven(s, me, c->current_password, &change->if_password_hash);
	if (e != NULL || c->password.s == NULL)
		return e;
	/* Exact bytes: the current one was just proven, so no third hash is needed to compare. */
	if (strcmp(c->password.s, c->current_password.s) == 0)
		return &err_same_password;
	change->password_hash = hash;
	return password_new_hash(s, c->password, c->email != NULL ? c->email : me->email,
	    c->username_set ? c->username : me->username, hash, weak_r);
}

const struct error *
account_change(struct service *s, const struct user *me, const struct account_change *c,
    struct user *user_r, const char **weak_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct user_change change = {
	    .email = {c->email != NULL, c->email, folded(s->arena, c->email)},
	    .username = {c->username_set, c->username, folded(s->arena, c->username)},
	    .full_name = {c->full_name_set, c->full_name, NULL},
	    .if_version = c->if_version,
	};
	const struct error *e = change_passwords(s, me, c, &change, hash, weak_r);

	/* Nothing to change: the record, its ETag and updated_at stay as they are. */
	if (e == NULL && !change.email.set && !change.username.set && !change.full_name.set &&
	    change.password_hash == NULL)
		*user_r = *me;
	else if (e == NULL)
		e = change_commit(s, me, &change, user_r);
	if (e == &err_precondition && c->if_version == 0)
		e = &err_incorrect_password;
	secret_wipe(hash, sizeof(hash));
	return e;
}

const struct error *
account_set_password(
    struct service *s, const struct user *user, struct secret password, const char **weak_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct user changed;
	struct user_change change = {.password_hash = hash};
	const struct error *e =
	    password_new_hash(s, password, user->email, user->username, hash, weak_r);

	if (e == NULL)
		e = change_commit(s, user, &change, &changed);
	secret_wipe(hash, sizeof(hash));
	return e;
}

static const struct error *
deactivate_in_transaction(void *cookie)
{
	struct changing *c = cookie;
	const struct error *e = user_deactivate(c->s->pg, c->s->arena, c->id);

	return e != NULL ? e : sessions_end(c->s->pg, c->s->arena, c->id, NULL);
}

const struct error *
account_deactivate(struct service *s, const struct user *user)
{
	struct changing c = {.s = s, .id = user->id};

	return store_transaction(s->pg, true, deactivate_in_transaction, &c);
}

const struct error *
account_first_admin(struct service *s, bool *made_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct secret password = {s->config->first_superuser_password};
	struct user_new n = {.email = s->config->first_superuser,
	    .email_key = folded(s->arena, s->config->first_superuser),
	    .role = "admin",
	    .is_verified = true,
	    .password_hash = hash};
	struct user made;
	bool has = true;
	const struct error *e = admins_exist(s->pg, s->arena, &has);

	*made_r = false;
	if (e != NULL || has || *n.email == '\0')
		return e;
	if (!password_hash(s->password, password, hash))
		return &error_overloaded;
	service_hashed(s);
	e = user_insert(s->pg, s->arena, &n, &made);
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
