#include <assert.h>

#include "lib/model.h"

bool
model_limited(const struct route *r)
{
	return r->limit != NULL || r->admit != NULL;
}

bool
model_present(const struct field *f, const void *base)
{
	const void *p = (const char *)base + f->at;

	switch (f->kind) {
	case KIND_STR:
		return *(const char *const *)p != NULL;
	case KIND_SECRET:
		return ((const struct secret *)p)->s != NULL;
	case KIND_OPT_STR:
		return ((const struct opt_str *)p)->set;
	case KIND_OPT_BOOL:
		return ((const struct opt_bool *)p)->set;
	case KIND_OPT_INT:
		return ((const struct opt_int *)p)->set;
	case KIND_INSTANT:
		return ((const struct instant *)p)->us != INSTANT_NONE;
	case KIND_OPT_NUM:
		return ((const struct opt_num *)p)->set;
	case KIND_NUMBERS:
		return ((const struct numbers *)p)->set;
	case KIND_LIST:
		return ((const struct list *)p)->at != NULL;
	case KIND_JSON:
		return ((const struct json_text *)p)->s != NULL;
	case KIND_BOOL:
	case KIND_INT:
	case KIND_NUM:
	case KIND_MODEL:
		return true;
	}
	return false;
}

const struct route *
model_routes(const struct route *const *groups, struct route *all, size_t max)
{
	size_t n = 0;

	if (all[0].path != NULL)
		return all;
	for (; *groups != NULL; groups++) {
		for (const struct route *r = *groups; r->path != NULL; r++) {
			assert(n < max);
			all[n++] = *r;
		}
	}
	return all;
}
