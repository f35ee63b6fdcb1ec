#include "app/services/service.h"
#include "app/store/users.h"

#include "app/services/directory.h"

bool
directory_reaches(int64_t page, int64_t size)
{
	return (page - 1) * size < DIRECTORY_REACH;
}

const struct error *
directory_page(struct service *s, int64_t page, int64_t size, struct directory_page *p)
{
	int64_t total = 0;
	const struct error *e =
	    users_page(s->pg, s->arena, (page - 1) * size, size, &p->users, &p->n);

	if (e == NULL)
		e = users_count(s->pg, s->arena, DIRECTORY_REACH, &total);
	if (e != NULL)
		return e;
	p->total_exact = total <= DIRECTORY_REACH;
	p->total = p->total_exact ? total : DIRECTORY_REACH;
	p->pages = p->total_exact ? (total + size - 1) / size : 0;
	p->has_next = page * size < total && directory_reaches(page + 1, size);
	return NULL;
}
