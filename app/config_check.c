#include <string.h>

#include "lib/ident.h"
#include "lib/password.h"
#include "lib/str.h"

#include "app/config.h"

/* Settings that are well-formed and yet may not go into service. */

static bool
refuse(const char **why_r, const char *sentence)
{
	*why_r = sentence;
	return false;
}

/* These end up in headers, between quotes, and in every token. */
static bool
header_safe(const char *s, size_t most)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		if (s[i] < ' ' || s[i] > '~' || strchr("\"\\<>", s[i]) != NULL)
			return false;
	}
	return n > 0 && n <= most;
}

/* "https://host[:port]", or nothing a browser would ever send. */
static bool
origins_good(const char *list)
{
	for (list += strspn(list, ", "); *list != '\0'; list += strspn(list, ", ")) {
		size_t n = strcspn(list, ", "), host = str_starts(list, "https://") ? 8 : 7;

		if (!str_starts(list, "https://") && !str_starts(list, "http://"))
			return false;
		if (n <= host || strcspn(list + host, "/?#*\"\\") < n - host)
			return false;
		list += n;
	}
	return true;
}

/* What paths of ours, and a fragment, can be put behind. */
static bool
url_good(const char *url)
{
	const char *host = url + (str_starts(url, "https://") ? 8 : 7);

	return *host != '\0' && *host != '/' && strpbrk(url, " ?#") == NULL &&
	    url[strlen(url) - 1] != '/';
}

static bool
words_good(const struct config *c, const char **why_r)
{
	size_t n = strlen(c->prefix);

	if (c->prefix[0] != '/' || c->prefix[n - 1] == '/')
		return refuse(why_r, "API_V1_PREFIX must begin with a slash and not end with one");
	if (strspn(c->prefix,
		"/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") != n)
		return refuse(
		    why_r, "API_V1_PREFIX may hold letters, digits, '-', '.', '_' and '/'");
	if (!str_starts(c->public_url, "http://") && !str_starts(c->public_url, "https://"))
		return refuse(why_r, "PUBLIC_URL must begin with http:// or https://");
	if (!header_safe(c->public_url, 128))
		return refuse(why_r, "PUBLIC_URL must be at most 128 characters of plain ASCII");
	if (!url_good(c->public_url))
		return refuse(why_r,
		    "PUBLIC_URL must name a host, have no blank, query or fragment, and not end "
		    "with a slash");
	if (!header_safe(c->app_name, 64))
		return refuse(why_r, "APP_NAME must be 1 to 64 characters of ASCII without quotes");
	if (!origins_good(c->cors_origins))
		return refuse(
		    why_r, "CORS_ORIGINS must be origins such as https://app.example.org");
	return true;
}

static bool
weak_key(const char *key, const char **why_r)
{
	static const char *const placeholders[] = {
	    "your-super-secret-key", "your-secret-key", "change", "placeholder", "example"};
	bool uniform = true;

	*why_r = "SECRET_KEY is shorter than 32 bytes; gatehouse gen-secret makes one";
	if (strlen(key) < 32)
		return true;
	for (const char *p = key; *p != '\0'; p++)
		uniform = uniform && *p == *key;
	*why_r = "SECRET_KEY is one character repeated; gatehouse gen-secret makes one";
	if (uniform)
		return true;
	*why_r = "SECRET_KEY is a placeholder; gatehouse gen-secret makes one";
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (strcasestr(key, placeholders[i]) != NULL)
			return true;
	}
	return false;
}

/* The operator's own choice of password, but one that can be hashed whole. */
static bool
first_superuser_good(const struct config *c, const char **why_r)
{
	size_t most = strcmp(c->password_scheme, "bcrypt") == 0 ? PASSWORD_BCRYPT_BYTES_MAX
								: PASSWORD_BYTES_MAX;
	size_t n = strlen(c->first_superuser_password);

	*why_r = "FIRST_SUPERUSER is not an e-mail address";
	if (ident_email(c->first_superuser) != NULL)
		return false;
	*why_r = "FIRST_SUPERUSER_PASSWORD must have 8 to 511 bytes (72 for bcrypt) of UTF-8";
	return n >= 8 && n <= most && str_utf8(c->first_superuser_password, n);
}

static bool
host_good(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
	    strlen(s);
}

static bool
mail_good(const struct config *c, const char **why_r)
{
	bool smtp = *c->smtp_host != '\0';

	if (!host_good(c->smtp_host))
		return refuse(why_r, "SMTP_HOST must be a host name or an IPv4 address");
	if (smtp && *c->mail_from == '\0')
		return refuse(why_r, "EMAILS_FROM_EMAIL is needed with SMTP_HOST");
	if (ident_email(c->mail_from) != NULL)
		return refuse(why_r, "EMAILS_FROM_EMAIL is not an e-mail address");
	if (!str_utf8(c->mail_from_name, strlen(c->mail_from_name)) ||
	    ident_name(c->mail_from_name) != NULL || strlen(c->mail_from_name) > 128)
		return refuse(why_r, "EMAILS_FROM_NAME must be at most 128 bytes of one line");
	if ((*c->smtp_user == '\0') != (*c->smtp_password == '\0'))
		return refuse(why_r, "SMTP_USER and SMTP_PASSWORD go together");
	if (*c->smtp_user != '\0' && strcmp(c->smtp_tls, "none") == 0 && !c->debug)
		return refuse(why_r, "SMTP_TLS=none would send SMTP_PASSWORD in the clear");
	if (c->require_verified && ((!smtp && *c->mail_dir == '\0') || !c->send_verification))
		return refuse(why_r,
		    "REQUIRE_VERIFIED_EMAIL needs SMTP_HOST or MAIL_DIR, and "
		    "SEND_VERIFICATION_EMAILS");
	return true;
}

bool
config_check(const struct config *c, const char **why_r)
{
	if (!words_good(c, why_r) || !mail_good(c, why_r) || weak_key(c->secret_key, why_r))
		return false;
	if (*c->secret_key_previous != '\0' && strlen(c->secret_key_previous) < 32)
		return refuse(why_r, "SECRET_KEY_PREVIOUS is shorter than 32 bytes");
	if (!c->debug && (c->yescrypt_cost < 5 || c->bcrypt_cost < 10))
		return refuse(
		    why_r, "YESCRYPT_COST under 5 or BCRYPT_COST under 10 is only for DEBUG");
	/* Longer than a disk is waited for, and than the database lets a transaction stand still. */
	if (!c->debug && c->files_grace_s < 300)
		return refuse(why_r, "FILES_GRACE_SECONDS under 300 is only for DEBUG");
	if (*c->first_superuser != '\0' && !first_superuser_good(c, why_r))
		return false;
	if (c->session_days < c->refresh_days)
		return refuse(why_r, "SESSION_MAX_DAYS is less than REFRESH_TOKEN_EXPIRE_DAYS");
	return true;
}
