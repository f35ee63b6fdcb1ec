#include <criterion/criterion.h>

#include "tests/http/client.h"
#include "tests/http/db.h"

#include "tests/http/crowd.h"

/* A statement may take three seconds; so many at a time take a part of one. */
enum { AT_A_TIME = 2000 };

static void
make(const char *tag, const char *start, int from, int to)
{
	DB_DO(client_print(
		  "WITH u AS (INSERT INTO users (id, email, email_key, username, username_key, "
		  "full_name, role, is_active, is_verified, created_at, updated_at)"
		  " SELECT gen_random_uuid(), e, e, $1::text || '.' || i, $1::text || '.' || i,"
		  " CASE WHEN i %% 3 > 0 THEN 'Name ' || i %% 4 END,"
		  " CASE WHEN i %% 7 = 0 THEN 'admin' ELSE 'user' END, i %% 2 = 0, i %% 3 = 0, at,"
		  " at + interval '1 day' * (i %% 2)"
		  " FROM generate_series(%d, %d) i"
		  " CROSS JOIN LATERAL (SELECT CASE WHEN i %% 5 > 0 THEN"
		  " $1::text || '-' || i || '@crowd.example' END AS e,"
		  " $2::text::timestamptz + interval '20 us' * (i / 3 + 1) AS at) x RETURNING id)"
		  " INSERT INTO user_stats (user_id) SELECT id FROM u",
		  from, to - 1),
	    tag, start);
}

struct crowd
crowd_new(int n)
{
	struct crowd c = {.tag = DB_TEXT("SELECT 'c' || left(md5(random()::text), 11)")};
	const char *start = DB_TEXT(
	    "SELECT ('1700-01-01Z'::timestamptz + (random() * 1e9)::bigint * interval '4 s')"
	    "::text");

	c.after = DB_TEXT("SELECT to_char($1::text::timestamptz AT TIME ZONE 'UTC', "
			  "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
	    start);
	c.before = DB_TEXT("SELECT to_char(($1::text::timestamptz + interval '2 s') AT TIME ZONE "
			   "'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
	    start);
	c.window = client_print("created_after=%s&created_before=%s", c.after, c.before);
	for (int i = 0; i < n; i += AT_A_TIME)
		make(c.tag, start, i, i + AT_A_TIME < n ? i + AT_A_TIME : n);
	return c;
}

void
crowd_gone(const struct crowd *c)
{
	DB_DO("DELETE FROM users WHERE username_key LIKE $1::text || '.%'", c->tag);
}
