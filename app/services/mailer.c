#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/courier.h"
#include "lib/eml.h"
#include "lib/log.h"
#include "lib/pg.h"
#include "lib/secret.h"
#include "lib/str.h"

#include "app/config.h"
#include "app/services/mail.h"
#include "app/services/mail_text.h"
#include "app/services/mail_texts.h"
#include "app/services/service.h"
#include "app/store/outbox.h"

#include "app/services/mailer.h"

static_assert((int)MAILER_FDS == (int)COURIER_AT_ONCE, "one descriptor for each that is under way");

enum {
	TRIES_MAX = 10,
	BACKOFF_S = 30, /* doubling: the tenth try is some four hours after the first */
	LEASE_S = 120,  /* longer than any try may take */
	ROUNDS_MAX = 8, /* of files before a signal is looked for */
	TIDY_BATCH = 1000,
	KEPT_DAYS = 7
};

#define SEND_US       (60 * CLOCK_US_PER_S)
#define CLAIM_US      CLOCK_US_PER_S
#define TIDY_EVERY_US (10 * CLOCK_US_PER_S)
#define LEAVE_US      CLOCK_US_PER_S
#define LEAVE_DB_US   (CLOCK_US_PER_S / 2)

/* A mail that was claimed, until the outbox knows how it went. */
struct job {
	bool busy, over;
	bool on_way; /* a courier has it */
	char id[STR_UUID_SIZE];
	const char *kind; /* a constant */
	int64_t tries;
	struct smtp_result result;
};

struct mailer {
	const struct config *config;
	const struct mail_texts *texts;
	struct smtp_server server;
	struct courier *courier; /* NULL: to files, or not at all */
	struct job jobs[COURIER_AT_ONCE];
	bool flowing;              /* the last one arrived: the next need not wait for its beat */
	int64_t claim_us, tidy_us; /* monotonic: when due */
};

static enum smtp_tls
tls_of(const char *text)
{
	return strcmp(text, "tls") == 0 ? SMTP_TLS
	    : strcmp(text, "none") == 0 ? SMTP_OPEN
					: SMTP_STARTTLS;
}

bool
mailer_check(const struct config *c, const char **why_r)
{
	struct stat st;

	*why_r = "MAIL_DIR is not a folder that this user may write to";
	if (*c->smtp_host == '\0' && *c->mail_dir != '\0' &&
	    (stat(c->mail_dir, &st) != 0 || !S_ISDIR(st.st_mode) ||
		access(c->mail_dir, W_OK | X_OK) != 0))
		return false;
	*why_r = "SMTP_CA_FILE cannot be read";
	return *c->smtp_ca_file == '\0' || access(c->smtp_ca_file, R_OK) == 0;
}

struct mailer *
mailer_new(const struct config *c, const struct mail_texts *texts)
{
	struct mailer *m = calloc(1, sizeof(*m));

	if (m == NULL)
		abort(); /* as the arena does: nothing goes on without memory */
	m->config = c;
	m->texts = texts;
	m->server = (struct smtp_server){.host = c->smtp_host,
	    .port = c->smtp_port,
	    .tls = tls_of(c->smtp_tls),
	    .user = c->smtp_user,
	    .password = c->smtp_password,
	    .ca_file = c->smtp_ca_file,
	    .timeout_us = SEND_US};
	if (*c->smtp_host != '\0')
		m->courier = courier_new(&m->server);
	return m;
}

void
mailer_free(struct mailer **m)
{
	if (*m == NULL)
		return;
	courier_free(&(*m)->courier);
	free(*m);
	*m = NULL;
}

/* 30 s doubling, a fifth more or less, so that what failed together does not come back together. */
static int64_t
again_s(int64_t tries)
{
	int64_t step = (int64_t)BACKOFF_S << (tries - 1 > 9 ? 9 : tries - 1);
	uint32_t random;

	secret_random(&random, sizeof(random));
	return step * 4 / 5 + random % (step * 2 / 5 + 1);
}

/* ---- how it went ---- */

