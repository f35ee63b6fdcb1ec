/* The outbox: what mail_queue() leaves behind, and what claiming, failing and expiring make of it. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/migrate.h"

#include "app/config.h"
#include "app/schema.h"
#include "app/services/mail.h"
#include "app/services/service.h"
#include "app/store/outbox.h"
#include "app/store/store.h"

#include "tests/db/scratch.h"

static struct pg *pg;
static struct arena *a;
static struct config config;
static struct service service;

static const char user[] = "0f8fad5b-d9cb-469f-a165-70867728950e";

static void
setup(void)
{
	const char *why;
	int applied;

	pg = scratch_open();
	a = arena_new();
	cr_assert(migrate_up(pg, a, schema_migrations, schema_migrations_n, NULL, &applied, &why),
	    "%s", why);
	config = (struct config){
	    .smtp_host = "", .mail_dir = "/var/mail", .mail_from = "no-reply@gatehouse.example"};
	service =
	    (struct service){.arena = a, .pg = pg, .config = &config, .client_ip = "192.0.2.7"};
}

static void
teardown(void)
{
	arena_free(&a);
	scratch_close(&pg);
}

TestSuite(mail, .init = setup, .fini = teardown, .timeout = 90);

struct queueing {
	enum mail_kind kind;
	struct mail_to to;
	struct mail_fill fill;
	const struct error *then; /* what the cause of the mail came to */
};

static const struct error *
queue_work(void *cookie)
{
	const struct queueing *q = cookie;
	const struct error *e = mail_queue(&service, q->kind, &q->to, &q->fill);

	return e != NULL ? e : q->then;
}

static const struct error *
queue(const struct queueing *q)
{
	struct queueing copy = *q;

	return store_transaction(pg, true, queue_work, &copy);
}

static void
queue_reset(const char *email)
{
	cr_assert_null(queue(&(struct queueing){
	    MAIL_RESET_PASSWORD, {user, email}, {.token = {"dG9rZW4"}, .life_s = 3600}, NULL}));
}

static struct outbox_mail
claim_one(void)
{
	struct outbox_mail *mails;
	size_t n;

	cr_assert_null(outbox_claim(pg, a, 10, 60, &mails, &n));
	cr_assert_eq(n, 1);
	return mails[0];
}

static void
make_due(void)
{
	cr_assert_eq(
	    pg_script(pg, "UPDATE mail SET next_try_at = now() WHERE state = 'queued'"), PG_OK);
}

Test(mail, is_there_when_its_cause_is)
{
	struct outbox_mail m;
	char id[64];

	queue_reset("Ada@example.com");
	m = claim_one();
	cr_assert_str_eq(m.kind, "reset_password");
	cr_assert_str_eq(m.recipient, "Ada@example.com", "as it is stored");
	cr_assert_str_eq(m.token, "dG9rZW4");
	cr_assert_str_eq(m.ip, "192.0.2.7");
	cr_assert_null(m.email);
	cr_assert_eq(m.tries, 1);
	cr_assert_eq(m.expires_us - m.created_us, INT64_C(3600000000));
	(void)snprintf(id, sizeof(id), "%s@gatehouse.example", m.id);
	cr_assert_str_eq(m.message_id, id);
}

Test(mail, is_not_there_when_its_cause_is_not)
{
	cr_assert_eq(queue(&(struct queueing){MAIL_PASSWORD_CHANGED, {user, "ada@example.com"},
			 {.life_s = 0}, &error_validation}),
	    &error_validation);
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail"), 0);
}

Test(mail, is_not_queued_where_it_cannot_go)
{
	static const char *const none[] = {NULL, "", "ada", "ada@localhost",
	    "a@b.example\r\nBcc: c@d.example", "a@b.example>\r\nRCPT TO:<c@d.example",
	    "quac\xe2\x84\xaa@example.com", "a b@c.example"};

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		queue_reset(none[i]);
	config.mail_dir = "";
	queue_reset("ada@example.com");
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail"), 0);
}

