#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/migrate.h"
#include "lib/openapi.h"
#include "lib/pg.h"
#include "lib/secret.h"
#include "lib/selfcheck.h"

#include "app/api/api.h"
#include "app/config.h"
#include "app/schema.h"
#include "app/services/files.h"
#include "app/services/mail_texts.h"
#include "app/services/mailer.h"
#include "app/store/database.h"

#include "app/commands.h"

#define CONNECT_US (5 * CLOCK_US_PER_S)

int
command_version(struct arena *a, int argc, char **argv)
{
	(void)a, (void)argv;
	if (argc != 0)
		return 2;
	puts("gatehouse " GATEHOUSE_VERSION);
	return EXIT_SUCCESS;
}

int
command_gen_secret(struct arena *a, int argc, char **argv)
{
	unsigned char raw[SECRET_DIGEST_BYTES];
	char text[SECRET_TEXT_SIZE(sizeof(raw))];

	(void)a, (void)argv;
	if (argc != 0)
		return 2;
	secret_random(raw, sizeof(raw));
	secret_encode(raw, sizeof(raw), text);
	puts(text);
	return EXIT_SUCCESS;
}

/* The document of the default prefix: the golden file must not depend on anybody's settings. */
int
command_openapi(struct arena *a, int argc, char **argv)
{
	struct api api = api_with("Gatehouse", "/api/v1");
	struct buf b;
	const char *why;

	(void)argv;
	if (argc != 0)
		return 2;
	if (!selfcheck_api(a, &api, &why)) {
		fprintf(stderr, "gatehouse: %s\n", why);
		return EXIT_FAILURE;
	}
	buf_init(&b, a);
	openapi_render(&b, &api);
	fwrite(b.at, 1, b.bytes, stdout);
	return EXIT_SUCCESS;
}

int
command_routes(struct arena *a, int argc, char **argv)
{
	static const char *const access[] = {
	    [ACCESS_ANYONE] = "anyone", [ACCESS_USER] = "user", [ACCESS_ADMIN] = "admin"};
	struct api api = api_with("Gatehouse", "/api/v1");
	bool all = argc == 1 && strcmp(argv[0], "--all") == 0;

	(void)a;
	if (argc != 0 && !all)
		return 2;
	for (const struct route *r = api.routes; r->path != NULL; r++) {
		if ((r->flags & ROUTE_HIDDEN) != 0 && !all)
			continue;
		printf("%-7s %s%-28s %-7s %s\n", http_method_name(r->method),
		    (r->flags & ROUTE_ROOT) != 0 ? "" : api.prefix, r->path, access[r->access],
		    r->id);
	}
	return EXIT_SUCCESS;
}

static bool
complain(const char *what)
{
	fprintf(stderr, "gatehouse: %s\n", what);
	return false;
}

static bool
check_role(struct arena *a, const struct config *c, struct pg *pg)
{
	/* During a reload the old and the new workers are connected together. */
	int64_t need =
	    2 * (c->read_workers + c->api_workers + c->auth_workers + c->files_workers + 1);
	struct database d;
	const char *why;

	if (database_read(pg, a, &d) != NULL)
		return complain(pg_why(pg));
	if (d.changes_schema)
		fputs("gatehouse: warning: the role of DATABASE_URL may change the schema; "
		      "give it a role of its own\n",
		    stderr);
	if (d.old_vector)
		fputs("gatehouse: warning: pgvector before 0.8.2 has CVE-2026-3172; build no index "
		      "with "
		      "parallel workers (max_parallel_maintenance_workers = 0)\n",
		    stderr);
	why = database_dimensions_fault(a, &d, c->embedding_dimensions);
	if (why == NULL)
		why = database_vector_fault(&d);
	if (why != NULL)
		return complain(why);
	if (d.connections >= need)
		return true;
	return complain(arena_printf(a,
	    "max_connections leaves %" PRId64 "; twice the workers and one are %" PRId64,
	    d.connections, need));
}

static bool
check_database(struct arena *a, const struct config *c)
{
	struct pg *pg = pg_new(c->database_url, "gatehouse-check");
	const char *why = NULL;
	bool good = pg_connect_wait(pg, CONNECT_US) || complain(pg_why(pg));

	good = good && check_role(a, c, pg);
	if (good &&
	    migrate_state(pg, a, schema_migrations, schema_migrations_n, &why) != MIGRATE_CURRENT)
		good = complain(why);
	pg_free(&pg);
	return good;
}

static bool
check_mail(struct arena *a, const struct config *c)
{
	struct mail_texts texts;
	const char *why;

	if (!mailer_check(c, &why) || !mail_texts_load(a, c->mail_templates, &texts, &why))
		return complain(why);
	if (!mail_is_on(c))
		fputs("gatehouse: warning: neither SMTP_HOST nor MAIL_DIR is set: no mail is sent, "
		      "so "
		      "nobody can confirm an address or reset a password\n",
		    stderr);
	else if (*c->smtp_host == '\0')
		fprintf(stderr, "gatehouse: mails are written to MAIL_DIR (%s), not sent\n",
		    c->mail_dir);
	return true;
}

int
command_check_config(struct arena *a, int argc, char **argv)
{
	struct config c;
	const char *why;
	bool good;

	(void)argv;
	if (argc != 0)
		return 2;
	if (!config_load(a, &c, &why) || !config_check(&c, &why)) {
		(void)complain(why);
		return EXIT_FAILURE;
	}
	good =
	    check_mail(a, &c) && (files_check(&c, &why) || complain(why)) && check_database(a, &c);
	if (good)
		puts("good");
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
