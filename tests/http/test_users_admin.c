#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* One account in the hands of an administrator: make, read, change, activate, its sessions. */

static struct answer *
read_user(const struct person *admin, const char *id)
{
	return CLIENT_ASK(.path = client_print("/users/%s", id), .token = admin->access);
}

static struct answer *
patch(const struct person *admin, const char *id, const char *json)
{
	return CLIENT_ASK(.method = "PATCH", .path = client_print("/users/%s", id),
	    .token = admin->access, .json = json);
}

static struct answer *
post(const struct person *admin, const char *id, const char *verb)
{
	return CLIENT_ASK(.method = "POST", .path = client_print("/users/%s/%s", id, verb),
	    .token = admin->access);
}

static int64_t
audited(const char *action, const char *target_id)
{
	return DB_INT("SELECT count(*) FROM audit WHERE action = $1 AND target_id = $2::text::uuid",
	    action, target_id);
}

static const char *
audit_details(const char *action, const char *target_id)
{
	return DB_TEXT("SELECT details::text FROM audit WHERE action = $1"
		       " AND target_id = $2::text::uuid",
	    action, target_id);
}

Test(users_admin, creates_what_can_log_in)
{
	struct person admin = person_admin(), p = person_stranger();
	struct answer *a =
	    CLIENT_ASK(.path = "/users", .token = admin.access, .json = person_json(&p));

	ANSWER_IS(a, 201, "");
	cr_assert_str_eq(answer_text(a, "email"), p.email);
	cr_assert_str_eq(answer_text(a, "role"), "user");
	cr_assert(answer_is(a, "is_active") && !answer_is(a, "is_verified"), "%s", a->body);
	cr_assert(answer_is(a, "has_password"));
	cr_assert_str_eq(answer_header(a, "ETag"), "\"1\"");
	(void)person_login(&p);
	cr_assert_eq(audited("user.create", answer_text(a, "id")), 1);
	cr_assert_str_eq(DB_TEXT("SELECT actor_id::text FROM audit WHERE target_id = "
				 "$1::text::uuid AND action = 'user.create'",
			     answer_text(a, "id")),
	    admin.id);
}

Test(users_admin, creates_every_kind_of_account)
{
	struct person admin = person_admin(), p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/users", .token = admin.access,
	    .json = client_print("{\"email\":\"%s\",\"role\":\"admin\",\"is_active\":false,"
				 "\"is_verified\":true,\"name\":\"N\"}",
		p.email));

	ANSWER_IS(a, 201, "");
	cr_assert(answer_is(a, "is_admin") && answer_is(a, "is_verified"), "%s", a->body);
	cr_assert_not(answer_is(a, "is_active"));
	cr_assert_not(answer_is(a, "has_password"));
	cr_assert_str_eq(answer_text(a, "full_name"), "N");
	/* Without a password nothing is the right one. */
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 401,
	    "INVALID_CREDENTIALS");
}

Test(users_admin, refuses_to_create)
{
	struct person admin = person_admin(), p = person_registered(), q = person_stranger();
	const struct {
		const char *json;
		int status;
		const char *code;
	} bad[] = {
	    {client_print("{\"email\":\"%s\"}", p.email), 409, "EMAIL_ALREADY_REGISTERED"},
	    {client_print("{\"email\":\"%s\",\"username\":\"%s\"}", q.email, p.username), 409,
		"USERNAME_ALREADY_REGISTERED"},
	    {client_print("{\"email\":\"%s\",\"password\":\"password1234\"}", q.email), 422,
		"WEAK_PASSWORD"},
	    {client_print("{\"email\":\"%s\",\"role\":\"root\"}", q.email), 422,
		"VALIDATION_ERROR"},
	    {client_print("{\"email\":\"%s\",\"is_admin\":true}", q.email), 422,
		"VALIDATION_ERROR"},
	    {client_print("{\"email\":\"%s\",\"password\":null}", q.email), 422,
		"VALIDATION_ERROR"},
	    {client_print("{\"username\":\"%s\"}", q.username), 422, "VALIDATION_ERROR"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ANSWER_IS(CLIENT_ASK(.path = "/users", .token = admin.access, .json = bad[i].json),
		    bad[i].status, bad[i].code);
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE email_key = $1", q.email), 0);
}

Test(users_admin, reads_with_counters_and_etag)
{
	struct person admin = person_admin(), p = person_new();
	struct answer *a = read_user(&admin, p.id), *upper;
	char id[37];

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "id"), p.id);
	cr_assert_eq(answer_number(a, "login_count"), 1);
	cr_assert_eq(answer_number(a, "active_session_count"), 1);
	cr_assert_eq(answer_number(a, "account_age_days"), 0);
	cr_assert_eq(answer_number(a, "document_count"), 0);
	cr_assert_str_eq(answer_header(a, "ETag"), "\"1\"");
	/* RFC 9562: either case is the same UUID. */
	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (char)(p.id[i] >= 'a' && p.id[i] <= 'f' ? p.id[i] - 'a' + 'A' : p.id[i]);
	upper = read_user(&admin, id);
	ANSWER_IS(upper, 200, "");
	cr_assert_str_eq(answer_text(upper, "id"), p.id);
}

