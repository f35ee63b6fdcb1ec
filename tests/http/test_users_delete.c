#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* For good: gone for every reader at once, its names free again, its rows removed behind. */

enum { WAIT_S = 30 };

static struct answer *
delete_user(const struct person *admin, const char *id)
{
	return CLIENT_ASK(.method = "DELETE", .path = client_print("/users/%s", id),
	    .token = admin->access);
}

Test(users_delete, who_is_deleted_is_gone_at_once)
{
	struct person admin = person_admin(), p = person_new();
	const char *path = client_print("/users/%s", p.id);
	const struct ask gone[] = {{.path = path}, {.method = "PATCH", .path = path, .json = "{}"},
	    {.method = "PUT", .path = path, .json = "{}"}, {.method = "DELETE", .path = path},
	    {.method = "POST", .path = client_print("%s/activate", path)},
	    {.method = "POST", .path = client_print("%s/deactivate", path)},
	    {.path = client_print("%s/sessions", path)},
	    {.method = "DELETE", .path = client_print("%s/sessions", path)}};

	ANSWER_IS(delete_user(&admin, p.id), 204, "");
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
		struct ask ask = gone[i];

		ask.token = admin.access;
		ANSWER_IS(client_ask(&ask), 404, "NOT_FOUND");
	}
	ANSWER_IS(person_me(p.access), 401, "TOKEN_INVALID");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 401,
	    "INVALID_CREDENTIALS");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.username, p.password)),
	    401, "INVALID_CREDENTIALS");
	cr_assert_null(
	    strstr(CLIENT_ASK(.path = "/users?size=100", .token = admin.access)->body, p.id));
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", p.id), 0);
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE action = 'user.delete'"
			    " AND target_id = $1::text::uuid AND actor_id = $2::text::uuid",
			 p.id, admin.id),
	    1);
}

Test(users_delete, address_and_username_are_free_again_at_once)
{
	struct person admin = person_admin(), p = person_registered();
	struct answer *a;

	ANSWER_IS(delete_user(&admin, p.id), 204, "");
	a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));
	ANSWER_IS(a, 201, "");
	cr_assert_str_neq(answer_text(a, "id"), p.id);
	(void)person_login(&p);
}

/* Until the background process has removed it. */
static void
is_purged(const char *id)
{
	time_t end = time(NULL) + WAIT_S;
	int64_t left = 1;

	while (left > 0 && time(NULL) < end)
		left = DB_INT("SELECT count(*) FROM users u LEFT JOIN pg_sleep(0.05) ON true"
			      " WHERE id = $1::text::uuid",
		    id);
	cr_assert_eq(left, 0, "the tombstone is still there after %d s", WAIT_S);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM user_stats WHERE user_id = $1::text::uuid", id), 0);
}

/* A tombstone has no names in it, and is removed soon. */
Test(users_delete, nothing_of_a_person_stays)
{
	struct person admin = person_admin(), p = person_new();

	cr_assert_neq(DB_INT("SELECT count(*) FROM mail WHERE recipient = $1", p.email), 0);
	ANSWER_IS(delete_user(&admin, p.id), 204, "");
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid AND (deleted_at IS "
		   "NULL OR coalesce(email, email_key, username, username_key, full_name,"
		   " password_hash) IS NOT NULL OR secret_digest IS NOT NULL)",
		p.id),
	    0);
	is_purged(p.id);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE recipient = $1", p.email), 0);
}

/* More rows than one step removes. */
Test(users_delete, what_belonged_to_a_person_is_removed_in_steps)
{
	struct person p = person_new();

	cr_assert_eq(DB_DO("INSERT INTO sessions (id, user_id, seed, expires_at, ends_at) SELECT "
			   "gen_random_uuid(), $1::text::uuid, decode(repeat('00', 32), 'hex'),"
			   " now() + interval '1 day', now() + interval '1 day'"
			   " FROM generate_series(1, 2500)",
			 p.id),
	    2500);
	cr_assert_eq(DB_DO("UPDATE users SET deleted_at = now(), email_key = NULL, username_key = "
			   "NULL WHERE id = $1::text::uuid",
			 p.id),
	    1);
	is_purged(p.id);
}

/* AZ-08, AZ-10: each way to take an administrator away, against each other one, at the same instant. */

struct removal {
	const char *method, *path, *json; /* %s is the other one's id */
};

