#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/ident.h"
#include "lib/model.h"
#include "lib/password.h"

#include "app/api/errors.h"
#include "app/services/passwords.h"
#include "app/services/service.h"
#include "app/store/store.h"
#include "app/store/transfer.h"

#include "app/services/transfer.h"

enum { PAGE = 1000 };

/* Clocks differ; an account of next week is a fault of the file. */
#define AHEAD_US (24 * 60 * 60 * CLOCK_US_PER_S)

static void
refuse(struct newcomer *c, const char *why)
{
	c->fate = NEWCOMER_REFUSED;
	c->why = why;
}

/* What the field rows cannot say of one member alone. */
static void
judge(struct newcomer *c)
{
	if (c->email == NULL && c->username == NULL)
		refuse(c, "neither an e-mail address nor a username");
	else if (c->password.s != NULL && c->password_hash.s != NULL)
		refuse(c, "both a password and a password_hash");
	else if (c->created_us > clock_now_us() + AHEAD_US)
		refuse(c, "created_at lies in the future");
}

/* Those of a batch that wait, side by side for the store: who[i] is rows[i]. */
struct waiting {
	struct newcomer **who;
	struct transfer_row *rows;
	size_t n;
};

static const char *
id_of(struct arena *a, const char *given)
{
	char *id = arena_alloc(a, 37);

	if (given == NULL)
		secret_uuid(id);
	return given != NULL ? given : id;
}

static void
row_fill(struct arena *a, const struct newcomer *c, struct transfer_row *r)
{
	*r = (struct transfer_row){.id = id_of(a, c->id),
	    .id_given = c->id != NULL,
	    .email = c->email,
	    .email_key = ident_key(a, c->email),
	    .username = c->username,
	    .username_key = ident_key(a, c->username),
	    .full_name = c->full_name,
	    .role = c->role,
	    .is_active = c->is_active,
	    .is_verified = c->is_verified,
	    .created_us = c->created_us,
	    .password_hash = c->password_hash.s,
	    .secret_digest = c->secret_digest.s};
}

static void
waiting_collect(struct arena *a, struct newcomer *all, size_t n, struct waiting *w)
{
	*w = (struct waiting){
	    .who = arena_array(a, n, sizeof(*w->who)), .rows = arena_array(a, n, sizeof(*w->rows))};
	for (size_t i = 0; i < n; i++) {
		if (all[i].fate != NEWCOMER_WAITS)
			continue;
		w->who[w->n] = &all[i];
		row_fill(a, &all[i], &w->rows[w->n++]);
	}
}

/* NULL: nothing is in the way. */
static const char *
obstacle(const struct transfer_taken *t)
{
	if (t->email)
		return err_email_taken.detail;
	if (t->username)
		return err_username_taken.detail;
	if (t->id)
		return "the id is somebody else's";
	return t->secret ? "the secret_digest is somebody else's" : NULL;
}

/* Tells those who cannot get in that, and why. */
static const struct error *
turn_away(struct service *s, struct newcomer *all, size_t n)
{
	struct transfer_taken *taken = arena_array(s->arena, n, sizeof(*taken));
	struct waiting w;
	const struct error *e = NULL;

	waiting_collect(s->arena, all, n, &w);
	if (w.n > 0)
		e = transfer_taken(s->pg, s->arena, w.rows, w.n, taken);
	for (size_t i = 0; e == NULL && i < w.n; i++) {
		if (taken[i].same)
			w.who[i]->fate = NEWCOMER_THERE;
		else if (obstacle(&taken[i]) != NULL)
			refuse(w.who[i], obstacle(&taken[i]));
	}
	return e;
}

static const struct error *
hash_one(struct service *s, struct newcomer *c, bool rehearsal)
{
	char *hash = arena_alloc(s->arena, PASSWORD_HASH_SIZE);
	const char *weak = passwords_refuse(s, c->password, c->email, c->username);

	if (weak != NULL)
		refuse(c, weak);
	if (weak != NULL || rehearsal)
		return NULL;
	c->password_hash.s = hash;
	return passwords_hash(s, c->password, hash);
}

/* Nothing is hashed for somebody who is there already: an import that is repeated is not slow twice. */
static const struct error *
hash_all(struct service *s, struct newcomer *all, size_t n, bool rehearsal)
{
	bool any = false;
	const struct error *e = NULL;

	for (size_t i = 0; i < n; i++)
		any = any || (all[i].fate == NEWCOMER_WAITS && all[i].password.s != NULL);
	if (any)
		e = turn_away(s, all, n);
	for (size_t i = 0; any && i < n && e == NULL; i++) {
		if (all[i].fate == NEWCOMER_WAITS && all[i].password.s != NULL)
			e = hash_one(s, &all[i], rehearsal);
	}
	return e;
}

/* A batch on its way through a transaction. */
struct moving {
	struct service *s;
	const struct waiting *w;
	bool *made;
	bool rehearsal;
};

