#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

/* The four rows that change oneself; they must not drift apart. */
static const struct {
	const char *method, *path;
} doors[] = {
    {"PATCH", "/users/me"}, {"PUT", "/users/me"}, {"PATCH", "/auth/me"}, {"PUT", "/auth/me"}};

enum { DOORS = sizeof(doors) / sizeof(*doors) };

static struct answer *
change_at(size_t door, const char *token, const char *json)
{
	return CLIENT_ASK(.method = doors[door].method, .path = doors[door].path, .token = token,
	    .json = json);
}

static struct answer *
change(const char *token, const char *json)
{
	return change_at(0, token, json);
}

static struct answer *
change_if(const struct person *p, const char *tag, const char *json)
{
	return CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p->access, .json = json,
	    .header = {client_print("If-Match: %s", tag)});
}

static const char *
etag(const struct person *p)
{
	return answer_header(person_me(p->access), "ETag");
}

Test(me, is_one_resource_under_two_names)
{
	struct person p = person_new();
	struct answer *a = person_me(p.access),
		      *b = CLIENT_ASK(.path = "/auth/me", .token = p.access);

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(a->body, b->body);
	cr_assert_str_eq(answer_header(a, "ETag"), answer_header(b, "ETag"));
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
}

Test(me, every_door_changes_only_what_is_given)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new();
		struct answer *a = change_at(i, p.access, "{\"full_name\":\"New Name\"}");

		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(answer_text(a, "full_name"), "New Name", "%zu", i);
		cr_assert_str_eq(answer_text(a, "email"), p.email, "%zu", i);
		cr_assert_str_eq(answer_text(a, "username"), p.username, "%zu", i);
		cr_assert_str_eq(a->body, person_me(p.access)->body, "%zu", i);
	}
}

Test(me, null_clears_what_may_be_absent)
{
	struct person p = person_new();
	struct answer *a = change(p.access, "{\"full_name\":null,\"username\":null}");

	ANSWER_IS(a, 200, "");
	cr_assert(answer_has(a, "full_name") && answer_has(a, "username"));
	cr_assert(answer_text(a, "full_name") == NULL && answer_text(a, "username") == NULL);
	ANSWER_IS(change(p.access, "{\"email\":null}"), 422, "VALIDATION_ERROR");
	ANSWER_IS(change(p.access, "{\"password\":null}"), 422, "VALIDATION_ERROR");
}

Test(me, nothing_to_change_changes_nothing)
{
	struct person p = person_new();
	const char *before = etag(&p);
	struct answer *a = change(p.access, "{}");

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_header(a, "ETag"), before);
}

/* HT-18: whoever read before and writes now must not be told that something moved when nothing did. */
Test(me, a_value_that_is_already_there_moves_nothing)
{
	struct person p = person_new();
	const char *const same[] = {client_print("{\"full_name\":\"%s\"}", p.full_name),
	    client_print("{\"email\":\"%s\",\"username\":\"%s\"}", p.email, p.username),
	    client_print("{\"name\":\"%s\",\"current_password\":\"%s\"}", p.full_name, p.password)};
	const char *row;
	struct answer *before;

	DB_DO("UPDATE users SET is_verified = true WHERE id = $1::text::uuid", p.id);
	before = person_me(p.access);
	row = DB_TEXT("SELECT xmin::text || ctid::text FROM users WHERE id = $1::text::uuid", p.id);
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		struct answer *a = change_at(i % DOORS, p.access, same[i]);

		ANSWER_IS(a, 200, "");
		cr_assert_str_eq(a->body, before->body);
		cr_assert_str_eq(answer_header(a, "ETag"), answer_header(before, "ETag"));
	}
	cr_assert_str_eq(
	    DB_TEXT("SELECT xmin::text || ctid::text FROM users WHERE id = $1::text::uuid", p.id),
	    row);
	ANSWER_IS(change_if(&p, "\"0\"", same[0]), 412, "PRECONDITION_FAILED");
	ANSWER_IS(change_if(&p, answer_header(before, "ETag"), same[0]), 200, "");
}

