#ifndef LIB_IDENT_H
#define LIB_IDENT_H

/* The identifiers a person may choose. ASCII tables of our own, never the database's lower() (ID-02). */

#include <stdbool.h>

struct arena;

enum {
	IDENT_EMAIL_MAX = 254,
	IDENT_USERNAME_MIN = 3,
	IDENT_USERNAME_MAX = 50,
	IDENT_NAME_MAX = 255
};

/*
 * Checks for field rows: NULL when fine, else a constant reason.
 * ident_email: one @, local part a dot-atom of 1–64 without "=?" (RFC 2047 §5), domain of LDH labels of 1–63 with at least one
 *   dot and a last label that is not all digits, at most 254 in all, ASCII, no quotes, comments,
 *   literals (RFC 5321 §4.1.2, §4.5.3.1).
 * ident_username: 3–50 of [A-Za-z0-9._-], first a letter or digit, no reserved word (admin, root, me,
 *   stats, bulk, …), hence never shaped like an e-mail.
 * ident_name: a display name without control (C0, C1), bidi, line/paragraph separator or
 *   noncharacter code points, and not blank only.
 * ident_uuid: RFC 9562 text form.
 */
const char *ident_email(const char *);
const char *ident_username(const char *);
const char *ident_name(const char *);
const char *ident_uuid(const char *);

/* ident_fold(s): lower-case the ASCII letters in place: the canonical key of an e-mail or username. */
void ident_fold(char *);

/* ident_key(a, s): a folded copy; NULL for NULL. */
const char *ident_key(struct arena *, const char *);

#endif
