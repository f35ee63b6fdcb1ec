#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crypt.h>

#include "lib/str.h"

#include "lib/password.h"

/* The longest prefix up to the third '$' is "$y$jAT$". */
enum { PREFIX_SIZE = 8 };

struct password {
	enum password_scheme scheme;
	int cost;
	char prefix[PREFIX_SIZE];       /* how every hash of this scheme and cost begins */
	char dummy[PASSWORD_HASH_SIZE]; /* the hash of a phrase nobody knows */
	struct crypt_data data;         /* 32 KiB: too big for a stack */
};

/* What libxcrypt writes for cost 1 to 11; other parameters are not ours and have no known cost. */
static const char *const yescrypt_costs[] = {
    "j75", "j85", "j7T", "j8T", "j9T", "jAT", "jBT", "jCT", "jDT", "jET", "jFT"};

static const struct scheme {
	const char *prefix;
	int least, most, ceiling; /* the ceiling is an importer's */
} schemes[] = {
    [PASSWORD_YESCRYPT] = {.prefix = "$y$", .least = 1, .most = 11, .ceiling = 8},
    [PASSWORD_BCRYPT] = {.prefix = "$2b$", .least = 4, .most = 16, .ceiling = 14},
    /* Rounds. The ceiling is over the 656 000 that Python's passlib makes: about 0.8 s. */
    [PASSWORD_SHA512] = {.prefix = "$6$", .least = 1000, .most = 1000000, .ceiling = 700000},
};

/* What $6$ means when it does not say; and each round hashes the whole phrase, so that one of 511 bytes
 * would cost four times what the rounds promise. */
enum { SHA512_ROUNDS = 5000, SHA512_PHRASE_MAX = 128 };

static const char digits64[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* $y$<3: cost>$<salt>$<43: hash>. The cost, 0 when it is not that. */
static int
yescrypt_cost(const char *hash)
{
	const char *salt = hash + 7;
	size_t salt_chars;

	if (strlen(hash) < 8 || hash[6] != '$')
		return 0;
	salt_chars = strspn(salt, digits64);
	if (salt_chars == 0 || salt[salt_chars] != '$' ||
	    strspn(salt + salt_chars + 1, digits64) != 43 || salt[salt_chars + 44] != '\0')
		return 0;
	for (size_t i = 0; i < sizeof(yescrypt_costs) / sizeof(yescrypt_costs[0]); i++) {
		if (strncmp(hash + 3, yescrypt_costs[i], 3) == 0)
			return (int)i + 1;
	}
	return 0;
}

/* $2b$<2: cost>$<22: salt><31: hash>. The cost, 0 when it is not that. */
static int
bcrypt_cost(const char *hash)
{
	if (strspn(hash + 4, "0123456789") != 2 || hash[6] != '$' ||
	    strspn(hash + 7, digits64) != 53 || hash[60] != '\0')
		return 0;
	return (hash[4] - '0') * 10 + (hash[5] - '0');
}

/* $6$[rounds=N$]<1 to 16: salt>$<86: hash>. The rounds, 0 when it is not that. */
static int
sha512_rounds(const char *hash)
{
	const char *salt = hash + 3;
	int64_t rounds = SHA512_ROUNDS;
	char digits[8] = "";
	size_t n;

	if (str_starts(salt, "rounds=")) {
		salt += strlen("rounds=");
		n = strcspn(salt, "$");
		if (salt[n] == '\0' || n >= sizeof(digits))
			return 0;
		memcpy(digits, salt, n);
		salt += n + 1;
		if (!str_int(digits, 1, INT_MAX, &rounds))
			return 0;
	}
	n = strspn(salt, digits64);
	if (n < 1 || n > 16 || salt[n] != '$' || strspn(salt + n + 1, digits64) != 86 ||
	    salt[n + 87] != '\0')
		return 0;
	return (int)rounds;
}

/*
 * crypt() takes anything for a setting: "bogus" is DES, "$6$rounds=999999999$" is a day. So a stored
 * string is measured before it is used. The cost, 0 when it is unusable.
 */
static int
cost_of(const char *hash, enum password_scheme *scheme_r)
{
	int cost;

	if (hash == NULL || strnlen(hash, PASSWORD_HASH_SIZE) == PASSWORD_HASH_SIZE)
		return 0;
	if (str_starts(hash, "$y$")) {
		*scheme_r = PASSWORD_YESCRYPT;
		cost = yescrypt_cost(hash);
	} else if (str_starts(hash, "$2b$") || str_starts(hash, "$2y$") ||
	    str_starts(hash, "$2a$")) {
		*scheme_r = PASSWORD_BCRYPT;
		cost = bcrypt_cost(hash);
	} else if (str_starts(hash, "$6$")) {
		*scheme_r = PASSWORD_SHA512;
		cost = sha512_rounds(hash);
	} else {
		return 0;
	}
	if (cost < schemes[*scheme_r].least || cost > schemes[*scheme_r].most ||
	    crypt_checksalt(hash) != CRYPT_SALT_OK)
		return 0;
	return cost;
}

/* crypt_rn only: the others return "*0" for a failure, and two failures compare equal. */
static bool
compute(
    struct password *p, const char *phrase, const char *setting, char hash_r[PASSWORD_HASH_SIZE])
{
	const char *made = crypt_rn(phrase, setting, &p->data, (int)sizeof(p->data));
	bool ok = made != NULL && made[0] == '$' &&
	    strnlen(made, PASSWORD_HASH_SIZE) < PASSWORD_HASH_SIZE;

	memset(hash_r, 0, PASSWORD_HASH_SIZE);
	if (ok)
		memcpy(hash_r, made, strlen(made));
	secret_wipe(&p->data, sizeof(p->data));
	return ok;
}

static bool
make(struct password *p, const char *phrase, char hash_r[PASSWORD_HASH_SIZE])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	/* No bytes given: the library asks the kernel for the salt. */
	return crypt_gensalt_rn(schemes[p->scheme].prefix, (unsigned long)p->cost, NULL, 0, setting,
		   sizeof(setting)) != NULL &&
	    compute(p, phrase, setting, hash_r);
}

