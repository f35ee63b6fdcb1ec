#include "app/api/errors.h"
#include "app/api/routes.h"

#include "app/api/api.h"

static const char about[] =
    "Users, sessions and tokens behind your own nginx.\n\n"
    "Every error has the same body: `detail` for people (for 422 the list of all faults), "
    "`error_code` for programs, and the `request_id` that the log line carries too. nginx answers "
    "400, "
    "404, 405, 408, 413, 414, 429, 431, 502, 503 and 504 in the same form. 503 means that nothing "
    "was "
    "done; 502 or 504 with `OUTCOME_UNKNOWN` that a change may or may not have been made.";

struct api
api_with(const char *prefix)
{
	static const struct api_tag tags[] = {
	    {"auth", "Tokens: register, log in, refresh, log out."},
	    {"me", "Your own account."},
	    {"users", "Administration."},
	    {"service", "Health and documents."},
	    {NULL, NULL},
	};

	return (struct api){.title = "Gatehouse",
	    .version = GATEHOUSE_VERSION,
	    .doc = about,
	    .prefix = prefix,
	    .token_url = "/auth/login",
	    .routes = routes,
	    .errors = errors_all,
	    .tags = tags,
	    .user_errors = errors_user,
	    .admin_errors = errors_admin};
}
