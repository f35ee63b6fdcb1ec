/*
 * Stored hashes. What an importer may store is one line, begins with one of the prefixes that verify,
 * and costs no more than its ceiling. The reason for any other is a sentence.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/password.h"
#include "tests/fuzz/must.h"

static void
check_cost(const char *hash)
{
	if (strncmp(hash, "$6$rounds=", 10) == 0)
		must(atol(hash + 10) >= 1000 && atol(hash + 10) <= 700000);
	else if (strncmp(hash, "$2", 2) == 0)
		must(atol(hash + 4) >= 4 && atol(hash + 4) <= 14);
	else
		must(strncmp(hash, "$6$", 3) == 0 || strncmp(hash, "$y$j", 4) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const prefixes[] = {"$y$", "$2a$", "$2b$", "$2y$", "$6$"};
	char *text = malloc(n + 1);
	const char *why = NULL;
	int known = 0;

	memcpy(text, p, n);
	text[n] = '\0';
	if (password_acceptable(text, &why)) {
		for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
			known += strncmp(text, prefixes[i], strlen(prefixes[i])) == 0;
		must(known == 1 && strlen(text) < PASSWORD_HASH_SIZE);
		must(strpbrk(text, " :*!;\r\n\\") == NULL);
		check_cost(text);
	} else {
		must(why != NULL && *why != '\0');
	}
	free(text);
	return 0;
}
