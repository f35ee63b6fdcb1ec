#include <assert.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/str.h"

#include "app/api/limits.h"

#include "app/limits.h"

static_assert((int)LIMITS_N <= (int)LIMITS_MAX, "room for the numbers of all limits");

/* A month is longer than anybody waits, and counters of a million are none. */
enum { COUNT_MAX = 1000000, SECONDS_MAX = 31 * 24 * 60 * 60 };

static size_t
find(const char *operation)
{
	size_t i = 0;

	while (limits_all[i] != NULL && strcmp(limits_all[i]->operation, operation) != 0)
		i++;
	return i;
}

static const char *
unknown(struct arena *a, const char *operation)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "knows no operation \"%s\", but", operation);
	for (size_t i = 0; limits_all[i] != NULL; i++)
		buf_printf(&b, "%s %s", i == 0 ? "" : ",", limits_all[i]->operation);
	return b.at;
}

/* One "operation=count/seconds"; NULL, or what is wrong with it. */
static const char *
take(struct arena *a, char *item, struct limits *limits, bool given[LIMITS_N])
{
	char *count = strchr(item, '='), *seconds = strchr(item, '/');
	struct limits_rule rule;
	size_t i;

	if (count == NULL || seconds == NULL || seconds < count)
		return arena_printf(
		    a, "must be off or operation=count/seconds,…, not \"%s\"", item);
	*count++ = *seconds++ = '\0';
	i = find(item);
	if (limits_all[i] == NULL)
		return unknown(a, item);
	if (given[i])
		return arena_printf(a, "says %s twice", item);
	if (!str_int(count, 1, COUNT_MAX, &rule.count))
		return arena_printf(a, "needs a count from 1 to %d for %s", COUNT_MAX, item);
	if (!str_int(seconds, 1, SECONDS_MAX, &rule.seconds))
		return arena_printf(a, "needs seconds from 1 to %d for %s", SECONDS_MAX, item);
	limits->rules[i] = rule;
	given[i] = true;
	return NULL;
}

bool
limits_parse(struct arena *a, const char *text, struct limits *limits, const char **why_r)
{
	char *rest = arena_strdup(a, text), *item;
	bool given[LIMITS_N] = {false};

	*limits = (struct limits){.off = strcmp(text, "off") == 0};
	for (size_t i = 0; i < LIMITS_N; i++)
		limits->rules[i] =
		    (struct limits_rule){limits_all[i]->count, limits_all[i]->seconds};
	if (limits->off || *text == '\0')
		return true;
	*why_r = NULL;
	while (*why_r == NULL && (item = strsep(&rest, ",")) != NULL)
		*why_r = take(a, item, limits, given);
	return *why_r == NULL;
}

const struct limits_rule *
limits_rule(const struct limits *limits, const struct limit *limit)
{
	size_t i = find(limit->operation);

	assert(i < LIMITS_N);
	return &limits->rules[i];
}
