#include "lib/log.h"
#include "lib/migrate.h"

#include "app/api/errors.h"
#include "app/schema.h"
#include "app/services/service.h"

#include "app/services/readiness.h"

const struct error *
readiness(struct service *s)
{
	const char *why = NULL;

	switch (migrate_state(s->pg, s->arena, schema_migrations, schema_migrations_n, &why)) {
	case MIGRATE_CURRENT:
	case MIGRATE_UNKNOWN: /* a newer binary has migrated; while it rolls out, this one still serves */
		return NULL;
	case MIGRATE_AWAY:
		return &error_unavailable;
	case MIGRATE_PENDING:
	case MIGRATE_CHANGED:
		break;
	}
	log_line(LOG_WARN, "schema_not_current", LOG_S("why", why));
	return &err_migrations_pending;
}
