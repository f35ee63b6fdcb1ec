#include <string.h>

#include <crypt.h>
#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/password.h"

#include "tests/http/db.h"
#include "tests/http/person.h"

enum { SESSIONS_MAX = 50 };

static struct answer *
login(const char *name, const char *password)
{
	return CLIENT_ASK(.path = "/auth/login", .form = person_form(name, password),
	    .header = {"X-Request-Id: the-same-for-all"});
}

/* Everything that came back, with the moment taken out of it. */
static const char *
timeless(const struct answer *a)
{
	const char *at = answer_text(a, "timestamp"), *date = answer_header(a, "Date");
	char *all = arena_strdup(
	    client_arena(), client_print("%ld\n%s\n%s", a->status, a->headers, a->body));

	memset(strstr(all, at), '-', strlen(at));
	memset(strstr(all, date), '-', strlen(date));
	return all;
}

Test(login, unknown_wrong_and_inactive_with_wrong_are_the_same_401)
{
	struct person p = person_registered(), inactive = person_registered(),
		      nobody = person_stranger();
	const char *first;

	person_deactivate(&inactive);
	struct answer *a[] = {login(nobody.email, p.password), login(p.email, "Wrong-pass-1"),
	    login(inactive.email, "Wrong-pass-1"), login(nobody.username, p.password),
	    login("no name at all \xc3\xa4", p.password), login(p.username, "x"),
	    login(p.email, client_print("%0600d", 0))};

	ANSWER_IS(a[0], 401, "INVALID_CREDENTIALS");
	cr_assert_null(strstr(answer_header(a[0], "WWW-Authenticate"), "error="));
	first = timeless(a[0]);
	for (size_t i = 1; i < sizeof(a) / sizeof(*a); i++)
		cr_assert_str_eq(timeless(a[i]), first, "%zu", i);
}

Test(login, the_right_password_of_an_inactive_account_is_403)
{
	struct person p = person_registered();
	struct answer *a;

	person_deactivate(&p);
	a = login(p.email, p.password);
	ANSWER_IS(a, 403, "ACCOUNT_DISABLED");
	cr_assert_str_eq(answer_text(a, "detail"), "Inactive user");
	cr_assert_eq(
	    DB_INT("SELECT count(*) FROM sessions WHERE user_id = $1::text::uuid", p.id), 0);
}

Test(login, takes_form_and_json)
{
	struct person p = person_registered();
	struct answer *a;

	ANSWER_IS(login(p.email, p.password), 200, "");
	a = CLIENT_ASK(.path = "/auth/login",
	    .json = client_print("{\"username\":\"%s\",\"password\":\"%s\"}", p.email, p.password));
	ANSWER_IS(a, 200, "");
	a = CLIENT_ASK(.path = "/auth/login",
	    .json = client_print("{\"username\":\"%s\",\"password\":\"%s\",\"grant_type\":"
				 "\"password\",\"scope\":\"a b\",\"client_id\":\"x\"}",
		p.email, p.password));
	ANSWER_IS(a, 200, "");
}

Test(login, takes_email_and_username_in_any_case)
{
	struct person p = person_registered();
	char *email = arena_strdup(client_arena(), p.email),
	     *name = arena_strdup(client_arena(), p.username);

	strcpy(strstr(email, "@test"), "@TEST.Example");
	name[0] = 'U';
	const char *const names[] = {p.email, p.username, email, name};

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(login(names[i], p.password)->status, 200, "%zu: %s", i, names[i]);
}

Test(login, answers_a_token_that_nobody_may_keep)
{
	struct person p = person_registered();
	struct answer *a = person_login(&p);

	cr_assert_eq(cJSON_GetArraySize(a->json), 4, "%s", a->body);
	cr_assert_str_eq(answer_text(a, "token_type"), "bearer");
	cr_assert_eq(answer_number(a, "expires_in"), 1800);
	cr_assert_str_eq(answer_header(a, "Cache-Control"), "no-store");
	cr_assert_str_eq(answer_header(a, "Pragma"), "no-cache");
}

