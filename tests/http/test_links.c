#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/link.h"

/* What the links of mails do, and that they do it once and for nobody else. */

static int64_t
audited(const char *action, const char *user_id)
{
	return DB_INT("SELECT count(*) FROM audit WHERE action = $1 AND target_id = $2::text::uuid"
		      " AND actor_id = target_id",
	    action, user_id);
}

static bool
logs_in(const char *login, const char *password)
{
	return CLIENT_ASK(.path = "/auth/login", .form = person_form(login, password))->status ==
	    200;
}

Test(links, an_address_is_confirmed_once)
{
	struct person p = person_new();
	const char *token = link_made(&p, "verify_email", p.email);

	cr_assert_not(answer_is(person_me(p.access), "is_verified"));
	ANSWER_IS(link_confirm(LINK_VERIFY, token), 200, "");
	cr_assert(answer_is(person_me(p.access), "is_verified"), "and the session goes on");
	cr_assert_eq(audited("user.verify_email", p.id), 1);
	ANSWER_IS(link_confirm(LINK_VERIFY, token), 400, "LINK_INVALID");
	cr_assert_eq(audited("user.verify_email", p.id), 1);
}

static struct answer *
reset(const char *token, const char *password)
{
	return CLIENT_ASK(.path = LINK_RESET,
	    .json = client_print("{\"token\":\"%s\",\"new_password\":\"%s\"}", token, password));
}

Test(links, a_new_password_ends_what_the_old_one_opened)
{
	struct person p = person_new(), other = p;
	const char *new = person_stranger().password,
		   *token = link_made(&p, "reset_password", p.email),
		   *second = link_made(&p, "reset_password", p.email);

	(void)link_made(&p, "verify_email", p.email);
	(void)link_made(&p, "undo_email_change", "before@test.example");
	(void)person_login(&other);
	ANSWER_IS(
	    CLIENT_ASK(.method = "POST", .path = "/users/me/secret", .token = p.access), 201, "");
	ANSWER_IS(reset(token, new), 200, "");
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_me(other.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	cr_assert_not(logs_in(p.email, p.password));
	ANSWER_IS(reset(token, new), 400, "LINK_INVALID");
	ANSWER_IS(reset(second, new), 400, "LINK_INVALID");
	cr_assert_eq(link_live(&p, "verify_email"), 0);
	cr_assert_eq(link_live(&p, "undo_email_change"), 1, "the owner's way back stays");
	p.password = new;
	(void)person_login(&p);
	cr_assert(answer_is(person_me(p.access), "is_verified"), "the link was read there");
	cr_assert_not(answer_is(person_me(p.access), "has_secret"));
	cr_assert_eq(audited("user.reset_password", p.id), 1);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'password_changed' AND"
			    " user_id = $1::text::uuid",
			 p.id),
	    1);
}

Test(links, a_password_that_is_refused_uses_no_link_up)
{
	struct person p = person_new();
	const char *token = link_made(&p, "set_password", p.email);
	const struct {
		const char *password;
		const char *code;
	} cases[] = {{"weak-weak-1", "WEAK_PASSWORD"}, {"short", "VALIDATION_ERROR"},
	    {"Passw0rd!", "WEAK_PASSWORD"},
	    {client_print("U%s!", p.username + 1), "WEAK_PASSWORD"}};
	struct answer *a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		a = reset(token, cases[i].password);
		ANSWER_IS(a, 422, cases[i].code);
		cr_assert_not_null(answer_fault(a, "[\"body\",\"new_password\"]"));
	}
	/* What is wrong with any password is told of a link that is none, too: it tells nothing. */
	ANSWER_IS(reset("none", "weak-weak-1"), 422, "WEAK_PASSWORD");
	cr_assert(answer_is(person_me(p.access), "is_active"), "nothing has happened");
	ANSWER_IS(reset(token, person_stranger().password), 200, "");
}

/* Without what is another one each time: when, which request, which path. */
static const char *
plain(const struct answer *a)
{
	return client_print("%ld|%s|%s|%zu", a->status, answer_text(a, "detail"), answer_code(a),
	    (size_t)cJSON_GetArraySize(a->json));
}

static const char *const doors[] = {LINK_VERIFY, LINK_RESET, LINK_UNDO};
static const char *const purposes[] = {"verify_email", "reset_password", "undo_email_change"};

static void
refused_alike(const char *path, const char *token, const char *why)
{
	static const char *first;
	struct answer *a = link_confirm(path, token);

	ANSWER_IS(a, 400, "LINK_INVALID");
	if (first == NULL)
		first = plain(a);
	cr_assert_str_eq(plain(a), first, "%s: %s", path, why);
}

