#ifndef LIB_EML_H
#define LIB_EML_H

/* Mails as files, for people who have no mail server. */

#include <stdbool.h>
#include <stddef.h>

/*
 * eml_write(folder, name, data, bytes, &why): the file ${name} in ${folder}, 0600, there whole and on disk or
 * not at all; one of that name is replaced.
 */
bool eml_write(const char *folder, const char *name, const void *data, size_t bytes,
    const char **why_r) __attribute__((warn_unused_result));

#endif
