#ifndef APP_HANDLERS_HANDLERS_H
#define APP_HANDLERS_HANDLERS_H

/* What the route table calls: bound input, one service call, reply. */

#include "lib/model.h"

/* handlers/login.c */
handler login, login_admit, refresh, logout, verify;

/* handlers/token.c */
handler token, token_admit;

/* handlers/account.c */
handler account_create, me_read, me_update_own, me_change_password, me_deactivate;
handler me_password_admit;

/* handlers/sessions.c */
handler me_sessions, me_sessions_end, me_session_end;

/* handlers/user_secret.c */
handler me_secret_put, me_secret_drop;

/* handlers/links.c */
handler verify_email_request, verify_email_confirm, reset_password_request, reset_password_confirm,
    undo_email_change, users_send_reset;

/* handlers/users.c */
handler users_list;

/* handlers/statistics.c */
handler users_stats;

/* handlers/mail.c */
handler mail_list, mail_retry;

/* handlers/audit.c */
handler audit_list;

/* handlers/administration.c */
handler users_create, users_read, users_update, users_delete, users_activate, users_deactivate,
    users_unlock, users_sessions, users_sessions_end;

/* handlers/bulk.c */
handler users_bulk;

/* handlers/documents.c */
handler documents_post, documents_post_batch, documents_post_search, documents_get_list,
    documents_get_one, documents_patch_one, documents_delete_one;

/* handlers/files.c */
handler files_put, files_post, files_get_list, files_get_one, files_get_content, files_delete_one;

/* handlers/meta.c */
handler health, health_db, openapi_document, metrics_text, docs_page, docs_file;

#endif
