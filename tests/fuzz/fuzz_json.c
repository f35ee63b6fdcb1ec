/*
 * The JSON gate. What it accepts is UTF-8 without NUL, within our bounds, prints, and the print is
 * accepted again as an equal tree. What it refuses has an offset inside the text and a reason. Of
 * the lean tree the same holds, and it lacks lists of numbers and nothing else.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "lib/arena.h"
#include "lib/json.h"
#include "lib/str.h"
#include "tests/fuzz/must.h"

/* A walk of its own: bounds, names, numbers. Counts the values. */
static size_t
check_tree(const cJSON *node, int depth)
{
	size_t n = 1, members = 0;

	if (cJSON_IsString(node))
		must(str_utf8(node->valuestring, strlen(node->valuestring)));
	if (cJSON_IsNumber(node)) /* neither infinite nor NaN */
		must(node->valuedouble - node->valuedouble == 0);
	if (cJSON_IsArray(node) || cJSON_IsObject(node))
		must(++depth <= JSON_DEPTH_MAX);
	for (const cJSON *m = node->child; m != NULL; m = m->next, members++) {
		n += check_tree(m, depth);
		if (!cJSON_IsObject(node))
			continue;
		must(str_utf8(m->string, strlen(m->string)));
		must(
		    cJSON_GetObjectItemCaseSensitive(node, m->string) == m); /* no twin before it */
	}
	must(!cJSON_IsObject(node) || members <= JSON_KEYS_MAX);
	return n;
}

static int
of_numbers(const cJSON *list)
{
	const cJSON *e = list->child;

	while (e != NULL && cJSON_IsNumber(e))
		e = e->next;
	return e == NULL;
}

static void
check_lean(const cJSON *lean, const cJSON *tree)
{
	const cJSON *l = lean->child, *t = tree->child;

	if (cJSON_IsArray(tree) && of_numbers(tree)) {
		must(cJSON_IsArray(lean) && l == NULL);
		return;
	}
	must(lean->type == tree->type);
	for (; l != NULL && t != NULL; l = l->next, t = t->next) {
		must(t->string == NULL || strcmp(l->string, t->string) == 0);
		check_lean(l, t);
	}
	must(l == NULL && t == NULL);
	if (tree->child == NULL)
		must(cJSON_Compare(lean, tree, 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct arena *a = arena_new();
	char *text = malloc(bytes + 1), *print;
	struct json_error error = {0}, lean_error = {0};
	cJSON *tree = NULL, *again = NULL, *lean = NULL;

	memcpy(text, data, bytes);
	text[bytes] = '\0';
	if (json_parse(a, text, bytes, &tree, &error)) {
		must(str_utf8(text, bytes));
		must(check_tree(tree, 0) <= JSON_ITEMS_MAX);
		print = cJSON_PrintUnformatted(tree);
		must(print != NULL);
		must(json_parse(a, print, strlen(print), &again, &error));
		must(json_parse_lean(a, text, bytes, &lean, &error));
		check_lean(lean, tree);
		must(cJSON_Compare(tree, again, 1));
		cJSON_free(print);
	} else {
		must(tree == NULL && error.why != NULL && error.offset <= bytes);
		must(!json_parse_lean(a, text, bytes, &lean, &lean_error));
		must(lean_error.why == error.why && lean_error.offset == error.offset);
	}
	arena_free(&a);
	free(text);
	return 0;
}
