/* The audit log only grows (AZ-13), stands or falls with the act (AZ-12), and is read along an index. */

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/migrate.h"
#include "lib/model.h"
#include "lib/pg.h"

#include "app/schema.h"
#include "app/services/service.h"
#include "app/store/audit.h"
#include "app/store/store.h"
#include "app/store/user_admin.h"

#include "tests/db/scratch.h"

enum { ENTRIES = 20000 };

static struct pg *owner, *app;
static struct arena *a;
static const char *role;

/* The application's role with the grants it has everywhere. */
static const char *
grants(void)
{
	const char *rest = schema_grants, *at;
	struct buf b;

	buf_init(&b, a);
	for (; (at = strstr(rest, ":app")) != NULL; rest = at + strlen(":app")) {
		buf_add(&b, rest, (size_t)(at - rest));
		buf_puts(&b, role);
	}
	buf_puts(&b, rest);
	return b.at;
}

static void
script(struct pg *pg, const char *sql)
{
	cr_assert_eq(pg_script(pg, sql), PG_OK, "%s: %s", sql, pg_why(pg));
}

static void
setup(void)
{
	const char *why;
	int applied;

	owner = scratch_open();
	a = arena_new();
	role = arena_printf(a, "scratch_app_%d", (int)getpid());
	script(owner, arena_printf(a, "CREATE ROLE %s LOGIN", role));
	cr_assert(
	    migrate_up(owner, a, schema_migrations, schema_migrations_n, grants(), &applied, &why),
	    "%s", why);
	app = scratch_connect(arena_printf(a, "%s&user=%s", scratch_url(), role));
}

static void
teardown(void)
{
	struct pg *cluster;

	pg_free(&app);
	script(owner, arena_printf(a, "DROP OWNED BY %s", role));
	scratch_close(&owner);
	cluster = scratch_connect(getenv("TEST_DATABASE_URL"));
	script(cluster, arena_printf(a, "DROP ROLE %s", role));
	pg_free(&cluster);
	arena_free(&a);
}

TestSuite(audit, .init = setup, .fini = teardown, .timeout = 90);

#define ACTOR "00000000-0000-4000-8000-00000000000a"

static struct service
service_of(struct pg *pg)
{
	return (struct service){.arena = a, .pg = pg, .actor_id = ACTOR, .client_ip = "192.0.2.7"};
}

static const struct error *
audited(struct service *s, const char *target)
{
	return service_audit(s,
	    &(struct act){.action = "user.deactivate",
		.target_type = "user",
		.targets = &target,
		.targets_n = 1});
}

Test(audit, the_application_can_add_and_read)
{
	struct service s = service_of(app);

	cr_assert_null(audited(&s, ACTOR));
	cr_assert_eq(scratch_int("SELECT count(*) FROM audit WHERE actor_id = '" ACTOR
				 "' AND target_id = actor_id AND host(ip) = '192.0.2.7'"),
	    1);
	script(app, "SELECT * FROM audit");
}

/* Not even with a stolen application password is history rewritten. */
Test(audit, the_application_can_neither_change_nor_remove)
{
	static const char *const forbidden[] = {"UPDATE audit SET action = 'x'",
	    "UPDATE audit SET at = at WHERE false", "DELETE FROM audit", "TRUNCATE audit",
	    "DROP TABLE audit", "ALTER TABLE audit ADD x int",
	    "ALTER TABLE audit DISABLE TRIGGER ALL",
	    "CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING",
	    "ALTER TABLE audit OWNER TO CURRENT_USER",
	    "INSERT INTO audit (action) VALUES ('x') ON CONFLICT (at, id) DO UPDATE SET action = "
	    "'y'",
	    "SELECT * FROM audit FOR UPDATE"};
	struct service s = service_of(app);

	cr_assert_null(audited(&s, ACTOR));
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		cr_expect_eq(pg_script(app, forbidden[i]), PG_FAULT, "%s", forbidden[i]);
		cr_expect_str_eq(pg_sqlstate(app), "42501", "%s: %s", forbidden[i], pg_why(app));
	}
	cr_assert_eq(scratch_int("SELECT count(*) FROM audit WHERE action = 'user.deactivate'"), 1);
}

/* AZ-13: rows and nothing else, of any table. */
Test(audit, the_application_is_no_owner_of_anything)
{
	static const char *const forbidden[] = {"CREATE TABLE x (id int)", "DROP TABLE users",
	    "TRUNCATE users", "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
	    "CREATE INDEX ON users (id)", "CREATE SCHEMA x", "CREATE ROLE x",
	    "SELECT pg_read_file('/etc/passwd')", "COPY users TO PROGRAM 'cat'",
	    "COPY users FROM '/etc/passwd'", "DELETE FROM schema_migrations",
	    "DELETE FROM statistics", "INSERT INTO statistics (one) VALUES (true)"};

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++) {
		cr_expect_eq(pg_script(app, forbidden[i]), PG_FAULT, "%s", forbidden[i]);
		cr_expect_str_eq(pg_sqlstate(app), "42501", "%s: %s", forbidden[i], pg_why(app));
	}
}

