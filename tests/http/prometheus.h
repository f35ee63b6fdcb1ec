#ifndef TESTS_HTTP_PROMETHEUS_H
#define TESTS_HTTP_PROMETHEUS_H

/* A strict reader of Prometheus's text format 0.0.4: whatever a scraper could stumble over fails the test. */

#include <stddef.h>

struct prometheus_sample {
	const char *name, *labels; /* as they stand between the braces; "" without */
	double value;
};

struct prometheus {
	struct prometheus_sample *samples;
	size_t n;
};

/*
 * prometheus_parse(text): every line is one of the format; each family has its HELP and TYPE once, before
 * its samples, which stand together; no series stands twice; counters end in _total and are whole numbers
 * from 0 on; of a histogram, the buckets of a series grow up to +Inf, which is its count, and there is a sum.
 */
struct prometheus prometheus_parse(const char *text);

/* prometheus_value(p, name, labels): -1 without. prometheus_sum(p, name, part): of all with ${part} in them. */
double prometheus_value(const struct prometheus *, const char *name, const char *labels);
double prometheus_sum(const struct prometheus *, const char *name, const char *part);

#endif
