#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/ident.h"
#include "lib/str.h"

#include "app/api/errors.h"
#include "app/command_verbs.h"
#include "app/services/account.h"
#include "app/services/administration.h"
#include "app/services/directory.h"
#include "app/services/passwords.h"
#include "app/services/service.h"

#include "app/commands.h"

enum { PASSWORD_LINE = 1024, LIST_SIZE = 100 };

static int
status_of(const struct error *e)
{
	return e == NULL ? EXIT_SUCCESS : command_verbs_fail(e->detail);
}

/* One line, without echo where a person types it. NULL at the end of input. */
static const char *
password_read(struct arena *a)
{
	char *line = arena_alloc(a, PASSWORD_LINE);
	struct termios shown, hidden;
	bool person = tcgetattr(STDIN_FILENO, &shown) == 0;
	const char *got;

	if (person) {
		fputs("Password: ", stderr);
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG); /* a Ctrl-C would leave it hidden */
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden); /* worst case: it is seen */
	}
	(void)setvbuf(stdin, NULL, _IONBF, 0); /* no second copy in a buffer of stdio */
	got = fgets(line, PASSWORD_LINE, stdin);
	if (person) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	line[strcspn(line, "\r\n")] = '\0';
	return got;
}

/* What the field rows check for HTTP, checked here for the same values from a shell. */
static const char *
registration_fault(const struct registration *r)
{
	const char *why = r->email == NULL ? NULL : ident_email(r->email);

	if (why == NULL && r->username != NULL)
		why = ident_username(r->username);
	if (why == NULL && r->full_name != NULL)
		why = str_utf8(r->full_name, strlen(r->full_name)) ? ident_name(r->full_name)
								   : "the name is not UTF-8";
	if (why == NULL && r->email != NULL &&
	    (r->password.s == NULL || !str_utf8(r->password.s, strlen(r->password.s))))
		why = "no password in UTF-8 was given";
	return why;
}

static int
create(struct service *s, int argc, char **argv)
{
	struct registration r = {.email = NULL};
	struct user made;
	const char *weak = NULL, *why, *secret;
	const struct error *e;
	bool with_secret = false;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--admin") == 0)
			r.is_admin = true;
		else if (strcmp(argv[i], "--username") == 0 && i + 1 < argc)
			r.username = argv[++i];
		else if (strcmp(argv[i], "--secret") == 0)
			with_secret = true;
		else if (strcmp(argv[i], "--name") == 0 && i + 1 < argc)
			r.full_name = argv[++i];
		else if (argv[i][0] != '-' && r.email == NULL)
			r.email = argv[i];
		else
			return 2;
	}
	if (with_secret ? r.email != NULL || r.username == NULL : r.email == NULL)
		return 2;
	r.is_verified = r.email != NULL;
	if (!with_secret)
		r.password.s = password_read(s->arena);
	why = registration_fault(&r);
	if (why != NULL)
		return command_verbs_fail(why);
	e = account_register(s, &r, &made, &secret, &weak);
	if (e != NULL)
		return command_verbs_fail(weak != NULL ? weak : e->detail);
	printf("%s\n", made.id);
	if (secret != NULL)
		printf("%s\n", secret);
	return EXIT_SUCCESS;
}

static int
set_password(struct service *s, int argc, char **argv)
{
	struct user user;
	const char *weak = NULL;
	struct secret password;
	const struct error *e;

	if (argc != 1)
		return 2;
	e = directory_find(s, argv[0], &user);
	if (e != NULL)
		return status_of(e);
	password.s = password_read(s->arena);
	if (password.s == NULL || !str_utf8(password.s, strlen(password.s)))
		return command_verbs_fail("no password in UTF-8 was given");
	e = passwords_set(s, &user, password, &weak);
	return weak != NULL ? command_verbs_fail(weak) : status_of(e);
}

static int
change(struct service *s, const char *name, const struct changes *want)
{
	struct user user, changed;
	bool nameless;
	const struct error *e = directory_find(s, name, &user);

	if (e == NULL)
		e = administration_change(
		    s, &(struct target){.id = user.id}, want, &changed, &nameless);
	return status_of(e);
}

static int
activate(struct service *s, int argc, char **argv)
{
	static const bool active = true;

	return argc != 1 ? 2 : change(s, argv[0], &(struct changes){.is_active = &active});
}

static int
deactivate(struct service *s, int argc, char **argv)
{
	static const bool active = false;

	return argc != 1 ? 2 : change(s, argv[0], &(struct changes){.is_active = &active});
}

static int
unlock(struct service *s, int argc, char **argv)
{
	struct user user;
	const struct error *e;

	if (argc != 1)
		return 2;
	e = directory_find(s, argv[0], &user);
	if (e == NULL)
		e = administration_unlock(s, user.id, &user);
	return status_of(e);
}

static int
set_role(struct service *s, int argc, char **argv)
{
	if (argc != 2 || (strcmp(argv[1], "user") != 0 && strcmp(argv[1], "admin") != 0))
		return 2;
	return change(s, argv[0], &(struct changes){.role = argv[1]});
}

static int delete (struct service *s, int argc, char **argv)
{
	struct user user;
	const struct error *e;

	if (argc != 1)
		return 2;
	e = directory_find(s, argv[0], &user);
	if (e == NULL)
		e = administration_delete(s, &(struct target){.id = user.id});
	return status_of(e);
}

static int
list(struct service *s, int argc, char **argv)
{
	static const struct user_filter all = {
	    .created_after_us = INSTANT_NONE, .created_before_us = INSTANT_NONE};
	struct page_ask ask = {.size = LIST_SIZE, .count = PAGE_COUNT_NONE};
	struct page_got got;
	struct user *users;
	int64_t page = 1;
	const struct error *e;

	if (argc > 1 || (argc == 1 && !str_int(argv[0], 1, PAGE_REACH / LIST_SIZE, &page)))
		return 2;
	ask.skip = (page - 1) * LIST_SIZE;
	e = directory_page(s, &all, &ask, &users, &got);
	if (e != NULL)
		return status_of(e);
	for (size_t i = 0; i < got.n; i++)
		printf("%s %-5s %-8s %s\n", users[i].id, users[i].role,
		    users[i].is_active ? "active" : "inactive",
		    users[i].email != NULL ? users[i].email : users[i].username);
	if (got.more)
		fprintf(stderr, "gatehouse user list %" PRId64 " shows the next page\n", page + 1);
	return EXIT_SUCCESS;
}

static const struct command_verb verbs[] = {{"create", create}, {"set-password", set_password},
    {"set-role", set_role}, {"activate", activate}, {"deactivate", deactivate}, {"unlock", unlock},
    {"delete", delete}, {"list", list}, {"import", command_import}, {"export", command_export},
    {NULL, NULL}};

int
command_user(struct arena *a, int argc, char **argv)
{
	return command_verbs_run(a, argc, argv, verbs, POOL_AUTH);
}
