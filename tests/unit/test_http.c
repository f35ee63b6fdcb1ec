#include <criterion/criterion.h>

#include "lib/http.h"

#define N(x) (sizeof(x) / sizeof((x)[0]))

Test(http, knows_methods_by_their_exact_name)
{
	static const char *const bad[] = {
	    "", "get", "Get", "GETS", "GE", "TRACE", "CONNECT", "UNKNOWN", " GET"};

	for (enum method m = METHOD_GET; m < METHOD__MAX; m++)
		cr_assert_eq(http_method(http_method_name(m)), m, "method %d", (int)m);
	cr_assert_str_eq(http_method_name(METHOD_PATCH), "PATCH");
	for (size_t i = 0; i < N(bad); i++)
		cr_assert_eq(http_method(bad[i]), METHOD__MAX, "bad %zu", i);
}

Test(http, has_a_phrase_for_every_status)
{
	static const struct {
		int status;
		const char *reason;
	} cases[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {416, "Range Not Satisfiable"},
	    {422, "Unprocessable Content"},
	    {429, "Too Many Requests"},
	    {503, "Service Unavailable"},
	    {299, "Unknown"},
	    {0, "Unknown"},
	};

	for (size_t i = 0; i < N(cases); i++)
		cr_assert_str_eq(http_reason(cases[i].status), cases[i].reason, "case %zu", i);
}

Test(http, knows_media_types)
{
	static const struct {
		const char *type;
		unsigned media;
	} cases[] = {
	    {"application/json", MEDIA_JSON},
	    {"Application/JSON", MEDIA_JSON},
	    {"application/json;", MEDIA_JSON},
	    {"application/json; charset=utf-8", MEDIA_JSON},
	    {"application/json;charset=UTF-8", MEDIA_JSON},
	    {"application/json ; charset=\"utf-8\" ;", MEDIA_JSON},
	    {"application/x-www-form-urlencoded", MEDIA_FORM},
	    {"application/x-www-form-urlencoded; charset=utf-8", MEDIA_FORM},
	    {"", 0},
	    {";", 0},
	    {"application/jsonx", 0},
	    {"application/jso", 0},
	    {" application/json", 0},
	    {"application/json, text/plain", 0},
	    {"application/json; charset=latin1", 0},
	    {"application/json; charset=utf-8; charset=utf-7", 0},
	    {"application/json; boundary=x", 0},
	    {"application/problem+json", 0},
	    {"text/json", 0},
	    {"multipart/form-data; boundary=x", 0},
	};

	for (size_t i = 0; i < N(cases); i++)
		cr_assert_eq(http_media(cases[i].type), cases[i].media, "case %zu", i);
}
