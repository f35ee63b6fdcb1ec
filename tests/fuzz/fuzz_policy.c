/*
 * The password policy: three lines are the phrase, the e-mail address and the user name. What a
 * stricter policy takes the laxer takes too; what is taken keeps the bounds, is not its own e-mail
 * address, and case does not make a common password uncommon.
 */

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/policy.h"
#include "lib/policy_common.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

static char *
line(char **rest)
{
	char *start = *rest;

	if (start == NULL)
		return NULL;
	*rest = strchr(start, '\n');
	if (*rest != NULL)
		*(*rest)++ = '\0';
	return start;
}

static bool
takes(struct arena *a, enum policy policy, const char *phrase, const char *email, const char *name)
{
	const char *why = policy_refuse(a, policy, (struct secret){phrase}, email, name, 511);

	must(why == NULL || str_starts(why, "Password must "));
	must(why == NULL || strlen(why) < 600); /* never the phrase itself */
	return why == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	char *rest = arena_strndup(a, (const char *)p, n), *phrase = line(&rest),
	     *email = line(&rest), *name = line(&rest);
	bool composition, length, nist;

	if (str_utf8(phrase, strlen(phrase)) && (email == NULL || str_utf8(email, strlen(email))) &&
	    (name == NULL || str_utf8(name, strlen(name)))) {
		composition = takes(a, POLICY_COMPOSITION, phrase, email, name);
		length = takes(a, POLICY_LENGTH, phrase, email, name);
		nist = takes(a, POLICY_NIST, phrase, email, name);
		must(!composition || length);
		must(!nist || length);
		must(!length || (str_points(phrase) >= 8 && str_points(phrase) <= 128));
		must(!length || strlen(phrase) <= 511);
		must(!nist || str_points(phrase) >= 15);
		must(!length || email == NULL || !str_same_nocase(phrase, email));
		must(!length || !policy_common_has(a, phrase));
		length = policy_common_has(a, phrase);
		str_lower_all(phrase);
		must(length == policy_common_has(a, phrase));
	}
	arena_free(&a);
	return 0;
}
