/* GET /audit: who may read it, what is in it, and finding something again. */

#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

enum { ENTRIES = 11 };

/* Entries of this test's own: an actor whom nobody else is, and a word that nobody else says. */
struct entries {
	const char *actor, *target, *word;
};

/* Number i from 0 on, three at a time in the same instant, a minute apart, long ago. */
static struct entries
entries_new(void)
{
	struct entries t = {.actor = DB_TEXT("SELECT gen_random_uuid()::text"),
	    .target = DB_TEXT("SELECT gen_random_uuid()::text")};

	t.word = client_print("test.%s", t.actor);
	DB_DO(client_print(
		  "INSERT INTO audit (at, action, actor_id, target_type, target_id, ip, details)"
		  " SELECT '2001-01-01T00:00:00Z'::timestamptz + i / 3 * interval '1 minute',"
		  " CASE WHEN i %% 2 = 0 THEN $3::text ELSE $3::text || '.odd' END,"
		  " $1::text::uuid, 'user', CASE WHEN i %% 5 = 0 THEN $2::text::uuid END,"
		  " CASE WHEN i %% 2 = 0 THEN '192.0.2.7'::inet ELSE '2001:db8::7'::inet END,"
		  " jsonb_build_object('i', i) FROM generate_series(0, %d) i",
		  ENTRIES - 1),
	    t.actor, t.target, t.word);
	return t;
}

static struct answer *
ask(const struct person *p, const char *query)
{
	return CLIENT_ASK(.path = client_print("/audit?%s", query), .token = p->access);
}

static const cJSON *
items(const struct answer *a)
{
	ANSWER_IS(a, 200, "");
	return cJSON_GetObjectItemCaseSensitive(a->json, "items");
}

static const char *
text(const cJSON *item, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, name));
}

Test(audit, is_for_admins)
{
	struct person p = person_new(), admin = person_admin();

	ANSWER_IS(CLIENT_ASK(.path = "/audit"), 401, "NOT_AUTHENTICATED");
	ANSWER_IS(ask(&p, ""), 403, "ADMIN_REQUIRED");
	ANSWER_IS(ask(&admin, ""), 200, "");
}

Test(audit, an_entry_has_its_members)
{
	static const char *const members[] = {"id", "at", "action", "actor_id", "target_type",
	    "target_id", "result", "ip", "user_agent", "request_id", "session_id", "details"};
	struct person admin = person_admin();
	struct entries t = entries_new();
	const cJSON *item = cJSON_GetArrayItem(
	    items(ask(&admin, client_print("target=%s&to=2001-01-01T00:00:30Z", t.target))), 0);

	cr_assert_eq(cJSON_GetArraySize(item), N(members));
	for (size_t i = 0; i < N(members); i++)
		cr_assert_not_null(
		    cJSON_GetObjectItemCaseSensitive(item, members[i]), "%s", members[i]);
	cr_assert_str_eq(text(item, "at"), "2001-01-01T00:00:00.000000Z");
	cr_assert_str_eq(text(item, "action"), t.word);
	cr_assert_str_eq(text(item, "actor_id"), t.actor);
	cr_assert_str_eq(text(item, "target_type"), "user");
	cr_assert_str_eq(text(item, "target_id"), t.target);
	cr_assert_str_eq(text(item, "result"), "success");
	cr_assert_str_eq(text(item, "ip"), "192.0.2.7");
	cr_assert_null(text(item, "session_id"));
	cr_assert_eq(
	    cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(item, "details"), "i")
		->valueint,
	    0);
}

Test(audit, filters_find_what_they_say)
{
	struct person admin = person_admin();
	struct entries t = entries_new();
	const char *by = client_print("actor=%s", t.actor);
	const struct {
		const char *query;
		int n;
	} cases[] = {
	    {by, ENTRIES},
	    {client_print("target=%s", t.target), 3},
	    {client_print("action=%s", t.word), 6},
	    {client_print("action=%s.odd", t.word), 5},
	    {client_print("action=%.20s", t.word), 0},
	    {client_print("action=%s%%25", t.word), 0},
	    {client_print("%s&action=%s", by, t.word), 6},
	    {client_print("%s&target=%s", by, t.target), 3},
	    {client_print("actor=%s", t.target), 0},
	    {client_print("%s&from=2001-01-01T00:01:00Z", by), 8},
	    {client_print("%s&from=2001-01-01T00:01:00.000001Z", by), 5},
	    {client_print("%s&to=2001-01-01T00:01:00Z", by), 3},
	    {client_print("%s&to=2001-01-01T01:01:00%%2b01:00", by), 3},
	    {client_print("%s&from=2001-01-01T00:01:00Z&to=2001-01-01T00:02:00Z", by), 3},
	    {client_print("%s&from=2001-01-01T00:02:00Z&to=2001-01-01T00:01:00Z", by), 0},
	};

	for (size_t i = 0; i < N(cases); i++) {
		struct answer *a = ask(&admin, cases[i].query);

		cr_assert_eq(
		    cJSON_GetArraySize(items(a)), cases[i].n, "%s: %s", cases[i].query, a->body);
		cr_assert_eq(answer_number(a, "total"), cases[i].n, "%s", cases[i].query);
	}
}

