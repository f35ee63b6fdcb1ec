#include <stddef.h>

#include "app/api/errors.h"

/* The sentences are part of the contract: clients show them, tests compare them. */

const struct error err_not_authenticated = {.status = 401,
    .code = "NOT_AUTHENTICATED",
    .detail = "Not authenticated",
    .challenge = CHALLENGE_BARE};
const struct error err_token_invalid = {.status = 401,
    .code = "TOKEN_INVALID",
    .detail = "Could not validate credentials",
    .challenge = CHALLENGE_INVALID_TOKEN};
const struct error err_token_expired = {.status = 401,
    .code = "TOKEN_EXPIRED",
    .detail = "The access token has expired",
    .challenge = CHALLENGE_INVALID_TOKEN};
const struct error err_session_ended = {.status = 401,
    .code = "SESSION_ENDED",
    .detail = "The session has ended",
    .challenge = CHALLENGE_INVALID_TOKEN};
const struct error err_account_disabled = {
    .status = 403, .code = "ACCOUNT_DISABLED", .detail = "Inactive user", .oauth = "invalid_grant"};
const struct error err_admin_required = {
    .status = 403, .code = "ADMIN_REQUIRED", .detail = "Admin privileges required"};
const struct error err_invalid_credentials = {.status = 401,
    .code = "INVALID_CREDENTIALS",
    .detail = "Incorrect email or password",
    .oauth = "invalid_grant",
    .challenge = CHALLENGE_BARE};
const struct error err_refresh_invalid = {.status = 401,
    .code = "REFRESH_TOKEN_INVALID",
    .detail = "Invalid refresh token",
    .oauth = "invalid_grant",
    .challenge = CHALLENGE_BARE};
/* The end of the session must outlive this answer, or a thief could simply go on. */
const struct error err_refresh_reused = {.status = 401,
    .code = "REFRESH_TOKEN_REUSED",
    .detail = "The refresh token was used before; the session has been ended",
    .oauth = "invalid_grant",
    .challenge = CHALLENGE_BARE,
    .commits = true};
const struct error err_grant_unsupported = {.status = 400,
    .code = "BAD_REQUEST",
    .detail = "The grant type is not supported",
    .oauth = "unsupported_grant_type"};
const struct error err_secret_invalid = {.status = 401,
    .code = "INVALID_CREDENTIALS",
    .detail = "Invalid credentials",
    .oauth = "invalid_client",
    .challenge = CHALLENGE_BARE};
const struct error err_client_invalid = {.status = 401,
    .code = "INVALID_CREDENTIALS",
    .detail = "Invalid client credentials",
    .oauth = "invalid_client",
    .challenge = CHALLENGE_BASIC};
const struct error err_client_twice = {.status = 400,
    .code = "BAD_REQUEST",
    .detail = "The credentials are given in more than one way"};
const struct error err_email_taken = {
    .status = 409, .code = "EMAIL_ALREADY_REGISTERED", .detail = "Email already registered"};
const struct error err_username_taken = {
    .status = 409, .code = "USERNAME_ALREADY_REGISTERED", .detail = "Username already registered"};
const struct error err_weak_password = {
    .status = 422, .code = "WEAK_PASSWORD", .detail = "The password is too weak"};
const struct error err_incorrect_password = {
    .status = 400, .code = "INCORRECT_PASSWORD", .detail = "Current password is incorrect"};
const struct error err_same_password = {.status = 400,
    .code = "SAME_PASSWORD",
    .detail = "The new password must differ from the current one"};
const struct error err_own_role = {
    .status = 403, .code = "CANNOT_CHANGE_OWN_ROLE", .detail = "Cannot modify your own role"};
const struct error err_precondition = {.status = 412,
    .code = "PRECONDITION_FAILED",
    .detail = "The resource has changed since it was read"};
const struct error err_user_not_found = {
    .status = 404, .code = "NOT_FOUND", .detail = "User not found"};
const struct error err_session_not_found = {
    .status = 404, .code = "NOT_FOUND", .detail = "Session not found"};
