#include "app/api/errors.h"
#include "app/services/authority.h"
#include "app/services/passwords.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/profile.h"

/* A change on its way through a transaction; ${hash} NULL: the password stays. */
struct changing {
	struct service *s;
	const struct profile_change *want;
	const char *hash;
	struct user *user;
};

static const struct error *
change_in_transaction(void *cookie)
{
	struct changing *c = cookie;
	struct service *s = c->s;
	struct user_change change;
	struct user have;
	bool differs;
	const struct error *e = authority_own(s, &have);

	if (e != NULL)
		return e;
	if (c->want->if_version > 0 && have.row_version != c->want->if_version)
		return &err_precondition;
	differs = changes_find(s->arena, &c->want->names, &have, &change);
	if (!differs && c->hash == NULL) {
		*c->user = have;
		return NULL;
	}
	change.password_hash = c->hash;
	return changes_apply(s, &have, &change, c->user);
}

/* What the passwords of the change say; ${hash} has room for the new one, "" when there is none. */
static const struct error *
change_password(struct service *s, const struct user *me, const struct profile_change *c,
    char hash[PASSWORD_HASH_SIZE], const char **weak_r)
{
	const struct error *e;

	hash[0] = '\0';
	/* Against the names that the account will have, not only those it has. */
	if (c->password.s != NULL)
		*weak_r = passwords_refuse(s, c->password,
		    c->names.email != NULL ? c->names.email : me->email,
		    c->names.username_set ? c->names.username : me->username);
	if (*weak_r != NULL)
		return &err_weak_password;
	if (c->current_password.s == NULL)
		return NULL;
	e = passwords_prove(s, me, c->current_password);
	if (e != NULL || c->password.s == NULL)
		return e;
	return secret_same(c->password, c->current_password) ? &err_same_password
							     : passwords_hash(s, c->password, hash);
}

const struct error *
profile_change(struct service *s, const struct user *me, const struct profile_change *want,
    struct user *user_r, const char **weak_r)
{
	char hash[PASSWORD_HASH_SIZE];
	struct changing c = {s, want, NULL, user_r};
	const struct error *e;

	*weak_r = NULL;
	e = change_password(s, me, want, hash, weak_r);
	if (hash[0] != '\0')
		c.hash = hash;
	if (e == NULL)
		e = store_transaction(s->pg, true, change_in_transaction, &c);
	secret_wipe(hash, sizeof(hash));
	return e;
}

/* A deactivation on its way through a transaction. */
struct deactivating {
	struct service *s;
	int64_t if_version;
};

static const struct error *
deactivate_in_transaction(void *cookie)
{
	static const bool active = false;
	const struct deactivating *d = cookie;
	struct service *s = d->s;
	struct user have, changed;
	const struct error *e = admins_lock(s->pg, s->arena);

	if (e == NULL)
		e = authority_own(s, &have);
	if (e != NULL)
		return e;
	if (d->if_version > 0 && have.row_version != d->if_version)
		return &err_precondition;
	return changes_apply(s, &have, &(const struct user_change){.is_active = &active}, &changed);
}

const struct error *
profile_deactivate(struct service *s, int64_t if_version)
{
	struct deactivating d = {s, if_version};

	return store_transaction(s->pg, true, deactivate_in_transaction, &d);
}
