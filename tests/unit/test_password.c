#include <crypt.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/password.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

/* The cheapest of each: what most of these tests promise does not depend on the cost. */
enum { CHEAP_YESCRYPT = 1, CHEAP_BCRYPT = 4 };

/* What SHA-512 of 5000 rounds and the salt "saltsalt" makes of "abc". */
#define SHA512_ABC                                     \
	"mXmsbOzRhx9FdAbQCUHYMV8i33aUx8FUsjR813r/Te3O" \
	"UwcAdbwkebLKfLOfUCihpvpN7Ji1TH3bltSG02PNE1"

static struct password *
password_of(enum password_scheme scheme, int cost)
{
	const char *why = NULL;
	struct password *p = password_new(scheme, cost, &why);

	cr_assert_not_null(p, "%s", why);
	return p;
}

static struct secret
phrase(const char *s)
{
	return (struct secret){s};
}

/* ${n} bytes of 'a', then ${tail}. */
static const char *
long_phrase(size_t n, const char *tail)
{
	static char text[2000];

	memset(text, 'a', n);
	(void)snprintf(text + n, sizeof(text) - n, "%s", tail);
	return text;
}

static struct password *yescrypt, *bcrypt;

static void
setup(void)
{
	yescrypt = password_of(PASSWORD_YESCRYPT, CHEAP_YESCRYPT);
	bcrypt = password_of(PASSWORD_BCRYPT, CHEAP_BCRYPT);
}

static void
teardown(void)
{
	password_free(&yescrypt);
	password_free(&bcrypt);
	password_free(&bcrypt); /* of NULL: nothing */
}

TestSuite(password, .init = setup, .fini = teardown);

Test(password, verifies_what_it_hashed_and_nothing_near)
{
	static const struct {
		const char *set, *given;
	} cases[] = {{"SecurePass123!", "SecurePass123!"}, {"", ""}, {" ", " "},
	    {"caf\xc3\xa9", "caf\xc3\xa9"}, {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};
	static const struct {
		const char *set, *given;
	} wrong[] = {{"SecurePass123!", "SecurePass123"}, {"SecurePass123!", "SecurePass123!!"},
	    {"SecurePass123!", "securePass123!"}, {"SecurePass123!", "SecurePass123! "},
	    {"SecurePass123!", " SecurePass123!"}, {"SecurePass123!", ""}, {"", " "},
	    {"caf\xc3\xa9", "cafe\xcc\x81"}, {"\xff", "\x7f"}};
	struct password *const both[] = {yescrypt, bcrypt};
	char hash[PASSWORD_HASH_SIZE];

	for (size_t b = 0; b < 2; b++) {
		for (size_t i = 0; i < N(cases); i++) {
			cr_assert(
			    password_hash(both[b], phrase(cases[i].set), hash), "case %zu", i);
			cr_assert_eq(password_verify(both[b], phrase(cases[i].given), hash),
			    PASSWORD_MATCH, "case %zu", i);
		}
		for (size_t i = 0; i < N(wrong); i++) {
			cr_assert(
			    password_hash(both[b], phrase(wrong[i].set), hash), "wrong %zu", i);
			cr_assert_eq(password_verify(both[b], phrase(wrong[i].given), hash),
			    PASSWORD_MISMATCH, "wrong %zu", i);
		}
	}
}

Test(password, salts_every_hash)
{
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];

	cr_assert(password_hash(yescrypt, phrase("same"), one));
	cr_assert(password_hash(yescrypt, phrase("same"), two));
	cr_assert_str_neq(one, two);
}

