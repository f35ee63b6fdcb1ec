#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/secret.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

/* One operation on many accounts: a result for each, one transaction for all. */

enum { MANY = 1000 };

static struct answer *
bulk(const struct person *admin, const char *operation, const char *ids, const char *rest)
{
	return CLIENT_ASK(.path = "/users/bulk", .token = admin->access,
	    .json =
		client_print("{\"operation\":\"%s\",\"user_ids\":[%s]%s}", operation, ids, rest));
}

/* "\"id\",\"id\"" */
static const char *
ids_of(const struct person *people, size_t n)
{
	const char *ids = "";

	for (size_t i = 0; i < n; i++)
		ids = client_print("%s%s\"%s\"", ids, i == 0 ? "" : ",", people[i].id);
	return ids;
}

static const cJSON *
result(const struct answer *a, int i)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(a->json, "results"), i);
}

static void
result_is(const struct answer *a, int i, const char *id, const char *status)
{
	const cJSON *r = result(a, i);

	cr_assert_str_eq(
	    cJSON_GetStringValue(cJSON_GetObjectItem(r, "user_id")), id, "%s", a->body);
	cr_assert_str_eq(
	    cJSON_GetStringValue(cJSON_GetObjectItem(r, "status")), status, "%s", a->body);
}

static void
counts_are(const struct answer *a, int requested, int succeeded, int failed)
{
	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "requested"), requested, "%s", a->body);
	cr_assert_eq(answer_number(a, "succeeded"), succeeded, "%s", a->body);
	cr_assert_eq(answer_number(a, "failed"), failed, "%s", a->body);
	cr_assert_eq(
	    cJSON_GetArraySize(cJSON_GetObjectItem(a->json, "results")), requested, "%s", a->body);
}

static int64_t
audited(const char *id, const char *operation)
{
	return DB_INT("SELECT count(*) FROM audit WHERE action = 'users.bulk' AND target_id = "
		      "$1::text::uuid AND details ->> 'operation' = $2",
	    id, operation);
}

/* The same act by its own name, as if it had been done to this one alone. */
static const char *
acts_on(const char *id)
{
	return DB_TEXT(
	    "SELECT string_agg(action || coalesce(' ' || (details -> 'role' ->> 'from') ||"
	    " ' ' || (details -> 'role' ->> 'to'), ''), ', ' ORDER BY at) FROM audit"
	    " WHERE action LIKE 'user.%' AND action <> 'user.register'"
	    " AND target_id = $1::text::uuid",
	    id);
}

/* The sample of the seeds, and the way back. */
Test(bulk, deactivates_and_activates)
{
	struct person admin = person_admin(), p[] = {person_new(), person_registered()};
	const char *ids = ids_of(p, 2);
	struct answer *a = bulk(&admin, "deactivate", ids, "");

	counts_are(a, 2, 2, 0);
	cr_assert_str_eq(answer_text(a, "operation"), "deactivate");
	result_is(a, 0, p[0].id, "updated");
	result_is(a, 1, p[1].id, "updated");
	ANSWER_IS(person_me(p[0].access), 403, "ACCOUNT_DISABLED");
	ANSWER_IS(person_refresh_with(p[0].refresh), 401, "REFRESH_TOKEN_INVALID");
	a = bulk(&admin, "deactivate", ids, "");
	counts_are(a, 2, 2, 0);
	result_is(a, 0, p[0].id, "unchanged");
	cr_assert_eq(audited(p[0].id, "deactivate"), 1);
	counts_are(bulk(&admin, "activate", ids, ""), 2, 2, 0);
	cr_assert_eq(audited(p[1].id, "activate"), 1);
	ANSWER_IS(person_me(p[0].access), 401, "SESSION_ENDED");
	(void)person_login(&p[0]);
}

/* The soft one: the address stays taken, and an activation restores. */
Test(bulk, deletes_softly)
{
	struct person admin = person_admin(), p = person_registered();
	const char *ids = ids_of(&p, 1);

	counts_are(bulk(&admin, "delete", ids, ""), 1, 1, 0);
	cr_assert_eq(audited(p.id, "delete"), 1);
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 403,
	    "ACCOUNT_DISABLED");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&p)), 409,
	    "EMAIL_ALREADY_REGISTERED");
	counts_are(bulk(&admin, "activate", ids, ""), 1, 1, 0);
	cr_assert_str_eq(acts_on(p.id), "user.deactivate, user.activate");
	(void)person_login(&p);
}

Test(bulk, sets_roles)
{
	struct person admin = person_admin(), p[] = {person_new(), person_new()};
	struct answer *a;

	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = client_print("/users/%s", p[1].id),
		      .token = admin.access, .json = "{\"role\":\"admin\"}"),
	    200, "");
	a = bulk(&admin, "update_role", ids_of(p, 2), ",\"data\":{\"role\":\"admin\"}");
	counts_are(a, 2, 2, 0);
	result_is(a, 0, p[0].id, "updated");
	result_is(a, 1, p[1].id, "unchanged");
	ANSWER_IS(CLIENT_ASK(.path = "/users", .token = p[0].access), 200, "");
	cr_assert_eq(audited(p[0].id, "update_role"), 1);
	cr_assert_eq(audited(p[1].id, "update_role"), 0);
	cr_assert_str_eq(acts_on(p[0].id), "user.role_change user admin");
}

