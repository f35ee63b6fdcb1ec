#include "app/services/service.h"
#include "app/store/links.h"
#include "app/store/sessions.h"

#include "app/services/access.h"

const struct error *
access_end(struct service *s, const char *const *user_ids, size_t n)
{
	const struct error *e = sessions_end_all(s->pg, s->arena, user_ids, n);

	return e != NULL ? e : links_void(s->pg, s->arena, user_ids, n);
}
