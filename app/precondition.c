#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/str.h"

#include "app/api/errors.h"
#include "app/request.h"

#include "app/precondition.h"

/* Our tags hold no comma: items can be cut at commas. ${weak}: W/"5" is "5" (RFC 9110 §8.8.3.2). */
static bool
lists(const char *tags, int64_t version, bool weak)
{
	char tag[32];
	size_t n = (size_t)snprintf(tag, sizeof(tag), "\"%" PRId64 "\"", version);

	while (*tags != '\0') {
		size_t item;

		tags += strspn(tags, ", \t");
		if (weak && str_starts(tags, "W/"))
			tags += 2;
		item = strcspn(tags, ", \t");
		if (item == n && memcmp(tags, tag, n) == 0)
			return true;
		tags += item;
	}
	return false;
}

bool
precondition_holds(const char *if_match, int64_t version)
{
	return *if_match == '\0' || strcmp(if_match, "*") == 0 || lists(if_match, version, false);
}

bool
precondition_allows(const struct http_request *http, bool exists, int64_t version)
{
	const char *none = http->if_none_match;

	if (*http->if_match != '\0' && !(exists && precondition_holds(http->if_match, version)))
		return false;
	return !exists ||
	    (strcmp(none, "*") != 0 && !lists(none, version, true)); /* "" lists nothing */
}

const struct error *
precondition(const struct request *rq, int64_t version, int64_t *if_version_r)
{
	const char *if_match = rq->turn->http.if_match;

	*if_version_r = *if_match != '\0' && strcmp(if_match, "*") != 0 ? version : 0;
	return precondition_holds(if_match, version) ? NULL : &err_precondition;
}
