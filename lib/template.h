#ifndef LIB_TEMPLATE_H
#define LIB_TEMPLATE_H

/*
 * Texts with {{name}} in them, and nothing else: no conditions, no loops, no way to reach what was
 * not handed in. Values are escaped for where they stand, so a template cannot forget to.
 */

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

enum { TEMPLATE_MAX = 64 * 1024 };

struct template_value {
	const char *name, *value;
	bool is_markup; /* HTML already: put in as it is */
};

/*
 * template_check(a, text, names, &why): is every {{ the beginning of a {{name}} that is in the
 * NULL-terminated list? Otherwise a sentence with the line.
 */
bool template_check(struct arena *, const char *text, const char *const *names, const char **why_r)
    __attribute__((warn_unused_result));

/*
 * template_fill(b, text, values, n, html): append ${text} with the values put in; into HTML with & < > "
 * and ' escaped, which is right between tags and within quoted attributes. ${text} has passed
 * template_check() for names that are all among the values.
 */
void
template_fill(struct buf *, const char *text, const struct template_value *, size_t n, bool html);

/* template_read(a, path, &text, &why): a file of at most TEMPLATE_MAX bytes of UTF-8. *text_r is NULL
 * where there is none, which is no fault. */
bool template_read(struct arena *, const char *path, const char **text_r, const char **why_r)
    __attribute__((warn_unused_result));

#endif