Test(users_admin, changes_each_member)
{
	struct person admin = person_admin(), p = person_registered(), q = person_stranger();
	struct answer *a = patch(&admin, p.id,
	    client_print("{\"email\":\"%s\",\"username\":\"%s\",\"full_name\":\"New\","
			 "\"role\":\"admin\",\"is_verified\":true,\"is_active\":false}",
		q.email, q.username));

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "email"), q.email);
	cr_assert_str_eq(answer_text(a, "username"), q.username);
	cr_assert_str_eq(answer_text(a, "full_name"), "New");
	cr_assert(answer_is(a, "is_admin") && answer_is(a, "is_verified"), "%s", a->body);
	cr_assert_not(answer_is(a, "is_active"));
	cr_assert_str_eq(answer_header(a, "ETag"), "\"2\"");
	cr_assert_str_eq(read_user(&admin, p.id)->body, a->body);
	cr_assert_str_eq(audit_details("user.update", p.id),
	    "{\"role\": {\"to\": \"admin\", \"from\": \"user\"}, \"changed\": [\"email\", "
	    "\"username\", \"full_name\", \"is_verified\", \"role\", \"is_active\"], "
	    "\"is_active\": {\"to\": false, \"from\": true}}");
	cr_assert_str_eq(audit_details("user.role_change", p.id),
	    "{\"role\": {\"to\": \"admin\", \"from\": \"user\"}}");
	cr_assert_eq(audited("user.deactivate", p.id), 1);
}

Test(users_admin, put_is_partial_too)
{
	struct person admin = person_admin(), p = person_registered();
	struct answer *a = CLIENT_ASK(.method = "PUT", .path = client_print("/users/%s", p.id),
	    .token = admin.access, .json = "{\"full_name\":null}");

	ANSWER_IS(a, 200, "");
	cr_assert_null(answer_text(a, "full_name"));
	cr_assert_str_eq(answer_text(a, "email"), p.email);
	cr_assert_str_eq(answer_text(a, "username"), p.username);
}

Test(users_admin, another_address_is_not_verified_unless_it_is_said)
{
	struct person admin = person_admin(), p = person_registered(), q = person_stranger(),
		      r = person_stranger();

	cr_assert(answer_is(patch(&admin, p.id, "{\"is_verified\":true}"), "is_verified"));
	cr_assert_not(answer_is(
	    patch(&admin, p.id, client_print("{\"email\":\"%s\"}", q.email)), "is_verified"));
	ANSWER_IS(patch(&admin, p.id, "{\"is_verified\":true}"), 200, "");
	cr_assert(answer_is(
	    patch(&admin, p.id, client_print("{\"email\":\"%s\",\"is_verified\":true}", r.email)),
	    "is_verified"));
}

