#include <string.h>

#include "lib/arena.h"
#include "lib/str.h"

#include "lib/http.h"

static const char *const methods[] = {
    [METHOD_GET] = "GET",
    [METHOD_HEAD] = "HEAD",
    [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",
    [METHOD_PATCH] = "PATCH",
    [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS",
    [METHOD__MAX] = "UNKNOWN",
};

enum method
http_method(const char *s)
{
	enum method m = METHOD_GET;

	while (m < METHOD__MAX && strcmp(s, methods[m]) != 0)
		m++;
	return m;
}

const char *
http_method_name(enum method m)
{
	return methods[m];
}

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {511, "Network Authentication Required"},
};

const char *
http_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

/* Is s[0..n), without blanks at its end, ${word} (lower case) in any case? */
static bool
is_word(const char *s, size_t n, const char *word)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n != strlen(word))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (str_lower(s[i]) != word[i])
			return false;
	}
	return true;
}

/* RFC 9110 §5.6.6: parameters may be empty ("application/json;"). */
static bool
parameters_fit(const char *s)
{
	while (*s == ';') {
		size_t n;

		s += 1 + strspn(s + 1, " \t");
		n = strcspn(s, ";");
		if (n > 0 && !is_word(s, n, "charset=utf-8") && !is_word(s, n, "charset=\"utf-8\""))
			return false;
		s += n;
	}
	return true;
}

unsigned
http_media(const char *content_type)
{
	size_t n = strcspn(content_type, ";");

	if (!parameters_fit(content_type + n))
		return 0;
	if (is_word(content_type, n, "application/json"))
		return MEDIA_JSON;
	if (is_word(content_type, n, "application/x-www-form-urlencoded"))
		return MEDIA_FORM;
	return 0;
}

/* The bytes of a token (RFC 9110 §5.6.2) at ${s}. */
static size_t
token(const char *s)
{
	return strspn(
	    s, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

const char *
http_media_type(struct arena *a, const char *content_type)
{
	size_t type = token(content_type), n, subtype, rest;
	char *s;

	if (type == 0 || content_type[type] != '/')
		return NULL;
	subtype = token(content_type + type + 1);
	n = type + 1 + subtype;
	if (subtype == 0 || n > HTTP_MEDIA_TYPE_MAX)
		return NULL;
	rest = n + strspn(content_type + n, " \t");
	if (content_type[rest] != '\0' && content_type[rest] != ';')
		return NULL;
	s = arena_strndup(a, content_type, n);
	str_lower_all(s);
	return s;
}