/* bcrypt's published vector; and a row of ours, which a later library must still read. */
Test(password, verifies_known_hashes)
{
	static const struct {
		const char *phrase, *hash;
	} cases[] = {
	    {"U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	    {"U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	    {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
	    {"gatehouse", "$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1"},
	    {"abc", "$6$saltsalt$" SHA512_ABC},
	    /* Of the specification of SHA-crypt. */
	    {"Hello world!",
		"$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/"
		"UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v."},
	};

	for (size_t i = 0; i < N(cases); i++) {
		cr_assert_eq(password_verify(yescrypt, phrase(cases[i].phrase), cases[i].hash),
		    PASSWORD_MATCH, "case %zu", i);
		cr_assert_eq(password_verify(yescrypt, phrase("U*V"), cases[i].hash),
		    PASSWORD_MISMATCH, "case %zu", i);
	}
}

/* What crypt() would take, or fail on and return "*0" for: no phrase matches it. */
static const char *const unusable[] = {"", "bogus", "x", "*", "*0", "*1", "!", "!!", "x$y$", "$",
    "$$", "$y$", "$y$j75", "$y$j75$", "$y$j75$$", "$y$j75$KnownAnswerTest0",
    "$y$j75$KnownAnswerTest0$",
    "$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM",
    "$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM11",
    "$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1\n",
    "$y$j76$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$y$jGT$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$y$jzT$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$Y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$gy$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$7$CU..../....KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$2b$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5", "$2b$04$", "$2b$", "$2b$4$",
    "$2b$04$KnownAnswerTest000000.",
    "$2b$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5GG",
    "$2b$04xKnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$2b$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G\n",
    "$y$j75$$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
    "$2b$03$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$2b$17$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$2b$31$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$2b$99$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$2a$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5",
    "$2x$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$2$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
    "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$5$rounds=1000$salt$", "$6$rounds=999999999$saltsalt$",
    "$6$", "$6$$", "$6$saltsalt", "$6$saltsalt$", "$6$rounds=", "$6$rounds=5000", "$6$rounds=5000$",
    "$6$$" SHA512_ABC, "$6$saltsalt$" SHA512_ABC "1", "$6$saltsalt$" SHA512_ABC "\n",
    "$6$seventeen.letters$" SHA512_ABC, "$6$salt:salt$" SHA512_ABC,
    "$6$rounds=999$saltsalt$" SHA512_ABC, "$6$rounds=05000$saltsalt$" SHA512_ABC,
    "$6$rounds=$saltsalt$" SHA512_ABC, "$6$rounds=-5000$saltsalt$" SHA512_ABC,
    "$6$rounds=1000001$saltsalt$" SHA512_ABC, "$6$rounds=999999999$saltsalt$" SHA512_ABC,
    "$6$rounds=99999999999999999999$saltsalt$" SHA512_ABC, "$5$saltsalt$KnownAnswer",
    "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA", "$sha1$1$s$h", "$md5$s$h", "_J9..salt",
    "ab", "abFZSxKKdq5s2"};

Test(password, never_matches_an_unusable_hash)
{
	static const char *const phrases[] = {"abc", "", "gatehouse", "x", "*0", "\xff"};

	for (size_t i = 0; i < N(unusable); i++) {
		for (size_t j = 0; j < N(phrases); j++)
			cr_assert_eq(password_verify(yescrypt, phrase(phrases[j]), unusable[i]),
			    PASSWORD_MISMATCH, "hash %zu, phrase %zu", i, j);
		for (size_t j = 0; j < N(phrases); j++)
			cr_assert_eq(password_verify(yescrypt, phrase(unusable[i]), unusable[i]),
			    PASSWORD_MISMATCH, "hash %zu as its own phrase", i);
	}
	cr_assert_eq(password_verify(yescrypt, phrase("abc"), NULL), PASSWORD_MISMATCH);
	cr_assert_eq(password_verify(yescrypt, phrase(""), NULL), PASSWORD_MISMATCH);
}

Test(password, never_matches_a_hash_too_long_to_be_stored)
{
	static char hash[300];

	(void)snprintf(hash, sizeof(hash), "$y$j75$");
	memset(hash + strlen(hash), 'a', 250);
	cr_assert_eq(password_verify(yescrypt, phrase("a"), hash), PASSWORD_MISMATCH);
}

Test(password, reads_511_bytes_and_refuses_more)
{
	char hash[PASSWORD_HASH_SIZE];

	cr_assert(password_hash(yescrypt, phrase(long_phrase(511, "")), hash));
	cr_assert_eq(password_verify(yescrypt, phrase(long_phrase(511, "")), hash), PASSWORD_MATCH);
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(510, "b")), hash), PASSWORD_MISMATCH);
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(510, "")), hash), PASSWORD_MISMATCH);
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(512, "")), hash), PASSWORD_MISMATCH);
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(1500, "")), hash), PASSWORD_MISMATCH);
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(512, "")), NULL), PASSWORD_MISMATCH);
	cr_assert_eq(password_verify(yescrypt, phrase(NULL), hash), PASSWORD_MISMATCH);
}

