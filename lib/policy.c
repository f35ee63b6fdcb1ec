#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/policy_common.h"
#include "lib/str.h"

#include "lib/policy.h"

enum { POINTS_MAX = 128, REASONS_MAX = 12 };
enum { CONTEXT_CHARS_MIN = 3, CONTEXT_EXTRA_MAX = 4, CONTEXT_DIGITS_MAX = 8 };

static const struct {
	const char *name;
	int points_min;
} policies[] = {[POLICY_COMPOSITION] = {"composition", 8},
    [POLICY_LENGTH] = {"length", 8},
    [POLICY_NIST] = {"nist", 15}};

struct reasons {
	struct arena *arena;
	const char *of[REASONS_MAX];
	size_t n;
};

enum policy
policy_parse(const char *name)
{
	for (enum policy p = 0; p < POLICY__MAX; p++) {
		if (strcmp(name, policies[p].name) == 0)
			return p;
	}
	return POLICY__MAX;
}

static void
refuse_if(struct reasons *r, bool refused, const char *reason)
{
	if (refused)
		r->of[r->n++] = reason;
}

static void
check_length(struct reasons *r, enum policy policy, const char *phrase, int max_bytes)
{
	int64_t points = str_points(phrase);
	int min = policies[policy].points_min;

	refuse_if(r, points < min, arena_printf(r->arena, "have at least %d characters", min));
	refuse_if(r, points > POINTS_MAX,
	    arena_printf(r->arena, "have at most %d characters", POINTS_MAX));
	refuse_if(r, strlen(phrase) > (size_t)max_bytes,
	    arena_printf(r->arena, "have at most %d bytes in UTF-8", max_bytes));
}

static void
check_composition(struct reasons *r, const char *phrase)
{
	bool upper = false, lower = false, digit = false, special = false;

	for (const char *p = phrase; *p != '\0'; p++) {
		bool printable = *p >= ' ' && *p <= '~';

		if (*p >= 'A' && *p <= 'Z')
			upper = true;
		else if (*p >= 'a' && *p <= 'z')
			lower = true;
		else if (*p >= '0' && *p <= '9')
			digit = true;
		else
			special |= printable;
	}
	refuse_if(r, !upper, "contain at least one uppercase letter");
	refuse_if(r, !lower, "contain at least one lowercase letter");
	refuse_if(r, !digit, "contain at least one digit");
	refuse_if(r, !special, "contain at least one special character");
}

static bool
has_control(const char *s)
{
	while (*s != '\0') {
		uint32_t point = str_next(&s);

		if (point < 0x20 || (point >= 0x7f && point <= 0x9f))
			return true;
	}
	return false;
}

/* Is ${phrase}, folded, ${word} and hardly more? */
static bool
is_made_of(struct arena *a, const char *phrase, const char *word)
{
	struct buf rest;
	size_t n = strlen(word);
	const char *next;

	if (n < CONTEXT_CHARS_MIN || strstr(phrase, word) == NULL)
		return false;
	buf_init(&rest, a);
	while ((next = strstr(phrase, word)) != NULL) {
		buf_add(&rest, phrase, (size_t)(next - phrase));
		phrase = next + n;
	}
	buf_puts(&rest, phrase);
	return str_points(rest.at) <= CONTEXT_EXTRA_MAX ||
	    (rest.bytes <= CONTEXT_DIGITS_MAX && strspn(rest.at, "0123456789") == rest.bytes);
}

static bool
is_made_of_either(struct arena *a, const char *phrase, const char *email, const char *username)
{
	char *folded = arena_strdup(a, phrase), *mail = arena_strdup(a, email == NULL ? "" : email),
	     *name = arena_strdup(a, username == NULL ? "" : username);

	str_lower_all(folded);
	str_lower_all(mail);
	str_lower_all(name);
	if (is_made_of(a, folded, mail) || is_made_of(a, folded, name))
		return true;
	mail[strcspn(mail, "@")] = '\0';
	return is_made_of(a, folded, mail);
}

/* "Password must A, B and C" */
static const char *
sentence(struct reasons *r)
{
	struct buf text;

	if (r->n == 0)
		return NULL;
	buf_init(&text, r->arena);
	buf_puts(&text, "Password must ");
	for (size_t i = 0; i < r->n; i++) {
		if (i > 0)
			buf_puts(&text, i + 1 == r->n ? " and " : ", ");
		buf_puts(&text, r->of[i]);
	}
	return text.at;
}

const char *
policy_refuse(struct arena *a, enum policy policy, struct secret phrase, const char *email,
    const char *username, int max_bytes)
{
	struct reasons r = {.arena = a};

	check_length(&r, policy, phrase.s, max_bytes);
	if (policy == POLICY_COMPOSITION)
		check_composition(&r, phrase.s);
	refuse_if(&r, has_control(phrase.s), "not contain control characters");
	refuse_if(&r, policy_common_has(a, phrase.s), "not be a common password");
	refuse_if(&r, is_made_of_either(a, phrase.s, email, username),
	    "not be made of the e-mail address or the username");
	return sentence(&r);
}