/*
 * A server may repeat whom the mail was for, or the link in it, which neither a log nor an administrator may see
 * (LG-02): the words that could be either are left out.
 */
static const char *
discreet(struct arena *a, const char *why)
{
	struct buf b;

	buf_init(&b, a);
	while (*why != '\0') {
		size_t n = strcspn(why, " "), blanks = strspn(why + n, " ");
		const char *word = arena_strndup(a, why, n);
		bool tells = strchr(word, '@') != NULL || strstr(word, "://") != NULL ||
		    strstr(word, "token=") != NULL;

		buf_puts(&b, tells ? "*" : word);
		buf_add(&b, why + n, blanks);
		why += n + blanks;
	}
	return b.at;
}

static const struct error *
record_failure(struct service *s, const struct job *j)
{
	bool parked = j->result.outcome == SMTP_REFUSED || j->tries >= TRIES_MAX;
	const char *why = discreet(s->arena, j->result.why);
	const struct outbox_failure f = {.id = j->id,
	    .why = why,
	    .tries = j->tries,
	    .again_s = parked ? 0 : again_s(j->tries),
	    .parked = parked};
	const struct error *e = outbox_failed(s->pg, s->arena, &f);

	if (e == NULL)
		log_line(LOG_WARN, parked ? "mail_parked" : "mail_failed", LOG_S("mail", j->id),
		    LOG_S("kind", j->kind), LOG_I("tries", j->tries), LOG_S("why", why));
	return e;
}

/* What cannot be written down now stays over, and is written down when the database is back. */
static void
record(struct service *s, struct job *j)
{
	const struct error *e;

	if (j->result.outcome != SMTP_SENT) {
		j->busy = record_failure(s, j) != NULL;
		return;
	}
	e = outbox_sent(s->pg, s->arena, j->id);
	j->busy = e != NULL;
	if (e == NULL)
		log_line(LOG_INFO, "mail_sent", LOG_S("mail", j->id), LOG_S("kind", j->kind),
		    LOG_I("tries", j->tries));
}

static void
collect(struct mailer *m)
{
	for (size_t i = 0; m->courier != NULL && i < COURIER_AT_ONCE; i++) {
		struct job *j = &m->jobs[i];

		if (courier_done(m->courier, i, &j->result)) {
			j->on_way = false;
			j->over = true;
			m->flowing = j->result.outcome == SMTP_SENT;
		}
		(void)courier_is_free(m->courier, i); /* who has left is not watched any more */
	}
}

static void
record_all(struct mailer *m, struct service *s)
{
	for (size_t i = 0; i < COURIER_AT_ONCE; i++) {
		if (m->jobs[i].busy && m->jobs[i].over)
			record(s, &m->jobs[i]);
	}
}

/* ---- on their way ---- */

static void
over(struct job *j, enum smtp_outcome outcome, const char *why)
{
	j->over = true;
	j->result.outcome = outcome;
	(void)snprintf(j->result.why, sizeof(j->result.why), "%s", why);
}

/* Sorted by name they are sorted by time; a repeat replaces itself. */
static void
write_file(struct mailer *m, struct job *j, const struct outbox_mail *mail, const struct buf *b)
{
	char time[CLOCK_TEXT_SIZE], name[128];
	const char *why;

	clock_text(mail->created_us, time);
	(void)snprintf(name, sizeof(name), "%.19s-%s-%s.eml", time, j->kind, j->id);
	if (eml_write(m->config->mail_dir, name, b->at, b->bytes, &why))
		over(j, SMTP_SENT, "");
	else
		over(j, SMTP_LATER, why);
}