Test(password, reads_128_bytes_against_sha_512)
{
	struct crypt_data data = {0};
	const char *right = long_phrase(128, ""),
		   *hash = crypt_r(right, "$6$rounds=1000$s$", &data);

	cr_assert_eq(password_verify(yescrypt, phrase(right), hash), PASSWORD_MATCH);
	cr_assert(password_outdated(yescrypt, hash, phrase(right)));
	cr_assert_not(password_outdated(bcrypt, hash, phrase(right))); /* it would lose the tail */
	hash = crypt_r(long_phrase(129, ""), "$6$rounds=1000$s$", &data);
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(129, "")), hash), PASSWORD_MISMATCH);
}

/* 72 bytes are all that bcrypt reads: that is why over 72 are neither hashed nor upgraded. */
Test(password, knows_where_bcrypt_stops_reading)
{
	char hash[PASSWORD_HASH_SIZE], better[PASSWORD_HASH_SIZE];

	cr_assert(password_hash(bcrypt, phrase(long_phrase(72, "")), hash));
	cr_assert_eq(password_verify(yescrypt, phrase(long_phrase(72, "X")), hash), PASSWORD_MATCH);
	cr_assert_not(password_outdated(yescrypt, hash, phrase(long_phrase(72, "X"))));
	cr_assert(password_outdated(yescrypt, hash, phrase(long_phrase(72, ""))));
	cr_assert(password_hash(yescrypt, phrase(long_phrase(72, "X")), better));
	cr_assert_eq(
	    password_verify(yescrypt, phrase(long_phrase(72, "Y")), better), PASSWORD_MISMATCH);
	/* The other way round, from a yescrypt row under scheme bcrypt. */
	cr_assert_not(password_outdated(bcrypt, better, phrase(long_phrase(72, "X"))));
	cr_assert(password_outdated(bcrypt, better, phrase("short")));
}

Test(password, does_not_cut_for_bcrypt, .signal = SIGABRT)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)!password_hash(bcrypt, phrase(long_phrase(73, "")), hash);
}

Test(password, does_not_cut_for_yescrypt, .signal = SIGABRT)
{
	char hash[PASSWORD_HASH_SIZE];

	(void)!password_hash(yescrypt, phrase(long_phrase(512, "")), hash);
}

Test(password, knows_outdated_hashes)
{
	static const struct {
		const char *hash;
		bool yescrypt_1, yescrypt_2, bcrypt_4;
	} cases[] = {
	    {"$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1", false, true,
		true},
	    {"$y$j85$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1", true, false,
		true},
	    {"$y$jAT$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1", true, true,
		true},
	    {"$2b$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G", true, true, false},
	    {"$2y$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G", true, true, true},
	    {"$2b$10$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G", true, true, true},
	    {"$2a$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G", true, true, true},
	    {"$6$saltsalt$" SHA512_ABC, true, true, true},
	    {"bogus", false, false, false},
	    {"", false, false, false},
	};
	struct password *two = password_of(PASSWORD_YESCRYPT, 2);

	for (size_t i = 0; i < N(cases); i++) {
		cr_assert_eq(password_outdated(yescrypt, cases[i].hash, phrase("p")),
		    cases[i].yescrypt_1, "case %zu", i);
		cr_assert_eq(password_outdated(two, cases[i].hash, phrase("p")),
		    cases[i].yescrypt_2, "case %zu", i);
		cr_assert_eq(password_outdated(bcrypt, cases[i].hash, phrase("p")),
		    cases[i].bcrypt_4, "case %zu", i);
	}
	password_free(&two);
}

