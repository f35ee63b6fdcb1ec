#ifndef LIB_ARENA_H
#define LIB_ARENA_H

/*
 * Region memory: everything a request allocates dies together, wiped, when the request ends.
 * Allocation never returns NULL: inputs are bounded and workers are disposable, so a worker that
 * runs out of memory says so on stderr and aborts, and the supervisor replaces it.
 */

#include <stddef.h>

struct arena;

/* arena_new(): an empty arena, owned by the caller until arena_free(). */
struct arena *arena_new(void);

/* arena_free(&a): run the deferred calls, wipe and release; sets *a to NULL, accepts NULL in it. */
void arena_free(struct arena **);

/*
 * arena_reset(a): run the deferred calls in reverse order of registration, wipe every byte that was
 * handed out, and make the memory available again. One block is kept, so a steady worker neither
 * grows nor calls malloc.
 */
void arena_reset(struct arena *);

/* arena_alloc(a, bytes): zeroed, suitably aligned memory that lives until the next reset. */
void *arena_alloc(struct arena *, size_t) __attribute__((malloc, returns_nonnull));

/* arena_array(a, n, bytes): the same for n elements; aborts when n * bytes overflows. */
void *arena_array(struct arena *, size_t n, size_t bytes) __attribute__((malloc, returns_nonnull));

/* Copies that live as long as the arena. arena_strndup() stops at n bytes and terminates. */
char *arena_strdup(struct arena *, const char *) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *, const char *, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/*
 * arena_defer(a, release, p): call release(p) at the next reset. Write it on the line after a
 * foreign object (PGresult, cJSON, jwt_t) was acquired. p may be NULL; then nothing is registered.
 */
void arena_defer(struct arena *, void (*release)(void *), void *p);

#endif