Test(links, whatever_is_wrong_with_a_link_is_said_alike)
{
	struct person p = person_registered();

	for (size_t i = 0; i < 3; i++) {
		const char *token = link_made(&p, purposes[i], p.email), *twisted;

		refused_alike(doors[i], "", "empty");
		refused_alike(doors[i], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "made up");
		refused_alike(doors[(i + 1) % 3], token, "for something else");
		refused_alike(doors[(i + 2) % 3], token, "for something else");
		twisted = client_print("%.*sA", (int)strlen(token) - 1, token);
		refused_alike(doors[i], twisted, "tampered with");
		link_alter(token, "expires_at = clock_timestamp()");
		refused_alike(doors[i], token, "expired");
		link_alter(token, "expires_at = '-infinity'");
		refused_alike(doors[i], token, "void");
	}
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid"
			    " AND email_key = $2 AND NOT is_verified",
			 p.id, p.email),
	    1);
}

Test(links, an_account_that_is_not_active_takes_none_and_is_not_made_active)
{
	struct person p = person_registered();

	person_deactivate(&p);
	for (size_t i = 0; i < 3; i++)
		refused_alike(doors[i], link_made(&p, purposes[i], p.email), "deactivated");
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid AND NOT is_active", p.id),
	    1);
}

Test(links, another_address_voids_what_was_sent_to_the_old_one)
{
	struct person p = person_new();
	const char *old = p.email, *token[2];

	for (size_t i = 0; i < 2; i++)
		token[i] = link_made(&p, purposes[i], old);
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
		      .json = client_print("{\"email\":\"%s\"}", person_stranger().email)),
	    200, "");
	for (size_t i = 0; i < 2; i++)
		refused_alike(doors[i], token[i], "of another address");
	/* Not when the old address is back either. */
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
		      .json = client_print("{\"email\":\"%s\"}", old)),
	    200, "");
	for (size_t i = 0; i < 2; i++)
		refused_alike(doors[i], token[i], "of another address, back again");
}

Test(links, the_same_address_in_another_spelling_voids_nothing)
{
	struct person p = person_new();
	char upper[64];

	(void)link_made(&p, "reset_password", p.email);
	(void)strncpy(upper, p.email, sizeof(upper) - 1);
	upper[sizeof(upper) - 1] = '\0';
	upper[strlen(upper) - 1] = 'E'; /* of test.example */
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
		      .json = client_print("{\"email\":\"%s\"}", upper)),
	    200, "");
	cr_assert_eq(link_live(&p, "reset_password"), 1);
	cr_assert_eq(link_live(&p, "undo_email_change"), 0);
}

Test(links, of_many_at_once_one_is_served)
{
	enum { MANY = 16 };

	for (size_t i = 0; i < 3; i++) {
		struct person p = person_registered();
		const char *token = link_made(&p, purposes[i], p.email);
		const char *password = i != 1
		    ? ""
		    : client_print(",\"new_password\":\"%s\"", person_stranger().password);
		struct ask asks[MANY];
		struct answer **answers;
		size_t served = 0;

		for (size_t k = 0; k < MANY; k++)
			asks[k] = (struct ask){.path = doors[i],
			    .json = client_print("{\"token\":\"%s\"%s}", token, password)};
		answers = client_ask_all(asks, MANY);
		for (size_t k = 0; k < MANY; k++) {
			served += answers[k]->status == 200;
			if (answers[k]->status != 200)
				ANSWER_IS(answers[k], 400, "LINK_INVALID");
		}
		cr_assert_eq(served, 1, "%s served %zu", doors[i], served);
	}
}

Test(links, looking_uses_nothing_up)
{
	struct person p = person_registered();
	const char *token = link_made(&p, "verify_email", p.email);

	for (size_t i = 0; i < 3; i++) {
		const char *path = client_print("%s?token=%s", LINK_VERIFY, token);

		cr_assert_eq(CLIENT_ASK(.path = path)->status, 405);
		cr_assert_eq(CLIENT_ASK(.path = path, .method = "HEAD")->status, 405);
	}
	ANSWER_IS(link_confirm(LINK_VERIFY, token), 200, "");
}

/* ---- asking for one ---- */

static const struct {
	const char *path, *purpose;
} asked[] = {{"/users/reset-password/request", "reset_password"},
    {"/users/verify-email/request", "verify_email"}};

static struct answer *
request(size_t which, const char *email)
{
	return CLIENT_ASK(.path = asked[which].path,
	    .json = client_print("{\"email\":\"%s\"}", email));
}

/* The background has worked off whatever was asked for before this is called. */
static void
worked_off(const char *email)
{
	for (int i = 0; i < 600; i++) {
		if (DB_INT("SELECT count(*) FROM link_requests r LEFT JOIN pg_sleep(0.05) ON true"
			   " WHERE email_key = $1",
			email) == 0)
			return;
	}
	cr_assert_fail("never worked off");
}

Test(links, who_asks_learns_nothing_and_the_owner_gets_it)
{
	for (size_t i = 0; i < 2; i++) {
		struct person p = person_registered(), inactive = person_registered();
		const char *nobody = person_stranger().email, *first;
		int64_t before = link_live(&p, asked[i].purpose);

		person_deactivate(&inactive);
		first = plain(request(i, p.email));
		cr_assert_str_eq(plain(request(i, nobody)), first);
		cr_assert_str_eq(plain(request(i, inactive.email)), first);
		worked_off(p.email);
		worked_off(inactive.email);
		cr_assert_eq(link_live(&p, asked[i].purpose), before + 1);
		cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = $1 AND recipient = $2",
				 asked[i].purpose, p.email),
		    before + 1);
		cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE recipient = $1", nobody), 0);
		cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE recipient = $1"
				    " AND kind = 'reset_password'",
				 inactive.email),
		    0);
	}
}

