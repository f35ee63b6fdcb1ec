#ifndef TESTS_HTTP_DB_H
#define TESTS_HTTP_DB_H

/*
 * Looking behind the interface, as the database's owner (DATABASE_URL of the environment). Up to
 * three text parameters; NULL ends them. A statement that fails, fails the test.
 */

#include <stdint.h>

#define DB_DO(...)   db_do((const char *const[]){__VA_ARGS__, NULL})
#define DB_TEXT(...) db_text((const char *const[]){__VA_ARGS__, NULL})
#define DB_INT(...)  db_int((const char *const[]){__VA_ARGS__, NULL})

/* DB_DO("UPDATE …", "p1", …): how many rows it changed. */
int64_t db_do(const char *const *sql_and_values);

/* DB_TEXT("SELECT x::text …", …): the first column of the one row; NULL for SQL NULL. DB_INT: a bigint. */
const char *db_text(const char *const *sql_and_values);
int64_t db_int(const char *const *sql_and_values);

#endif