Test(me, takes_name_for_full_name_but_not_both)
{
	struct person p = person_new();
	struct answer *a = change(p.access, "{\"name\":\"By Name\"}");

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "full_name"), "By Name");
	a = change(p.access, "{\"name\":null}");
	ANSWER_IS(a, 200, "");
	cr_assert_null(answer_text(a, "full_name"));
	ANSWER_IS(
	    change(p.access, "{\"name\":\"A\",\"full_name\":\"A\"}"), 422, "VALIDATION_ERROR");
}

Test(me, every_door_refuses_what_is_not_ones_own_to_change)
{
	static const char *const fields[] = {"is_admin", "is_active", "is_verified", "id",
	    "created_at", "token_version", "row_version", "password_hash", "Email", "ROLE",
	    "login_count"};

	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new();
		const char *before = etag(&p);

		ANSWER_IS(
		    change_at(i, p.access, "{\"role\":\"admin\"}"), 403, "CANNOT_CHANGE_OWN_ROLE");
		ANSWER_IS(change_at(i, p.access, "{\"role\":null,\"name\":\"X\"}"), 403,
		    "CANNOT_CHANGE_OWN_ROLE");
		ANSWER_IS(
		    change_at(i, p.access, "{\"role\":\"user\"}"), 403, "CANNOT_CHANGE_OWN_ROLE");
		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++) {
			struct answer *a = change_at(
			    i, p.access, client_print("{\"%s\":true,\"name\":\"X\"}", fields[k]));

			cr_assert_eq(a->status, 422, "%zu %s: %s", i, fields[k], a->body);
		}
		cr_assert_str_eq(etag(&p), before);
	}
}

Test(me, every_door_refuses_taken_names_in_any_case)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person taken = person_registered(), p = person_new();
		const char *at = strchr(taken.email, '@');

		ANSWER_IS(change_at(i, p.access,
			      client_print("{\"email\":\"%.*s@TEST.EXAMPLE\"}",
				  (int)(at - taken.email), taken.email)),
		    409, "EMAIL_ALREADY_REGISTERED");
		ANSWER_IS(change_at(i, p.access,
			      client_print("{\"username\":\"U%s\"}", taken.username + 1)),
		    409, "USERNAME_ALREADY_REGISTERED");
	}
}

Test(me, ones_own_address_in_another_spelling_is_not_taken)
{
	struct person p = person_new();
	struct answer *a;

	DB_DO("UPDATE users SET is_verified = true WHERE id = $1::text::uuid", p.id);
	a = change(p.access, client_print("{\"email\":\"%.36s@Test.Example\"}", p.email));
	ANSWER_IS(a, 200, "");
	cr_assert(answer_is(a, "is_verified"));
	cr_assert_not_null(strstr(answer_text(a, "email"), "@Test.Example"));
}

Test(me, another_address_is_not_verified)
{
	struct person p = person_new(), other = person_stranger();
	struct answer *a;

	DB_DO("UPDATE users SET is_verified = true WHERE id = $1::text::uuid", p.id);
	a = change(p.access, "{\"full_name\":\"Still Verified\"}");
	cr_assert(answer_is(a, "is_verified"));
	a = change(p.access, client_print("{\"email\":\"%s\"}", other.email));
	ANSWER_IS(a, 200, "");
	cr_assert_not(answer_is(a, "is_verified"));
	p.email = other.email;
	(void)person_login(&p);
}

Test(me, an_account_keeps_one_name_to_log_in_with)
{
	struct person p = person_new();
	struct answer *a;

	DB_DO("UPDATE users SET email = NULL, email_key = NULL WHERE id = $1::text::uuid", p.id);
	a = change(p.access, "{\"username\":null}");
	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_str_eq(answer_fault_type(a, "[\"body\",\"username\"]"), "value_error");
	a = change(p.access,
	    client_print("{\"username\":null,\"email\":\"%s\"}", person_stranger().email));
	ANSWER_IS(a, 200, "");
}