Test(password, its_own_hashes_are_current_at_every_cost)
{
	static const struct {
		enum password_scheme scheme;
		int cost;
		const char *prefix;
	} cases[] = {{PASSWORD_YESCRYPT, 1, "$y$j75$"}, {PASSWORD_YESCRYPT, 2, "$y$j85$"},
	    {PASSWORD_YESCRYPT, 3, "$y$j7T$"}, {PASSWORD_YESCRYPT, 4, "$y$j8T$"},
	    {PASSWORD_YESCRYPT, 5, "$y$j9T$"}, {PASSWORD_YESCRYPT, 6, "$y$jAT$"},
	    {PASSWORD_YESCRYPT, 7, "$y$jBT$"}, {PASSWORD_YESCRYPT, 8, "$y$jCT$"},
	    {PASSWORD_BCRYPT, 4, "$2b$04$"}, {PASSWORD_BCRYPT, 10, "$2b$10$"}};

	for (size_t i = 0; i < N(cases); i++) {
		struct password *p = password_of(cases[i].scheme, cases[i].cost);
		char hash[PASSWORD_HASH_SIZE];
		const char *why;

		cr_assert(password_hash(p, phrase("p"), hash), "case %zu", i);
		cr_assert_eq(strncmp(hash, cases[i].prefix, 7), 0, "case %zu: %s", i, hash);
		cr_assert_not(password_outdated(p, hash, phrase("p")), "case %zu", i);
		cr_assert(password_acceptable(hash, &why), "case %zu", i);
		password_free(&p);
	}
}

Test(password, refuses_costs_that_are_not_of_the_scheme)
{
	static const struct {
		enum password_scheme scheme;
		int cost;
	} cases[] = {{PASSWORD_YESCRYPT, 0}, {PASSWORD_YESCRYPT, -1}, {PASSWORD_YESCRYPT, 12},
	    {PASSWORD_YESCRYPT, 1000}, {PASSWORD_BCRYPT, 3}, {PASSWORD_BCRYPT, 0},
	    {PASSWORD_BCRYPT, 17}, {PASSWORD_BCRYPT, -4}};

	for (size_t i = 0; i < N(cases); i++) {
		const char *why = NULL;

		cr_assert_null(password_new(cases[i].scheme, cases[i].cost, &why), "case %zu", i);
		cr_assert_not_null(why, "case %zu", i);
	}
}

Test(password, lets_an_importer_store_what_verifies_at_a_bearable_cost)
{
	static const char *const fine[] = {
	    "$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
	    "$y$j9T$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
	    "$y$jCT$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
	    "$2b$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
	    "$2b$14$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
	    "$2y$10$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
	    "$2a$10$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
	    "$6$saltsalt$" SHA512_ABC, "$6$rounds=1000$saltsalt$" SHA512_ABC,
	    "$6$rounds=656000$saltsaltsaltsalt$" SHA512_ABC, "$6$rounds=700000$s$" SHA512_ABC};
	static const char *const dear[] = {
	    "$y$jDT$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
	    "$y$jFT$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
	    "$2b$15$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
	    "$6$rounds=700001$saltsalt$" SHA512_ABC, "$6$rounds=1000000$saltsalt$" SHA512_ABC};
	const char *why;

	for (size_t i = 0; i < N(fine); i++)
		cr_assert(password_acceptable(fine[i], &why), "fine %zu", i);
	for (size_t i = 0; i < N(dear); i++) {
		why = "";
		cr_assert_not(password_acceptable(dear[i], &why), "dear %zu", i);
		cr_assert_not_null(strstr(why, "ceiling"), "dear %zu", i);
	}
	for (size_t i = 0; i < N(unusable); i++) {
		why = "";
		cr_assert_not(password_acceptable(unusable[i], &why), "unusable %zu", i);
		cr_assert_not_null(strstr(why, "neither"), "unusable %zu", i);
	}
	cr_assert_not(password_acceptable(NULL, &why));
}

/* What this process has mapped, in bytes. */
static rlim_t
mapped(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f, "%lu", &pages), 1);
	(void)fclose(f);
	return (rlim_t)pages * 4096;
}

