#ifndef APP_API_LIMITS_H
#define APP_API_LIMITS_H

/* Every limit by its name in RATE_LIMITS; rows of the table point at theirs. */

#include "lib/model.h"

extern const struct limit limit_registration, limit_change_password, limit_password_reset,
    limit_verification, limit_link;

/*
 * Guessing, what a wrong password costs. login: one account from one network. login_account: one account from
 * everywhere but the networks it has sessions from. login_network: one network, whatever the accounts.
 */
extern const struct limit limit_login, limit_login_account, limit_login_network;

enum { LIMITS_N = 8 };

extern const struct limit *const limits_all[LIMITS_N + 1]; /* NULL-terminated */

#endif
