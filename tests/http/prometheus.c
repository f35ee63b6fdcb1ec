#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/arena.h"

#include "tests/http/client.h"

#include "tests/http/prometheus.h"

enum { SAMPLES_MAX = 10000, FAMILIES_MAX = 200 };

static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:";
static const char later[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";

struct reader {
	struct prometheus out;
	const char *family, *type; /* in hand; NULL: none yet */
	bool helped;               /* its HELP has come, its TYPE has not */
	const char *seen[FAMILIES_MAX];
	size_t seen_n;
};

static const char *
word(const char **at, const char *line)
{
	size_t n = strspn(*at, later);
	const char *name = arena_strndup(client_arena(), *at, n);

	cr_assert(n > 0 && strchr(first, **at) != NULL, "no name: %s", line);
	*at += n;
	return name;
}

static void
help(struct reader *r, const char *line)
{
	const char *at = line + strlen("# HELP ");
	const char *name = word(&at, line);

	cr_assert(*at == ' ' && at[1] > ' ', "no help: %s", line);
	for (size_t i = 0; i < r->seen_n; i++)
		cr_assert_str_neq(r->seen[i], name, "twice: %s", line);
	cr_assert_lt(r->seen_n, (size_t)FAMILIES_MAX);
	cr_assert_not(r->helped, "no TYPE before %s", line);
	r->seen[r->seen_n++] = r->family = name;
	r->type = NULL;
	r->helped = true;
}

static void
type(struct reader *r, const char *line)
{
	const char *at = line + strlen("# TYPE ");
	const char *name = word(&at, line);
	size_t n = strlen(name);

	cr_assert(r->helped && strcmp(name, r->family) == 0, "no HELP before %s", line);
	cr_assert_eq(*at++, ' ', "%s", line);
	cr_assert(
	    strcmp(at, "counter") == 0 || strcmp(at, "gauge") == 0 || strcmp(at, "histogram") == 0,
	    "%s", line);
	r->type = at;
	r->helped = false;
	cr_assert_eq(strcmp(at, "counter") == 0, n > 6 && strcmp(name + n - 6, "_total") == 0,
	    "only counters are called _total: %s", line);
}

/* name="value",… up to the brace; in values \\, \" and \n are escaped, and nothing else is. */
static const char *
labels(const char **at, const char *line)
{
	const char *start = ++*at, *names[16], *end;
	size_t n = 0;

	while (**at != '}') {
		const char *name = word(at, line);

		cr_assert_null(strchr(name, ':'), "%s", line);
		for (size_t i = 0; i < n; i++)
			cr_assert_str_neq(names[i], name, "a label twice: %s", line);
		cr_assert_lt(n, (size_t)16);
		names[n++] = name;
		cr_assert(strncmp(*at, "=\"", 2) == 0, "%s", line);
		for (*at += 2; **at != '"'; ++*at) {
			cr_assert_neq(**at, '\0', "%s", line);
			if (**at == '\\')
				cr_assert_not_null(strchr("\\\"n", *++*at), "%s", line);
		}
		++*at;
		if (**at == ',')
			++*at;
		else
			cr_assert_eq(**at, '}', "%s", line);
	}
	end = (*at)++;
	return arena_strndup(client_arena(), start, (size_t)(end - start));
}

static bool
belongs(const struct reader *r, const char *name)
{
	static const char *const ends[] = {"_bucket", "_sum", "_count"};
	size_t n = strlen(r->family);

	if (strcmp(r->type, "histogram") != 0)
		return strcmp(name, r->family) == 0;
	for (size_t i = 0; i < 3; i++) {
		if (strncmp(name, r->family, n) == 0 && strcmp(name + n, ends[i]) == 0)
			return true;
	}
	return false;
}

static void
sample(struct reader *r, const char *line)
{
	const char *at = line, *name = word(&at, line);
	struct prometheus_sample s = {.name = name, .labels = ""};
	char *end;

	cr_assert(r->family != NULL && r->type != NULL && belongs(r, name),
	    "not of the family in hand: %s", line);
	if (*at == '{')
		s.labels = labels(&at, line);
	cr_assert(at[0] == ' ' && at[1] > ' ', "%s", line);
	s.value = strtod(at + 1, &end);
	cr_assert_eq(*end, '\0', "no number: %s", line);
	cr_assert(isfinite(s.value) && s.value >= 0, "%s", line);
	if (strcmp(r->type, "counter") == 0)
		cr_assert_eq(s.value, floor(s.value), "%s", line);
	for (size_t i = 0; i < r->out.n; i++)
		cr_assert(strcmp(r->out.samples[i].name, name) != 0 ||
			strcmp(r->out.samples[i].labels, s.labels) != 0,
		    "twice: %s", line);
	cr_assert_lt(r->out.n, (size_t)SAMPLES_MAX);
	r->out.samples[r->out.n++] = s;
}

static const char *
print_family(const char *name, const char *end)
{
	return client_print("%.*s%s", (int)(strlen(name) - strlen("_bucket")), name, end);
}

/* Of one series, in the order of the lines: from its first bucket to the one called +Inf. */
static void
histograms(const struct prometheus *p)
{
	double last_le = -1, last = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct prometheus_sample *s = &p->samples[i];
		const char *le = strstr(s->labels, ",le=\"");
		double at;

		if (strlen(s->name) < 7 || strcmp(s->name + strlen(s->name) - 7, "_bucket") != 0)
			continue;
		cr_assert_not_null(le, "%s{%s}", s->name, s->labels);
		at = strtod(le + 5, NULL);
		cr_assert(at > last_le && s->value >= last, "%s{%s}", s->name, s->labels);
		last_le = at;
		last = s->value;
		if (isinf(at)) {
			const char *rest = client_print("%.*s", (int)(le - s->labels), s->labels);

			cr_assert_eq(prometheus_value(p, print_family(s->name, "_count"), rest),
			    s->value, "%s{%s}", s->name, s->labels);
			cr_assert_geq(prometheus_value(p, print_family(s->name, "_sum"), rest), 0);
			last_le = -1;
			last = 0;
		}
	}
	cr_assert_eq(last_le, -1, "a histogram without +Inf");
}

struct prometheus
prometheus_parse(const char *text)
{
	struct reader r = {.family = NULL};
	const char *end;

	r.out.samples = arena_array(client_arena(), SAMPLES_MAX, sizeof(*r.out.samples));
	for (; *text != '\0'; text = end + 1) {
		const char *line;

		end = strchr(text, '\n');
		cr_assert_not_null(end, "the last line has no end: %s", text);
		line = arena_strndup(client_arena(), text, (size_t)(end - text));
		for (const char *c = line; *c != '\0'; c++)
			cr_assert(*c >= ' ' && *c <= '~', "%s", line);
		if (strncmp(line, "# HELP ", 7) == 0)
			help(&r, line);
		else if (strncmp(line, "# TYPE ", 7) == 0)
			type(&r, line);
		else
			sample(&r, line);
	}
	cr_assert_not(r.helped);
	histograms(&r.out);
	return r.out;
}

double
prometheus_value(const struct prometheus *p, const char *name, const char *wanted)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->samples[i].name, name) == 0 &&
		    strcmp(p->samples[i].labels, wanted) == 0)
			return p->samples[i].value;
	}
	return -1;
}

double
prometheus_sum(const struct prometheus *p, const char *name, const char *part)
{
	double sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->samples[i].name, name) == 0 &&
		    strstr(p->samples[i].labels, part) != NULL)
			sum += p->samples[i].value;
	}
	return sum;
}
