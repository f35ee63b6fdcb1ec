#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/ident.h"

#include "app/services/access.h"
#include "app/services/address.h"
#include "app/services/authority.h"
#include "app/services/notice.h"
#include "app/services/passwords.h"
#include "app/services/service.h"
#include "app/store/users.h"

#include "app/services/changes.h"

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
find_rights(const struct changes *want, const struct user *have, struct user_change *c)
{
	if (want->role != NULL && strcmp(want->role, have->role) != 0)
		c->role = want->role;
	if (want->is_active != NULL && *want->is_active != have->is_active)
		c->is_active = want->is_active;
	/* Beside another address it is said of that one, also when the old one was verified too. */
	if (want->is_verified != NULL && (*want->is_verified != have->is_verified || c->email.set))
		c->is_verified = want->is_verified;
}

bool
changes_find(struct arena *a, const struct changes *want, const struct user *have,
    struct user_change *change_r)
{
	struct user_change c = {.password_hash = NULL};

	if (want->email != NULL && !same(want->email, have->email)) {
		c.email.set = true;
		c.email.value = want->email;
		c.email.key = ident_key(a, want->email);
	}
	if (want->username_set && !same(want->username, have->username)) {
		c.username.set = true;
		c.username.value = want->username;
		c.username.key = ident_key(a, want->username);
	}
	if (want->full_name_set && !same(want->full_name, have->full_name)) {
		c.full_name.set = true;
		c.full_name.value = want->full_name;
	}
	find_rights(want, have, &c);
	*change_r = c;
	return c.email.set || c.username.set || c.full_name.set || c.role != NULL ||
	    c.is_active != NULL || c.is_verified != NULL;
}

bool
changes_nameless(const struct changes *want, const struct user *have)
{
	return want->username_set && want->username == NULL && want->email == NULL &&
	    have->email == NULL;
}

static const char *
flag(bool b)
{
	return b ? "true" : "false";
}

static void
put_role(struct buf *b, const struct user *have, const struct user_change *c)
{
	if (c->role != NULL)
		buf_printf(b, "\"role\":{\"from\":\"%s\",\"to\":\"%s\"},", have->role, c->role);
}

static const char *
closed(struct buf *b)
{
	b->at[b->bytes - 1] = '}'; /* instead of the last comma */
	return b->at;
}

static const char *
details(struct service *s, const struct user *have, const struct user_change *c)
{
	const struct {
		bool changed;
		const char *name;
	} members[] = {{c->email.set, "email"}, {c->username.set, "username"},
	    {c->full_name.set, "full_name"},
	    {c->is_verified != NULL && *c->is_verified != have->is_verified, "is_verified"},
	    {c->role != NULL, "role"}, {c->is_active != NULL, "is_active"}};
	struct buf b;

	buf_init(&b, s->arena);
	buf_puts(&b, "{\"changed\":[");
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (members[i].changed)
			buf_printf(&b, "\"%s\",", members[i].name);
	}
	b.at[b.bytes - 1] = ']';
	buf_putc(&b, ',');
	put_role(&b, have, c);
	if (c->is_active != NULL)
		buf_printf(&b, "\"is_active\":{\"from\":%s,\"to\":%s},", flag(have->is_active),
		    flag(*c->is_active));
	return closed(&b);
}

static const struct error *
audit(struct service *s, const struct user *have, const struct user_change *c)
{
	const struct error *e = NULL;
	struct buf b;

	if (c->email.set || c->username.set || c->full_name.set || c->is_verified != NULL)
		e = service_audit_user(s, have->id, "user.update", details(s, have, c));
	if (e == NULL && c->role != NULL) {
		buf_init(&b, s->arena);
		buf_putc(&b, '{');
		put_role(&b, have, c);
		e = service_audit_user(s, have->id, "user.role_change", closed(&b));
	}
	if (e == NULL && c->is_active != NULL)
		e = service_audit_user(
		    s, have->id, *c->is_active ? "user.activate" : "user.deactivate", NULL);
	return e;
}

static const struct error *
follow(struct service *s, const struct user *have, const struct user_change *c, struct user *has)
{
	bool deactivates = c->is_active != NULL && !*c->is_active;
	const struct error *e = NULL;

	if (c->role != NULL || c->is_active != NULL)
		e = authority_remains(s, have);
	if (deactivates || c->password_hash != NULL)
		has->active_session_count = 0;
	if (e == NULL && deactivates)
		e = access_end(s, &have->id, 1);
	/* Told to the address until now: another one may be that of whoever has found the session open. And
	 * before another one is sent a link, which would end with the others. */
	if (e == NULL && c->password_hash != NULL)
		e = passwords_changed(s, have, PASSWORDS_CHANGE);
	if (e == NULL)
		e = address_changed(s, have, has);
	if (e == NULL && c->role != NULL && strcmp(c->role, "admin") == 0)
		e = notice_admins(s, &have->id, 1);
	return e;
}

const struct error *
changes_apply(
    struct service *s, const struct user *have, const struct user_change *c, struct user *user_r)
{
	const struct error *e = user_change(s->pg, s->arena, have->id, c, user_r);

	if (e == NULL)
		e = follow(s, have, c, user_r);
	if (e == NULL)
		e = audit(s, have, c);
	return e;
}
