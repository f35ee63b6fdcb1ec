#ifndef APP_API_ROUTES_H
#define APP_API_ROUTES_H

#include "lib/model.h"

/* The table of contents of the program: what may be called, by whom, with what, for what. */
extern const struct route routes[];

#endif
