#include <string.h>

#include "lib/policy.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/access.h"
#include "app/services/guess.h"
#include "app/services/notice.h"
#include "app/services/service.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/passwords.h"

const char *
passwords_refuse(struct service *s, struct secret password, const char *email, const char *username)
{
	bool bcrypt = strcmp(s->config->password_scheme, "bcrypt") == 0;

	return policy_refuse(s->arena, policy_parse(s->config->password_policy), password, email,
	    username, bcrypt ? PASSWORD_BCRYPT_BYTES_MAX : PASSWORD_BYTES_MAX);
}

const struct error *
passwords_hash(struct service *s, struct secret password, char hash_r[PASSWORD_HASH_SIZE])
{
	if (!password_hash(s->password, password, hash_r))
		return &error_overloaded;
	service_hashed(s);
	return NULL;
}

/* A thief of his session guesses the password no faster than one who has none (OT-14). */
const struct error *
passwords_prove(struct service *s, const struct user *user, struct secret password)
{
	struct credentials have;
	struct guess g;
	const struct error *e = user_credentials_by_id(s->pg, s->arena, user->id, &have);

	if (e == NULL)
		e = guess_begin(s, user->id, NULL, &g);
	if (e == NULL)
		e = guess_take(s, &g);
	if (e != NULL)
		return e;
	return guess_judge(s, &g, password, have.password_hash, &err_incorrect_password);
}

const struct error *
passwords_look(struct service *s, const struct user *user)
{
	struct guess g;
	const struct error *e = guess_begin(s, user->id, NULL, &g);

	return e != NULL ? e : guess_look(s, &g);
}

const struct error *
passwords_changed(struct service *s, const struct user *user, const char *action)
{
	const struct error *e = access_end(s, &user->id, 1);

	if (e == NULL)
		e = notice_password(s, user->id, user->email);
	return e != NULL ? e : service_audit_user(s, user->id, action, NULL);
}

/* A new hash on its way through a transaction. */
struct setting {
	struct service *s;
	const struct user *user;
	const char *hash;
};

static const struct error *
set_in_transaction(void *cookie)
{
	struct setting *t = cookie;
	struct user_change change = {.password_hash = t->hash};
	struct user changed;
	const struct error *e = user_change(t->s->pg, t->s->arena, t->user->id, &change, &changed);

	return e != NULL ? e : passwords_changed(t->s, &changed, PASSWORDS_CHANGE);
}

const struct error *
passwords_set(
    struct service *s, const struct user *user, struct secret password, const char **weak_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct setting t = {s, user, hash};
	const struct error *e;

	*weak_r = passwords_refuse(s, password, user->email, user->username);
	if (*weak_r != NULL)
		return &err_weak_password;
	e = passwords_hash(s, password, hash);
	if (e == NULL)
		e = store_transaction(s->pg, true, set_in_transaction, &t);
	secret_wipe(hash, sizeof(hash));
	return e;
}
