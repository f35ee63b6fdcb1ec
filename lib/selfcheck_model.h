#ifndef LIB_SELFCHECK_MODEL_H
#define LIB_SELFCHECK_MODEL_H

#include <stdbool.h>

struct arena;
struct model;

/* Where a model is used: rendered, bound from JSON, or bound from text (path, query, form). */
enum selfcheck_use { SELFCHECK_OUT, SELFCHECK_JSON, SELFCHECK_TEXT };

/*
 * selfcheck_model(a, model, use, &why): are its rows consistent, and those of its lists' elements?
 * Examples and defaults are asked of the binder itself, so they are refused where a request would be.
 */
bool selfcheck_model(struct arena *, const struct model *, enum selfcheck_use, const char **why_r)
    __attribute__((warn_unused_result));

#endif
