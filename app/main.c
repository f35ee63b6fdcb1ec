#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"

#include "app/commands.h"
#include "app/config.h"

static const struct command commands[] = {
    {"serve", "serve",
	"Run the workers until SIGTERM; SIGHUP replaces them without losing a request.",
	command_serve},
    {"migrate", "migrate up|down|status [--check]",
	"Bring the database's schema to this program's, undo the newest step, or tell how it "
	"stands\n"
	"(--check: exit status 1 when something is pending).",
	command_migrate},
    {"user",
	"user create EMAIL [--admin] [--username NAME] [--name FULL NAME]\n"
	"       gatehouse user create --secret --username NAME [--admin] [--name FULL NAME]\n"
	"       gatehouse user set-password|activate|deactivate|unlock|delete EMAIL|USERNAME\n"
	"       gatehouse user set-role EMAIL|USERNAME user|admin\n"
	"       gatehouse user list [PAGE]\n"
	"       gatehouse user import [--dry-run] [--errors FILE] FILE|-\n"
	"       gatehouse user export [--with-hashes] [FILE|-]",
	"Make, change and list users; move many in and out.\n\n"
	"Passwords are asked for, or read as one line from standard input; never from the command "
	"line.\n\n"
	"import and export: one JSON object a line. Members: id, email, username, full_name, "
	"role,\n"
	"is_active, is_verified, created_at, and password (plain, hashed here: 40 ms each) or\n"
	"password_hash ($y$, $2a$, $2b$, $2y$, $6$: as another system stored it). One of email "
	"and\n"
	"username must be there. Every 1000 lines are one transaction, and who is there already "
	"stays\n"
	"untouched: an import that was interrupted is taken up by running it again. Each refused "
	"line\n"
	"is told with its reason (--errors: in FILE); the exit status is 1 when there was one.\n"
	"--dry-run writes nothing; two lines for one user it sees only within the same 1000.\n"
	"An export without --with-hashes holds no secret; FILE must be new, and is its owner's "
	"alone.",
	command_user},
    {"mail",
	"mail list [queued|sent|parked]\n"
	"       gatehouse mail retry ID\n"
	"       gatehouse mail templates FOLDER",
	"What is sent to people and how far it got; try one again now.\n"
	"templates writes the built-in texts into FOLDER, to be changed there and named by "
	"MAIL_TEMPLATES.",
	command_mail},
    {"check-config", "check-config", "Check the settings and the database they lead to.",
	command_check_config},
    {"reconcile", "reconcile [--fix]",
	"Compare the kept counts of documents with the documents, and the indexes that searches "
	"have\n"
	"with the owners who are to have one, as the owner of the tables. Each difference is a "
	"line;\n"
	"the exit status is 1 when there was one that was not put right. --fix makes and drops "
	"indexes\n"
	"while the service goes on: a minute for 100 000 documents.",
	command_reconcile},
    {"gen-secret", "gen-secret", "Print a SECRET_KEY of 256 random bits.", command_gen_secret},
    {"openapi", "openapi", "Print the OpenAPI document.", command_openapi},
    {"routes", "routes [--all]", "Print method, path, access and operationId of every route.",
	command_routes},
    {"version", "version", "Print the version.", command_version},
    {NULL, NULL, NULL, NULL},
};

static int
help(FILE *out)
{
	fputs("usage: gatehouse COMMAND [ARGUMENTS]\n\n", out);
	for (const struct command *c = commands; c->name != NULL; c++)
		fprintf(out, "  %-14s %.*s\n", c->name, (int)strcspn(c->help, "\n"), c->help);
	fputs("\ngatehouse COMMAND --help tells more. Settings come from the environment or from "
	      ".env:\n\n",
	    out);
	config_help(out);
	return out == stdout ? EXIT_SUCCESS : 2;
}

static int
run(const struct command *c, int argc, char **argv)
{
	struct arena *a;
	int status;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0)
			continue;
		printf("usage: gatehouse %s\n\n%s\n", c->usage, c->help);
		return EXIT_SUCCESS;
	}
	a = arena_new();
	status = c->run(a, argc, argv);
	if (status == 2)
		fprintf(stderr, "usage: gatehouse %s\n", c->usage);
	arena_free(&a);
	/* A key on a full disk is no key. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("gatehouse: standard output");
		return EXIT_FAILURE;
	}
	return status;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help(stdout);
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (strcmp(argv[1], c->name) == 0)
			return run(c, argc - 2, argv + 2);
	}
	fprintf(stderr, "gatehouse: no command \"%s\"\n", argv[1]);
	return help(stderr);
}
