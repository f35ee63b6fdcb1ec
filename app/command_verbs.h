#ifndef APP_COMMAND_VERBS_H
#define APP_COMMAND_VERBS_H

/* Commands of several verbs that work on the database, as a service does. */

#include "app/request.h"

struct arena;

struct command_verb {
	const char *name;
	int (*run)(struct service *, int argc, char **argv);
};

/* command_verbs_fail(why): a sentence for people; the exit status 1. */
int command_verbs_fail(const char *why);

/* command_verbs_fail_on(what, why): the same about a file. */
int command_verbs_fail_on(const char *what, const char *why);

/* command_verbs_run(a, argc, argv, verbs, pool): the verb that the first word names, with the settings
 * loaded, the database connected and what ${pool} has besides. ${verbs} ends with name == NULL. */
int command_verbs_run(
    struct arena *, int argc, char **argv, const struct command_verb *verbs, enum pool);

#endif
