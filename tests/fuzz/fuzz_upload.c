/*
 * What the client says of a file. Whatever its name, the header that suggests it is one line of plain ASCII, its
 * quoted string ends where it should, and neither form holds a separator of paths. A media type that is taken
 * is lower case and short, and is taken again as it is. A path of the web server's gives digits or nothing.
 */

#include <stdint.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/depot.h"
#include "lib/disposition.h"
#include "lib/http.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

static void
check_disposition(struct arena *a, const char *name)
{
	static const char begin[] = "attachment; filename=\"", middle[] = "\"; filename*=UTF-8''";
	const char *end;
	struct buf b;

	buf_init(&b, a);
	disposition_attachment(&b, name);
	for (size_t i = 0; i < b.bytes; i++)
		must(b.at[i] >= ' ' && b.at[i] <= '~');
	must(str_starts(b.at, begin));
	end = strchr(b.at + strlen(begin), '"');
	must(end != NULL && str_starts(end, middle));
	must(strpbrk(b.at, "/\\") == NULL);
	end += strlen(middle);
	must(strpbrk(end, "\"; '") == NULL && strstr(end, "%2F") == NULL &&
	    strstr(end, "%5C") == NULL && strstr(end, "%0") == NULL &&
	    strstr(end, "%E2%80%AE") == NULL);
}

static void
check_type(struct arena *a, const char *text)
{
	const char *type = http_media_type(a, text);

	if (type == NULL)
		return;
	must(strlen(type) <= HTTP_MEDIA_TYPE_MAX && strchr(type, '/') != NULL);
	must(strpbrk(type, " \t\r\n;,\"ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	must(strcmp(http_media_type(a, type), type) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, n);
	const char *arrived = depot_arrived(text);

	must(arrived == NULL ||
	    (*arrived != '\0' && strspn(arrived, "0123456789") == strlen(arrived)));
	check_type(a, text);
	if (str_utf8(text, strlen(text)))
		check_disposition(a, text);
	arena_free(&a);
	return 0;
}
