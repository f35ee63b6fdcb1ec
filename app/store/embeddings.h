#ifndef APP_STORE_EMBEDDINGS_H
#define APP_STORE_EMBEDDINGS_H

/*
 * embeddings_value(a, embeddings, n): the numbers of all of them, one behind the other, as the value of a
 * statement's .binary parameter, a real[], which pgvector casts to a vector; NULL where there are none. To print
 * them and have them read again takes longer than all the rest of keeping a document.
 */

#include <stddef.h>

#include "app/document.h"

struct arena;

const char *embeddings_value(struct arena *, const struct embedding *, size_t n);

#endif
