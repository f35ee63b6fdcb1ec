#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/str.h"

#include "lib/ident.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* atext of RFC 5322 §3.2.3: what a dot-atom is made of. */
static const char atext[] = LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~";

static bool
is_dot_atom(const char *s, size_t n)
{
	size_t atom = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && atom > 0)
			atom = 0;
		else if (s[i] != '.' && strchr(atext, s[i]) != NULL)
			atom++;
		else
			return false;
	}
	return atom > 0;
}

/* The label at *at, moved past it; NULL when it is fine. */
static const char *
label_fault(const char **at, bool *is_number_r)
{
	const char *label = *at;
	size_t n = strspn(label, LETTERS DIGITS "-");

	*at = label + n;
	*is_number_r = strspn(label, DIGITS) == n;
	if (n == 0)
		return **at == '\0' || **at == '.'
		    ? "the domain has an empty label"
		    : "the domain has a character that no host name has";
	if (n > LABEL_MAX)
		return "a label of the domain is over 63 characters";
	if (label[0] == '-' || label[n - 1] == '-')
		return "a label of the domain begins or ends with a hyphen";
	if (**at != '\0' && **at != '.')
		return "the domain has a character that no host name has";
	return NULL;
}

static const char *
domain_fault(const char *domain)
{
	const char *at = domain, *why;
	bool is_number;

	for (;;) {
		why = label_fault(&at, &is_number);
		if (why != NULL)
			return why;
		if (*at == '\0')
			break;
		at++;
	}
	if (strchr(domain, '.') == NULL)
		return "the domain has no dot";
	if (is_number)
		return "the domain ends in a number"; /* 192.0.2.1 is an address */
	return NULL;
}

const char *
ident_email(const char *s)
{
	const char *at = strchr(s, '@');

	for (const char *p = s; *p != '\0'; p++) {
		if ((unsigned char)*p > 0x7e || *p <= ' ')
			return "only printable ASCII without blanks is allowed";
	}
	if (strlen(s) > IDENT_EMAIL_MAX)
		return "it is over 254 characters";
	if (at == NULL || strchr(at + 1, '@') != NULL)
		return "there must be exactly one @";
	if (at == s)
		return "nothing stands before the @";
	if (at - s > LOCAL_MAX)
		return "over 64 characters stand before the @";
	if (!is_dot_atom(s, (size_t)(at - s)))
		return "the part before the @ is not made of words joined by single dots";
	/* "=?utf-8?q?eve=40evil.example=3e?=@b.c" is a dot-atom, and there are mail servers that decode it and
	 * deliver to whoever stands in it. RFC 2047 §5 allows no encoded word in an address. */
	if (memmem(s, (size_t)(at - s), "=?", 2) != NULL)
		return "encoded words are not allowed";
	return domain_fault(at + 1);
}

/* Names that a path, a mail or a reader would take for the service itself. */
static bool
is_reserved(const char *s)
{
	static const char *const reserved[] = {"about", "abuse", "account", "accounts", "activate",
	    "admin", "administrator", "admins", "anonymous", "anyone", "api", "audit", "auth",
	    "batch", "bulk", "config", "content", "daemon", "deactivate", "delete", "docs",
	    "documents", "everyone", "files", "gatehouse", "guest", "health", "help", "hostmaster",
	    "info", "login", "logout", "mail", "mailer-daemon", "me", "metrics", "moderator",
	    "no-reply", "nobody", "none", "noreply", "null", "openapi", "operator", "owner",
	    "password", "postmaster", "public", "refresh", "register", "reset", "reset-password",
	    "root", "search", "secret", "security", "self", "service", "sessions", "settings",
	    "signin", "signout", "signup", "staff", "static", "stats", "status", "sudo",
	    "superadmin", "superuser", "support", "sysadmin", "system", "token", "undefined",
	    "unknown", "unlock", "user", "users", "verify", "verify-email", "webmaster", "www"};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (str_same_nocase(s, reserved[i]))
			return true;
	}
	return false;
}

const char *
ident_username(const char *s)
{
	size_t n = strlen(s);

	if (n < IDENT_USERNAME_MIN || n > IDENT_USERNAME_MAX)
		return "it must have 3 to 50 characters";
	if (strspn(s, LETTERS DIGITS "._-") != n)
		return "only A-Z, a-z, 0-9, dot, underscore and hyphen are allowed";
	if (strchr("._-", s[0]) != NULL)
		return "it must begin with a letter or a digit";
	if (is_reserved(s))
		return "this name is reserved";
	return NULL;
}

struct range {
	uint32_t first, last;
};

static bool
is_in(uint32_t point, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	}
	return false;
}

#define IS_IN(point, ranges) is_in(point, ranges, sizeof(ranges) / sizeof((ranges)[0]))

/* What changes the lines or the direction of the text around a name, or is no character at all. */
static bool
is_unfit(uint32_t point)
{
	static const struct range unfit[] = {
	    {0x00, 0x1f},   /* C0 */
	    {0x7f, 0x9f},   /* DEL, C1 */
	    {0x61c, 0x61c}, /* Bidi_Control: ALM, LRM, RLM, embeddings and overrides, isolates */
	    {0x200e, 0x200f}, {0x2028, 0x202e}, /* with the line and paragraph separators */
	    {0x2066, 0x206f},                   /* with the deprecated format characters */
	    {0xfdd0, 0xfdef},                   /* noncharacters */
	};

	return IS_IN(point, unfit) || (point & 0xfffe) == 0xfffe;
}

/* What shows nothing: spaces, joiners, fillers, variation selectors, tags. */
static bool
is_blank(uint32_t point)
{
	static const struct range blank[] = {{0x20, 0x20}, {0xa0, 0xa0}, {0xad, 0xad},
	    {0x34f, 0x34f}, {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
	    {0x2000, 0x200d}, {0x202f, 0x202f}, {0x205f, 0x2065}, {0x2800, 0x2800},
	    {0x3000, 0x3000}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
	    {0xffa0, 0xffa0}, {0xe0000, 0xe0fff}};

	return IS_IN(point, blank);
}

const char *
ident_name(const char *s)
{
	bool shows = false;

	while (*s != '\0') {
		uint32_t point = str_next(&s);

		if (is_unfit(point))
			return "control and text direction characters are not allowed";
		shows |= !is_blank(point);
	}
	return shows ? NULL : "it must not be blank";
}

const char *
ident_uuid(const char *s)
{
	return str_uuid(s) ? NULL : "it is not a UUID";
}

void
ident_fold(char *s)
{
	str_lower_all(s);
}

const char *
ident_key(struct arena *a, const char *s)
{
	char *key = s == NULL ? NULL : arena_strdup(a, s);

	if (key != NULL)
		ident_fold(key);
	return key;
}
