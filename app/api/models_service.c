#include "app/api/models.h"

static const struct field health_fields[] = {
    FIELD(struct Health, status, .flags = REQUIRED, .doc = "\"healthy\"."), {0}};

const struct model health_out = MODEL(Health, health_fields, .doc = "The program answers.");

static const struct field health_db_fields[] = {
    FIELD(struct HealthDb, status, .flags = REQUIRED, .doc = "\"healthy\"."),
    FIELD(struct HealthDb, database, .flags = REQUIRED, .doc = "\"connected\"."),
    FIELD(struct HealthDb, migrations, .flags = REQUIRED, .doc = "\"current\"."), {0}};

const struct model health_db_out =
    MODEL(HealthDb, health_db_fields, .doc = "The database answers too.");

static const struct field docs_path_fields[] = {
    FIELD(struct DocsPath, file, .flags = REQUIRED, .max = 64, .doc = "A file of the viewer.",
	.example = "init.js"),
    {0}};

const struct model docs_path = MODEL(DocsPath, docs_path_fields, .doc = "A file of the viewer.");
