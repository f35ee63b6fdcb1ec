#include <string.h>

#include "lib/arena.h"

#include "app/api/models.h"
#include "app/handlers/listing.h"
#include "app/handlers/show.h"
#include "app/request.h"
#include "app/services/directory.h"

#include "app/handlers/handlers.h"

static struct user_filter
filter_of(const struct UserListQuery *q)
{
	return (struct user_filter){
	    .query = q->query != NULL && *q->query != '\0' ? q->query : NULL,
	    .role = q->role,
	    .is_active = q->is_active,
	    .is_verified = q->is_verified,
	    .created_after_us = q->created_after.us,
	    .created_before_us = q->created_before.us,
	    .sort_by = q->sort_by,
	    .ascending = strcmp(q->sort_order, "asc") == 0};
}

const struct error *
users_list(struct request *rq)
{
	const struct UserListQuery *q = rq->query;
	struct user_filter filter = filter_of(q);
	struct listing l;
	struct user *users;
	struct User *items;
	const struct error *e = listing_begin(rq, directory_by_time(q->sort_by), &l);

	if (e == NULL)
		e = directory_page(&rq->service, &filter, &l.ask, &users, &l.got);
	if (e != NULL)
		return e;
	items = arena_array(rq->turn->arena, l.got.n, sizeof(*items));
	for (size_t i = 0; i < l.got.n; i++)
		items[i] = show_user(&users[i]);
	listing_reply(rq, &l, items);
	return NULL;
}
