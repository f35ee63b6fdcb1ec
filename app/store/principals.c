#include "lib/arena.h"
#include "lib/buf.h"

#include "app/store/store.h"
#include "app/store/user_columns.h"
#include "app/store/users.h"

/*
 * Who are they all? One statement for every request of a turn, and all that /users/me shows: an
 * authenticated read is one round trip. A user or session that is not there is a NULL row here and a
 * 401 of that request only.
 */

static const struct pg_statement load = {.name = "principals_load",
    .sql = "SELECT q.n, u.id IS NOT NULL AND t.user_id IS NOT NULL, q.session_id IS NULL OR s.id "
	   "IS NOT NULL, " USER_COLUMNS ", " USER_SESSIONS
	   " FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS q(user_id, session_id, n)"
	   " LEFT JOIN users u ON u.id = q.user_id AND u.deleted_at IS NULL"
	   " LEFT JOIN user_stats t ON t.user_id = u.id"
	   " LEFT JOIN sessions s ON s.id = q.session_id AND s.user_id = u.id AND s.expires_at > "
	   "now()",
    .params = 2};

static void
principal_read(struct arena *a, const struct pg_rows *rows, int row, struct principal *p)
{
	p->found = pg_bool(rows, row, 1);
	p->session_alive = pg_bool(rows, row, 2);
	if (!p->found)
		return;
	user_read(a, rows, row, 3, &p->user);
	p->user.active_session_count = pg_int(rows, row, 3 + USER_COLUMNS_N);
}

const struct error *
principals_load(
    struct pg *pg, struct arena *a, const struct principal_query *q, size_t n, struct principal *p)
{
	struct buf users, sessions;
	struct pg_rows rows;
	const struct error *e;

	buf_init(&users, a);
	buf_init(&sessions, a);
	for (size_t i = 0; i < n; i++) {
		/* Both are UUIDs that the token's check has proven: array text needs no quoting. */
		buf_printf(&users, "%c%s", i == 0 ? '{' : ',', q[i].user_id);
		buf_printf(&sessions, "%c%s", i == 0 ? '{' : ',',
		    q[i].session_id[0] == '\0' ? "NULL" : q[i].session_id);
	}
	buf_putc(&users, '}');
	buf_putc(&sessions, '}');
	e = STORE_QUERY(pg, a, &load, &rows, users.at, sessions.at);
	if (e != NULL)
		return e;
	for (int i = 0; i < rows.n; i++)
		principal_read(a, &rows, i, &p[pg_int(&rows, i, 0) - 1]);
	return NULL;
}
