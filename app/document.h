#ifndef APP_DOCUMENT_H
#define APP_DOCUMENT_H

/* Documents, as all layers of the product know them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An owner of more documents than that is to have an index of his own. To compare so many takes 10 ms, and ten times
 * as many 100 ms; to ask an index takes 1 ms, but each insert of its owner then takes ten times as long. Every
 * statement on the table looks at every index there is: 50 of others make it up to a fifth slower. Hence the bound
 * on how many; who comes after these is compared exactly (bench/vectors).
 */
enum { DOCUMENT_INDEX_FROM = 10000, DOCUMENT_INDEXES_MAX = 50 };

struct document {
	const char *id, *title, *content;
	const char *metadata;  /* a JSON object */
	const char *embedding; /* "[0.1,0.2]"; NULL where it has none or none was asked for */
	bool has_embedding;
	int64_t created_us, updated_us, row_version;
};

/* EMBEDDING_DIMENSIONS numbers; at == NULL: none. */
struct embedding {
	const float *at;
	size_t n;
};

/* ${metadata} may be NULL for {}. */
struct document_new {
	const char *title, *content, *metadata;
	struct embedding embedding;
};

/* NULL stays as it is. ${embedding_set} with none removes it. */
struct document_change {
	const char *title, *content, *metadata;
	struct embedding embedding;
	bool embedding_set;
};

/* Constants of the interface: document_metrics[] has their names in this order. */
enum document_metric { DOCUMENT_COSINE, DOCUMENT_L2, DOCUMENT_INNER_PRODUCT };

struct document_question {
	struct embedding embedding;
	enum document_metric metric;
	int64_t limit;
	const char *filter; /* a JSON object that the metadata must hold; NULL: any */
};

struct document_hit {
	struct document document;
	double distance; /* as the metric's operator has it: less is nearer */
};

#endif
