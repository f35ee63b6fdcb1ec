#include <string.h>
#include <strings.h>

#include "lib/arena.h"

#include "tests/http/client.h"

#include "tests/http/answer.h"

/* The value of the ${nth} header of that name, NULL when there are fewer. */
static const char *
header_nth(const struct answer *a, const char *name, size_t nth)
{
	size_t n = strlen(name);

	for (const char *line = a->headers; *line != '\0'; line += strcspn(line, "\n") + 1) {
		const char *value = line + n + 1;

		if (strncasecmp(line, name, n) == 0 && line[n] == ':' && nth-- == 0) {
			value += strspn(value, " ");
			return arena_strndup(client_arena(), value, strcspn(value, "\r\n"));
		}
		if (strchr(line, '\n') == NULL)
			return NULL;
	}
	return NULL;
}

const char *
answer_header(const struct answer *a, const char *name)
{
	return header_nth(a, name, 0);
}

size_t
answer_headers(const struct answer *a, const char *name)
{
	size_t n = 0;

	while (header_nth(a, name, n) != NULL)
		n++;
	return n;
}

static const cJSON *
member(const struct answer *a, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(a->json, name);
}

const char *
answer_text(const struct answer *a, const char *name)
{
	return cJSON_GetStringValue(member(a, name));
}

int64_t
answer_number(const struct answer *a, const char *name)
{
	const cJSON *n = member(a, name);

	return cJSON_IsNumber(n) ? (int64_t)n->valuedouble : -1;
}

bool
answer_is(const struct answer *a, const char *name)
{
	return cJSON_IsTrue(member(a, name));
}

bool
answer_has(const struct answer *a, const char *name)
{
	return member(a, name) != NULL;
}

const char *
answer_code(const struct answer *a)
{
	const char *code = answer_text(a, "error_code");

	return code == NULL ? "" : code;
}

static const char *
printed(const cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);
	const char *copy = text == NULL ? "" : arena_strdup(client_arena(), text);

	cJSON_free(text);
	return copy;
}

const cJSON *
answer_fault(const struct answer *a, const char *loc)
{
	const cJSON *fault;

	cJSON_ArrayForEach(fault, member(a, "detail"))
	{
		if (strcmp(printed(cJSON_GetObjectItemCaseSensitive(fault, "loc")), loc) == 0)
			return fault;
	}
	return NULL;
}

const char *
answer_fault_type(const struct answer *a, const char *loc)
{
	const char *type =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer_fault(a, loc), "type"));

	return type == NULL ? "" : type;
}

size_t
answer_faults(const struct answer *a)
{
	const cJSON *detail = member(a, "detail");

	return cJSON_IsArray(detail) ? (size_t)cJSON_GetArraySize(detail) : 0;
}
