#include <stddef.h>

#include "app/api/words.h"

const char *const words_roles[] = {"user", "admin", NULL};