Test(mail, is_claimed_once)
{
	struct outbox_mail *mails;
	size_t n;

	queue_reset("ada@example.com");
	(void)claim_one();
	cr_assert_null(outbox_claim(pg, a, 10, 60, &mails, &n));
	cr_assert_eq(n, 0, "while the lease lasts it is nobody else's");
	make_due();
	cr_assert_eq(claim_one().tries, 2, "afterwards it is due again");
}

Test(mail, is_claimed_oldest_first)
{
	struct outbox_mail *mails;
	size_t n;

	queue_reset("second@example.com");
	queue_reset("first@example.com");
	cr_assert_eq(pg_script(pg,
			 "UPDATE mail SET next_try_at = now() - interval '1 minute'"
			 " WHERE recipient LIKE 'first%'"),
	    PG_OK);
	cr_assert_null(outbox_claim(pg, a, 1, 60, &mails, &n));
	cr_assert_eq(n, 1);
	cr_assert_str_eq(mails[0].recipient, "first@example.com");
}

Test(mail, keeps_no_token_once_it_is_sent)
{
	struct outbox_mail m;

	queue_reset("ada@example.com");
	m = claim_one();
	cr_assert_null(outbox_sent(pg, a, m.id));
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail WHERE state = 'sent' AND parts IS NULL"
				 " AND sent_at IS NOT NULL"),
	    1);
	make_due();
	cr_assert_null(outbox_failed(pg, a, &(struct outbox_failure){m.id, "late", 1, 30, false}));
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail WHERE state = 'sent'"), 1);
}

Test(mail, waits_after_a_failure_or_is_parked)
{
	struct outbox_mail m;

	queue_reset("ada@example.com");
	m = claim_one();
	cr_assert_null(
	    outbox_failed(pg, a, &(struct outbox_failure){m.id, "421 busy", 1, 30, false}));
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail WHERE state = 'queued' AND last_error ="
				 " '421 busy' AND next_try_at BETWEEN now() + interval '20 s' AND"
				 " now() + interval '31 s'"),
	    1);
	make_due();
	m = claim_one();
	cr_assert_null(outbox_failed(pg, a, &(struct outbox_failure){m.id, "old", 1, 30, true}));
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail WHERE state = 'queued'"), 1,
	    "an earlier try has nothing to say about a later one");
	cr_assert_null(outbox_failed(pg, a, &(struct outbox_failure){m.id, "550 no", 2, 0, true}));
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail WHERE state = 'parked'"), 1);
}

Test(mail, is_not_sent_with_a_link_that_has_expired)
{
	struct outbox_mail *mails;
	int64_t expired;
	size_t n;

	queue_reset("ada@example.com");
	cr_assert_eq(pg_script(pg, "UPDATE mail SET expires_at = now() - interval '1 s'"), PG_OK);
	cr_assert_null(outbox_claim(pg, a, 10, 60, &mails, &n));
	cr_assert_eq(n, 0);
	cr_assert_null(outbox_expire(pg, a, 10, &expired));
	cr_assert_eq(expired, 1);
	cr_assert_eq(
	    scratch_int("SELECT count(*) FROM mail WHERE state = 'parked' AND parts IS NULL"), 1);
	cr_assert_null(outbox_expire(pg, a, 10, &expired));
	cr_assert_eq(expired, 0);
}

Test(mail, is_pruned_when_it_is_old_and_over)
{
	int64_t n;

	queue_reset("ada@example.com");
	cr_assert_null(outbox_sent(pg, a, claim_one().id));
	queue_reset("bob@example.com");
	cr_assert_null(outbox_prune(pg, a, 7, 10, &n));
	cr_assert_eq(n, 0);
	cr_assert_eq(
	    pg_script(pg, "UPDATE mail SET created_at = now() - interval '8 days'"), PG_OK);
	cr_assert_null(outbox_prune(pg, a, 7, 10, &n));
	cr_assert_eq(n, 1);
	cr_assert_eq(scratch_int("SELECT count(*) FROM mail WHERE state = 'queued'"), 1);
}
