#ifndef LIB_CURSOR_H
#define LIB_CURSOR_H

/*
 * A place in a sorted list, as one opaque word: the sort key and the id of the last row that was seen.
 * It is bound to the question it was an answer to (sort, direction, filters), so that a client which
 * changes the question in the middle is told so instead of being given rows that were skipped or seen.
 *
 * It is no secret and proves nothing: whoever makes one up only starts somewhere else in a list that he
 * may read anyway. What is in it goes to the database as a parameter.
 */

#include <stdbool.h>

struct arena;

struct cursor {
	const char *key; /* text of the sort key */
	const char *id;  /* a UUID */
};

/* cursor_text(a, question, cursor): ${question} is any text that differs where the question does. */
const char *cursor_text(struct arena *, const char *question, const struct cursor *);

/* cursor_read(a, question, text, cursor): false for what is no cursor, or one of another question. */
bool cursor_read(struct arena *, const char *question, const char *text, struct cursor *)
    __attribute__((warn_unused_result));

#endif
