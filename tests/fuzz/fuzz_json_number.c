/* Numbers. What the gate takes for one is read to its end, as the float that strtof() makes of it. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/json_number.h"
#include "tests/fuzz/must.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	char *text = malloc(bytes + 1);
	struct json_error error;
	cJSON *tree;

	memcpy(text, data, bytes);
	text[bytes] = '\0';
	if (json_parse(a, text, bytes, &tree, &error) && cJSON_IsNumber(tree)) {
		const char *p = text + strspn(text, " \t\r\n"), *start = p;
		float got = json_number_float(&p), wanted = strtof(start, NULL);

		must(memcmp(&got, &wanted, sizeof(got)) == 0);
		must(*(p + strspn(p, " \t\r\n")) == '\0');
	}
	arena_free(&a);
	free(text);
	return 0;
}
