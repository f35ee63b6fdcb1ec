#ifndef LIB_COMMON_PASSWORDS_H
#define LIB_COMMON_PASSWORDS_H

/*
 * Common passwords of at least 8 characters (the shorter ones fail every policy), lower-case, as rows
 * of words with one blank between them. The words are in byte order within a row and from row to row.
 */

#include <stddef.h>

extern const char *const common_passwords_rows[];
extern const size_t common_passwords_rows_n;

#endif
