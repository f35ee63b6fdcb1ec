#ifndef APP_API_ERRORS_H
#define APP_API_ERRORS_H

/* Every error this product answers by itself; those of the mechanism are in lib/error.h. */

#include "lib/error.h"

extern const struct error err_not_authenticated;
extern const struct error err_token_invalid;
extern const struct error err_token_expired;
extern const struct error err_session_ended;
extern const struct error err_account_disabled;
extern const struct error err_admin_required;
extern const struct error err_invalid_credentials;
extern const struct error err_refresh_invalid;
extern const struct error err_refresh_reused;
extern const struct error err_grant_unsupported;
extern const struct error err_secret_invalid;
extern const struct error err_client_invalid;
extern const struct error err_client_twice;
extern const struct error err_email_taken;
extern const struct error err_username_taken;
extern const struct error err_weak_password;
extern const struct error err_incorrect_password;
extern const struct error err_same_password;
extern const struct error err_own_role;
extern const struct error err_precondition;
extern const struct error err_user_not_found;
extern const struct error err_session_not_found;
extern const struct error err_confirmation;
extern const struct error err_delete_self;
extern const struct error err_deactivate_self;
extern const struct error err_demote_self;
extern const struct error err_self_in_bulk;
extern const struct error err_last_admin;
extern const struct error err_mail_not_found;
extern const struct error err_mail_over;
extern const struct error err_link_invalid;
extern const struct error err_link_unsent;
extern const struct error err_email_not_verified;
extern const struct error err_document_not_found;
extern const struct error err_file_not_found;
extern const struct error err_files_off;
extern const struct error err_file_part;
extern const struct error err_file_quota;
extern const struct error err_file_room;
extern const struct error err_migrations_pending;

/* All of them, NULL-terminated, and those that access control may answer. */
extern const struct error *const errors_all[];
extern const struct error *const errors_user[];
extern const struct error *const errors_admin[];

#endif
