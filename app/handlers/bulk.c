#include <string.h>

#include "lib/arena.h"
#include "lib/reply.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/request.h"
#include "app/services/bulk.h"

#include "app/handlers/handlers.h"

static const char role_loc[] = "[\"body\",\"data\",\"role\"]";

/* The field row lets only these names through. */
static enum bulk_operation
operation(const char *name)
{
	enum bulk_operation o = 0;

	while (o < BULK_ROLE && strcmp(bulk_name(o), name) != 0)
		o++;
	return o;
}

static const struct error *
refuse_combination(struct request *rq, const struct bulk_order *order)
{
	if (order->operation == BULK_ROLE && order->role == NULL)
		(void)faults_add(&rq->faults, "missing", role_loc, "Field required");
	else if (order->operation != BULK_ROLE && order->role != NULL)
		(void)faults_add(
		    &rq->faults, "extra_forbidden", role_loc, "Extra inputs are not permitted");
	else
		return NULL;
	return &error_validation;
}

static struct BulkItem
show_item(const struct bulk_result *r)
{
	static const char *const statuses[] = {[BULK_UPDATED] = "updated",
	    [BULK_UNCHANGED] = "unchanged",
	    [BULK_NOT_FOUND] = "not_found"};

	return (struct BulkItem){.user_id = r->id,
	    .status = statuses[r->status],
	    .error_code = r->status == BULK_NOT_FOUND ? err_user_not_found.code : NULL};
}

static void
reply_outcome(struct request *rq, enum bulk_operation operation, const struct bulk_outcome *o)
{
	struct BulkItem *items = arena_array(rq->turn->arena, o->n, sizeof(*items));
	struct BulkResult out = {.operation = bulk_name(operation),
	    .requested = (int64_t)o->n,
	    .succeeded = (int64_t)(o->n - o->failed),
	    .failed = (int64_t)o->failed,
	    .results = {items, o->n}};

	for (size_t i = 0; i < o->n; i++)
		items[i] = show_item(&o->results[i]);
	reply_model(&rq->turn->reply, 200, &bulk_result, &out);
}

const struct error *
users_bulk(struct request *rq)
{
	const struct BulkOperation *in = rq->body;
	struct bulk_order order = {.operation = operation(in->operation),
	    .ids = in->user_ids.at,
	    .n = in->user_ids.n,
	    .role = in->data.role};
	struct bulk_outcome o;
	const struct error *e = refuse_combination(rq, &order);

	if (e == NULL)
		e = bulk_apply(&rq->service, &order, &o);
	if (e == NULL)
		reply_outcome(rq, order.operation, &o);
	return e;
}
