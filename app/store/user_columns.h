#ifndef APP_STORE_USER_COLUMNS_H
#define APP_STORE_USER_COLUMNS_H

/* The columns of a struct user, in the order user_read() takes them, from users u and user_stats t. */
#define USER_COLUMNS                                                                   \
	"u.id, u.email, u.username, u.full_name, u.role, u.is_active, u.is_verified,"  \
	" u.password_hash IS NOT NULL, u.secret_digest IS NOT NULL, u.token_version, " \
	"u.secret_version, u.row_version,"                                             \
	" u.created_at, u.updated_at, t.last_login_at, t.login_count, t.file_count,"   \
	" t.total_file_size, t.document_count"

/* One more column for whoever shows a single user. The index makes it a look-up of a few rows. */
#define USER_SESSIONS \
	"(SELECT count(*) FROM sessions c WHERE c.user_id = u.id AND c.expires_at > now())"

enum { USER_COLUMNS_N = 19 };

struct arena;
struct pg_rows;
struct user;

/* user_read(a, rows, row, column, user): USER_COLUMNS from ${column} on. */
void user_read(struct arena *, const struct pg_rows *, int row, int column, struct user *);

#endif