const struct error err_confirmation = {.status = 400,
    .code = "CONFIRMATION_REQUIRED",
    .detail = "Account deactivation requires confirmation"};
const struct error err_delete_self = {
    .status = 400, .code = "CANNOT_DELETE_SELF", .detail = "Cannot delete yourself"};
const struct error err_deactivate_self = {
    .status = 400, .code = "CANNOT_DEACTIVATE_SELF", .detail = "Cannot deactivate yourself"};
const struct error err_demote_self = {.status = 400,
    .code = "CANNOT_DEMOTE_SELF",
    .detail = "Cannot demote yourself from admin role"};
const struct error err_self_in_bulk = {
    .status = 400, .code = "SELF_IN_BULK", .detail = "Cannot include yourself in bulk operations"};
const struct error err_last_admin = {.status = 400,
    .code = "LAST_ADMIN",
    .detail = "There must be at least one active administrator"};
const struct error err_mail_not_found = {
    .status = 404, .code = "NOT_FOUND", .detail = "Mail not found"};
const struct error err_mail_over = {.status = 400,
    .code = "BAD_REQUEST",
    .detail = "The mail was sent, or the link in it has expired"};
const struct error err_link_invalid = {.status = 400,
    .code = "LINK_INVALID",
    .detail = "The link is not valid, was used before, or has expired"};
const struct error err_link_unsent = {.status = 400,
    .code = "BAD_REQUEST",
    .detail = "No link can be sent: the account is not active or has no e-mail address, or mail is "
	      "switched off"};
const struct error err_email_not_verified = {.status = 403,
    .code = "EMAIL_NOT_VERIFIED",
    .detail = "The e-mail address has not been verified",
    .oauth = "invalid_grant"};
const struct error err_document_not_found = {
    .status = 404, .code = "NOT_FOUND", .detail = "Document not found"};
const struct error err_file_not_found = {
    .status = 404, .code = "NOT_FOUND", .detail = "File not found"};
const struct error err_files_off = {
    .status = 404, .code = "NOT_FOUND", .detail = "No files are kept here"};
const struct error err_file_part = {
    .status = 400, .code = "BAD_REQUEST", .detail = "A file comes whole, without Content-Range"};
const struct error err_file_quota = {.status = 413,
    .code = "QUOTA_EXCEEDED",
    .detail = "The file does not fit into what is left for your files"};
/* Not the client's fault and not done, as all that is answered 503. */
const struct error err_file_room = {.status = 503,
    .code = "OVERLOADED",
    .detail = "The file cannot be stored at present; nothing was done",
    .retry_after_s = 1};
const struct error err_migrations_pending = {.status = 503,
    .code = "DATABASE_UNAVAILABLE",
    .detail = "The database schema is not the one this program needs",
    .retry_after_s = 1};

const struct error *const errors_all[] = {&err_not_authenticated, &err_token_invalid,
    &err_token_expired, &err_session_ended, &err_account_disabled, &err_admin_required,
    &err_invalid_credentials, &err_refresh_invalid, &err_refresh_reused, &err_grant_unsupported,
    &err_secret_invalid, &err_client_invalid, &err_client_twice, &err_email_taken,
    &err_username_taken, &err_weak_password, &err_incorrect_password, &err_same_password,
    &err_own_role, &err_precondition, &err_user_not_found, &err_session_not_found,
    &err_confirmation, &err_delete_self, &err_deactivate_self, &err_demote_self, &err_self_in_bulk,
    &err_last_admin, &err_mail_not_found, &err_mail_over, &err_link_invalid, &err_link_unsent,
    &err_email_not_verified, &err_document_not_found, &err_file_not_found, &err_files_off,
    &err_file_part, &err_file_quota, &err_file_room, &err_migrations_pending, NULL};

const struct error *const errors_user[] = {&err_not_authenticated, &err_token_invalid,
    &err_token_expired, &err_session_ended, &err_account_disabled, NULL};

const struct error *const errors_admin[] = {&err_not_authenticated, &err_token_invalid,
    &err_token_expired, &err_session_ended, &err_account_disabled, &err_admin_required, NULL};
