#include <string.h>

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

const char *
http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {204, "No Content"},
	    {304, "Not Modified"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {409, "Conflict"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {415, "Unsupported Media Type"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {500, "Internal Server Error"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

/* The media type proper: up to a semicolon, trailing blanks cut. */
static bool
type_is(const char *s, size_t n, const char *type)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n != strlen(type))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (str_lower(s[i]) != type[i])
			return false;
	}
	return true;
}

unsigned
http_media(const char *content_type)
{
	size_t n = strcspn(content_type, ";");
	const char *parameter = content_type + n;

	if (*parameter == ';') {
		parameter += 1 + strspn(parameter + 1, " \t");
		if (*parameter != '\0' && !str_same_nocase(parameter, "charset=utf-8") &&
		    !str_same_nocase(parameter, "charset=\"utf-8\""))
			return 0;
	}
	if (type_is(content_type, n, "application/json"))
		return MEDIA_JSON;
	if (type_is(content_type, n, "application/x-www-form-urlencoded"))
		return MEDIA_FORM;
	return 0;
}
