#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"

/* One block serves nearly every request; a big list takes a few more, given back at reset. */
enum { BLOCK_BYTES = 16 * 1024, ALIGN = 16 };

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(ALIGN) unsigned char at[];
};

struct deferred {
	struct deferred *next;
	void (*release)(void *);
	void *p;
};

struct arena {
	struct block *blocks; /* the newest first; the oldest is kept over resets */
	struct deferred *deferred;
};

static void
out_of_memory(void)
{
	fputs("{\"level\":\"fatal\",\"event\":\"out_of_memory\"}\n", stderr);
	abort();
}

static struct block *
block_new(size_t bytes, struct block *next)
{
	struct block *b = malloc(sizeof(*b) + bytes);

	if (b == NULL)
		out_of_memory();
	b->next = next;
	b->used = 0;
	b->size = bytes;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a = malloc(sizeof(*a));

	if (a == NULL)
		out_of_memory();
	a->blocks = block_new(BLOCK_BYTES, NULL);
	a->deferred = NULL;
	return a;
}

void
arena_free(struct arena **a)
{
	if (*a == NULL)
		return;
	arena_reset(*a);
	free((*a)->blocks);
	free(*a);
	*a = NULL;
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next;

	/* The records live in the arena itself: all of them run before anything is wiped. */
	for (struct deferred *d = a->deferred; d != NULL; d = d->next)
		d->release(d->p);
	a->deferred = NULL;
	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		explicit_bzero(b->at, b->used);
		b->used = 0;
		if (next == NULL)
			break;
		free(b);
	}
	a->blocks = b;
}

void *
arena_alloc(struct arena *a, size_t bytes)
{
	struct block *b = a->blocks;
	void *p;

	if (bytes > SIZE_MAX / 2)
		out_of_memory();
	bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (b->size - b->used < bytes) {
		b = block_new(bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES, b);
		a->blocks = b;
	}
	p = b->at + b->used;
	b->used += bytes;
	return memset(p, 0, bytes);
}

void *
arena_array(struct arena *a, size_t n, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(n, bytes, &total))
		out_of_memory();
	return arena_alloc(a, total);
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = strnlen(s, n);

	return memcpy(arena_alloc(a, len + 1), s, len);
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *s;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	s = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap); /* same arguments, measured above */
	va_end(ap);
	return s;
}

void
arena_defer(struct arena *a, void (*release)(void *), void *p)
{
	struct deferred *d;

	if (p == NULL)
		return;
	d = arena_alloc(a, sizeof(*d));
	*d = (struct deferred){.next = a->deferred, .release = release, .p = p};
	a->deferred = d;
}