Test(password, lack_of_memory_is_a_failure_and_no_wrong_password)
{
	enum { COST = 8 }; /* 128 MiB */
	struct password *p = password_of(PASSWORD_YESCRYPT, COST);
	char hash[PASSWORD_HASH_SIZE], none[PASSWORD_HASH_SIZE];
	struct rlimit all, tight;
	enum password_result known, unknown;
	bool hashed;

	cr_assert(password_hash(p, phrase("right"), hash));
	cr_assert_eq(getrlimit(RLIMIT_AS, &all), 0);
	tight = all;
	tight.rlim_cur = mapped() + (64 << 20);
	cr_assert_eq(setrlimit(RLIMIT_AS, &tight), 0);
	known = password_verify(p, phrase("right"), hash);
	unknown = password_verify(p, phrase("right"), NULL);
	hashed = password_hash(p, phrase("right"), none);
	cr_assert_eq(setrlimit(RLIMIT_AS, &all), 0);
	cr_assert_eq(known, PASSWORD_FAILED);
	cr_assert_eq(unknown, PASSWORD_FAILED);
	cr_assert_not(hashed);
	cr_assert_str_empty(none);
	cr_assert_eq(password_verify(p, phrase("right"), hash), PASSWORD_MATCH);
	password_free(&p);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_ms(struct password *p, const char *given, const char *stored)
{
	enum { ROUNDS = 41 };
	double ms[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec from, to;

		cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from), 0);
		cr_assert_eq(password_verify(p, phrase(given), stored), PASSWORD_MISMATCH);
		cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to), 0);
		ms[i] = (double)(to.tv_sec - from.tv_sec) * 1e3 +
		    (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	}
	qsort(ms, ROUNDS, sizeof(ms[0]), by_value);
	return ms[ROUNDS / 2];
}

/* The figures are printed; only a difference of half, which no noise makes, fails. */
Test(password, an_unknown_name_costs_what_a_wrong_password_does)
{
	struct password *p = password_of(PASSWORD_YESCRYPT, 4);
	char hash[PASSWORD_HASH_SIZE];
	double known;

	cr_assert(password_hash(p, phrase("right"), hash));
	known = median_ms(p, "wrong", hash);
	cr_log_info("known name: %.2f ms", known);
	for (size_t i = 0; i < 4; i++) {
		const char *const stored[] = {NULL, "bogus", NULL, hash};
		const char *given = i < 2 ? "wrong" : long_phrase(600, "");
		double ms = median_ms(p, given, stored[i]);

		cr_log_info("case %zu: %.2f ms", i, ms);
		cr_assert(
		    ms > known / 2 && ms < known * 2, "case %zu: %.2f, %.2f ms", i, ms, known);
	}
	password_free(&p);
}

Test(password, stand_ins_cost_what_they_stand_for_and_match_nothing)
{
	static const char *const kinds[] = {
	    "$y$j75$", "$2b$04$", "$2a$05$", "$2y$06$", "$6$", "$6$rounds=1000$"};
	char hash[PASSWORD_HASH_SIZE];
	const char *why;

	for (size_t i = 0; i < N(kinds); i++) {
		cr_assert(password_stand_in(kinds[i], hash), "%s", kinds[i]);
		cr_assert_eq(strncmp(hash, kinds[i], strlen(kinds[i])), 0);
		cr_assert(password_acceptable(hash, &why), "%s: %s", hash, why);
		cr_assert_eq(password_verify(yescrypt, phrase(""), hash), PASSWORD_MISMATCH);
		cr_assert_eq(password_verify(yescrypt, phrase("abc"), hash), PASSWORD_MISMATCH);
	}
}

Test(password, nothing_stands_in_for_what_does_not_verify)
{
	static const char *const kinds[] = {"", "$", "$1$", "$y$", "$y$zzz$", "$y$j75", "$2b$",
	    "$2b$10", "$2b$99$", "$2x$10$", "$6$rounds=5$", "$6$rounds=1000", "$6$%s%s%s$",
	    "$6$rounds=999999999999999999999999999999999999999999999999999999$", "bogus"};
	char hash[PASSWORD_HASH_SIZE];

	for (size_t i = 0; i < N(kinds); i++)
		cr_assert_not(password_stand_in(kinds[i], hash), "%s", kinds[i]);
}
