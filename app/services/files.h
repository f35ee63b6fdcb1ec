#ifndef APP_SERVICES_FILES_H
#define APP_SERVICES_FILES_H

/*
 * Files of the one who asks: nobody else's are ever there. nginx takes the bytes and sends them; what happens here
 * is what is known of a file, and where it lies.
 *
 * A file comes in this order, so that what was answered is there and what is in the table has its file, wherever
 * this process or the machine stops: made durable where nginx put it; then in one transaction, with the
 * owner's counts locked, moved to its place and its row inserted. The move is not before the lock, for a transaction
 * that stands still is ended by the database long before the sweep takes what has no row (FILES_GRACE_SECONDS).
 * A file goes the other way: the row first.
 */

#include <stdbool.h>

#include "lib/error.h"

#include "app/file.h"
#include "app/page.h"

struct config;
struct service;

/* files_check(config, &why): can FILES_DIR, if there is one, be used? */
bool files_check(const struct config *, const char **why_r);

/*
 * files_admit(s, new): may it come? A first look, before a byte of it was taken. err_files_off, error_too_large,
 * err_file_quota, err_file_room, err_precondition.
 */
const struct error *
files_admit(struct service *, const struct file_new *) __attribute__((warn_unused_result));

/*
 * files_keep(s, new, f): what has come is kept, instead of the owner's file of that name if there is one, and is a
 * new file with an id of its own. Here it is decided, also for those that come at the same moment.
 */
const struct error *files_keep(struct service *, const struct file_new *, struct file *)
    __attribute__((warn_unused_result));

/* files_get() and files_list() run in the transaction of their route, the rest in their own. files_look(s, id, f):
 * as files_get(). */
const struct error *
files_look(struct service *, const char *id, struct file *) __attribute__((warn_unused_result));

const struct error *
files_get(struct service *, const char *id, struct file *) __attribute__((warn_unused_result));

/* files_remove(s, id, if_version): ${if_version} as precondition() gives it. */
const struct error *files_remove(struct service *, const char *id, int64_t if_version)
    __attribute__((warn_unused_result));

const struct error *files_list(struct service *, const struct page_ask *, struct file **files_r,
    struct page_got *) __attribute__((warn_unused_result));

/* files_sent_as(type): the media type that a file of this one is sent as: itself if no browser makes more of
 * it than a picture or a text, else "application/octet-stream" (DV-07). */
const char *files_sent_as(const char *content_type);

/*
 * files_sweep(s, &removed, &more): a step through FILES_DIR: files that are nobody's and old enough are removed.
 * ${more}: the end was not reached.
 */
const struct error *
files_sweep(struct service *, int64_t *removed_r, bool *more_r) __attribute__((warn_unused_result));

#endif