/* AU-10, IN-10: what an OAuth2 form may not be. */
Test(login, refuses_forms_that_could_be_read_two_ways)
{
	static const struct {
		const char *form, *loc, *type;
	} cases[] = {
	    {"", "[\"body\"]", "missing"},
	    {"password=x", "[\"body\",\"username\"]", "missing"},
	    {"username=x&password=", "[\"body\",\"password\"]", "missing"},
	    {"username=x&username=y&password=z", "[\"body\",\"username\"]", "value_error"},
	    {"username=x&password=y&password=y", "[\"body\",\"password\"]", "value_error"},
	    {"username=x&password=y&grant_type=code", "[\"body\",\"grant_type\"]", "enum"},
	    {"username=a%00b&password=y", "[\"body\"]", "value_error"},
	    {"username=a%zzb&password=y", "[\"body\"]", "value_error"},
	    {"username=a%ffb&password=y", "[\"body\"]", "value_error"},
	    {"username=x&password=y&=z", "[\"body\"]", "value_error"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answer *a = CLIENT_ASK(.path = "/auth/login", .form = cases[i].form);

		cr_assert_eq(a->status, 422, "%zu: %s", i, a->body);
		/* An empty form names its fields, like one that lacks them. */
		if (*cases[i].form != '\0')
			cr_assert_str_eq(answer_fault_type(a, cases[i].loc), cases[i].type,
			    "%zu: %s", i, a->body);
	}
}

Test(login, ignores_the_query)
{
	struct person p = person_registered();
	struct answer *a =
	    CLIENT_ASK(.path = client_print("/auth/login?%s", person_form(p.email, p.password)),
		.form = "grant_type=password");

	ANSWER_IS(a, 422, "VALIDATION_ERROR");
	cr_assert_eq(answer_faults(a), 2, "%s", a->body);
}

/* PW-04, PW-06: every byte counts, none is trimmed, folded or normalised. */
Test(login, takes_the_password_to_the_byte)
{
	struct person p = person_stranger();
	const char *tail =
	    "123456789 123456789 123456789 123456789 123456789 123456789 123456789 1234";

	p.password = client_print(" A1!\u00e9%sx ", tail);
	ANSWER_IS(CLIENT_ASK(.path = "/auth/register", .json = person_json(&p)), 201, "");
	const char *const wrong[] = {client_print(" A1!\u00e9%sx", tail),
	    client_print("A1!\u00e9%sx ", tail), client_print(" A1!\u00e9%sy ", tail),
	    client_print(" a1!\u00e9%sx ", tail), client_print(" A1!e\u0301%sx ", tail)};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_assert_eq(login(p.email, wrong[i])->status, 401, "%zu", i);
	ANSWER_IS(login(p.email, p.password), 200, "");
}

/* PW-08: what is no hash of ours lets nobody in. */
Test(login, refuses_everybody_where_the_stored_hash_is_unusable)
{
	static const char *const bad[] = {"bogus", "", "*", "*0", "$1$abcdefgh$x", "ab", "$y$",
	    "$2b$", "$6$s$", "$6$rounds=999999999$s$x"};
	struct person p = person_registered();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		DB_DO(
		    "UPDATE users SET password_hash = $1 WHERE id = $2::text::uuid", bad[i], p.id);
		ANSWER_IS(login(p.email, p.password), 401, "INVALID_CREDENTIALS");
	}
	DB_DO("UPDATE users SET password_hash = NULL WHERE id = $1::text::uuid", p.id);
	ANSWER_IS(login(p.email, p.password), 401, "INVALID_CREDENTIALS");
}

static const char *
bcrypt_hash(const char *password)
{
	char *hash = arena_alloc(client_arena(), PASSWORD_HASH_SIZE);
	const char *why = NULL;
	struct password *hasher = password_new(PASSWORD_BCRYPT, 4, &why);

	cr_assert_not_null(hasher, "%s", why);
	cr_assert(password_hash(hasher, (struct secret){password}, hash));
	password_free(&hasher);
	return hash;
}

static const char *
stored_hash(const struct person *p)
{
	return DB_TEXT("SELECT password_hash FROM users WHERE id = $1::text::uuid", p->id);
}

Test(login, upgrades_a_bcrypt_hash)
{
	struct person p = person_registered();

	DB_DO("UPDATE users SET password_hash = $1 WHERE id = $2::text::uuid",
	    bcrypt_hash(p.password), p.id);
	ANSWER_IS(login(p.email, "Wrong-pass-1"), 401, "INVALID_CREDENTIALS");
	cr_assert_eq(strncmp(stored_hash(&p), "$2b$", 4), 0);
	ANSWER_IS(login(p.email, p.password), 200, "");
	cr_assert_eq(strncmp(stored_hash(&p), "$y$", 3), 0, "%s", stored_hash(&p));
	ANSWER_IS(login(p.email, p.password), 200, "");
}

/* Accounts that came from elsewhere. */
Test(login, upgrades_the_hashes_of_an_import)
{
	static const char *const settings[] = {"$6$saltsalt$", "$6$rounds=1000$s$",
	    "$2a$04$CCCCCCCCCCCCCCCCCCCCC.", "$2y$04$CCCCCCCCCCCCCCCCCCCCC."};
	struct person p = person_registered();

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		struct crypt_data data = {0};

		DB_DO("UPDATE users SET password_hash = $1 WHERE id = $2::text::uuid",
		    crypt_r(p.password, settings[i], &data), p.id);
		ANSWER_IS(login(p.email, "Wrong-pass-1"), 401, "INVALID_CREDENTIALS");
		cr_assert_eq(strncmp(stored_hash(&p), settings[i], strlen(settings[i])), 0);
		ANSWER_IS(login(p.email, p.password), 200, "");
		cr_assert_eq(strncmp(stored_hash(&p), "$y$", 3), 0, "%zu: %s", i, stored_hash(&p));
		ANSWER_IS(login(p.email, p.password), 200, "");
	}
}

