#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/http.h"
#include "lib/secret.h"
#include "lib/selfcheck.h"

#include "app/api/api.h"
#include "app/config.h"
#include "app/cors.h"
#include "app/precondition.h"
#include "app/services/refresh_token.h"

Test(table, is_consistent)
{
	struct arena *a = arena_new();
	struct api api = api_with("Gatehouse", "/api/v1");
	const char *why = NULL;

	cr_assert(selfcheck_api(a, &api, &why), "%s", why);
	arena_free(&a);
}

Test(cors, lists_only_exact_origins)
{
	static const struct {
		const char *list, *origin;
		bool listed;
	} cases[] = {
	    {"https://app.example", "https://app.example", true},
	    {"https://a.example, https://b.example", "https://b.example", true},
	    {"https://a.example,https://b.example", "https://a.example", true},
	    {"", "https://a.example", false},
	    {"https://a.example", "", false},
	    {"null", "null", false},
	    {"*", "https://a.example", false},
	    {"https://a.example", "https://a.example.evil", false},
	    {"https://a.example.evil", "https://a.example", false},
	    {"https://a.example", "http://a.example", false},
	    {"https://a.example", "https://A.example", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(
		    cors_listed(cases[i].list, cases[i].origin), cases[i].listed, "case %zu", i);
}

Test(precondition, compares_strongly)
{
	static const struct {
		const char *if_match;
		bool holds;
	} cases[] = {
	    {"", true},
	    {"*", true},
	    {"\"5\"", true},
	    {"\"4\", \"5\"", true},
	    {"\"4\",\"5\"", true},
	    {"\"4\"", false},
	    {"\"55\"", false},
	    {"5", false},
	    {"W/\"5\"", false},
	    {",", false},
	    {"\"4\", *", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(
		    precondition_holds(cases[i].if_match, 5), cases[i].holds, "case %zu", i);
}

Test(precondition, decides_what_may_be_replaced)
{
	static const struct {
		const char *if_match, *if_none_match;
		bool replaced, made; /* one of version 5; where there is none */
	} cases[] = {
	    {"", "", true, true},
	    {"*", "", true, false},
	    {"\"5\"", "", true, false},
	    {"\"4\"", "", false, false},
	    {"\"0\"", "", false, false},
	    {"", "*", false, true},
	    {"", "\"5\"", false, true},
	    {"", "\"4\", W/\"5\"", false, true},
	    {"", "W/\"4\",\"55\"", true, true},
	    {"", "\"0\"", true, true},
	    {"*", "*", false, false},
	    {"\"5\"", "\"4\"", true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct http_request http = {
		    .if_match = cases[i].if_match, .if_none_match = cases[i].if_none_match};

		cr_expect_eq(precondition_allows(&http, true, 5), cases[i].replaced, "case %zu", i);
		cr_expect_eq(precondition_allows(&http, false, 0), cases[i].made, "case %zu", i);
	}
}

/* ---- refresh tokens ---- */

static const struct refresh_keys keys = {.now = {1, 2, 3}}, other = {.now = {1, 2, 4}};
static const struct refresh_keys next = {{9}, {1, 2, 3}, true};
static const unsigned char seed[32] = {5}, other_seed[32] = {6};
static const char session[] = "0f8fad5b-d9cb-469f-a165-70867728950e";

Test(refresh_token, comes_back_as_it_went)
{
	static const int64_t generations[] = {0, 1, 255, 256, INT64_MAX};

	for (size_t i = 0; i < sizeof(generations) / sizeof(generations[0]); i++) {
		char text[REFRESH_TOKEN_SIZE];
		struct refresh_token t;

		refresh_token_make(session, generations[i], &keys, seed, text);
		cr_assert(refresh_token_parse((struct secret){text}, &t), "case %zu", i);
		cr_assert_str_eq(t.session_id, session);
		cr_assert_eq(t.generation, generations[i]);
		cr_assert(refresh_token_proven(&t, &keys, seed));
		cr_assert_not(
		    refresh_token_proven(&t, &other, seed), "a leaked database forges nothing");
		cr_assert(refresh_token_proven(&t, &next, seed), "a new key leaves nobody out");
		cr_assert_not(
		    refresh_token_proven(&t, &keys, other_seed), "a leaked key forges nothing");
	}
}

Test(refresh_token, refuses_every_changed_character)
{
	char text[REFRESH_TOKEN_SIZE], changed[REFRESH_TOKEN_SIZE];
	size_t n;

	refresh_token_make(session, 7, &keys, seed, text);
	n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		struct refresh_token t;

		memcpy(changed, text, n + 1);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		cr_expect_not(refresh_token_parse((struct secret){changed}, &t) &&
			refresh_token_proven(&t, &keys, seed),
		    "character %zu", i);
	}
}

Test(refresh_token, refuses_other_shapes)
{
	static const char *const texts[] = {
	    "", "ghr_", "ghr_AAAA", "ghs_AAAA", "AAAA", "ghr_ AAAA", "ghr_=="};
	char longer[REFRESH_TOKEN_SIZE + 1];
	struct refresh_token t;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_expect_not(refresh_token_parse((struct secret){texts[i]}, &t), "case %zu", i);
	refresh_token_make(session, 7, &keys, seed, longer);
	strcat(longer, "A");
	cr_expect_not(refresh_token_parse((struct secret){longer}, &t));
}

/* ---- settings ---- */

static struct arena *a;

static void
set_up(void)
{
	char folder[] = "/tmp/gatehouse-config-XXXXXX";

	clearenv();
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	setenv("DATABASE_URL", "postgresql:///x", 1);
	setenv("SECRET_KEY", "0123456789abcdef0123456789abcdef", 1);
	a = arena_new();
}

static void
tear_down(void)
{
	char *folder = getcwd(NULL, 0);

	arena_free(&a);
	(void)!unlink(".env");
	(void)!unlink("key");
	(void)!chdir("/");
	(void)!rmdir(folder);
	free(folder);
}

static void
file_write(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

TestSuite(config, .init = set_up, .fini = tear_down);

Test(config, has_defaults_for_all_but_two)
{
	struct config c;
	const char *why = NULL;

	cr_assert(config_load(a, &c, &why), "%s", why);
	cr_assert(config_check(&c, &why), "%s", why);
	cr_expect_str_eq(c.prefix, "/api/v1");
	cr_expect_eq(c.access_minutes, 30);
	cr_expect_eq(c.yescrypt_cost, 6);
	cr_expect_geq(c.read_workers, 1);
	cr_expect_str_eq(c.migrate_database_url, c.database_url);
}

Test(config, reads_the_environment_then_files_then_env_file)
{
	struct config c;
	const char *why = NULL;

	file_write(".env",
	    "# comment\n\nexport APP_NAME=\"From "
	    "file\"\nPORT=9000\nAPI_V1_PREFIX='/x'\nDATABASE_ECHO=false\n");
	setenv("API_V1_PREFIX", "/y", 1);
	cr_assert(config_load(a, &c, &why), "%s", why);
	cr_expect_str_eq(c.app_name, "From file");
	cr_expect_str_eq(c.prefix, "/y");
	unsetenv("SECRET_KEY");
	file_write("key", "abcdefghijklmnopqrstuvwxyz-abcdefghij\n");
	chmod("key", 0600);
	setenv("SECRET_KEY_FILE", "key", 1);
	cr_assert(config_load(a, &c, &why), "%s", why);
	cr_expect_str_eq(c.secret_key, "abcdefghijklmnopqrstuvwxyz-abcdefghij");
}

Test(config, names_what_is_wrong)
{
	static const struct {
		const char *name, *value, *says;
	} cases[] = {
	    {"ACCESS_TOKEN_EXPIRE_MINUTES", "0", "ACCESS_TOKEN_EXPIRE_MINUTES"},
	    {"ACCESS_TOKEN_EXPIRE_MINUTES", "5m", "ACCESS_TOKEN_EXPIRE_MINUTES"},
	    {"ALGORITHM", "none", "ALGORITHM"}, {"ALGORITHM", "HS", "ALGORITHM"},
	    {"ALGORITHM", "", "ALGORITHM"}, {"DEBUG", "maybe", "DEBUG"},
	    {"API_V1_PREFIX", "api", "API_V1_PREFIX"}, {"API_V1_PREFIX", "/", "API_V1_PREFIX"},
	    {"PUBLIC_URL", "example.com", "PUBLIC_URL"},
	    {"PUBLIC_URL", "http://a\r\nb", "PUBLIC_URL"}, {"PUBLIC_URL", "https://", "PUBLIC_URL"},
	    {"PUBLIC_URL", "https:///account", "PUBLIC_URL"},
	    {"PUBLIC_URL", "https://a.example/", "PUBLIC_URL"},
	    {"PUBLIC_URL", "https://a.example/?x=y", "PUBLIC_URL"},
	    {"PUBLIC_URL", "https://a.example/#/", "PUBLIC_URL"},
	    {"PUBLIC_URL", "https://a.example/my account", "PUBLIC_URL"},
	    {"API_V1_PREFIX", "/a%b", "API_V1_PREFIX"}, {"APP_NAME", "a\"b", "APP_NAME"},
	    {"APP_NAME", "", "APP_NAME"}, {"CORS_ORIGINS", "*", "CORS_ORIGINS"},
	    {"CORS_ORIGINS", "https://a.example/", "CORS_ORIGINS"},
	    {"CORS_ORIGINS", "https://a.example,b.example", "CORS_ORIGINS"},
	    {"DATABASE_URL", "", "DATABASE_URL"}, {"SECRET_KEY_FILE", "key", "SECRET_KEY"},
	    {"DATABASE_URL_FILE", "/nonexistent", "DATABASE_URL"},
	    {"SMTP_PORT", "smtp", "SMTP_PORT"}, {"SMTP_TLS", "maybe", "SMTP_TLS"},
	    {"SMTP_HOST", "smtp.example.org/x", "SMTP_HOST"},
	    {"SMTP_HOST", "smtp.example.org:25", "SMTP_HOST"},
	    {"SMTP_HOST", "smtp.example.org", "EMAILS_FROM_EMAIL"}, /* nor a sender */
	    {"SMTP_USER", "gatehouse", "SMTP_PASSWORD"},
	    {"EMAILS_FROM_EMAIL", "gatehouse", "EMAILS_FROM_EMAIL"},
	    {"EMAILS_FROM_NAME", "a\r\nBcc: b@c.example", "EMAILS_FROM_NAME"},
	    {"REQUIRE_VERIFIED_EMAIL", "true", "REQUIRE_VERIFIED_EMAIL"}, /* and no mail */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *was = getenv(cases[i].name), *why = NULL;
		char *kept = was == NULL ? NULL : strdup(was);
		struct config c;

		setenv(cases[i].name, cases[i].value, 1);
		cr_expect_not(config_load(a, &c, &why) && config_check(&c, &why), "case %zu", i);
		cr_expect(
		    why != NULL && strstr(why, cases[i].says) != NULL, "case %zu: %s", i, why);
		if (kept != NULL)
			setenv(cases[i].name, kept, 1);
		else
			unsetenv(cases[i].name);
		free(kept);
	}
}

Test(config, refuses_what_may_not_serve)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
	    {"SECRET_KEY", "short"},
	    {"SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	    {"SECRET_KEY", "your-super-secret-key-change-in-production"},
	    {"YESCRYPT_COST", "1"},
	    {"BCRYPT_COST", "4"},
	    {"FIRST_SUPERUSER", "root@example.com"}, /* and no password */
	    {"FIRST_SUPERUSER", "root"},
	    {"SESSION_MAX_DAYS", "1"},
	    {"SECRET_KEY_PREVIOUS", "short"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		struct config c;

		tear_down();
		set_up();
		setenv(cases[i].name, cases[i].value, 1);
		cr_assert(config_load(a, &c, &why), "case %zu: %s", i, why);
		cr_expect_not(config_check(&c, &why), "case %zu", i);
	}
}

Test(config, refuses_unknown_keys_in_env_file_and_readable_secrets)
{
	struct config c;
	const char *why = NULL;

	file_write(".env", "SECRET_KEYS=x\n");
	cr_expect_not(config_load(a, &c, &why));
	cr_expect_not_null(strstr(why, "SECRET_KEYS"));
	file_write(".env", "nonsense\n");
	cr_expect_not(config_load(a, &c, &why));
	unlink(".env");
	unsetenv("SECRET_KEY");
	file_write("key", "abcdefghijklmnopqrstuvwxyz-abcdefghij\n");
	chmod("key", 0644);
	setenv("SECRET_KEY_FILE", "key", 1);
	cr_expect_not(config_load(a, &c, &why));
	cr_expect_not_null(strstr(why, "everybody"));
}
