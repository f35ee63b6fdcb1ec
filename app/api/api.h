#ifndef APP_API_API_H
#define APP_API_API_H

#include "lib/model.h"

/* api_with(title, prefix): the whole interface under ${prefix}, as every reader takes it. */
struct api api_with(const char *title, const char *prefix);

#endif
