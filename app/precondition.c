#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/api/errors.h"
#include "app/request.h"

#include "app/precondition.h"

bool
precondition_holds(const char *if_match, int64_t version)
{
	char tag[32];
	size_t n = (size_t)snprintf(tag, sizeof(tag), "\"%" PRId64 "\"", version);

	if (*if_match == '\0' || strcmp(if_match, "*") == 0)
		return true;
	/* Our tags hold no comma: items can be cut at commas. W/"5" is weak and never matches. */
	while (*if_match != '\0') {
		size_t item;

		if_match += strspn(if_match, ", \t");
		item = strcspn(if_match, ", \t");
		if (item == n && memcmp(if_match, tag, n) == 0)
			return true;
		if_match += item;
	}
	return false;
}

const struct error *
precondition(const struct request *rq, int64_t version, int64_t *if_version_r)
{
	const char *if_match = rq->turn->http.if_match;

	*if_version_r = *if_match != '\0' && strcmp(if_match, "*") != 0 ? version : 0;
	return precondition_holds(if_match, version) ? NULL : &err_precondition;
}