static bool
known_answers(struct password *p)
{
	static const char *const known[] = {
	    "$y$j75$KnownAnswerTest0$fgj6iblmwVu8P1s84IodpU2RJNbDw/P5B0eq81gjNM1",
	    "$2b$04$KnownAnswerTest000000.rGr8ez1fSntevKA3zjthkTCl5IF4j5G",
	    "$6$rounds=1000$KnownAnswerTest0$UAq45m.ykMR9PYFDwKCAl62NqVxc9YhWEiqIdbz/"
	    "iwHncozMNmeLWUZ8T5VC7Gd.iFy.B5HIYkF/kJKlHkG401",
	};
	char hash[PASSWORD_HASH_SIZE];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!compute(p, "gatehouse", known[i], hash) || strcmp(hash, known[i]) != 0 ||
		    !compute(p, "gatehousf", known[i], hash) || strcmp(hash, known[i]) == 0)
			return false;
	}
	return true;
}

/* The dummy is also the reference: its prefix is what a hash of today begins with. */
static bool
make_dummy(struct password *p)
{
	unsigned char random[32];
	char phrase[SECRET_TEXT_SIZE(sizeof(random))];
	enum password_scheme scheme = PASSWORD_BCRYPT;
	bool ok;

	secret_random(random, sizeof(random));
	secret_encode(random, sizeof(random), phrase);
	ok = make(p, phrase, p->dummy) && cost_of(p->dummy, &scheme) == p->cost &&
	    scheme == p->scheme;
	secret_wipe(random, sizeof(random));
	secret_wipe(phrase, sizeof(phrase));
	if (ok)
		memcpy(p->prefix, p->dummy, PREFIX_SIZE - 1); /* both kinds: '$' is the seventh */
	return ok;
}

struct password *
password_new(enum password_scheme scheme, int cost, const char **why_r)
{
	struct password *p;

	assert(scheme != PASSWORD_SHA512);
	if (cost < schemes[scheme].least || cost > schemes[scheme].most) {
		*why_r = scheme == PASSWORD_BCRYPT ? "the cost of bcrypt is 4 to 16"
						   : "the cost of yescrypt is 1 to 11";
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		*why_r = "no memory to hash passwords";
		return NULL;
	}
	p->scheme = scheme;
	p->cost = cost;
	if (!known_answers(p))
		*why_r = "the password hashing library fails its known-answer test";
	else if (!make_dummy(p))
		*why_r = "a password cannot be hashed at this cost: is there enough memory?";
	else
		return p;
	password_free(&p);
	return NULL;
}

