#ifndef APP_HANDLERS_HANDLERS_H
#define APP_HANDLERS_HANDLERS_H

/* What the route table calls: bound input, one service call, reply. */

#include "lib/model.h"

/* handlers/login.c */
handler login, token, refresh, logout, verify;

/* handlers/account.c */
handler account_create, me_read, me_update_own;

/* handlers/users.c */
handler users_list;

/* handlers/statistics.c */
handler users_stats;

/* handlers/meta.c */
handler health, health_db, openapi_document, docs_page, docs_file;

#endif
