#include "lib/arena.h"

#include "app/store/store.h"
#include "app/store/user_columns.h"
#include "app/store/users.h"

/*
 * Who are they all? One statement for every request of a turn, and all that /users/me shows: an
 * authenticated read is one round trip. A user who is not there has no row, and a 401 of that
 * request only. One walk over the user's sessions counts them and finds the token's.
 */

static const struct pg_statement load = {.name = "principals_load",
    .sql = "SELECT q.n, q.session_id IS NULL OR s.has_it, " USER_COLUMNS ", s.n"
	   " FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS q(user_id, session_id, n)"
	   " JOIN users u ON u.id = q.user_id AND u.deleted_at IS NULL"
	   " JOIN user_stats t ON t.user_id = u.id"
	   " CROSS JOIN LATERAL (SELECT count(*) AS n, bool_or(c.id = q.session_id) AS has_it"
	   " FROM sessions c WHERE c.user_id = u.id AND c.expires_at > now()) s",
    .params = 2};

/*
 * A plan for any array is costed for ten elements, whatever the array. Were fewer sent, one made for
 * just these would look cheaper, and PostgreSQL would make it anew each time, which takes longer
 * than to run it: so there are never fewer. NULL meets nobody.
 */
enum { ASKED_MIN = 10 };

static void
principal_read(struct arena *a, const struct pg_rows *rows, int row, struct principal *p)
{
	p->found = true;
	p->session_alive = pg_bool(rows, row, 1);
	user_read(a, rows, row, 2, &p->user);
	p->user.active_session_count = pg_int(rows, row, 2 + USER_COLUMNS_N);
}

const struct error *
principals_load(
    struct pg *pg, struct arena *a, const struct principal_query *q, size_t n, struct principal *p)
{
	size_t asked = n > ASKED_MIN ? n : ASKED_MIN;
	const char **users = arena_array(a, asked, sizeof(*users));
	const char **sessions = arena_array(a, asked, sizeof(*sessions));
	struct pg_rows rows;
	const struct error *e;

	for (size_t i = 0; i < n; i++) {
		users[i] = q[i].user_id;
		sessions[i] = *q[i].session_id == '\0' ? NULL : q[i].session_id;
	}
	e = STORE_QUERY(
	    pg, a, &load, &rows, store_array(a, users, asked), store_array(a, sessions, asked));
	if (e != NULL)
		return e;
	for (int i = 0; i < rows.n; i++)
		principal_read(a, &rows, i, &p[pg_int(&rows, i, 0) - 1]);
	return NULL;
}
