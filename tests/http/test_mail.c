/* GET /mail and POST /mail/{id}/retry: what an administrator sees of the outbox, and never what it says. */

#include <string.h>

#include <criterion/criterion.h>

#include "lib/clock.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

#define SEND_US (20 * CLOCK_US_PER_S)

static const char token[] = "t0ken-that-nobody-may-see";

/* A row as it is after ${state}; a parked one still has its parts. */
static const char *
mail_new(const char *state, const char *recipient)
{
	const char *id = DB_TEXT("SELECT gen_random_uuid()::text");

	DB_DO("INSERT INTO mail (id, kind, recipient, parts, message_id, state, tries, last_error, "
	      "sent_at,"
	      " expires_at) VALUES ($1::text::uuid, 'reset_password', $3::text,"
	      " CASE WHEN $2::text <> 'sent' THEN "
	      "'{\"token\":\"t0ken-that-nobody-may-see\"}'::jsonb END,"
	      " $1::text || '@gatehouse.example', $2::text, 3,"
	      " CASE WHEN $2::text = 'parked' THEN '550 no such user' END,"
	      " CASE WHEN $2::text = 'sent' THEN now() END, now() + interval '1 hour')",
	    id, state, recipient);
	return id;
}

static struct answer *
ask(const struct person *p, const char *query)
{
	return CLIENT_ASK(.path = client_print("/mail?%s", query), .token = p->access);
}

static struct answer *
retry(const struct person *p, const char *id)
{
	return CLIENT_ASK(.method = "POST", .path = client_print("/mail/%s/retry", id),
	    .token = p->access);
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

/* On the first page, or NULL: nothing is older than what this test has just made. */
static const cJSON *
find(const struct answer *a, const char *id)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, items(a))
	{
		if (strcmp(text(item, "id"), id) == 0)
			return item;
	}
	return NULL;
}

Test(mail, is_for_admins)
{
	struct person p = person_new(), admin = person_admin();
	const char *id = mail_new("parked", "ada@example.org");

	ANSWER_IS(CLIENT_ASK(.path = "/mail"), 401, "NOT_AUTHENTICATED");
	ANSWER_IS(ask(&p, ""), 403, "ADMIN_REQUIRED");
	ANSWER_IS(ask(&admin, ""), 200, "");
	ANSWER_IS(retry(&p, id), 403, "ADMIN_REQUIRED");
	cr_assert_str_eq(DB_TEXT("SELECT state FROM mail WHERE id = $1::text::uuid", id), "parked");
}

Test(mail, shows_how_far_each_got_but_not_what_it_says)
{
	static const char *const members[] = {"id", "kind", "recipient", "state", "tries",
	    "last_error", "created_at", "next_try_at", "sent_at"};
	struct person admin = person_admin();
	const char *parked = mail_new("parked", "ada@example.org");
	const char *sent = mail_new("sent", "bob@example.org");
	struct answer *a = ask(&admin, "size=100");
	const cJSON *item = find(a, parked);

	cr_assert_not_null(item);
	cr_assert_eq(cJSON_GetArraySize(item), N(members));
	for (size_t i = 0; i < N(members); i++)
		cr_assert(cJSON_HasObjectItem(item, members[i]), "%s", members[i]);
	cr_assert_str_eq(text(item, "kind"), "reset_password");
	cr_assert_str_eq(text(item, "recipient"), "ada@example.org");
	cr_assert_str_eq(text(item, "state"), "parked");
	cr_assert_str_eq(text(item, "last_error"), "550 no such user");
	cr_assert_null(text(item, "next_try_at"));
	cr_assert_null(text(item, "sent_at"));
	cr_assert_not_null(text(find(a, sent), "sent_at"));
	cr_assert_null(strstr(a->body, token));
}

Test(mail, is_found_by_its_state)
{
	struct person admin = person_admin();
	const char *parked = mail_new("parked", "ada@example.org");
	const char *sent = mail_new("sent", "bob@example.org");

	cr_assert_not_null(find(ask(&admin, "size=100&state=parked"), parked));
	cr_assert_null(find(ask(&admin, "size=100&state=parked"), sent));
	cr_assert_not_null(find(ask(&admin, "size=100&state=sent&count=exact"), sent));
	cr_assert_null(find(ask(&admin, "size=100&state=queued"), parked));
	ANSWER_IS(ask(&admin, "state=lost"), 422, "VALIDATION_ERROR");
}

Test(mail, pages_by_cursor_newest_first)
{
	struct person admin = person_admin();
	const char *ids[4], *cursor = "", *before = "9999";
	int seen = 0;

	for (size_t i = 0; i < N(ids); i++)
		ids[i] = mail_new("parked", "ada@example.org");
	for (int page = 0; page < 100 && cursor != NULL && seen < 4; page++) {
		struct answer *a = ask(&admin,
		    client_print(
			"size=2&state=parked%s%s", *cursor != '\0' ? "&cursor=" : "", cursor));
		const cJSON *item;

		cJSON_ArrayForEach(item, items(a))
		{
			cr_assert_leq(strcmp(text(item, "created_at"), before), 0);
			before = text(item, "created_at");
			for (size_t i = 0; i < N(ids); i++)
				seen += strcmp(text(item, "id"), ids[i]) == 0;
		}
		cursor = answer_text(a, "next_cursor");
	}
	cr_assert_eq(seen, 4, "each once");
}

/* The stack writes mails as files: a retry is one that works. */
Test(mail, is_sent_after_a_retry)
{
	struct person admin = person_admin();
	const char *id = mail_new("parked", "ada@example.org");
	struct answer *a = retry(&admin, id);
	int64_t sent = 0, end_us = clock_mono_us() + SEND_US;

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "state"), "queued");
	cr_assert_eq(answer_number(a, "tries"), 0);
	cr_assert_not_null(answer_text(a, "next_try_at"));
	cr_assert_null(strstr(a->body, token));
	while (sent == 0 && clock_mono_us() < end_us)
		sent = DB_INT(
		    "SELECT count(*) FROM mail WHERE id = $1::text::uuid AND state = 'sent' AND"
		    " parts IS NULL",
		    id);
	cr_assert_eq(sent, 1);
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM audit WHERE action = 'mail.retry' AND target_type = 'mail'"
		   " AND target_id = $1::text::uuid AND actor_id = $2::text::uuid",
		id, admin.id),
	    1);
}

Test(mail, is_not_retried_where_there_is_nothing_to_send)
{
	struct person admin = person_admin();
	const char *sent = mail_new("sent", "ada@example.org");
	const char *expired = mail_new("parked", "ada@example.org");
	const char *cleared = mail_new("parked", "ada@example.org");

	DB_DO("UPDATE mail SET expires_at = now() WHERE id = $1::text::uuid", expired);
	DB_DO("UPDATE mail SET parts = NULL WHERE id = $1::text::uuid", cleared);
	ANSWER_IS(retry(&admin, sent), 400, "BAD_REQUEST");
	ANSWER_IS(retry(&admin, expired), 400, "BAD_REQUEST");
	ANSWER_IS(retry(&admin, cleared), 400, "BAD_REQUEST");
	ANSWER_IS(retry(&admin, DB_TEXT("SELECT gen_random_uuid()::text")), 404, "NOT_FOUND");
	ANSWER_IS(retry(&admin, "1"), 422, "VALIDATION_ERROR");
	cr_assert_eq(
	    DB_INT(
		"SELECT count(*) FROM mail WHERE id IN ($1::text::uuid, $2::text::uuid) AND state ="
		" 'queued'",
		expired, cleared),
	    0);
}
