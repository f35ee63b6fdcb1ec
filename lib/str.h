#ifndef LIB_STR_H
#define LIB_STR_H

/* Strings from outside: parsed whole or refused whole. ASCII tables of our own, no locale. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* str_int(s, min, max, &n): all of ${s} is 0 or -?[1-9][0-9]*, in [min, max]. One spelling each. */
bool str_int(const char *s, int64_t min, int64_t max, int64_t *n_r);

/* str_utf8(p, n): valid UTF-8 (RFC 3629: no overlong forms, no surrogates) without a NUL byte. */
bool str_utf8(const void *p, size_t n);

/* str_sequence(p, n): the bytes of the UTF-8 sequence at ${p}, where ${n} are left; 0 where there is
 * none: NUL too. */
size_t str_sequence(const void *p, size_t n);

/* str_points(s): code points in the valid UTF-8 string ${s}. */
int64_t str_points(const char *s);

/* str_next(&s): the code point at *s, moving *s past it; 0 at the end. ${s} is valid UTF-8. */
uint32_t str_next(const char **s);

/* ASCII only, whatever the locale (ID-02: never lower() of the database or of libc). */
char str_lower(char);
void str_lower_all(char *s);
bool str_same_nocase(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);

/* str_uuid(s): the 36-character RFC 9562 text form, any case. */
bool str_uuid(const char *s);

enum { STR_UUID_SIZE = 37 };

/* str_uuid_text(raw, text): 16 bytes to lower-case text with NUL. */
void str_uuid_text(const unsigned char raw[16], char text_r[STR_UUID_SIZE]);

/* str_uuid_raw(text, raw): the reverse; ${text} is one that str_uuid() takes. */
void str_uuid_raw(const char *text, unsigned char raw_r[16]);

#endif
