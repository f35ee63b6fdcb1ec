#include <stdio.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/token.h"

#include "app/config.h"
#include "app/services/service.h"
#include "app/services/signin.h"

#include "app/services/access_token.h"

const struct error *
access_token_make(struct service *s, const char *user_id, const char *session_id, int64_t version,
    struct tokens *t)
{
	char *access = arena_alloc(s->arena, TOKEN_TEXT_SIZE);
	struct token_claims claims = {.ver = version};

	(void)snprintf(claims.sub, sizeof(claims.sub), "%s", user_id); /* a UUID: it fits */
	(void)snprintf(claims.sid, sizeof(claims.sid), "%s", session_id);
	secret_uuid(claims.jti);
	t->expires_in_s = s->config->access_minutes * 60;
	claims.iat_s = clock_now_us() / CLOCK_US_PER_S;
	claims.exp_s = claims.iat_s + t->expires_in_s;
	if (!token_sign(s->tokens, &claims, access)) {
		log_line(LOG_ERROR, "token_sign_failed", LOG_S("user", user_id));
		return &error_internal;
	}
	t->access_token = access;
	return NULL;
}
