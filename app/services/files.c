#include <errno.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/depot.h"
#include "lib/log.h"
#include "lib/pg.h"
#include "lib/secret.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/service.h"
#include "app/store/files.h"
#include "app/store/store.h"

#include "app/services/files.h"

/* An empty file costs an inode and a row, which no quota of bytes counts (DV-05). */
enum { FILES_MAX = 100000, SWEEP_BATCH = 256 };

/* From the first statement to the last, after the disk had all the time it wanted. */
#define DATABASE_US (2 * CLOCK_US_PER_S)

/* One piece of work on behalf of who asks. */
struct working {
	struct service *s;
	const char *id;
	int64_t if_version;
	const struct file_new *new;
	bool moved;
	const char *replaced; /* the id of the file that has lost its name */
	struct file *file;
};

static const struct error *
own(struct working *w, bool writing, store_work *work)
{
	return store_transaction_for(w->s->pg, w->s->actor_id, writing, work, w);
}

/* What the operator has to see to; the one who asks is told no more than that it was not done. */
static const struct error *
fault(const char *step, const char *id)
{
	int why = errno;

	log_line(LOG_ERROR, "file_fault", LOG_S("step", step), LOG_S("file", id),
	    LOG_S("why", strerror(why)));
	return &err_file_room;
}

bool
files_check(const struct config *c, const char **why_r)
{
	struct depot *d;

	if (*c->files_dir == '\0')
		return true;
	d = depot_open(c->files_dir, why_r);
	if (d == NULL)
		return false;
	depot_free(&d);
	return true;
}

/* With the file that loses its name, if there is one, given back. */
static const struct error *
fits(struct working *w, bool lock, struct file *old, bool *replaces_r)
{
	struct service *s = w->s;
	struct file_usage usage = {0, 0};
	const struct error *e = files_usage(s->pg, s->arena, s->actor_id, lock, &usage);

	*replaces_r = false;
	if (e == NULL)
		e = files_named(s->pg, s->arena, s->actor_id, w->new->name, replaces_r, old);
	if (e != NULL)
		return e;
	if (!w->new->may_replace(w->new->cookie, *replaces_r, *replaces_r ? old->row_version : 0))
		return &err_precondition;
	if (*replaces_r) {
		usage.count--;
		usage.bytes -= old->size;
	}
	if (usage.count >= FILES_MAX || w->new->size > s->config->user_file_quota - usage.bytes)
		return &err_file_quota;
	return NULL;
}

static const struct error *
admit_in_transaction(void *cookie)
{
	struct file old;
	bool replaces;

	return fits(cookie, false, &old, &replaces);
}

const struct error *
files_admit(struct service *s, const struct file_new *new)
{
	struct working w = {.s = s, .new = new};

	if (s->depot == NULL)
		return &err_files_off;
	if (new->size > s->config->max_file_size)
		return &error_too_large;
	return depot_room(s->depot, new->size) ? own(&w, false, admit_in_transaction)
					       : &err_file_room;
}

/* May run again: the file is moved once. */
static const struct error *
keep_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;
	struct file old;
	bool replaces;
	const struct error *e = fits(w, true, &old, &replaces);

	if (e != NULL)
		return e;
	if (!w->moved && !depot_keep(s->depot, w->new->arrived, w->new->id))
		return fault("keep", w->new->id);
	w->moved = true;
	w->replaced = replaces ? old.id : NULL;
	/* If-Match on the name must not take this one for one that is gone: no version comes twice. */
	if (replaces)
		e = files_delete(s->pg, s->arena, s->actor_id, old.id, 0);
	return e != NULL ? e
			 : files_insert(s->pg, s->arena, s->actor_id, w->new,
			       replaces ? old.row_version + 1 : clock_now_us(), w->file);
}

/* Left behind, it is swept; so the answer does not depend on it. */
static void
drop(struct service *s, const char *id)
{
	if (!depot_drop(s->depot, id))
		(void)fault("drop", id);
}

