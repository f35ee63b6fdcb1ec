#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/clock.h"

#include "lib/slots.h"

struct slots *
slots_new(void)
{
	struct slots *s =
	    mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	for (int i = 0; i < SLOTS_MAX; i++)
		s->slot[i].route = -1;
	return s;
}

void
slots_free(struct slots **s)
{
	if (*s != NULL)
		(void)munmap(*s, sizeof(**s)); /* ours, page-aligned: cannot fail */
	*s = NULL;
}

/* started_us is written last and cleared first: a reader that sees it set sees whose it is. */
void
slot_begin(struct slot *s, int route, const char *request_id)
{
	size_t n = strnlen(request_id, SLOT_ID_SIZE - 1);

	s->started_us = 0;
	memcpy(s->request_id, request_id, n);
	s->request_id[n] = '\0';
	s->route = route;
	s->started_us = clock_mono_us();
}

void
slot_end(struct slot *s)
{
	s->started_us = 0;
	s->route = -1;
}
