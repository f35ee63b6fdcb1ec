#include <stddef.h>

#include "app/api/limits.h"

const struct limit limit_registration = {"registration", 5, 3600, LIMIT_BY_CLIENT, false};
const struct limit limit_change_password = {"change_password", 3, 3600, LIMIT_BY_ACCOUNT, false};
/* Of links by mail: who asks for one, and who shows one. */
const struct limit limit_password_reset = {"password_reset", 3, 3600, LIMIT_BY_CLIENT, false};
const struct limit limit_verification = {"verification", 5, 3600, LIMIT_BY_CLIENT, false};
const struct limit limit_link = {"link", 20, 900, LIMIT_BY_CLIENT, false};

/* The five that anybody needs who mistypes; then 2, 4, 8 … seconds, never more than 15 minutes (AU-03). */
const struct limit limit_login = {"login", 5, 900, LIMIT_BY_SUBJECT, true};
/* Well under 100 (NIST SP 800-63B), well over what one network may: nobody alone reaches it soon. */
const struct limit limit_login_account = {"login_account", 20, 900, LIMIT_BY_SUBJECT, true};
/* Of one password tried on many accounts (AU-09). A window, since many people may share an address. */
const struct limit limit_login_network = {"login_network", 50, 900, LIMIT_BY_SUBJECT, false};

const struct limit *const limits_all[LIMITS_N + 1] = {&limit_registration, &limit_change_password,
    &limit_password_reset, &limit_verification, &limit_link, &limit_login, &limit_login_account,
    &limit_login_network, NULL};
