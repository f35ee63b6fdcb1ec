#ifndef APP_SERVICES_ACCESS_TOKEN_H
#define APP_SERVICES_ACCESS_TOKEN_H

/* Access tokens, for whoever has proven who they are. */

#include <stdint.h>

#include "lib/error.h"

struct service;
struct tokens;

/*
 * access_token_make(s, user_id, session_id, version, tokens): fills the access token and its life. With a
 * session ${version} is the user's token_version. ${session_id} "" makes one without a session, from a
 * user secret: then it is token_version + secret_version (schema/0005_secrets.sql).
 */
const struct error *access_token_make(struct service *, const char *user_id, const char *session_id,
    int64_t version, struct tokens *) __attribute__((warn_unused_result));

#endif