struct deactivation {
	struct service s;
	const char *id;
};

static const struct error *
deactivate(void *cookie)
{
	struct deactivation *d = cookie;
	const struct error *e = user_admin_activate(d->s.pg, a, &d->id, 1, false);

	return e == NULL ? audited(&d->s, d->id) : e;
}

Test(audit, without_its_entry_nothing_was_done)
{
	struct deactivation d = {service_of(app), "00000000-0000-4000-8000-000000000001"};

	script(owner,
	    "INSERT INTO users (id, email, email_key)"
	    " VALUES ('00000000-0000-4000-8000-000000000001', 'a@x', 'a@x')");
	script(owner, "ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (actor_id IS NULL)");
	cr_assert_not_null(store_transaction(app, true, deactivate, &d));
	cr_assert_eq(scratch_int("SELECT count(*) FROM users WHERE is_active"), 1);
	cr_assert_eq(scratch_int("SELECT count(*) FROM audit"), 0);
	script(owner, "ALTER TABLE audit DROP CONSTRAINT full_disk");
	cr_assert_null(store_transaction(app, true, deactivate, &d));
	cr_assert_eq(scratch_int("SELECT count(*) FROM users WHERE is_active"), 0);
	cr_assert_eq(scratch_int("SELECT count(*) FROM audit"), 1);
}

static void
history(void)
{
	script(owner, "SET statement_timeout = 0");
	script(owner,
	    arena_printf(a,
		"INSERT INTO audit (at, action, actor_id, target_id)"
		" SELECT now() - i * interval '1 minute', 'act.' || i %% 50,"
		" ('00000000-0000-4000-8000-' || lpad((i %% 200)::text, 12, '0'))::uuid,"
		" ('00000000-0000-4000-8000-' || lpad((i %% 5000)::text, 12, '0'))::uuid"
		" FROM generate_series(1, %d) i",
		ENTRIES));
	script(owner, "VACUUM ANALYZE audit");
}

/* How many pages of the disk a page of the list reads, as the server counts them. */
static int64_t
blocks_of(const struct audit_filter *f, const struct page_ask *ask, size_t expected)
{
	struct audit_entry *entries;
	struct page_got got;
	int64_t before, after;

	script(app, "SELECT pg_stat_force_next_flush()");
	script(app, "SELECT 1");
	before = scratch_int("SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables"
			     " WHERE relname = 'audit'");
	cr_assert_null(audit_page(app, a, f, ask, &entries, &got));
	cr_assert_eq(got.n, expected, "%zu", got.n);
	for (size_t i = 1; i < got.n; i++)
		cr_assert_lt(entries[i].at_us, entries[i - 1].at_us, "newest first");
	script(app, "SELECT pg_stat_force_next_flush()");
	script(app, "SELECT 1");
	after = scratch_int("SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables"
			    " WHERE relname = 'audit'");
	return after - before;
}

/* Each filter walks its own index in the order of the list: a page costs its rows, not the history. */
Test(audit, every_filter_reads_only_its_page)
{
	const struct audit_filter none = {.from_us = INSTANT_NONE, .to_us = INSTANT_NONE};
	struct audit_filter f[6] = {none, none, none, none, none, none};
	const struct page_ask ask = {.size = 10, .count = PAGE_COUNT_NONE};
	const struct page_ask far = {.size = 10,
	    .count = PAGE_COUNT_NONE,
	    .after_key = "2000-01-01T00:00:00Z",
	    .after_id = ACTOR};

	history();
	f[1].actor = "00000000-0000-4000-8000-000000000042";
	f[2].target = "00000000-0000-4000-8000-000000004242";
	f[3].action = "act.7";
	f[4].actor = "00000000-0000-4000-8000-000000000142";
	f[4].action = "act.42";
	f[5].action = "no such word";
	for (size_t i = 0; i < 6; i++) {
		size_t n = i == 2 ? 4 : i == 5 ? 0 : 10;
		int64_t blocks = blocks_of(&f[i], &ask, n);

		/* Two words: the entries of one of them at the most, a hundred here. */
		cr_expect_leq(
		    blocks, i == 4 ? 110 : 40, "filter %zu: %lld blocks", i, (long long)blocks);
		blocks = blocks_of(&f[i], &far, 0);
		cr_expect_leq(blocks, 5, "filter %zu, behind the end: %lld", i, (long long)blocks);
	}
}