Test(audit, refuses_what_is_no_filter)
{
	static const struct {
		const char *query, *loc, *type;
	} cases[] = {
	    {"actor=me", "actor", "uuid_parsing"},
	    {"actor=", "actor", "uuid_parsing"},
	    {"target=1", "target", "uuid_parsing"},
	    {"action=", "action", "string_too_short"},
	    {"from=yesterday", "from", "datetime_parsing"},
	    {"to=2026-13-01T00:00:00Z", "to", "datetime_parsing"},
	    {"from=2026-01-01", "from", "datetime_parsing"},
	    {"size=101", "size", "less_than_equal"},
	    {"cursor=nonsense", "cursor", "value_error"},
	    {"action=a&action=b", "action", "value_error"},
	};
	struct person admin = person_admin();

	for (size_t i = 0; i < N(cases); i++) {
		struct answer *a = ask(&admin, cases[i].query);
		const char *type =
		    answer_fault_type(a, client_print("[\"query\",\"%s\"]", cases[i].loc));

		cr_assert_eq(a->status, 422, "%s: %s", cases[i].query, a->body);
		cr_assert_eq(answer_faults(a), 1, "%s: %s", cases[i].query, a->body);
		cr_assert_str_eq(type, cases[i].type, "%s: %s", cases[i].query, a->body);
	}
}

/* Newest first, those of one instant too, each once, however small the pages. */
Test(audit, cursors_go_through_all_of_it_in_order)
{
	struct person admin = person_admin();
	struct entries t = entries_new();
	const char *seen = "", *cursor = "",
		   *wanted = DB_TEXT(
		       "SELECT string_agg(id::text || ' ', '' ORDER BY at DESC, id DESC) FROM audit"
		       " WHERE actor_id = $1::text::uuid",
		       t.actor);
	const cJSON *item;
	int pages = 0;

	while (cursor != NULL && pages++ <= ENTRIES) {
		struct answer *a = ask(&admin, client_print("actor=%s&size=2%s", t.actor, cursor));

		cJSON_ArrayForEach(item, items(a)) seen =
		    client_print("%s%s ", seen, text(item, "id"));
		cursor = answer_text(a, "next_cursor");
		if (cursor != NULL)
			cursor = client_print("&cursor=%s", cursor);
	}
	cr_assert_str_eq(seen, wanted);
	cr_assert_eq(pages, (ENTRIES + 1) / 2);
}

Test(audit, a_cursor_is_bound_to_its_filters)
{
	struct person admin = person_admin();
	struct entries t = entries_new(), other = entries_new();
	struct answer *a = ask(&admin, client_print("actor=%s&size=2", t.actor));
	const char *cursor = answer_text(a, "next_cursor");

	cr_assert_not_null(cursor);
	a = ask(&admin, client_print("actor=%s&cursor=%s", other.actor, cursor));
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"query\",\"cursor\"]"), "value_error");
}

Test(audit, takes_no_writing)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
	struct person admin = person_admin();

	for (size_t i = 0; i < N(methods); i++) {
		struct answer *a =
		    CLIENT_ASK(.method = methods[i], .path = "/audit", .token = admin.access);

		ANSWER_IS(a, 405, "METHOD_NOT_ALLOWED");
		cr_assert_str_eq(answer_header(a, "Allow"), "GET, HEAD, OPTIONS");
	}
}

/* What an administrator can do to somebody, and what of it would be seen there. */
static const char *
state_of(const struct person *p)
{
	return DB_TEXT(
	    "SELECT concat_ws(' ', role, is_active, row_version, token_version, deleted_at)"
	    " FROM users WHERE id = $1::text::uuid",
	    p->id);
}

/* AZ-12: an act whose entry cannot be written has not happened. */
Test(audit, without_its_entry_nothing_was_done)
{
	struct person admin = person_admin(), p = person_registered();
	const struct ask acts[] = {
	    {.method = "DELETE", .path = client_print("/users/%s", p.id)},
	    {.method = "PATCH",
		.path = client_print("/users/%s", p.id),
		.json = "{\"role\":\"admin\"}"},
	    {.method = "POST", .path = client_print("/users/%s/deactivate", p.id)},
	    {.path = "/users/bulk",
		.json = client_print("{\"user_ids\":[\"%s\"],\"operation\":\"deactivate\"}", p.id)},
	};
	const char *before = state_of(&p), *lock = client_print("no_entries_%s", admin.id);
	size_t i;

	DB_DO(client_print(
	    "ALTER TABLE audit ADD CONSTRAINT \"%s\" CHECK (actor_id <> '%s') NOT VALID", lock,
	    admin.id));
	for (i = 0; i < N(acts); i++) {
		struct ask ask = acts[i];

		ask.token = admin.access;
		ANSWER_IS(client_ask(&ask), 500, "INTERNAL");
		cr_expect_str_eq(state_of(&p), before, "%s", acts[i].path);
	}
	DB_DO(client_print("ALTER TABLE audit DROP CONSTRAINT \"%s\"", lock));
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM audit WHERE actor_id = $1::text::uuid", admin.id), 0);
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = client_print("/users/%s", p.id),
		      .token = admin.access),
	    204, "");
	cr_assert_eq(cJSON_GetArraySize(
			 items(ask(&admin, client_print("target=%s&actor=%s", p.id, admin.id)))),
	    1);
}
