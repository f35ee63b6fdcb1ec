#include "app/services/service.h"
#include "app/store/users_list.h"

#include "app/services/directory.h"

bool
directory_by_time(const char *sort_by)
{
	return users_list_by_time(sort_by);
}

const struct error *
directory_page(struct service *s, const struct user_filter *f, const struct page_ask *ask,
    struct user **users_r, struct page_got *got)
{
	return users_list_page(s->pg, s->arena, f, ask, users_r, got);
}