Test(links, the_sentence_is_the_one_of_the_contract)
{
	struct answer *a = request(0, person_stranger().email);

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(
	    answer_text(a, "message"), "If the email exists, a password reset link has been sent");
}

Test(links, no_mailbox_is_filled_by_strangers)
{
	struct person p = person_registered();

	for (int i = 0; i < 5; i++)
		ANSWER_IS(request(0, p.email), 200, "");
	worked_off(p.email);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'reset_password' AND"
			    " recipient = $1",
			 p.email),
	    3);
	/* They are good, all three: whoever asked for them, the owner has them. */
	cr_assert_eq(link_live(&p, "reset_password"), 3);
}

Test(links, who_has_confirmed_is_not_asked_again)
{
	struct person p = person_registered();

	ANSWER_IS(link_confirm(LINK_VERIFY, link_made(&p, "verify_email", p.email)), 200, "");
	ANSWER_IS(request(1, p.email), 200, "");
	worked_off(p.email);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'verify_email' AND"
			    " recipient = $1",
			 p.email),
	    1, "the one of the registration");
}

/* What folds to an address in Unicode is another one, and no address at all (OT-07). */
Test(links, a_typed_address_that_only_looks_the_same_is_refused_and_gets_nothing)
{
	for (size_t i = 0; i < 2; i++) {
		struct answer *a = request(i, "quac\xe2\x84\xaa@test.example");

		ANSWER_IS(a, 422, "VALIDATION_ERROR");
	}
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE recipient ~ '[^ -~]'"), 0);
}

/* ---- an administrator sends one ---- */

static struct answer *
send_reset(const struct person *admin, const char *id)
{
	return CLIENT_ASK(.method = "POST", .path = client_print("/users/%s/send-reset", id),
	    .token = admin->access);
}

Test(links, an_administrator_sends_what_the_account_needs)
{
	struct person admin = person_admin(), p = person_registered();
	struct answer *a = send_reset(&admin, p.id);

	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(answer_text(a, "id"), p.id);
	cr_assert_eq(link_live(&p, "reset_password"), 1);
	DB_DO("UPDATE users SET password_hash = NULL WHERE id = $1::text::uuid", p.id);
	ANSWER_IS(send_reset(&admin, p.id), 200, "");
	cr_assert_eq(link_live(&p, "set_password"), 1);
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE action = 'user.send_reset' AND"
			    " target_id = $1::text::uuid AND actor_id = $2::text::uuid",
			 p.id, admin.id),
	    2);
}

Test(links, an_administrator_is_told_what_cannot_be_sent)
{
	struct person admin = person_admin(), p = person_registered(), q = person_registered();

	person_deactivate(&p);
	DB_DO("UPDATE users SET email = NULL, email_key = NULL WHERE id = $1::text::uuid", q.id);
	ANSWER_IS(send_reset(&admin, p.id), 400, "BAD_REQUEST");
	ANSWER_IS(send_reset(&admin, q.id), 400, "BAD_REQUEST");
	ANSWER_IS(send_reset(&admin, "00000000-0000-4000-8000-000000000000"), 404, "NOT_FOUND");
	cr_assert_eq(link_live(&p, "reset_password"), 0);
}

Test(links, who_is_made_without_a_password_is_sent_a_link_to_choose_one)
{
	struct person admin = person_admin(), p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/users", .token = admin.access,
	    .json = client_print("{\"email\":\"%s\"}", p.email));

	ANSWER_IS(a, 201, "");
	p.id = answer_text(a, "id");
	cr_assert_eq(link_live(&p, "set_password"), 1);
	cr_assert_eq(link_live(&p, "verify_email"), 0);
	ANSWER_IS(reset(link_made(&p, "set_password", p.email), p.password), 200, "");
	(void)person_login(&p);
	cr_assert(answer_is(person_me(p.access), "is_verified"));
}

Test(links, who_is_deactivated_or_deleted_has_none_left)
{
	struct person admin = person_admin(), p = person_registered(), q = person_registered();

	(void)link_made(&p, "reset_password", p.email);
	(void)link_made(&q, "undo_email_change", "before@test.example");
	ANSWER_IS(CLIENT_ASK(.method = "POST", .path = client_print("/users/%s/deactivate", p.id),
		      .token = admin.access),
	    200, "");
	ANSWER_IS(CLIENT_ASK(.method = "POST", .path = client_print("/users/%s/activate", p.id),
		      .token = admin.access),
	    200, "");
	cr_assert_eq(link_live(&p, "reset_password") + link_live(&p, "verify_email"), 0);
	ANSWER_IS(CLIENT_ASK(.method = "DELETE", .path = client_print("/users/%s", q.id),
		      .token = admin.access),
	    204, "");
	cr_assert_eq(DB_INT("SELECT count(*) FROM links WHERE user_id = $1::text::uuid", q.id), 0);
}
