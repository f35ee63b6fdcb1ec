#include <criterion/criterion.h>

#include "lib/secret.h"

#include "tests/http/db.h"
#include "tests/http/forge.h"

#include "tests/http/person.h"

struct person
person_stranger(void)
{
	char who[37], word[37];

	secret_uuid(who);
	secret_uuid(word);
	return (struct person){.email = client_print("%s@test.example", who),
	    .username = client_print("u%s", who),
	    .password = client_print("Pw1!%.18s", word),
	    .full_name = "Test Person"};
}

const char *
person_json(const struct person *p)
{
	return client_print(
	    "{\"email\":\"%s\",\"username\":\"%s\",\"password\":\"%s\",\"full_name\":\"%s\"}",
	    p->email, p->username, p->password, p->full_name);
}

const char *
person_form(const char *login, const char *password)
{
	return client_print("grant_type=password&username=%s&password=%s", client_escape(login),
	    client_escape(password));
}

struct person
person_registered(void)
{
	struct person p = person_stranger();
	struct answer *a = CLIENT_ASK(.path = "/auth/register", .json = person_json(&p));

	ANSWER_IS(a, 201, "");
	p.id = answer_text(a, "id");
	return p;
}

static void
keep_tokens(struct person *p, const struct answer *a)
{
	ANSWER_IS(a, 200, "");
	p->access = answer_text(a, "access_token");
	p->refresh = answer_text(a, "refresh_token");
	cr_assert(p->access != NULL && p->refresh != NULL, "%s", a->body);
}

struct answer *
person_login(struct person *p)
{
	struct answer *a =
	    CLIENT_ASK(.path = "/auth/login", .form = person_form(p->email, p->password));

	keep_tokens(p, a);
	return a;
}

struct person
person_new(void)
{
	struct person p = person_registered();

	(void)person_login(&p);
	return p;
}

struct person
person_admin(void)
{
	struct person p = person_new();

	cr_assert_eq(DB_DO("UPDATE users SET role = 'admin' WHERE id = $1::text::uuid", p.id), 1);
	return p;
}

struct answer *
person_refresh_with(const char *refresh_token)
{
	return CLIENT_ASK(.path = "/auth/refresh",
	    .json = client_print("{\"refresh_token\":\"%s\"}", refresh_token));
}

struct answer *
person_refresh(struct person *p)
{
	struct answer *a = person_refresh_with(p->refresh);

	keep_tokens(p, a);
	return a;
}

struct answer *
person_me(const char *access_token)
{
	return CLIENT_ASK(.path = "/users/me", .token = access_token);
}

const char *
person_session(const struct person *p)
{
	return forge_claim(p->access, "sid");
}

void
person_deactivate(const struct person *p)
{
	cr_assert_eq(
	    DB_DO("UPDATE users SET is_active = false WHERE id = $1::text::uuid", p->id), 1);
}