static const struct removal removals[] = {
    {"DELETE", "/users/%s", NULL},
    {"PATCH", "/users/%s", "{\"role\":\"user\"}"},
    {"PUT", "/users/%s", "{\"is_active\":false}"},
    {"POST", "/users/%s/deactivate", NULL},
    {"POST", "/users/bulk", "{\"operation\":\"deactivate\",\"user_ids\":[\"%s\"]}"},
    {"POST", "/users/bulk",
	"{\"operation\":\"update_role\",\"data\":{\"role\":\"user\"},\"user_ids\":[\"%s\"]}"},
};

enum { REMOVALS = sizeof(removals) / sizeof(*removals) };

static const char *
filled(const char *template, const char *id)
{
	const char *at = template == NULL ? NULL : strstr(template, "%s");

	return at == NULL ? template
			  : client_print("%.*s%s%s", (int)(at - template), template, id, at + 2);
}

static struct ask
removal_of(const struct removal *r, const struct person *by, const struct person *whom)
{
	return (struct ask){.method = r->method,
	    .path = filled(r->path, whom->id),
	    .json = filled(r->json, whom->id),
	    .token = by->access};
}

static bool
is_active_admin(const struct person *p)
{
	return DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid AND role = 'admin'"
		      " AND is_active AND deleted_at IS NULL",
		   p->id) == 1;
}

Test(users_delete, of_two_who_remove_each_other_one_remains)
{
	for (size_t i = 0; i < REMOVALS; i++) {
		for (size_t k = i; k < REMOVALS; k++) {
			struct person a = person_admin(), b = person_admin();
			struct ask asks[] = {
			    removal_of(&removals[i], &a, &b), removal_of(&removals[k], &b, &a)};
			struct answer **got = client_ask_all(asks, 2);
			bool first = got[0]->status < 300, second = got[1]->status < 300;
			const struct answer *loser = got[first ? 1 : 0];

			cr_assert_neq(
			    first, second, "%zu and %zu: %s %s", i, k, got[0]->body, got[1]->body);
			cr_assert(loser->status == 401 || loser->status == 403, "%zu and %zu: %s",
			    i, k, loser->body);
			cr_assert_eq(is_active_admin(&a), first, "%zu and %zu", i, k);
			cr_assert_eq(is_active_admin(&b), second, "%zu and %zu", i, k);
		}
	}
}

/* Somebody demotes him, in a transaction that takes half a second under the administrators' lock. */
static pid_t
demoted_slowly(const struct person *admin)
{
	const char *sql =
	    client_print("UPDATE users SET role = 'user' /* while he waits */ FROM"
			 " (SELECT pg_sleep(0.5) FROM"
			 " pg_advisory_xact_lock(7449363237540164979)) s WHERE id = '%s'",
		admin->id);
	pid_t pid = fork();
	time_t end = time(NULL) + WAIT_S;

	if (pid == 0) {
		execlp("psql", "psql", "-Xqc", sql, client_env("DATABASE_URL"), NULL);
		_exit(127);
	}
	while (time(NULL) < end &&
	    DB_INT("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE"
		   " l.locktype = 'advisory' AND l.granted AND a.pid <> pg_backend_pid()"
		   " AND strpos(a.query, $1) > 0",
		client_print("while he waits */ FROM (SELECT pg_sleep(0.5) FROM"
			     " pg_advisory_xact_lock(7449363237540164979)) s WHERE id = '%s'",
		    admin->id)) == 0)
		;
	return pid;
}

/*
 * AZ-10, for certain: he is an administrator when his request comes in, and none any more when it has
 * waited for the lock that his removal holds.
 */
Test(users_delete, who_is_removed_while_he_waits_administers_nothing)
{
	struct person admin = person_admin(), p = person_stranger();
	pid_t remover = demoted_slowly(&admin);
	int status = -1;
	struct answer *a = CLIENT_ASK(.path = "/users", .token = admin.access,
	    .json = client_print("{\"email\":\"%s\",\"role\":\"admin\"}", p.email));

	cr_assert_eq(waitpid(remover, &status, 0), remover);
	cr_assert_eq(status, 0, "psql: %d", status);
	ANSWER_IS(a, 403, "ADMIN_REQUIRED");
	cr_assert_geq(a->seconds, 0.1, "it has not waited");
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", p.email), 0);
}
