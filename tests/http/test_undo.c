#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/link.h"

/* Somebody has found a session open and has changed the address: the way back. */

static void
change_address(const struct person *p, const char *email)
{
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p->access,
		      .json = client_print("{\"email\":\"%s\"}", email)),
	    200, "");
}

static const char *
address_of(const struct person *p)
{
	return DB_TEXT("SELECT email FROM users WHERE id = $1::text::uuid", p->id);
}

static void
verify(const struct person *p)
{
	DB_DO("UPDATE users SET is_verified = true WHERE id = $1::text::uuid", p->id);
}

Test(undo, the_owner_has_the_account_back_and_the_other_one_nothing)
{
	struct person p = person_new(), later = p;
	const char *thief = person_stranger().email,
		   *token = link_made(&p, "undo_email_change", p.email);
	struct answer *a;

	(void)person_login(&later);
	verify(&p);
	change_address(&p, thief);
	link_alter(token, "proven = true");
	ANSWER_IS(
	    CLIENT_ASK(.method = "POST", .path = "/users/me/secret", .token = p.access), 201, "");
	a = link_confirm(LINK_UNDO, token);
	ANSWER_IS(a, 200, "");
	cr_assert_str_eq(address_of(&p), p.email);
	ANSWER_IS(person_me(p.access), 401, "SESSION_ENDED");
	ANSWER_IS(person_refresh_with(later.refresh), 401, "REFRESH_TOKEN_INVALID");
	ANSWER_IS(CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password)), 401,
	    "INVALID_CREDENTIALS");
	cr_assert_eq(DB_INT("SELECT count(*) FROM users WHERE id = $1::text::uuid AND is_verified"
			    " AND password_hash IS NULL AND secret_digest IS NULL",
			 p.id),
	    1);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'reset_password' AND"
			    " recipient = $1",
			 p.email),
	    1, "with which a new password is chosen");
	cr_assert_eq(link_live(&p, "reset_password"), 1);
	cr_assert_eq(link_live(&p, "undo_email_change") + link_live(&p, "verify_email"), 0);
	cr_assert_eq(DB_INT("SELECT count(*) FROM audit WHERE action = 'user.undo_email_change'"
			    " AND target_id = $1::text::uuid",
			 p.id),
	    1);
}

Test(undo, both_addresses_are_told)
{
	struct person p = person_new();
	const char *new = person_stranger().email;

	change_address(&p, new);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'email_changed' AND"
			    " recipient = $1 AND user_id = $2::text::uuid",
			 p.email, p.id),
	    1);
	cr_assert_eq(DB_INT("SELECT count(*) FROM mail WHERE kind = 'verify_email' AND"
			    " recipient = $1 AND user_id = $2::text::uuid",
			 new, p.id),
	    1);
	cr_assert_not(answer_is(person_me(p.access), "is_verified"));
	cr_assert_eq(link_live(&p, "undo_email_change"), 1);
}

/* Else he who changed it would register the old address elsewhere, and there were no way back. */
Test(undo, the_old_address_is_kept_back_for_its_owner)
{
	struct person p = person_new(), q = person_new(), thief = person_stranger();
	const char *old = p.email;

	change_address(&p, person_stranger().email);
	thief.email = old;
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&thief)), 409,
	    "EMAIL_ALREADY_REGISTERED");
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = q.access,
		      .json = client_print("{\"email\":\"%s\"}", old)),
	    409, "EMAIL_ALREADY_REGISTERED");
	change_address(&p, old);
	cr_assert_str_eq(address_of(&p), old);
	change_address(&p, person_stranger().email);
	DB_DO("UPDATE links SET expires_at = now() WHERE user_id = $1::text::uuid", p.id);
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&thief)), 201, "");
}

Test(undo, further_changes_do_not_push_the_first_way_back_out)
{
	struct person p = person_new();
	const char *token;

	verify(&p);
	change_address(&p, person_stranger().email);
	token = link_made(&p, "undo_email_change", p.email);
	link_alter(token, "proven = true, created_at = now() - interval '1 hour'");
	for (int i = 0; i < 5; i++)
		change_address(&p, person_stranger().email);
	cr_assert_eq(link_live(&p, "undo_email_change"), 3);
	ANSWER_IS(link_confirm(LINK_UNDO, token), 200, "");
	cr_assert_str_eq(address_of(&p), p.email);
	cr_assert_eq(link_live(&p, "undo_email_change"), 0, "those of the other changes are void");
}

Test(undo, of_two_changes_the_later_one_is_undone_without_the_earlier)
{
	struct person p = person_new();
	const char *second = person_stranger().email, *token;

	change_address(&p, second);
	change_address(&p, person_stranger().email);
	token = link_made(&p, "undo_email_change", second);
	ANSWER_IS(link_confirm(LINK_UNDO, token), 200, "");
	cr_assert_str_eq(address_of(&p), second);
	cr_assert_geq(link_live(&p, "undo_email_change"), 1, "the first address has its way back");
}

/* Who mistyped his address at first must not be at the mercy of whoever has it. */
Test(undo, an_address_that_was_never_confirmed_gives_way_to_one_that_is)
{
	struct person p = person_new();
	const char *new = person_stranger().email, *token;

	change_address(&p, new);
	token = link_made(&p, "undo_email_change", p.email);
	verify(&p);
	ANSWER_IS(link_confirm(LINK_UNDO, token), 400, "LINK_INVALID");
	cr_assert_str_eq(address_of(&p), new);
	link_alter(token, "proven = true");
	ANSWER_IS(link_confirm(LINK_UNDO, token), 200, "");
}

/* The new password ends the links that were there, not the one that goes to the new address. */
Test(undo, a_new_address_with_a_new_password_can_be_confirmed)
{
	struct person p = person_new();

	cr_assert_eq(link_live(&p, "verify_email"), 1);
	ANSWER_IS(CLIENT_ASK(.method = "PATCH", .path = "/users/me", .token = p.access,
		      .json = client_print("{\"email\":\"%s\",\"password\":\"Quite-another-1\","
					   "\"current_password\":\"%s\"}",
			  person_stranger().email, p.password)),
	    200, "");
	cr_assert_eq(link_live(&p, "verify_email"), 1);
	cr_assert_eq(link_live(&p, "undo_email_change"), 1);
}

/* Whoever registers it in the moment in which it is left has waited for the change, and sees its link. */
Test(undo, no_moment_is_left_in_which_the_old_address_is_free)
{
	for (int i = 0; i < 8; i++) {
		struct person p = person_new(), thief = person_stranger();
		const struct ask change = {.method = "PATCH",
		    .path = "/users/me",
		    .token = p.access,
		    .json = client_print("{\"email\":\"%s\"}", person_stranger().email)};
		struct ask asks[5] = {change};
		struct answer **answers;

		thief.email = p.email;
		for (size_t k = 1; k < 5; k++)
			asks[k] =
			    (struct ask){.path = "/auth/register", .json = person_json(&thief)};
		answers = client_ask_all(asks, 5);
		ANSWER_IS(answers[0], 200, "");
		for (size_t k = 1; k < 5; k++)
			ANSWER_IS(answers[k], 409, "EMAIL_ALREADY_REGISTERED");
	}
}
