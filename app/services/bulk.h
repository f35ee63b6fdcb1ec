#ifndef APP_SERVICES_BULK_H
#define APP_SERVICES_BULK_H

/*
 * The same for many accounts in one transaction, with a number of statements that does not grow with
 * theirs (AZ-06): either every result is as it is told, or nothing has happened at all.
 */

#include <stddef.h>

#include "lib/error.h"

struct service;

/* BULK_DELETE is the soft one: deactivated, the address stays taken, BULK_ACTIVATE restores. */
enum bulk_operation { BULK_ACTIVATE, BULK_DEACTIVATE, BULK_DELETE, BULK_ROLE, BULK__MAX };

struct bulk_order {
	enum bulk_operation operation;
	const char *const *ids; /* UUIDs in any case; each counts once */
	size_t n;
	const char *role; /* of BULK_ROLE */
};

enum bulk_status { BULK_UPDATED, BULK_UNCHANGED, BULK_NOT_FOUND };

struct bulk_result {
	const char *id; /* in lower case */
	enum bulk_status status;
};

struct bulk_outcome {
	struct bulk_result *results; /* in the order of the ids */
	size_t n, failed;
};

/* bulk_name(operation): as the API and the audit log call it. */
const char *bulk_name(enum bulk_operation);

/* bulk_apply(s, order, outcome): an id that names nobody fails alone. err_self_in_bulk, and nothing is
 * changed; the errors of authority_take(). */
const struct error *bulk_apply(struct service *, const struct bulk_order *, struct bulk_outcome *)
    __attribute__((warn_unused_result));

#endif
