#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/services/owner.h"
#include "app/services/passwords.h"
#include "app/services/service.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/profile.h"

/* A change on its way through a transaction; ${hash} NULL: the password stays. */
struct changing {
	struct service *s;
	const struct user *me;
	const struct profile_change *want;
	const char *hash;
	struct user *user;
};

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *
folded(struct arena *a, const char *s)
{
	char *key = s == NULL ? NULL : arena_strdup(a, s);

	if (key != NULL)
		ident_fold(key);
	return key;
}

static void
differ(struct arena *a, const struct profile_change *want, const struct user *have,
    struct user_change *change_r)
{
	if (want->email != NULL && !same(want->email, have->email)) {
		change_r->email.set = true;
		change_r->email.value = want->email;
		change_r->email.key = folded(a, want->email);
	}
	if (want->username_set && !same(want->username, have->username)) {
		change_r->username.set = true;
		change_r->username.value = want->username;
		change_r->username.key = folded(a, want->username);
	}
	if (want->full_name_set && !same(want->full_name, have->full_name)) {
		change_r->full_name.set = true;
		change_r->full_name.value = want->full_name;
	}
}

/* The names of what changed, not the values: the log is kept longer than people keep their names. */
static const struct error *
audit_update(struct service *s, const char *user_id, const struct user_change *c)
{
	struct act act = {
	    .action = "user.update", .target_type = "user", .targets = &user_id, .targets_n = 1};
	struct buf b;

	if (!c->email.set && !c->username.set && !c->full_name.set)
		return NULL;
	buf_init(&b, s->arena);
	buf_printf(&b, "{\"changed\":[%s%s%s", c->email.set ? "\"email\"," : "",
	    c->username.set ? "\"username\"," : "", c->full_name.set ? "\"full_name\"," : "");
	b.at[b.bytes - 1] = ']'; /* instead of the last comma */
	buf_putc(&b, '}');
	act.details = b.at;
	return service_audit(s, &act);
}

static const struct error *
change_in_transaction(void *cookie)
{
	struct changing *c = cookie;
	struct service *s = c->s;
	struct user_change change = {.password_hash = c->hash};
	struct user have;
	const struct error *e = owner_lock(s, c->me, &have);

	if (e != NULL)
		return e;
	if (c->want->if_version > 0 && have.row_version != c->want->if_version)
		return &err_precondition;
	differ(s->arena, c->want, &have, &change);
	if (!change.email.set && !change.username.set && !change.full_name.set && c->hash == NULL) {
		*c->user = have;
		return NULL;
	}
	e = user_change(s->pg, s->arena, have.id, &change, c->user);
	if (e == NULL)
		e = audit_update(s, have.id, &change);
	if (e != NULL || c->hash == NULL)
		return e;
	c->user->active_session_count = 0;
	return passwords_changed(s, have.id);
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
		*weak_r = passwords_refuse(s, c->password, c->email != NULL ? c->email : me->email,
		    c->username_set ? c->username : me->username);
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
	struct changing c = {s, me, want, NULL, user_r};
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