const struct error *
files_keep(struct service *s, const struct file_new *new, struct file *f)
{
	char id[DEPOT_NAME_SIZE];
	struct file_new made = *new;
	struct working w = {.s = s, .new = &made, .file = f};
	const struct error *e;

	if (s->depot == NULL)
		return &err_files_off;
	if (new->size > s->config->max_file_size)
		return &error_too_large;
	secret_uuid(id);
	made.id = arena_strdup(s->arena, id);
	if (!depot_sync(s->depot, new->arrived, new->size))
		return fault("sync", new->arrived);
	pg_deadline(s->pg, clock_mono_us() + DATABASE_US);
	e = own(&w, true, keep_in_transaction);
	/* Where nobody knows whether there is a row, the sweep will. */
	if (e != NULL && e != &error_outcome_unknown && w.moved)
		drop(s, made.id);
	if (e == NULL && w.replaced != NULL)
		drop(s, w.replaced);
	return e;
}

static const struct error *
look_in_transaction(void *cookie)
{
	struct working *w = cookie;

	return files_get(w->s, w->id, w->file);
}

const struct error *
files_look(struct service *s, const char *id, struct file *f)
{
	struct working w = {.s = s, .id = id, .file = f};

	return own(&w, false, look_in_transaction);
}

const struct error *
files_get(struct service *s, const char *id, struct file *f)
{
	return files_read(s->pg, s->arena, s->actor_id, id, f);
}

/* The counts first, as an upload does that takes a name: in another order the two would wait for each other. */
static const struct error *
remove_in_transaction(void *cookie)
{
	struct working *w = cookie;
	struct service *s = w->s;
	struct file_usage usage;
	const struct error *e = files_usage(s->pg, s->arena, s->actor_id, true, &usage);

	return e != NULL ? e : files_delete(s->pg, s->arena, s->actor_id, w->id, w->if_version);
}

const struct error *
files_remove(struct service *s, const char *id, int64_t if_version)
{
	struct working w = {.s = s, .id = id, .if_version = if_version};
	const struct error *e = own(&w, true, remove_in_transaction);

	if (e == NULL && s->depot != NULL)
		drop(s, id);
	return e;
}

const struct error *
files_list(
    struct service *s, const struct page_ask *ask, struct file **files_r, struct page_got *got)
{
	return files_page(s->pg, s->arena, s->actor_id, ask, files_r, got);
}

const char *
files_sent_as(const char *content_type)
{
	static const char *const harmless[] = {"application/json", "application/pdf",
	    "application/zip", "audio/flac", "audio/mpeg", "audio/ogg", "audio/wav", "image/avif",
	    "image/gif", "image/jpeg", "image/png", "image/webp", "text/csv", "text/plain",
	    "video/mp4", "video/webm", NULL};

	for (const char *const *h = harmless; *h != NULL; h++) {
		if (strcmp(*h, content_type) == 0)
			return *h;
	}
	return "application/octet-stream";
}

const struct error *
files_sweep(struct service *s, int64_t *removed_r, bool *more_r)
{
	char(*names)[DEPOT_NAME_SIZE] = arena_array(s->arena, SWEEP_BATCH, sizeof(*names));
	const char **ids = arena_array(s->arena, SWEEP_BATCH, sizeof(*ids)), **orphans = NULL;
	int64_t grace_s = s->config->files_grace_s;
	size_t n, orphans_n = 0;
	const struct error *e = NULL;

	*removed_r = 0;
	*more_r = depot_old(s->depot, grace_s, names, SWEEP_BATCH, &n);
	for (size_t i = 0; i < n; i++)
		ids[i] = names[i];
	if (n > 0)
		e = files_unknown(s->pg, s->arena, ids, n, &orphans, &orphans_n);
	for (size_t i = 0; e == NULL && i < orphans_n; i++)
		drop(s, orphans[i]);
	if (!*more_r)
		orphans_n += depot_abandoned(s->depot, grace_s);
	*removed_r = (int64_t)orphans_n;
	return e;
}
