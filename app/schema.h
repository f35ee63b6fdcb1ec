#ifndef APP_SCHEMA_H
#define APP_SCHEMA_H

/* The files of schema/, put into the binary by scripts/embed. */

#include <stddef.h>

#include "lib/migrate.h"

/* The numbered files, in order. */
extern const struct migration schema_migrations[];
extern const size_t schema_migrations_n;

/* grants.sql; ":app" stands for the application's role, quoted and put in by the caller. */
extern const char schema_grants[];

#endif
