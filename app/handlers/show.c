#include <string.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/reply.h"

#include "app/request.h"
#include "app/services/signin.h"

#include "app/handlers/show.h"

struct User
show_user(const struct user *u)
{
	return (struct User){.id = u->id,
	    .email = u->email,
	    .username = u->username,
	    .full_name = u->full_name,
	    .role = u->role,
	    .is_admin = strcmp(u->role, "admin") == 0,
	    .is_active = u->is_active,
	    .is_verified = u->is_verified,
	    .has_password = u->has_password,
	    .has_secret = u->has_secret,
	    .created_at = {u->created_us},
	    .updated_at = {u->updated_us},
	    .last_login_at = {u->last_login_us}};
}

static struct UserWithStats
with_stats(const struct user *u)
{
	return (struct UserWithStats){.user = show_user(u),
	    .file_count = u->file_count,
	    .total_file_size = u->total_file_size,
	    .document_count = u->document_count,
	    .login_count = u->login_count,
	    .active_session_count = u->active_session_count,
	    .account_age_days = (clock_now_us() - u->created_us) / (24 * 60 * 60 * CLOCK_US_PER_S)};
}

const struct error *
show_account(struct request *rq, int status, const struct user *u)
{
	struct User out = show_user(u);

	reply_model(&rq->turn->reply, status, &user_out, &out);
	reply_etag(&rq->turn->reply, u->row_version);
	return NULL;
}

const struct error *
show_account_with_stats(struct request *rq, const struct user *u)
{
	struct UserWithStats out = with_stats(u);

	reply_model(&rq->turn->reply, 200, &user_with_stats, &out);
	reply_etag(&rq->turn->reply, u->row_version);
	return NULL;
}

const struct error *
show_message(struct request *rq, const char *sentence)
{
	struct Message out = {sentence};

	reply_model(&rq->turn->reply, 200, &message_out, &out);
	return NULL;
}

void
show_sessions(struct request *rq, const struct session_seen *sessions, size_t n)
{
	struct Session *items = arena_array(rq->turn->arena, n, sizeof(*items));
	struct SessionList out = {.items = {items, n}, .total = (int64_t)n};

	for (size_t i = 0; i < n; i++)
		items[i] = (struct Session){.id = sessions[i].id,
		    .created_at = {sessions[i].created_us},
		    .last_used_at = {sessions[i].last_used_us},
		    .ip = sessions[i].ip,
		    .user_agent = sessions[i].user_agent,
		    .current = strcmp(sessions[i].id, rq->claims.sid) == 0};
	reply_model(&rq->turn->reply, 200, &session_list, &out);
}

void
show_nameless(struct request *rq)
{
	fault_value(
	    &rq->faults, IN_BODY, "username", "an account needs an e-mail address or a username");
}

void
show_weak(struct request *rq, const char *name, const char *why)
{
	fault_value(&rq->faults, IN_BODY, name, why);
}

const struct error *
show_tokens(struct request *rq, const struct error *e, const struct tokens *t)
{
	static const char type[] = "bearer";
	struct reply *r = &rq->turn->reply;

	if (e != NULL)
		return e;
	if (t->refresh_token != NULL) {
		struct Token out = {t->access_token, t->refresh_token, type, t->expires_in_s};

		reply_model(r, 200, &token_out, &out);
	} else {
		struct AccessToken out = {t->access_token, type, t->expires_in_s};

		reply_model(r, 200, &access_token_out, &out);
	}
	reply_header(r, "Pragma", "no-cache"); /* RFC 6749 §5.1 asks for it */
	return NULL;
}
