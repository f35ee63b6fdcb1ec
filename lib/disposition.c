#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/form.h"
#include "lib/str.h"

#include "lib/disposition.h"

/* C0, DEL and C1, separators of paths, line and paragraph separators, marks of direction. */
static bool
is_treacherous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '/' || c == '\\' || c == 0x061c ||
	    (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

static bool
is_plain(uint32_t c)
{
	return c < 0x7f && c != '"' && c != '%' && !is_treacherous(c);
}

void
disposition_attachment(struct buf *b, const char *name)
{
	struct buf suggested;
	const char *s = name, *at = name;
	uint32_t c;

	buf_init(&suggested, b->arena);
	buf_puts(b, "attachment; filename=\"");
	while ((c = str_next(&s)) != 0) {
		buf_putc(b, is_plain(c) ? (char)c : '_');
		if (is_treacherous(c))
			buf_putc(&suggested, '_');
		else
			buf_add(&suggested, at, (size_t)(s - at));
		at = s;
	}
	buf_puts(b, "\"; filename*=UTF-8''");
	form_escape(b, suggested.at);
}