/* What is there already is no change: neither version nor audit row. */
Test(users_admin, what_does_not_differ_is_no_change)
{
	struct person admin = person_admin(), p = person_registered();
	struct answer *before = read_user(&admin, p.id), *a;

	a = patch(&admin, p.id,
	    client_print("{\"email\":\"%s\",\"role\":\"user\",\"is_active\":true,"
			 "\"is_verified\":false,\"full_name\":\"%s\"}",
		p.email, p.full_name));
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(a->body, before->body);
	ANSWER_IS(patch(&admin, p.id, "{}"), 200, "");
	ANSWER_IS(post(&admin, p.id, "activate"), 200, "");
	cr_assert_str_eq(answer_header(read_user(&admin, p.id), "ETag"), "\"1\"");
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE target_id = $1::text::uuid"
			    " AND actor_id = $2::text::uuid",
			 p.id, admin.id),
	    0);
}

Test(users_admin, refuses_to_change)
{
	struct person admin = person_admin(), p = person_registered(), q = person_registered();
	const struct {
		const char *json;
		int status;
		const char *code;
	} bad[] = {
	    {client_print("{\"email\":\"%s\"}", q.email), 409, "EMAIL_ALREADY_REGISTERED"},
	    {client_print("{\"username\":\"%s\"}", q.username), 409, "USERNAME_ALREADY_REGISTERED"},
	    {"{\"password\":\"SecurePass123!\"}", 422, "VALIDATION_ERROR"},
	    {"{\"email\":null}", 422, "VALIDATION_ERROR"},
	    {"{\"role\":null}", 422, "VALIDATION_ERROR"},
	    {"{\"is_active\":null}", 422, "VALIDATION_ERROR"},
	    {"{\"is_active\":\"true\"}", 422, "VALIDATION_ERROR"},
	    {"{\"full_name\":\"A\",\"name\":\"B\"}", 422, "VALIDATION_ERROR"},
	    {"{\"id\":\"123e4567-e89b-12d3-a456-426614174000\"}", 422, "VALIDATION_ERROR"},
	    {"{\"token_version\":1}", 422, "VALIDATION_ERROR"},
	};
	struct answer *before = read_user(&admin, p.id);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ANSWER_IS(patch(&admin, p.id, bad[i].json), bad[i].status, bad[i].code);
		ANSWER_IS(CLIENT_ASK(.method = "PUT", .path = client_print("/users/%s", p.id),
			      .token = admin.access, .json = bad[i].json),
		    bad[i].status, bad[i].code);
	}
	cr_assert_str_eq(read_user(&admin, p.id)->body, before->body);
}

Test(users_admin, leaves_nobody_without_a_name)
{
	struct person admin = person_admin(), p = person_registered();
	struct answer *a;

	cr_assert_eq(DB_DO("UPDATE users SET email = NULL, email_key = NULL WHERE id = "
			   "$1::text::uuid",
			 p.id),
	    1);
	a = patch(&admin, p.id, "{\"username\":null}");
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"username\"]"), "value_error");
	ANSWER_IS(
	    patch(&admin, p.id, client_print("{\"username\":null,\"email\":\"%s\"}", p.email)), 200,
	    "");
}

Test(users_admin, if_match_guards_each_write)
{
	static const char *const methods[] = {"PATCH", "PUT", "DELETE"};
	struct person admin = person_admin(), p = person_registered();

	for (size_t i = 0; i < 3; i++) {
		bool body = strcmp(methods[i], "DELETE") != 0;
		struct ask ask = {.method = methods[i],
		    .path = client_print("/users/%s", p.id),
		    .token = admin.access,
		    .json = body ? "{\"role\":\"user\"}" : NULL,
		    .header = {"If-Match: \"7\""}};

		ANSWER_IS(client_ask(&ask), 412, "PRECONDITION_FAILED");
		/* Whether it is there comes first. */
		ask.path = "/users/123e4567-e89b-12d3-a456-426614174000";
		ANSWER_IS(client_ask(&ask), 404, "NOT_FOUND");
		ask.path = client_print("/users/%s", p.id);
		ask.header[0] = "If-Match: \"7\", \"1\"";
		ANSWER_IS(client_ask(&ask), body ? 200 : 204, "");
	}
}

