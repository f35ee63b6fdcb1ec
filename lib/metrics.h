#ifndef LIB_METRICS_H
#define LIB_METRICS_H

/*
 * The text format of Prometheus (0.0.4) for what all workers have counted in their slots. Whoever renders
 * it sums up: nothing is summed while requests are answered.
 */

struct buf;
struct route;
struct slots;

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics {
	const char *prefix, *version;
	const struct slots *slots;
	const char *const *pools;   /* names in the order of the slots' pools, NULL-terminated */
	const struct route *routes; /* ends with path == NULL; its order is the slots' */
};

/* metrics_render(b, metrics): add all of it. Routes that nobody has asked for yet have no lines. */
void metrics_render(struct buf *, const struct metrics *);

#endif