Test(me, the_etag_moves_with_each_change)
{
	struct person p = person_new();
	const char *first = etag(&p);
	struct answer *a = change(p.access, "{\"full_name\":\"One\"}");

	cr_assert_str_neq(answer_header(a, "ETag"), first);
	cr_assert_str_eq(answer_header(a, "ETag"), etag(&p));
}

Test(me, every_door_changes_with_if_match_only_what_was_read)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new();
		const char *old = etag(&p);
		const struct ask ask = {.method = doors[i].method,
		    .path = doors[i].path,
		    .token = p.access,
		    .json = "{\"full_name\":\"Once\"}",
		    .header = {client_print("If-Match: %s", old)}};

		ANSWER_IS(client_ask(&ask), 200, "");
		ANSWER_IS(client_ask(&ask), 412, "PRECONDITION_FAILED");
	}
}

Test(me, if_match_is_read_as_the_rfc_says)
{
	struct person p = person_new();
	const char *const json = "{\"full_name\":\"X\"}";

	ANSWER_IS(change_if(&p, "*", json), 200, "");
	ANSWER_IS(change_if(&p, client_print("\"0\", %s", etag(&p)), json), 200, "");
	ANSWER_IS(change_if(&p, client_print("W/%s", etag(&p)), json), 412, "PRECONDITION_FAILED");
	ANSWER_IS(change_if(&p, "\"0\"", json), 412, "PRECONDITION_FAILED");
	ANSWER_IS(change_if(&p, "nonsense", json), 412, "PRECONDITION_FAILED");
	/* Faults come before the precondition, and the precondition before a conflict. */
	ANSWER_IS(change_if(&p, "\"0\"", "{\"full_name\":5}"), 422, "VALIDATION_ERROR");
	ANSWER_IS(
	    change_if(&p, "\"0\"", client_print("{\"email\":\"%s\"}", person_registered().email)),
	    412, "PRECONDITION_FAILED");
}

/* HT-18: of several that read the same, one writes. */
Test(me, if_match_loses_no_update)
{
	struct person p = person_new();
	const char *line = client_print("If-Match: %s", etag(&p));
	struct ask asks[8];
	struct answer **answers;
	size_t written = 0;

	for (size_t i = 0; i < 8; i++)
		asks[i] = (struct ask){.method = "PATCH",
		    .path = "/users/me",
		    .token = p.access,
		    .json = client_print("{\"full_name\":\"Writer %zu\"}", i),
		    .header = {line}};
	answers = client_ask_all(asks, 8);
	for (size_t i = 0; i < 8; i++) {
		written += answers[i]->status == 200;
		cr_assert(
		    answers[i]->status == 200 || answers[i]->status == 412, "%s", answers[i]->body);
	}
	cr_assert_eq(written, 1);
}

static const char *
password_change(const char *current, const char *new)
{
	return client_print("{\"password\":\"%s\",\"current_password\":\"%s\"}", new, current);
}

Test(me, every_door_changes_the_password_and_ends_every_session)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new(), other = p;
		const char *new = person_stranger().password;
		struct answer *a;

		(void)person_login(&other);
		a = change_at(i, p.access, password_change(p.password, new));
		ANSWER_IS(a, 200, "");
		cr_assert_eq(answer_number(a, "active_session_count"), 0);
		ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
		ANSWER_IS(person_me(other.access), 401, "SESSION_ENDED");
		ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
		ANSWER_IS(
		    CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)),
		    401, "INVALID_CREDENTIALS");
		p.password = new;
		(void)person_login(&p);
	}
}

Test(me, every_door_wants_the_current_password_for_a_new_one)
{
	for (size_t i = 0; i < DOORS; i++) {
		struct person p = person_new();
		const char *new = person_stranger().password;
		struct answer *a =
		    change_at(i, p.access, client_print("{\"password\":\"%s\"}", new));

		ANSWER_IS(a, 422, "VALIDATION_ERROR");
		cr_assert_str_eq(
		    answer_fault_type(a, "[\"body\",\"current_password\"]"), "missing");
		a = change_at(i, p.access, password_change("Wrong-pass-1", new));
		ANSWER_IS(a, 400, "INCORRECT_PASSWORD");
		cr_assert_str_eq(answer_text(a, "detail"), "Current password is incorrect");
		ANSWER_IS(change_at(i, p.access, password_change(p.password, p.password)), 400,
		    "SAME_PASSWORD");
		ANSWER_IS(change_at(i, p.access, password_change(p.password, "weak-weak-1")), 422,
		    "WEAK_PASSWORD");
		/* None of it ended anything. */
		ANSWER_IS(person_me(p.access), 200, "");
		(void)person_login(&p);
	}
}