Test(bulk, an_unknown_id_fails_alone_and_a_double_one_counts_once)
{
	struct person admin = person_admin(), p = person_registered(), gone = person_registered();
	static const char unknown[] = "123e4567-e89b-12d3-a456-426614174000";
	struct answer *a;

	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = client_print("/users/%s", gone.id),
		      .token = admin.access),
	    204, "");
	a = bulk(&admin, "deactivate",
	    client_print("\"%s\",\"%s\",\"%s\",\"%s\",\"123E4567-E89B-12D3-A456-426614174000\"",
		unknown, p.id, p.id, gone.id),
	    "");
	counts_are(a, 3, 1, 2);
	result_is(a, 0, unknown, "not_found");
	cr_assert_str_eq(
	    cJSON_GetStringValue(cJSON_GetObjectItem(result(a, 0), "error_code")), "NOT_FOUND");
	result_is(a, 1, p.id, "updated");
	result_is(a, 2, gone.id, "not_found");
}

Test(bulk, oneself_among_them_changes_nothing)
{
	struct person admin = person_admin(), p[] = {person_registered(), admin};
	static const char *const operations[] = {"activate", "deactivate", "delete"};
	char id[37];

	for (size_t i = 0; i < 3; i++)
		ANSWER_IS(bulk(&admin, operations[i], ids_of(p, 2), ""), 400, "SELF_IN_BULK");
	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (char)(admin.id[i] >= 'a' && admin.id[i] <= 'f' ? admin.id[i] - 'a' + 'A'
									: admin.id[i]);
	ANSWER_IS(bulk(&admin, "deactivate", client_print("\"%s\",\"%s\"", p[0].id, id), ""), 400,
	    "SELF_IN_BULK");
	cr_assert_eq(DB_INT("SELECT row_version FROM users WHERE id = $1::text::uuid", p[0].id), 1);
}

Test(bulk, refuses_data_that_does_not_belong)
{
	struct person admin = person_admin(), p = person_registered();
	const char *ids = ids_of(&p, 1);
	static const char role[] = "[\"body\",\"data\",\"role\"]";
	static const struct {
		const char *operation, *rest, *type;
	} bad[] = {
	    {"update_role", "", "missing"},
	    {"update_role", ",\"data\":{}", "missing"},
	    {"update_role", ",\"data\":{\"role\":\"root\"}", "enum"},
	    {"activate", ",\"data\":{\"role\":\"user\"}", "extra_forbidden"},
	    {"delete", ",\"data\":{\"role\":\"admin\"}", "extra_forbidden"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct answer *a = bulk(&admin, bad[i].operation, ids, bad[i].rest);

		ANSWER_IS(a, 422, "VALIDATION_ERROR");
		cr_assert_str_eq(answer_fault_type(a, role), bad[i].type, "%zu: %s", i, a->body);
	}
	ANSWER_IS(bulk(&admin, "update_role", ids, ",\"data\":null"), 422, "VALIDATION_ERROR");
	ANSWER_IS(bulk(&admin, "explode", ids, ""), 422, "VALIDATION_ERROR");
	cr_assert_eq(DB_INT("SELECT row_version FROM users WHERE id = $1::text::uuid", p.id), 1);
}

/* As many as are let in, with a number of statements that does not grow with them. */
Test(bulk, a_thousand_at_once)
{
	struct person admin = person_admin();
	struct answer *a;
	struct buf ids;
	char tag[37];

	secret_uuid(tag);
	cr_assert_eq(
	    DB_DO("WITH u AS (INSERT INTO users (id, email, email_key) SELECT "
		  "gen_random_uuid(), i || $1, i || $1 FROM generate_series(1, $2::text::int)"
		  " AS i RETURNING id) INSERT INTO user_stats (user_id) SELECT id FROM u",
		client_print("@%s.example", tag), client_print("%d", MANY)),
	    MANY);
	buf_init(&ids, client_arena());
	buf_puts(&ids,
	    DB_TEXT("SELECT string_agg('\"' || id || '\"', ',') FROM users WHERE email_key LIKE $1",
		client_print("%%@%s.example", tag)));
	a = bulk(&admin, "deactivate", ids.at, "");
	counts_are(a, MANY, MANY, 0);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM users u JOIN audit a ON a.target_id = u.id WHERE NOT "
		   "is_active AND a.action = 'users.bulk' AND email_key LIKE $1",
		client_print("%%@%s.example", tag)),
	    MANY);
	cr_assert_lt(a->seconds, 2.0, "%f s", a->seconds);
}
