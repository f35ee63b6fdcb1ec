#ifndef APP_LIMITS_H
#define APP_LIMITS_H

/* RATE_LIMITS: what the limits are here. */

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct limit;

enum { LIMITS_MAX = 16 };

/* Of each of limits_all, in its order. */
struct limits {
	bool off;
	struct limits_rule {
		int64_t count, seconds;
	} rules[LIMITS_MAX];
};

/*
 * limits_parse(a, text, limits, &why): "off", or "operation=count/seconds,…" for those that shall
 * differ; "" leaves all as they are. False with what is wrong, to be read after the setting's name.
 */
bool limits_parse(struct arena *, const char *text, struct limits *, const char **why_r)
    __attribute__((warn_unused_result));

/* limits_rule(limits, limit): its numbers here. */
const struct limits_rule *limits_rule(const struct limits *, const struct limit *);

#endif
