#include <criterion/criterion.h>

#include "lib/secret.h"

#include "tests/http/db.h"

#include "tests/http/link.h"

const char *
link_made(const struct person *p, const char *purpose, const char *email)
{
	char id[37];
	const char *token;

	secret_uuid(id);
	token = client_print("tests-%s", id);
	cr_assert_eq(DB_DO(client_print("INSERT INTO links (digest, user_id, purpose, email,"
					" email_key, expires_at) VALUES (sha256($1::text::bytea),"
					" '%s', $2, $3, $3, now() + interval '1 hour')",
			       p->id),
			 token, purpose, email),
	    1);
	return token;
}

void
link_alter(const char *token, const char *set)
{
	cr_assert_eq(
	    DB_DO(client_print("UPDATE links SET %s WHERE digest = sha256($1::text::bytea)", set),
		token),
	    1);
}

struct answer *
link_confirm(const char *path, const char *token)
{
	const char *password = strcmp(path, LINK_RESET) == 0
	    ? client_print(",\"new_password\":\"%s\"", person_stranger().password)
	    : "";

	return CLIENT_ASK(.path = path,
	    .json = client_print("{\"token\":\"%s\"%s}", token, password));
}

int64_t
link_live(const struct person *p, const char *purpose)
{
	return DB_INT("SELECT count(*) FROM links WHERE user_id = $1::text::uuid AND purpose = $2"
		      " AND expires_at > now()",
	    p->id, purpose);
}