/* The rules hold against the names the account will have, not only those it has. */
Test(me, a_new_password_may_not_be_a_new_name)
{
	struct person p = person_new();
	struct answer *a = change(p.access,
	    client_print("{\"username\":\"Grace.Hopper\",\"password\":\"Grace.Hopper1!\","
			 "\"current_password\":\"%s\"}",
		p.password));

	ANSWER_IS(a, 422, "WEAK_PASSWORD");
}

Test(me, a_current_password_alone_changes_nothing)
{
	struct person p = person_new();
	const char *before = etag(&p);

	ANSWER_IS(
	    change(p.access, client_print("{\"current_password\":\"%s\"}", p.password)), 200, "");
	cr_assert_str_eq(etag(&p), before);
	(void)person_refresh(&p);
}

Test(me, a_refused_change_changes_nothing_at_all)
{
	struct person p = person_new(), taken = person_registered();
	const char *before = person_me(p.access)->body;

	ANSWER_IS(change(p.access,
		      client_print("{\"full_name\":\"Half\",\"email\":\"%s\"}", taken.email)),
	    409, "EMAIL_ALREADY_REGISTERED");
	ANSWER_IS(
	    change(p.access,
		client_print("{\"email\":\"%s\",\"password\":\"%s\",\"current_password\":\"%s\"}",
		    taken.email, person_stranger().password, p.password)),
	    409, "EMAIL_ALREADY_REGISTERED");
	cr_assert_str_eq(person_me(p.access)->body, before);
	(void)person_login(&p);
}

Test(me, two_take_one_free_address_and_one_gets_it)
{
	struct person p[8];
	struct ask asks[8];
	struct answer **answers;
	const char *json = client_print("{\"email\":\"%s\"}", person_stranger().email);
	size_t got = 0;

	for (size_t i = 0; i < 8; i++) {
		p[i] = person_new();
		asks[i] = (struct ask){
		    .method = "PATCH", .path = "/users/me", .token = p[i].access, .json = json};
	}
	answers = client_ask_all(asks, 8);
	for (size_t i = 0; i < 8; i++) {
		got += answers[i]->status == 200;
		cr_assert(
		    answers[i]->status == 200 || answers[i]->status == 409, "%s", answers[i]->body);
	}
	cr_assert_eq(got, 1);
}

/* Both prove the same old password; were both to succeed, one owner's change would be lost unseen. */
Test(me, of_two_password_changes_with_one_old_password_one_succeeds)
{
	struct person p = person_new();
	struct ask asks[4];
	struct answer **answers;
	size_t changed = 0;

	for (size_t i = 0; i < 4; i++)
		asks[i] = (struct ask){.method = "PATCH",
		    .path = "/users/me",
		    .token = p.access,
		    .json = client_print("{\"password\":\"%s%zu\",\"current_password\":\"%s\"}",
			person_stranger().password, i, p.password)};
	answers = client_ask_all(asks, 4);
	for (size_t i = 0; i < 4; i++) {
		changed += answers[i]->status == 200;
		cr_assert(answers[i]->status == 200 || answers[i]->status == 400 ||
			answers[i]->status == 401,
		    "%s", answers[i]->body);
	}
	cr_assert_eq(changed, 1);
}

Test(me, a_wrong_current_password_is_told_also_where_it_was_not_needed)
{
	struct person p = person_new();
	const char *before = etag(&p);

	ANSWER_IS(change(p.access, "{\"full_name\":\"X\",\"current_password\":\"not it\"}"), 400,
	    "INCORRECT_PASSWORD");
	cr_assert_str_eq(etag(&p), before);
}
