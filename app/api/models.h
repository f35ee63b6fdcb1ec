#ifndef APP_API_MODELS_H
#define APP_API_MODELS_H

/* What is bound and what is rendered: one struct per OpenAPI component, one row per member beside it. */

#include "lib/model.h"

#include "app/api/listing.h"

/* ---- models_users.c: accounts ---- */

struct RegisterIn {
	const char *email, *username, *full_name, *role;
	struct secret password;
};

struct RegisteredSecret {
	const char *id, *username, *user_secret;
};

struct UserSecret {
	const char *user_secret;
};

struct User {
	const char *id, *email, *username, *full_name, *role;
	bool is_admin, is_active, is_verified, has_password, has_secret;
	struct instant created_at, updated_at, last_login_at;
};

struct UserWithStats {
	struct User user;
	int64_t file_count, total_file_size, document_count;
	int64_t login_count, active_session_count, account_age_days;
};

struct UserListQuery {
	struct ListingQuery list;
	const char *query, *role, *sort_by, *sort_order;
	struct opt_bool is_active, is_verified;
	struct instant created_after, created_before;
};

/* ---- models_administration.c: accounts, as administrators handle them ---- */

struct UserPath {
	const char *id;
};

struct UserCreate {
	const char *email, *full_name, *username, *role;
	struct secret password;
	bool is_active, is_verified;
};

struct UserUpdate {
	const char *email, *role;
	struct opt_str full_name, username;
	struct opt_bool is_active, is_verified;
};

struct BulkData {
	const char *role;
};

struct BulkOperation {
	struct list user_ids;
	const char *operation;
	struct BulkData data;
};

struct BulkItem {
	const char *user_id, *status, *error_code;
};

struct BulkResult {
	const char *operation;
	int64_t requested, succeeded, failed;
	struct list results;
};

/* ---- models_account.c: one's own account ---- */

struct MeUpdate {
	const char *email;
	struct opt_str role, username, full_name;
	struct secret password, current_password;
};

struct PasswordChange {
	struct secret current_password, new_password, confirm_password;
};

struct Confirmation {
	struct opt_bool confirm;
};

struct Message {
	const char *message;
};

struct SessionPath {
	const char *id;
};

struct Session {
	const char *id;
	struct instant created_at, last_used_at;
	const char *ip, *user_agent;
	bool current;
};

struct SessionList {
	struct list items;
	int64_t total;
};

/* ---- models_links.c: what mails lead to ---- */

struct LinkRequest {
	const char *email;
};

struct LinkConfirm {
	struct secret token;
};

struct PasswordReset {
	struct secret token, new_password;
};

/* ---- models_statistics.c ---- */

struct UsersByRole {
	int64_t user, admin;
};

struct RegistrationDay {
	const char *date;
	int64_t count;
};

struct UserStatistics {
	struct instant generated_at;
	int64_t total_users, active_users, inactive_users, verified_users;
	struct UsersByRole users_by_role;
	int64_t new_users_today, new_users_7d, new_users_30d;
	int64_t active_users_24h, active_users_30d;
	struct list registration_trend;
};

/* ---- models_audit.c ---- */

struct AuditEntry {
	const char *id;
	struct instant at;
	const char *action, *actor_id, *target_type, *target_id, *result, *ip, *user_agent,
	    *request_id, *session_id;
	struct json_text details;
};

struct AuditQuery {
	struct ListingQuery list;
	const char *actor, *target, *action;
	struct instant from, to;
};

/* ---- models_documents.c ---- */

struct DocumentIn {
	const char *title, *content;
	struct json_text metadata;
	struct numbers embedding;
};

struct DocumentBatch {
	struct list documents;
};

struct DocumentsMade {
	int64_t created;
	struct list ids;
};

struct Document {
	const char *id, *title, *content;
	struct json_text metadata;
	bool has_embedding;
	struct instant created_at, updated_at;
	struct numbers embedding;
};

struct DocumentHit {
	struct Document document;
	double distance, score;
};

struct DocumentHits {
	struct list items;
};

struct DocumentPath {
	const char *id;
};

struct DocumentQuery {
	const char *include;
};

struct DocumentListQuery {
	struct ListingQuery list;
	const char *include;
};

struct DocumentSearch {
	struct numbers embedding;
	int64_t limit;
	const char *metric;
	struct json_text filter;
	struct opt_num min_score;
};

/* In the order of enum document_metric. */
extern const char *const document_metrics[];

/* ---- models_files.c ---- */

struct File {
	const char *id, *name;
	int64_t size;
	const char *content_type;
	struct instant created_at;
};

/* Of a file that is there its id, of one to come its name. */
struct FilePath {
	const char *id;
};

struct FileQuery {
	const char *name;
};

/* ---- models_mail.c ---- */

struct Mail {
	const char *id, *kind, *recipient, *state;
	int64_t tries;
	const char *last_error;
	struct instant created_at, next_try_at, sent_at;
};

struct MailQuery {
	struct ListingQuery list;
	const char *state;
};

struct MailPath {
	const char *id;
};

/* ---- models_auth.c: tokens ---- */

struct LoginIn {
	const char *username, *grant_type, *scope, *client_id;
	struct secret password, client_secret;
};

struct TokenIn {
	const char *grant_type, *username, *scope, *client_id;
	struct secret password, refresh_token, client_secret, user_secret;
};

struct RefreshIn {
	struct secret refresh_token;
};

struct LogoutIn {
	struct secret refresh_token;
};

struct LogoutQuery {
	const char *scope;
};

struct VerifyQuery {
	const char *role;
};

struct Token {
	const char *access_token, *refresh_token, *token_type;
	int64_t expires_in;
};

struct AccessToken {
	const char *access_token, *token_type;
	int64_t expires_in;
};

/* ---- models_service.c ---- */

struct Health {
	const char *status;
};

struct HealthDb {
	const char *status, *database, *migrations;
};

struct DocsPath {
	const char *file;
};

/* ---- models_transfer.c: one line of an import or export, no route's ---- */

struct UserLine {
	const char *id, *email, *username, *full_name, *role;
	bool is_active, is_verified;
	struct instant created_at;
	struct secret password, password_hash, secret_digest;
};

struct UserLineOut {
	const char *id, *email, *username, *full_name, *role;
	bool is_active, is_verified;
	struct instant created_at;
	const char *password_hash, *secret_digest;
};

extern const struct model register_in, user_out, user_with_stats, user_list, user_list_query,
    registered_secret, user_secret_out;
extern const struct model link_request_in, link_confirm_in, password_reset;
extern const struct model user_statistics;
extern const struct model audit_query, audit_page_out;
extern const struct model mail_out, mail_query, mail_page_out, mail_path;
extern const struct model user_path, user_create, user_update, bulk_operation, bulk_result;
extern const struct model me_update, password_change, confirmation, message_out, session_path,
    session_list;
extern const struct model login_in, token_in, refresh_in, logout_in, logout_query, verify_query,
    token_out, access_token_out;
extern const struct model user_line, user_line_out, user_line_out_secrets;
extern const struct model document_in, document_update, document_batch, documents_made,
    document_out, document_full, document_list, document_full_list, document_path, document_query,
    document_list_query, document_search, document_hits;
extern const struct model file_out, file_list, file_list_query, file_path, file_name_path,
    file_query;
extern const struct model health_out, health_db_out, docs_path;

#endif