/* Rolls a rehearsal back, and is nobody's answer. */
static const struct error rehearsed = {.code = "REHEARSED", .detail = "nothing was written"};

static const struct error *
move_in_transaction(void *cookie)
{
	static const char *const nobody[] = {NULL};
	struct moving *m = cookie;
	struct service *s = m->s;
	struct act act = {
	    .action = "users.import", .target_type = "user", .targets = nobody, .targets_n = 1};
	size_t count = 0;
	const struct error *e = transfer_insert(s->pg, s->arena, m->w->rows, m->w->n, m->made);

	if (e != NULL)
		return e;
	for (size_t i = 0; i < m->w->n; i++)
		count += m->made[i];
	if (m->rehearsal)
		return &rehearsed;
	if (count == 0)
		return NULL;
	act.details = arena_printf(s->arena, "{\"count\":%zu}", count);
	return service_audit(s, &act);
}

/* Lets in all of ${w} who can be; their fates. */
static const struct error *
let_in(struct service *s, const struct waiting *w, bool rehearsal)
{
	bool *made = arena_array(s->arena, w->n, sizeof(*made));
	struct moving m = {s, w, made, rehearsal};
	const struct error *e = store_transaction(s->pg, true, move_in_transaction, &m);

	if (e != NULL && e != &rehearsed)
		return e;
	for (size_t i = 0; i < w->n; i++) {
		if (made[i])
			w->who[i]->fate = NEWCOMER_MADE;
	}
	return NULL;
}

const struct error *
transfer_import(struct service *s, struct newcomer *all, size_t n, bool rehearsal)
{
	struct waiting w;
	const struct error *e;

	for (size_t i = 0; i < n; i++) {
		if (all[i].fate == NEWCOMER_WAITS)
			judge(&all[i]);
	}
	e = hash_all(s, all, n, rehearsal);
	if (e != NULL)
		return e;
	waiting_collect(s->arena, all, n, &w);
	e = w.n == 0 ? NULL : let_in(s, &w, rehearsal);
	if (e == NULL)
		e = turn_away(s, all, n);
	/* What was in the way is gone: rolled back with a rehearsal, or deleted just now. */
	for (size_t i = 0; e == NULL && i < n; i++) {
		if (all[i].fate == NEWCOMER_WAITS)
			refuse(&all[i], "another line has its id, names or secret");
	}
	return e;
}

/* An export on its way through its snapshot. */
struct leaving {
	struct service *s;
	bool with_hashes;
	transfer_sink *sink;
	void *cookie;
};

static void
leaver_fill(const struct transfer_row *r, bool with_hashes, struct leaver *l)
{
	*l = (struct leaver){.id = r->id,
	    .email = r->email,
	    .username = r->username,
	    .full_name = r->full_name,
	    .role = r->role,
	    .is_active = r->is_active,
	    .is_verified = r->is_verified,
	    .created_us = r->created_us,
	    .password_hash = with_hashes ? r->password_hash : NULL,
	    .secret_digest = with_hashes ? r->secret_digest : NULL};
}

/* One page; moves *after to its last row. */
static const struct error *
leave_page(struct leaving *l, struct transfer_row *after, char after_id[37], size_t *n_r)
{
	struct transfer_row *rows;
	struct leaver *leavers;
	const struct error *e = transfer_page(l->s->pg, l->s->arena, after, PAGE, &rows, n_r);

	if (e != NULL || *n_r == 0)
		return e;
	leavers = arena_array(l->s->arena, *n_r, sizeof(*leavers));
	for (size_t i = 0; i < *n_r; i++)
		leaver_fill(&rows[i], l->with_hashes, &leavers[i]);
	memcpy(after_id, rows[*n_r - 1].id, 37);
	after->created_us = rows[*n_r - 1].created_us;
	return l->sink(l->cookie, leavers, *n_r);
}

static const struct error *
leave_in_snapshot(void *cookie)
{
	struct leaving *l = cookie;
	char after_id[37] = "";
	struct transfer_row after = {.id = after_id, .created_us = INSTANT_NONE};
	const struct error *e;
	size_t n;

	do {
		e = leave_page(l, &after, after_id, &n);
		arena_reset(l->s->arena);
	} while (e == NULL && n == PAGE);
	return e;
}

const struct error *
transfer_export(struct service *s, bool with_hashes, transfer_sink *sink, void *cookie)
{
	static const char *const nobody[] = {NULL};
	struct leaving l = {s, with_hashes, sink, cookie};
	struct act act = {.action = "users.export",
	    .target_type = "user",
	    .targets = nobody,
	    .targets_n = 1,
	    .details = with_hashes ? "{\"with_hashes\":true}" : NULL};
	const struct error *e = service_audit(s, &act);

	return e != NULL ? e : store_snapshot(s->pg, s->arena, leave_in_snapshot, &l);
}
