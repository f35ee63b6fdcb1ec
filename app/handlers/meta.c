#include <string.h>

#include "lib/buf.h"
#include "lib/metrics.h"
#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/request.h"
#include "app/services/readiness.h"
#include "app/worker.h"

#include "app/handlers/handlers.h"

const struct error *
health(struct request *rq)
{
	struct Health out = {.status = "healthy"};

	reply_model(&rq->turn->reply, 200, &health_out, &out);
	return NULL;
}

const struct error *
health_db(struct request *rq)
{
	struct HealthDb out = {
	    .status = "healthy", .database = "connected", .migrations = "current"};
	const struct error *e = readiness(&rq->service);

	if (e == NULL)
		reply_model(&rq->turn->reply, 200, &health_db_out, &out);
	return e;
}

const struct error *
openapi_document(struct request *rq)
{
	reply_text(&rq->turn->reply, 200, "application/json", rq->worker->openapi,
	    rq->worker->openapi_bytes);
	return NULL;
}

const struct error *
metrics_text(struct request *rq)
{
	const struct worker *w = rq->worker;
	const struct metrics m = {.prefix = "gatehouse",
	    .version = w->api->version,
	    .slots = w->slots,
	    .pools = worker_pools,
	    .routes = w->api->routes};
	struct buf b;

	buf_init(&b, rq->turn->arena);
	metrics_render(&b, &m);
	reply_text(&rq->turn->reply, 200, METRICS_TYPE, b.at, b.bytes);
	reply_header(&rq->turn->reply, "Cache-Control", "no-store");
	return NULL;
}

/* The files lie with nginx; the program only says that they may be had. */
const struct error *
docs_page(struct request *rq)
{
	reply_hand_over(&rq->turn->reply, "/_static/docs/index.html");
	return NULL;
}

const struct error *
docs_file(struct request *rq)
{
	static const struct {
		const char *name, *location;
	} files[] = {
	    {"init.js", "/_static/docs/init.js"},
	    {"swagger-ui.css", "/_static/docs/swagger-ui.css"},
	    {"swagger-ui-bundle.js", "/_static/docs/swagger-ui-bundle.js"},
	};
	const struct DocsPath *in = rq->path;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(in->file, files[i].name) == 0) {
			reply_hand_over(&rq->turn->reply, files[i].location);
			return NULL;
		}
	}
	return &error_not_found;
}