/* It would be a day's work: nobody's password, and no worker lost over it. */
Test(login, does_not_compute_what_takes_a_day)
{
	struct person p = person_registered();
	struct crypt_data data = {0};
	const char *cheap = crypt_r(p.password, "$6$rounds=1000$s$", &data),
		   *dear = client_print("$6$rounds=999999999%s", strchr(cheap + 3, '$'));

	DB_DO("UPDATE users SET password_hash = $1 WHERE id = $2::text::uuid", dear, p.id);
	ANSWER_IS(login(p.email, p.password), 401, "INVALID_CREDENTIALS");
	cr_assert_str_eq(stored_hash(&p), dear);
}

/* PW-11: bcrypt read 72 bytes only; what came behind was never proven and must not be frozen. */
Test(login, never_upgrades_what_bcrypt_did_not_read)
{
	struct person p = person_registered();
	const char *full = client_print("%072d-tail", 0);

	DB_DO("UPDATE users SET password_hash = $1 WHERE id = $2::text::uuid",
	    bcrypt_hash(client_print("%072d", 0)), p.id);
	ANSWER_IS(login(p.email, full), 200, "");
	cr_assert_eq(strncmp(stored_hash(&p), "$2b$", 4), 0, "%s", stored_hash(&p));
}

/* xmin tells that nobody wrote the row: its indexes, its ETag and its time stay where they are. */
Test(login, leaves_the_users_row_alone)
{
	struct person p = person_new();
	static const char state[] = "SELECT concat(xmin, ' ', row_version, ' ', updated_at) FROM "
				    "users WHERE id = $1::text::uuid";
	const char *before = DB_TEXT(state, p.id);
	const char *etag = answer_header(person_me(p.access), "ETag");

	(void)person_login(&p);
	cr_assert_str_eq(DB_TEXT(state, p.id), before);
	cr_assert_str_eq(answer_header(person_me(p.access), "ETag"), etag);
	cr_assert_eq(answer_number(person_me(p.access), "login_count"), 2);
}

Test(login, an_upgraded_hash_does_not_move_the_etag)
{
	struct person p = person_new();
	const char *etag = answer_header(person_me(p.access), "ETag");

	DB_DO("UPDATE users SET password_hash = $1 WHERE id = $2::text::uuid",
	    bcrypt_hash(p.password), p.id);
	(void)person_login(&p);
	cr_assert_str_eq(answer_header(person_me(p.access), "ETag"), etag);
}

Test(login, session_51_takes_the_place_of_the_idlest)
{
	struct person p = person_registered();
	struct person each[SESSIONS_MAX];
	size_t idlest = 17;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		(void)person_login(&p);
		each[i] = p;
	}
	cr_assert_eq(answer_number(person_me(p.access), "active_session_count"), SESSIONS_MAX);
	DB_DO("UPDATE sessions SET last_used_at = now() - interval '1 hour' WHERE id = "
	      "$1::text::uuid",
	    person_session(&each[idlest]));
	(void)person_login(&p);
	cr_assert_eq(answer_number(person_me(p.access), "active_session_count"), SESSIONS_MAX);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		cr_assert_eq(
		    person_me(each[i].access)->status, i == idlest ? 401 : 200, "session %zu", i);
}

Test(login, counts_itself_and_tells_when)
{
	struct person p = person_new();
	struct answer *a = person_me(p.access);

	cr_assert_not_null(answer_text(a, "last_login_at"));
	cr_assert_eq(DB_INT("SELECT count(*) FROM user_stats WHERE user_id = $1::text::uuid AND "
			    "last_login_at > now() - interval '1 minute'",
			 p.id),
	    1);
}

Test(login, remembers_where_the_session_is_from)
{
	struct person p = person_registered();
	struct answer *a =
	    CLIENT_ASK(.path = "/auth/login", .form = person_form(p.email, p.password),
		.header = {"User-Agent: agent/1 \xc3\xa4", "X-Forwarded-For: 203.0.113.9",
		    "X-Real-IP: 203.0.113.9", "Forwarded: for=203.0.113.9"});

	ANSWER_IS(a, 200, "");
	p.access = answer_text(a, "access_token");
	cr_assert_str_eq(
	    DB_TEXT("SELECT concat(host(ip), ' ', user_agent) FROM sessions WHERE id = "
		    "$1::text::uuid",
		person_session(&p)),
	    "127.0.0.1 agent/1 \xc3\xa4");
}

/* A user agent is anybody's bytes; none of them may cost the log-in. */
Test(login, takes_any_user_agent)
{
	struct person p = person_registered();
	const char *const agents[] = {"User-Agent: \xff\xfe",
	    "User-Agent:", client_print("User-Agent: %01000d", 0),
	    client_print("User-Agent: %0255d\xc3\xa4", 0), "User-Agent: \xed\xa0\x80"};

	for (size_t i = 0; i < sizeof(agents) / sizeof(*agents); i++) {
		struct answer *a = CLIENT_ASK(.path = "/auth/login",
		    .form = person_form(p.email, p.password), .header = {agents[i]});

		cr_assert_eq(a->status, 200, "%zu: %s", i, a->body);
	}
}
