#include "app/api/errors.h"
#include "app/api/limits.h"
#include "app/api/routes.h"

#include "app/api/api.h"

static const char about[] = "Users, sessions and tokens behind your own nginx.";

struct api
api_with(const char *title, const char *prefix)
{
	static const struct api_tag tags[] = {
	    {"auth", "Tokens: register, log in, refresh, log out."},
	    {"me", "Your own account."},
	    {"links", "What mails lead to: confirm an address, choose a new password."},
	    {"users", "Administration."},
	    {"audit", "What was done, and by whom."},
	    {"mail", "What is sent to people, and how far it got."},
	    {"documents", "Your texts, found by the nearness of their embeddings."},
	    {"files", "Your files; their bytes go past the program."},
	    {"service", "Health and documents."},
	    {NULL, NULL},
	};

	return (struct api){.title = title,
	    .version = GATEHOUSE_VERSION,
	    .doc = about,
	    .prefix = prefix,
	    .token_url = "/auth/login",
	    .routes = routes_all(),
	    .errors = errors_all,
	    .limits = limits_all,
	    .tags = tags,
	    .user_errors = errors_user,
	    .admin_errors = errors_admin};
}