void
password_free(struct password **p)
{
	if (*p == NULL)
		return;
	secret_wipe(*p, sizeof(**p));
	free(*p);
	*p = NULL;
}

bool
password_hash(struct password *p, struct secret phrase, char hash_r[PASSWORD_HASH_SIZE])
{
	size_t most =
	    p->scheme == PASSWORD_BCRYPT ? (size_t)PASSWORD_BCRYPT_BYTES_MAX : PASSWORD_BYTES_MAX;

	assert(phrase.s != NULL && strlen(phrase.s) <= most);
	return make(p, phrase.s, hash_r);
}

enum password_result
password_verify(struct password *p, struct secret phrase, const char *stored)
{
	bool fits = phrase.s != NULL && strlen(phrase.s) <= PASSWORD_BYTES_MAX;
	char made[PASSWORD_HASH_SIZE];
	enum password_scheme scheme;
	const char *against = p->dummy;
	bool same;

	if (fits && cost_of(stored, &scheme) != 0 &&
	    (scheme != PASSWORD_SHA512 || strlen(phrase.s) <= SHA512_PHRASE_MAX))
		against = stored;
	/* libxcrypt reports a lack of memory as EINVAL: no errno tells a fault from bad input. */
	if (!compute(p, fits ? phrase.s : "", against, made))
		return PASSWORD_FAILED;
	same = strlen(made) == strlen(against) && secret_equal(made, against, strlen(made));
	secret_wipe(made, sizeof(made));
	return same && against == stored ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

const char password_kind_pattern[] =
    "^\\$(?:y\\$[^$]{3}\\$|2[aby]\\$[0-9]{2}\\$|6\\$(?:rounds=[0-9]+\\$)?)";

/* Dots are zero bits, in the salt as in the sum, which of a phrase comes out with a chance of 2^-184 or less. */
bool
password_stand_in(const char *kind, char hash_r[PASSWORD_HASH_SIZE])
{
	static const char dots[] = "...........................................";
	enum password_scheme scheme;
	size_t kind_chars = strnlen(kind, PASSWORD_HASH_SIZE);
	int n = 0;

	_Static_assert(sizeof(dots) - 1 == 43, "the sum of yescrypt, half of that of SHA-512");
	if (kind_chars > 24)
		return false;
	if (str_starts(kind, "$y$"))
		n = snprintf(hash_r, PASSWORD_HASH_SIZE, "%s%.22s$%s", kind, dots, dots);
	else if (str_starts(kind, "$2"))
		n = snprintf(hash_r, PASSWORD_HASH_SIZE, "%s%.22s%.31s", kind, dots, dots);
	else if (str_starts(kind, "$6$"))
		n = snprintf(hash_r, PASSWORD_HASH_SIZE, "%s%.16s$%s%s", kind, dots, dots, dots);
	return n > 0 && n < PASSWORD_HASH_SIZE && cost_of(hash_r, &scheme) != 0;
}

bool
password_outdated(const struct password *p, const char *stored, struct secret phrase)
{
	enum password_scheme scheme;

	if (cost_of(stored, &scheme) == 0)
		return false;
	if (strlen(phrase.s) > PASSWORD_BCRYPT_BYTES_MAX &&
	    (scheme == PASSWORD_BCRYPT || p->scheme == PASSWORD_BCRYPT))
		return false;
	return !str_starts(stored, p->prefix);
}

bool
password_acceptable(const char *hash, const char **why_r)
{
	enum password_scheme scheme;
	int cost = cost_of(hash, &scheme);

	if (cost == 0)
		*why_r = "the hash is neither yescrypt ($y$) nor bcrypt ($2a$, $2b$, $2y$) nor "
			 "SHA-512 ($6$) of a known cost";
	else if (cost > schemes[scheme].ceiling)
		*why_r = "the cost of the hash is over the ceiling (yescrypt 8, bcrypt 14, "
			 "SHA-512 700000 rounds)";
	else
		return true;
	return false;
}
