#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

/* What main.c's table calls. Each gets the words after its name; each returns the exit status: 0 done,
 * 1 could not, 2 wrong usage. Sentences for people go to standard error, results to standard output. */

struct arena;
struct service;

struct command {
	const char *name, *usage, *help;
	int (*run)(struct arena *, int argc, char **argv);
};

int command_serve(struct arena *, int argc, char **argv);
int command_migrate(struct arena *, int argc, char **argv);
int command_user(struct arena *, int argc, char **argv);
int command_mail(struct arena *, int argc, char **argv);
int command_check_config(struct arena *, int argc, char **argv);
int command_reconcile(struct arena *, int argc, char **argv);
int command_gen_secret(struct arena *, int argc, char **argv);
int command_openapi(struct arena *, int argc, char **argv);
int command_routes(struct arena *, int argc, char **argv);
int command_version(struct arena *, int argc, char **argv);

/* What command_user.c's table calls: a page or a file of many users, with the database connected. */
int command_import(struct service *, int argc, char **argv);
int command_export(struct service *, int argc, char **argv);

#endif
