/*
 * Identifiers. An accepted address is printable ASCII, at most 254 bytes, with one @, no character
 * that a mail header or an SMTP command gives a meaning, and stays accepted when folded; folding
 * twice is folding once. An accepted user name is no address. An accepted name has no line end.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ident.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

static void
check_fold(const char *text, const char *(*check)(const char *))
{
	char *once = strdup(text), *twice;

	ident_fold(once);
	must(strlen(once) == strlen(text) && str_same_nocase(once, text));
	must((check(once) == NULL) == (check(text) == NULL));
	twice = strdup(once);
	ident_fold(twice);
	must(strcmp(once, twice) == 0);
	must(strpbrk(once, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	free(once);
	free(twice);
}

static void
check_email(const char *text)
{
	const char *at = strchr(text, '@');

	must(at != NULL && at == strrchr(text, '@'));
	must(at - text >= 1 && at - text <= 64 && strlen(text) <= IDENT_EMAIL_MAX);
	must(strpbrk(text, " \t\r\n<>()[],;:\\\"") == NULL && strstr(text, "..") == NULL);
	must(strchr(at, '.') != NULL &&
	    strspn(strrchr(at, '.') + 1, "0123456789") < strlen(strrchr(at, '.') + 1));
	for (const char *p = text; *p != '\0'; p++)
		must(*p > ' ' && *p <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1);

	memcpy(text, p, n);
	text[n] = '\0';
	if (str_utf8(text, strlen(text))) { /* the binder has seen to that */
		if (ident_email(text) == NULL)
			check_email(text);
		if (ident_username(text) == NULL)
			must(ident_email(text) != NULL && strlen(text) >= IDENT_USERNAME_MIN &&
			    strlen(text) <= IDENT_USERNAME_MAX);
		if (ident_name(text) == NULL)
			must(*text != '\0' && strpbrk(text, "\t\r\n\x1b\x7f") == NULL);
		must((ident_uuid(text) == NULL) == str_uuid(text));
		check_fold(text, ident_email);
		check_fold(text, ident_username);
		check_fold(text, ident_name);
		check_fold(text, ident_uuid);
	}
	free(text);
	return 0;
}
