/*
 * What a failure means, and what may be said about it. Of the server's words only the primary
 * message is kept: DETAIL repeats people's data (P11).
 */

#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/str.h"

#include "lib/pg_internal.h"

struct meaning {
	const char *sqlstate; /* five characters, or two for a class */
	enum pg_code code;
};

/* IN-09. The first that fits counts. */
static const struct meaning meanings[] = {
    {"23505", PG_CONFLICT}, /* unique_violation */
    {"23503", PG_CONFLICT}, /* foreign_key_violation */
    {"23514", PG_INVALID},  /* check_violation */
    {"23502", PG_INVALID},  /* not_null_violation */
    {"22", PG_INVALID},     /* data exceptions */
    {"40001", PG_BUSY},     /* serialization_failure */
    {"40P01", PG_BUSY},     /* deadlock_detected */
    {"55P03", PG_BUSY},     /* lock_not_available, lock_timeout */
    {"08P01", PG_FAULT},    /* protocol_violation: a wrong number of parameters, a bug of ours */
    {"08", PG_AWAY},        /* connection exceptions */
    {"53", PG_AWAY},        /* insufficient resources: disk full, too many connections */
    {"57", PG_AWAY},        /* operator intervention, statement_timeout */
};

/* Into one line of valid UTF-8: before the session's encoding is agreed on, anything may come. */
static void
say_line(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n < size - 1; text++) {
		bool blank = *text == '\n' || *text == '\t' || *text == ' ';

		if (!blank)
			out[n++] = *text;
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	for (size_t i = 0; !str_utf8(out, n) && i < n; i++) {
		if ((unsigned char)out[i] >= 0x80)
			out[i] = '?';
	}
}

void
pg_say(struct pg *pg, const char *sqlstate, const char *constraint, const char *why)
{
	(void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", sqlstate);
	say_line(pg->constraint, sizeof(pg->constraint), constraint);
	say_line(pg->why, sizeof(pg->why), why);
}

static const char *
error_field(const PGresult *r, int field)
{
	const char *value = PQresultErrorField(r, field);

	return value == NULL ? "" : value;
}

/*
 * After a migration the server refuses a plan whose columns changed, and whoever stands between us
 * and the server may have given us another session: prepare again (P12). Nothing was executed.
 */
static bool
is_stale(const PGresult *r, const char *sqlstate)
{
	if (strcmp(sqlstate, "26000") == 0) /* invalid_sql_statement_name */
		return true;
	return strcmp(sqlstate, "0A000") == 0 &&
	    strcmp(error_field(r, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") == 0;
}

enum pg_code
pg_failed(struct pg *pg, const PGresult *r)
{
	const char *sqlstate = error_field(r, PG_DIAG_SQLSTATE);
	const char *severity = error_field(r, PG_DIAG_SEVERITY_NONLOCALIZED);

	/* Made by libpq itself, or the last word of a session that ends. */
	if (*sqlstate == '\0' || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0) {
		pg_lose(pg,
		    *sqlstate == '\0' ? PQresultErrorMessage(r)
				      : error_field(r, PG_DIAG_MESSAGE_PRIMARY));
		return PG_UNKNOWN;
	}
	pg_say(pg, sqlstate, error_field(r, PG_DIAG_CONSTRAINT_NAME),
	    error_field(r, PG_DIAG_MESSAGE_PRIMARY));
	if (is_stale(r, sqlstate)) {
		pg->stale = true;
		return PG_BUSY;
	}
	/* A primary that became a standby: leave it. In a transaction that we opened for reading it is a bug. */
	if (strcmp(sqlstate, "25006") == 0 && (pg->tx == PG_TX_NONE || pg->writing)) {
		pg_lose(pg, "the server is read-only");
		return PG_AWAY;
	}
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (str_starts(sqlstate, meanings[i].sqlstate))
			return meanings[i].code;
	}
	return PG_FAULT;
}

const char *
pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

const char *
pg_constraint(const struct pg *pg)
{
	return pg->constraint;
}

const char *
pg_why(const struct pg *pg)
{
	return pg->why;
}
