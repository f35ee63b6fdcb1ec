#include "lib/clock.h"
#include "lib/pg.h"

#include "app/store/audit.h"

#include "app/services/service.h"

/* With what went before, also in another pool, within the 5 s that a client is promised. */
#define DATABASE_US (2 * CLOCK_US_PER_S)

void
service_hashed(struct service *s)
{
	pg_deadline(s->pg, clock_mono_us() + DATABASE_US);
}

const struct error *
service_audit(struct service *s, const struct act *act)
{
	struct audit_new n = {.action = act->action,
	    .actor_id = s->actor_id,
	    .target_type = act->target_type,
	    .result = act->failed ? "failure" : "success",
	    .ip = s->client_ip,
	    .user_agent = s->user_agent,
	    .request_id = s->request_id,
	    .session_id = s->session_id,
	    .details = act->details != NULL ? act->details : "{}"};
	const struct error *e = audit_insert(s->pg, s->arena, &n, act->targets, act->targets_n);

	/* What the log refuses is no fault of the one who asked. */
	return e == &error_validation ? &error_internal : e;
}

const struct error *
service_audit_user(struct service *s, const char *user_id, const char *action, const char *details)
{
	const struct act act = {.action = action,
	    .target_type = "user",
	    .targets = &user_id,
	    .targets_n = 1,
	    .details = details};

	return service_audit(s, &act);
}

const struct error *
service_audit_session(struct service *s, const char *id)
{
	const struct act act = {
	    .action = "session.end", .target_type = "session", .targets = &id, .targets_n = 1};

	return service_audit(s, &act);
}

const struct error *
service_audit_sessions(struct service *s, const char *user_id, bool others)
{
	return service_audit_user(
	    s, user_id, "sessions.end", others ? "{\"scope\":\"others\"}" : "{\"scope\":\"all\"}");
}