Test(users_admin, deactivation_ends_everything_and_activation_restores)
{
	struct person admin = person_admin(), p = person_new();
	struct answer *a = post(&admin, p.id, "deactivate");

	ANSWER_IS(a, 200, "");
	cr_assert_not(answer_is(a, "is_active"));
	ANSWER_IS(person_me(p.access), 403, "ACCOUNT_DISABLED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 403,
	    "ACCOUNT_DISABLED");
	ANSWER_IS(post(&admin, p.id, "deactivate"), 200, "");
	cr_assert_eq(audited("user.deactivate", p.id), 1);
	a = post(&admin, p.id, "activate");
	ANSWER_IS(a, 200, "");
	cr_assert(answer_is(a, "is_active"));
	cr_assert_eq(audited("user.activate", p.id), 1);
	/* What was out before stays ended. */
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	(void)person_login(&p);
}

Test(users_admin, patching_is_active_does_the_same)
{
	struct person admin = person_admin(), p = person_new();
	struct answer *a = patch(&admin, p.id, "{\"is_active\":false}");

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "active_session_count"), 0);
	ANSWER_IS(patch(&admin, p.id, "{\"is_active\":true}"), 200, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", p.id), 0);
}

/* A role is read with each request: no session ends, and the next answer knows it. */
Test(users_admin, a_new_role_holds_from_the_next_request_on)
{
	struct person admin = person_admin(), p = person_new();

	ANSWER_IS(read_user(&p, p.id), 403, "ADMIN_REQUIRED");
	ANSWER_IS(patch(&admin, p.id, "{\"role\":\"admin\"}"), 200, "");
	ANSWER_IS(read_user(&p, p.id), 200, "");
	ANSWER_IS(patch(&admin, p.id, "{\"role\":\"user\"}"), 200, "");
	ANSWER_IS(read_user(&p, p.id), 403, "ADMIN_REQUIRED");
	cr_assert_eq(audited("user.role_change", p.id), 2);
}

Test(users_admin, shows_and_ends_sessions)
{
	struct person admin = person_admin(), p = person_new();
	const char *path = client_print("/users/%s/sessions", p.id);
	struct answer *a = CLIENT_ASK(.path = path, .token = admin.access);
	const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(a->json, "items"), 0);

	ANSWER_IS(a, 200, "");
	cr_assert_eq(answer_number(a, "total"), 1);
	cr_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(item, "id")), person_session(&p));
	cr_assert(cJSON_IsFalse(cJSON_GetObjectItem(item, "current")));
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = path, .token = admin.access), 204, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	cr_assert_eq(audited("sessions.end", p.id), 1);
	(void)person_login(&p);
}

/* AZ-05. */
Test(users_admin, nobody_takes_anything_away_from_himself)
{
	struct person admin = person_admin();
	static const char *const verbs[] = {"PATCH", "PUT"};
	const char *path = client_print("/users/%s", admin.id);

	for (size_t i = 0; i < 2; i++) {
		struct ask ask = {.method = verbs[i], .path = path, .token = admin.access};

		ask.json = "{\"role\":\"user\",\"full_name\":\"Not this either\"}";
		ANSWER_IS(client_ask(&ask), 400, "CANNOT_DEMOTE_SELF");
		ask.json = "{\"is_active\":false}";
		ANSWER_IS(client_ask(&ask), 400, "CANNOT_DEACTIVATE_SELF");
		ask.json = client_print(
		    "{\"role\":\"admin\",\"is_active\":true,\"full_name\":\"Self %zu\"}", i);
		ANSWER_IS(client_ask(&ask), 200, "");
	}
	ANSWER_IS(post(&admin, admin.id, "deactivate"), 400, "CANNOT_DEACTIVATE_SELF");
	ANSWER_IS(post(&admin, admin.id, "activate"), 200, "");
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = path, .token = admin.access), 400,
	    "CANNOT_DELETE_SELF");
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .token = admin.access,
		      .path = client_print("/users/%s?x=%s", admin.id, admin.id)),
	    400, "CANNOT_DELETE_SELF");
	cr_assert_str_eq(answer_text(read_user(&admin, admin.id), "full_name"), "Self 1");
}
