#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/services/service.h"
#include "app/store/users.h"
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

const struct error *
directory_find(struct service *s, const char *login, struct user *user_r)
{
	struct credentials c;
	struct principal p = {.found = false};
	const struct error *e = user_credentials(s->pg, s->arena, ident_key(s->arena, login), &c);

	if (e == NULL && c.found)
		e = principals_load(s->pg, s->arena, &(struct principal_query){c.id, ""}, 1, &p);
	*user_r = p.user;
	return e != NULL || p.found ? e : &err_user_not_found;
}
