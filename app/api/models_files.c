#include "app/api/formats.h"

#include "app/api/models.h"

enum { NAME_MAX_POINTS = 255 };

static const struct field file_fields[] = {
    FIELD(struct File, id, .flags = REQUIRED, .format = &format_uuid,
	.doc = "For good: what it names never changes."),
    FIELD(struct File, name, .flags = REQUIRED, .doc = "As it was given."),
    FIELD(struct File, size, .flags = REQUIRED, .doc = "Bytes."),
    FIELD(struct File, content_type, .flags = REQUIRED,
	.doc = "As it was declared, without parameters; nobody has looked into the file. What is "
	       "not on a short list of harmless types is sent as application/octet-stream."),
    FIELD(struct File, created_at, .flags = REQUIRED, .doc = "When it was kept."), {0}};

const struct model file_out = MODEL(File, file_fields, .doc = "A file.");

static const struct field file_path_fields[] = {
    FIELD(struct FilePath, id, .flags = REQUIRED, .format = &format_uuid, .doc = "Of the file.",
	.example = "5f0c8e4e-9a53-4f0e-8a6c-0d7b1c2e9f11"),
    {0}};

const struct model file_path = MODEL(FilePath, file_path_fields, .doc = "Which file.");

static const struct field file_name_path_fields[] = {
    FIELD(struct FilePath, id, .flags = REQUIRED, .min = 1, .max = NAME_MAX_POINTS,
	.doc = "Here its name: any text that may be a segment of a path. With a slash, or as a "
	       "dot or two, POST takes it.",
	.example = "report.pdf"),
    {0}};

const struct model file_name_path = {.name = "FileNamePath",
    .size = sizeof(struct FilePath),
    .fields = file_name_path_fields,
    .doc = "What it is called."};

static const struct field file_query_fields[] = {
    FIELD(struct FileQuery, name, .flags = REQUIRED, .min = 1, .max = NAME_MAX_POINTS,
	.doc = "What it is called: any text. It is never part of a path.", .example = "report.pdf"),
    {0}};

const struct model file_query = MODEL(FileQuery, file_query_fields, .doc = "What it is called.");

static const struct field file_list_query_fields[] = {LISTING_QUERY_FIELDS, {0}};

const struct model file_list_query = {.name = "FileListQuery",
    .size = sizeof(struct ListingQuery),
    .fields = file_list_query_fields,
    .doc = "Which page."};

static const struct field file_list_fields[] = {
    LISTING_FIELDS(&file_out, "The page, newest first."), {0}};
const struct model file_list = LISTING_MODEL(FileList, file_list_fields, "A page of your files.");
