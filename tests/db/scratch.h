#ifndef TESTS_DB_SCRATCH_H
#define TESTS_DB_SCRATCH_H

/*
 * A database of one test's own in the cluster that TEST_DATABASE_URL names (scripts/pg-temp starts
 * one). Each test is a process of its own, so there is one scratch database per process.
 */

#include <stdint.h>

#include "lib/pg.h"

/* scratch_open(): create the database, connect, and fail the test where that is impossible. */
struct pg *scratch_open(void);

/* scratch_url(): of the database. scratch_connect(url): another connection. */
const char *scratch_url(void);
struct pg *scratch_connect(const char *url);

/* scratch_close(&pg): disconnect and drop the database. */
void scratch_close(struct pg **);

/* scratch_int(sql): what a scalar expression is, asked on a connection of its own. */
int64_t scratch_int(const char *sql);

#endif
