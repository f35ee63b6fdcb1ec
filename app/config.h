#ifndef APP_CONFIG_H
#define APP_CONFIG_H

/*
 * The settings: one row each in config.c, read from the environment, from NAME_FILE (a file that
 * holds the value: secrets as Docker and systemd hand them over), or from ./.env, in this order.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "app/limits.h"

struct arena;

struct config {
	const char *app_name, *prefix, *public_url, *cors_origins;
	const char *database_url, *migrate_database_url;
	const char *secret_key, *secret_key_previous, *algorithm;
	int64_t access_minutes, refresh_days, session_days;
	const char *first_superuser, *first_superuser_password;
	int64_t read_workers, api_workers, auth_workers, files_workers, worker_requests;
	const char *password_policy, *password_scheme;
	int64_t yescrypt_cost, bcrypt_cost;
	const char *socket_dir, *socket_group, *log_level;
	const char *smtp_host, *smtp_user, *smtp_password, *smtp_tls, *smtp_ca_file;
	int64_t smtp_port, embedding_dimensions;
	const char *files_dir; /* "": no files */
	int64_t max_file_size, user_file_quota, files_grace_s;
	const char *mail_from, *mail_from_name, *mail_dir, *mail_templates;
	bool send_verification, require_verified;
	const char *rate_limits;
	struct limits limits; /* what RATE_LIMITS says */
	bool debug;
};

/*
 * config_load(a, config, &why): fill every member; strings live as long as ${a}. False with a
 * sentence that names the setting: malformed, out of bounds, an unknown key in .env, a NAME_FILE
 * that cannot be read or is readable by everybody, a missing one that is needed.
 */
bool config_load(struct arena *, struct config *, const char **why_r);

/*
 * config_check(config, &why): what may not go into service although it could be read: words that would
 * break a header or match no origin, a short, placeholder or uniform SECRET_KEY, a password cost under
 * the floor without DEBUG (CR-02, JW-14).
 */
bool config_check(const struct config *, const char **why_r);

/* config_help(out): every setting with its default and meaning, for --help and check-config. */
void config_help(FILE *);

#endif
