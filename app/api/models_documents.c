#include <assert.h>

#include "app/api/formats.h"

#include "app/api/models.h"

/* Bytes of metadata with all numbers written out, and code points of a text that fits the body's limit. */
enum { METADATA_MAX = 16384, TITLE_MAX = 255, CONTENT_MAX = 50000, BATCH_MAX = 500 };

#define METADATA_EXAMPLE "{\"lang\":\"en\",\"year\":2026}"
/* Three for the eye: as many as EMBEDDING_DIMENSIONS are meant. */
#define EMBEDDING_EXAMPLE "[0.12,-0.5,0.33]"
#define EMBEDDING_DOC                                                                           \
	"As many numbers as the operator's EMBEDDING_DIMENSIONS says, 384 by default; finite, " \
	"not all zero, in single precision."

static const struct field document_in_fields[] = {
    FIELD(struct DocumentIn, title, .flags = REQUIRED, .min = 1, .max = TITLE_MAX,
	.format = &format_text, .doc = "What it is called.", .example = "On Analytical Engines"),
    FIELD(struct DocumentIn, content, .flags = REQUIRED, .min = 1, .max = CONTENT_MAX,
	.doc = "The text.", .example = "The engine weaves algebraical patterns."),
    FIELD(struct DocumentIn, metadata, .max = METADATA_MAX,
	.doc = "Whatever describes it; {} without. Searches can ask for a part of it. At most "
	       "16384 bytes with its numbers written out.",
	.example = METADATA_EXAMPLE),
    FIELD(struct DocumentIn, embedding, .flags = NULLABLE,
	.doc = EMBEDDING_DOC " Without it no search finds the document.",
	.example = EMBEDDING_EXAMPLE),
    {0}};

const struct model document_in =
    MODEL(DocumentIn, document_in_fields, .doc = "A document to keep.");

static const struct field document_update_fields[] = {
    FIELD(struct DocumentIn, title, .min = 1, .max = TITLE_MAX, .format = &format_text,
	.doc = "What it is called.", .example = "On Analytical Engines"),
    FIELD(struct DocumentIn, content, .min = 1, .max = CONTENT_MAX, .doc = "The text.",
	.example = "The engine weaves algebraical patterns."),
    FIELD(struct DocumentIn, metadata, .max = METADATA_MAX, .doc = "Instead of all that was there.",
	.example = METADATA_EXAMPLE),
    FIELD(struct DocumentIn, embedding, .flags = NULLABLE, .doc = EMBEDDING_DOC " Null removes it.",
	.example = EMBEDDING_EXAMPLE),
    {0}};

const struct model document_update = {.name = "DocumentUpdate",
    .size = sizeof(struct DocumentIn),
    .fields = document_update_fields,
    .doc = "What changes; what is absent stays."};

static const struct field document_batch_fields[] = {
    FIELD(struct DocumentBatch, documents, .flags = REQUIRED, .min = 1, .max = BATCH_MAX,
	.of = &document_in, .doc = "All of them, or none."),
    {0}};

const struct model document_batch =
    MODEL(DocumentBatch, document_batch_fields, .doc = "Documents to keep.");

static const struct field documents_made_fields[] = {
    FIELD(struct DocumentsMade, created, .flags = REQUIRED, .doc = "How many."),
    FIELD(struct DocumentsMade, ids, .flags = REQUIRED, .format = &format_uuid,
	.doc = "Theirs, in the order they were sent."),
    {0}};

const struct model documents_made =
    MODEL(DocumentsMade, documents_made_fields, .doc = "What was kept.");

#define DOCUMENT_FIELDS                                                                            \
	FIELD(struct Document, id, .flags = REQUIRED, .format = &format_uuid, .doc = "For good."), \
	    FIELD(struct Document, title, .flags = REQUIRED, .doc = "What it is called."),         \
	    FIELD(struct Document, content, .flags = REQUIRED, .doc = "The text."),                \
	    FIELD(struct Document, metadata, .flags = REQUIRED, .doc = "Whatever describes it."),  \
	    FIELD(struct Document, has_embedding, .flags = REQUIRED,                               \
		.doc = "Searches can find it."),                                                   \
	    FIELD(struct Document, created_at, .flags = REQUIRED, .doc = "When it was made."),     \
	    FIELD(struct Document, updated_at, .flags = REQUIRED,                                  \
		.doc = "When it was changed last.")