static void
start(struct mailer *m, struct service *s, size_t i, const struct outbox_mail *mail, int db_fd)
{
	struct job *j = &m->jobs[i];
	struct buf b;
	const char *why;

	*j = (struct job){.busy = true, .tries = mail->tries, .kind = "unknown"};
	(void)snprintf(j->id, sizeof(j->id), "%s", mail->id);
	if (mail_kind_named(mail->kind) != MAIL__MAX)
		j->kind = mail_kind_name(mail_kind_named(mail->kind));
	buf_init(&b, s->arena);
	if (!mail_text_build(&b, m->texts, m->config, mail, &why)) {
		over(j, SMTP_REFUSED, why);
		return;
	}
	if (m->courier == NULL) {
		write_file(m, j, mail, &b);
		return;
	}
	j->on_way = courier_start(m->courier, i,
	    &(struct smtp_mail){m->config->mail_from, mail->recipient, b.at, b.bytes}, db_fd);
	if (!j->on_way)
		over(j, SMTP_LATER, "no process could be started");
}

static size_t
free_places(struct mailer *m, size_t places[COURIER_AT_ONCE])
{
	size_t n = 0;

	for (size_t i = 0; i < COURIER_AT_ONCE; i++) {
		if (!m->jobs[i].busy && (m->courier == NULL || courier_is_free(m->courier, i)))
			places[n++] = i;
	}
	return n;
}

/* True when there may be more at once. A server that takes nothing is asked once a beat. */
static bool
claim(struct mailer *m, struct service *s, int64_t now_us, int db_fd)
{
	size_t places[COURIER_AT_ONCE], n_places = free_places(m, places), n;
	struct outbox_mail *mails;

	if (n_places == 0 || (!m->flowing && now_us < m->claim_us) || !mail_is_on(m->config))
		return false;
	m->claim_us = now_us + CLAIM_US;
	if (outbox_claim(s->pg, s->arena, (int64_t)n_places, LEASE_S, &mails, &n) != NULL)
		return false;
	m->flowing = n == n_places && (m->flowing || m->courier == NULL);
	for (size_t i = 0; i < n; i++)
		start(m, s, places[i], &mails[i], db_fd);
	return m->flowing;
}

/* ---- what is over ---- */

static void
tidy(struct mailer *m, struct service *s, int64_t now_us)
{
	int64_t expired = 0, pruned = 0;

	if (now_us < m->tidy_us)
		return;
	m->tidy_us = now_us + TIDY_EVERY_US;
	if (outbox_expire(s->pg, s->arena, TIDY_BATCH, &expired) == NULL && expired > 0)
		log_line(LOG_WARN, "mails_expired", LOG_I("count", expired));
	if (outbox_prune(s->pg, s->arena, KEPT_DAYS, TIDY_BATCH, &pruned) == NULL && pruned > 0)
		log_line(LOG_INFO, "mails_pruned", LOG_I("count", pruned));
	/* A full batch means that there are more: the next beat goes on. */
	if (expired == TIDY_BATCH || pruned == TIDY_BATCH)
		m->tidy_us = now_us;
}

void
mailer_run(struct mailer *m, struct service *s, int64_t now_us, int db_fd)
{
	int rounds = 0;

	collect(m);
	if (s == NULL)
		return;
	do
		record_all(m, s);
	while (rounds++ < ROUNDS_MAX && claim(m, s, now_us, db_fd));
	record_all(m, s);
	tidy(m, s, now_us);
}

size_t
mailer_watch(const struct mailer *m, struct pollfd *fds)
{
	return m->courier == NULL ? 0 : courier_watch(m->courier, fds);
}

void
mailer_leave(struct mailer *m, struct service *s)
{
	int64_t end_us = clock_mono_us() + LEAVE_US, now_us;
	struct pollfd fds[MAILER_FDS];
	size_t n;

	while ((n = mailer_watch(m, fds)) > 0 && (now_us = clock_mono_us()) < end_us) {
		(void)poll(fds, n, (int)((end_us - now_us) / 1000) + 1); /* all are looked at */
		collect(m);
	}
	for (size_t i = 0; i < COURIER_AT_ONCE; i++) {
		if (m->jobs[i].on_way)
			over(&m->jobs[i], SMTP_LATER, "the program was stopped meanwhile");
	}
	pg_deadline(s->pg, clock_mono_us() + LEAVE_DB_US);
	record_all(m, s);
}
