#ifndef LIB_DEPOT_H
#define LIB_DEPOT_H

/*
 * A folder of files that others write and read. The web server puts what it has received into `incoming`,
 * under a number; from there a file is made durable and moved into `kept`, under a name that is a random
 * UUID, in one of 256 folders. No byte of it is read here, and no name that came from outside is ever
 * part of a path (DV-06).
 *
 * The web server may be another user, whose files nobody else can open: then `incoming` and `kept` are there
 * before, writable for a group of both, and what cannot be synced alone is synced with its file system.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct depot;

enum { DEPOT_NAME_SIZE = 37, DEPOT_PLACE_SIZE = DEPOT_NAME_SIZE + 3 };

/* depot_open(dir, &why): makes the two folders where they are missing; NULL with a sentence when that or
 * writing into them cannot be done, or they are on two file systems. depot_free(&d) accepts NULL in it. */
struct depot *depot_open(const char *dir, const char **why_r);
void depot_free(struct depot **);

/* depot_beat(d, beat_us): stamped each second while something takes long. */
void depot_beat(struct depot *, _Atomic int64_t *beat_us);

/* depot_room(d, bytes): does the file system have so much left for us? */
bool depot_room(const struct depot *, int64_t bytes);

/* depot_arrived(path): the name within `incoming` of what the web server says to have written; NULL where it
 * is none that it would give. */
const char *depot_arrived(const char *path);

/*
 * Each says with false that it was not done, errno tells why; ${arrived} is from depot_arrived(), ${kept} a
 * UUID. depot_sync(d, arrived, bytes): there, a plain file of that size, and durable. depot_keep(d, arrived,
 * kept): moved, and durably so. depot_drop(d, kept): gone, or never there.
 */
bool
depot_sync(struct depot *, const char *arrived, int64_t bytes) __attribute__((warn_unused_result));
bool depot_keep(struct depot *, const char *arrived, const char *kept)
    __attribute__((warn_unused_result));
bool depot_drop(struct depot *, const char *kept) __attribute__((warn_unused_result));

/* depot_place(kept, place): where it lies below `kept`. */
void depot_place(const char *kept, char place_r[DEPOT_PLACE_SIZE]);

/*
 * depot_old(d, age_s, names, max, &n): a step through all that is kept: names of files that nobody has moved
 * or changed for ${age_s}. False after the last; the next call begins anew.
 */
bool
depot_old(struct depot *, int64_t age_s, char (*names_r)[DEPOT_NAME_SIZE], size_t max, size_t *n_r);

/* depot_abandoned(d, age_s): remove what lies in `incoming` and has not grown for ${age_s}; how many. */
size_t depot_abandoned(struct depot *, int64_t age_s);

#endif
