#include "app/store/store.h"

#include "app/store/audit.h"

const struct error *
audit_insert(struct pg *pg, struct arena *a, const struct audit_new *n, const char *const *targets,
    size_t targets_n)
{
	static const struct pg_statement insert = {.name = "audit_insert",
	    .sql = "INSERT INTO audit (action, actor_id, target_type, result, ip, user_agent,"
		   " request_id, session_id, details, target_id)"
		   " SELECT $1, $2::uuid, $3, $4, $5::inet, $6, $7, $8::uuid, $9::jsonb, target"
		   " FROM unnest($10::uuid[]) AS target",
	    .params = 10,
	    .writes = true};

	return STORE_QUERY(pg, a, &insert, NULL, n->action, n->actor_id, n->target_type, n->result,
	    store_address(n->ip), n->user_agent, n->request_id, n->session_id, n->details,
	    store_array(a, targets, targets_n));
}
