#ifndef APP_API_ROUTES_H
#define APP_API_ROUTES_H

/*
 * The table of contents of the program: what may be called, by whom, with what, for what. One file a
 * group, rows up to path == NULL. A row that several paths or methods share is written once, as a macro of
 * path and operationId; each path still has its own row, so no reader has to know about aliases.
 */

#include "lib/model.h"

extern const struct route routes_audit[], routes_mail[], routes_documents[], routes_files[],
    routes_auth[], routes_links[], routes_me[], routes_users[], routes_service[];

/* routes_all(): every group, one after the other, as one table; the same each time. */
const struct route *routes_all(void);

#endif
