#include <string.h>

#include <cjson/cJSON.h>

#include "lib/json.h"

#include "lib/json_get.h"

int
json_get_members(const struct cJSON *object)
{
	return cJSON_IsObject(object) ? cJSON_GetArraySize(object) : -1;
}

/* cJSON_GetObjectItem() would ignore case: "EXP" would do for "exp". */
static const cJSON *
member(const cJSON *object, const char *name)
{
	return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

bool
json_get_has(const struct cJSON *object, const char *name)
{
	return member(object, name) != NULL;
}

const char *
json_get_text(const struct cJSON *object, const char *name)
{
	return cJSON_GetStringValue(member(object, name));
}

bool
json_get_integer(const struct cJSON *object, const char *name, int64_t *n_r)
{
	const cJSON *item = member(object, name);
	double d;

	if (item == NULL || !cJSON_IsNumber(item))
		return false;
	d = item->valuedouble;
	if (!(d >= -(double)JSON_INT_MAX && d <= (double)JSON_INT_MAX) || (double)(int64_t)d < d ||
	    (double)(int64_t)d > d)
		return false;
	*n_r = (int64_t)d;
	return true;
}

bool
json_get_names(const struct cJSON *object, const char *name, const char *text)
{
	const cJSON *item = member(object, name), *element;
	bool holds = false;

	if (item == NULL)
		return false;
	if (cJSON_IsString(item))
		return strcmp(item->valuestring, text) == 0;
	if (!cJSON_IsArray(item))
		return false;
	cJSON_ArrayForEach(element, item)
	{
		if (!cJSON_IsString(element))
			return false;
		holds |= strcmp(element->valuestring, text) == 0;
	}
	return holds;
}
