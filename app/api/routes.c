#include <stddef.h>

#include "app/api/routes.h"

enum { ROUTES_MAX = 128 };

const struct route *
routes_all(void)
{
	static const struct route *const groups[] = {routes_auth, routes_me, routes_links,
	    routes_users, routes_audit, routes_mail, routes_documents, routes_files, routes_service,
	    NULL};
	static struct route all[ROUTES_MAX + 1];

	return model_routes(groups, all, ROUTES_MAX);
}