static const struct field document_fields[] = {DOCUMENT_FIELDS, {0}};

const struct model document_out = MODEL(Document, document_fields, .doc = "A document.");

static const struct field document_full_fields[] = {DOCUMENT_FIELDS,
    FIELD(struct Document, embedding, .flags = REQUIRED | NULLABLE,
	.doc = "In single precision, with ?include=embedding; null where it has none."),
    {0}};

const struct model document_full = {.name = "DocumentWithEmbedding",
    .size = sizeof(struct Document),
    .fields = document_full_fields,
    .doc = "A document with its embedding."};

static_assert(offsetof(struct DocumentHit, document) == 0, "DOCUMENT_FIELDS has its offsets");

static const struct field document_hit_fields[] = {DOCUMENT_FIELDS,
    FIELD(struct DocumentHit, distance, .flags = REQUIRED,
	.doc = "cosine: 1 - the cosine of the angle, 0 to 2. l2: Euclidean. inner_product: the "
	       "inner product, negated. Less is nearer."),
    FIELD(struct DocumentHit, score, .flags = REQUIRED,
	.doc = "cosine: 1 - distance. l2: 1 / (1 + distance). inner_product: the inner product. "
	       "More is nearer."),
    {0}};

static const struct model document_hit =
    MODEL(DocumentHit, document_hit_fields, .doc = "A document and how near it is.");

static const struct field document_hits_fields[] = {
    FIELD(struct DocumentHits, items, .flags = REQUIRED, .of = &document_hit,
	.doc = "The nearest first."),
    {0}};

const struct model document_hits =
    MODEL(DocumentHits, document_hits_fields, .doc = "What was found.");

static const struct field document_path_fields[] = {
    FIELD(struct DocumentPath, id, .flags = REQUIRED, .format = &format_uuid,
	.doc = "Of the document.", .example = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"),
    {0}};

const struct model document_path =
    MODEL(DocumentPath, document_path_fields, .doc = "Which document.");

static const char *const includes[] = {"embedding", NULL};
#define INCLUDE_DOC "What else is to be in the answer."

static const struct field document_query_fields[] = {
    FIELD(struct DocumentQuery, include, .choices = includes, .doc = INCLUDE_DOC,
	.example = "embedding"),
    {0}};

const struct model document_query =
    MODEL(DocumentQuery, document_query_fields, .doc = "What of it.");

static_assert(
    offsetof(struct DocumentListQuery, list) == 0, "LISTING_QUERY_FIELDS has its offsets");

static const struct field document_list_query_fields[] = {LISTING_QUERY_FIELDS,
    FIELD(struct DocumentListQuery, include, .choices = includes, .doc = INCLUDE_DOC,
	.example = "embedding"),
    {0}};

const struct model document_list_query =
    MODEL(DocumentListQuery, document_list_query_fields, .doc = "Which page, and what of each.");

static const struct field document_list_fields[] = {
    LISTING_FIELDS(&document_out, "The page, newest first."), {0}};
const struct model document_list =
    LISTING_MODEL(DocumentList, document_list_fields, "A page of your documents.");

static const struct field document_full_list_fields[] = {
    LISTING_FIELDS(&document_full, "The page, newest first."), {0}};
const struct model document_full_list = LISTING_MODEL(DocumentWithEmbeddingList,
    document_full_list_fields, "A page of your documents with their embeddings.");

const char *const document_metrics[] = {"cosine", "l2", "inner_product", NULL};

static const struct field document_search_fields[] = {
    FIELD(struct DocumentSearch, embedding, .flags = REQUIRED, .doc = EMBEDDING_DOC,
	.example = EMBEDDING_EXAMPLE),
    FIELD(struct DocumentSearch, limit, .min = 1, .max = 100, .fallback = "10",
	.doc = "How many at most.", .example = "10"),
    FIELD(struct DocumentSearch, metric, .choices = document_metrics, .fallback = "cosine",
	.doc = "What near means.", .example = "cosine"),
    FIELD(struct DocumentSearch, filter, .max = METADATA_MAX,
	.doc = "Only documents whose metadata holds all of this.", .example = "{\"lang\":\"en\"}"),
    FIELD(struct DocumentSearch, min_score,
	.doc = "Only documents with this score or a better one.", .example = "0.25"),
    {0}};

const struct model document_search =
    MODEL(DocumentSearch, document_search_fields, .doc = "What is to be near.");
