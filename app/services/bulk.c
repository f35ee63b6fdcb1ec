#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/str.h"

#include "app/api/errors.h"
#include "app/services/access.h"
#include "app/services/authority.h"
#include "app/services/notice.h"
#include "app/services/service.h"
#include "app/store/store.h"
#include "app/store/user_admin.h"

#include "app/services/bulk.h"

/* An order on its way through a transaction. */
struct working {
	struct service *s;
	const struct bulk_order *order;
	struct bulk_outcome *outcome;
	const char **ids; /* of the results; then those that change */
	size_t ids_n;
};

const char *
bulk_name(enum bulk_operation operation)
{
	static const char *const names[BULK__MAX] = {[BULK_ACTIVATE] = "activate",
	    [BULK_DEACTIVATE] = "deactivate",
	    [BULK_DELETE] = "delete",
	    [BULK_ROLE] = "update_role"};

	return names[operation];
}

static bool
is_new(const struct bulk_outcome *o, const char *id)
{
	for (size_t i = 0; i < o->n; i++) {
		if (strcmp(o->results[i].id, id) == 0)
			return false;
	}
	return true;
}

/* Each id once, where it came first. At most 1000: comparing each with each takes about a millisecond. */
static void
collapse(struct service *s, const struct bulk_order *order, struct bulk_outcome *o)
{
	o->results = arena_array(s->arena, order->n, sizeof(*o->results));
	for (size_t i = 0; i < order->n; i++) {
		char *id = arena_strdup(s->arena, order->ids[i]);

		str_lower_all(id);
		if (is_new(o, id))
			o->results[o->n++].id = id;
	}
}

static int
by_id(const void *id, const void *state)
{
	return strcmp(id, ((const struct user_state *)state)->id);
}

static bool
changes(const struct bulk_order *order, const struct user_state *u)
{
	switch (order->operation) {
	case BULK_ACTIVATE:
		return !u->is_active;
	case BULK_DEACTIVATE:
	case BULK_DELETE:
		return u->is_active;
	case BULK_ROLE:
		return strcmp(order->role, u->role) != 0;
	case BULK__MAX:
		break;
	}
	assert(!"an operation without a meaning");
	return false;
}

/* What becomes of each; the ids of those that change are left in w->ids. */
static void
sort_out(struct working *w, const struct user_state *states, size_t n)
{
	struct bulk_outcome *o = w->outcome;

	w->ids_n = 0;
	o->failed = 0;
	for (size_t i = 0; i < o->n; i++) {
		struct bulk_result *r = &o->results[i];
		/* The UUIDs' order in the database is that of their text. */
		const struct user_state *u = bsearch(r->id, states, n, sizeof(*states), by_id);

		r->status = u == NULL      ? BULK_NOT_FOUND
		    : changes(w->order, u) ? BULK_UPDATED
					   : BULK_UNCHANGED;
		o->failed += u == NULL;
		if (r->status == BULK_UPDATED)
			w->ids[w->ids_n++] = r->id;
	}
}

static const struct error *
update(const struct working *w)
{
	struct service *s = w->s;
	const struct error *e;

	switch (w->order->operation) {
	case BULK_ACTIVATE:
		return user_admin_activate(s->pg, s->arena, w->ids, w->ids_n, true);
	case BULK_DEACTIVATE:
	case BULK_DELETE:
		e = user_admin_activate(s->pg, s->arena, w->ids, w->ids_n, false);
		return e != NULL ? e : access_end(s, w->ids, w->ids_n);
	case BULK_ROLE:
		e = user_admin_role(s->pg, s->arena, w->ids, w->ids_n, w->order->role);
		return e != NULL || strcmp(w->order->role, "admin") != 0
		    ? e
		    : notice_admins(s, w->ids, w->ids_n);
	case BULK__MAX:
		break;
	}
	return &error_internal;
}

/* What it was to each of them, however it was ordered: the words of changes_apply(). */
static const struct error *
audit_each(const struct working *w, struct act act)
{
	static const char *const actions[BULK__MAX] = {[BULK_ACTIVATE] = "user.activate",
	    [BULK_DEACTIVATE] = "user.deactivate",
	    [BULK_DELETE] = "user.deactivate",
	    [BULK_ROLE] = "user.role_change"};
	const char *role = w->order->role;

	act.action = actions[w->order->operation];
	act.details = NULL;
	/* Of two roles, whoever did not have this one had the other. */
	if (w->order->operation == BULK_ROLE)
		act.details =
		    arena_printf(w->s->arena, "{\"role\":{\"from\":\"%s\",\"to\":\"%s\"}}",
			strcmp(role, "admin") == 0 ? "user" : "admin", role);
	return service_audit(w->s, &act);
}

static const struct error *
audit(const struct working *w)
{
	struct service *s = w->s;
	const char *name = bulk_name(w->order->operation);
	const struct act act = {.action = "users.bulk",
	    .target_type = "user",
	    .targets = w->ids,
	    .targets_n = w->ids_n,
	    .details = arena_printf(s->arena, "{\"operation\":\"%s\"}", name)};
	const struct error *e = service_audit(s, &act);

	return e != NULL ? e : audit_each(w, act);
}

static const struct error *
work_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;
	struct user_state *states;
	size_t n = 0;
	const struct error *e = authority_take(s);

	for (size_t i = 0; i < w->outcome->n; i++)
		w->ids[i] = w->outcome->results[i].id;
	if (e == NULL)
		e = user_admin_lock(s->pg, s->arena, w->ids, w->outcome->n, &states, &n);
	if (e != NULL)
		return e;
	sort_out(w, states, n);
	if (w->ids_n == 0)
		return NULL;
	e = update(w);
	return e != NULL ? e : audit(w);
}

const struct error *
bulk_apply(struct service *s, const struct bulk_order *order, struct bulk_outcome *o)
{
	struct working w = {.s = s, .order = order, .outcome = o};

	/* Somebody asks, who is an active administrator and not among them: so one remains (AZ-08). */
	assert(s->actor_id != NULL);
	*o = (struct bulk_outcome){.n = 0};
	collapse(s, order, o);
	if (!is_new(o, s->actor_id))
		return &err_self_in_bulk;
	w.ids = arena_array(s->arena, o->n, sizeof(*w.ids));
	return store_transaction(s->pg, true, work_in_transaction, &w);
}
