#include "lib/reply.h"

#include "app/api/models.h"
#include "app/request.h"
#include "app/services/user_secret.h"

#include "app/handlers/handlers.h"

const struct error *
me_secret_put(struct request *rq)
{
	struct UserSecret out;
	const struct error *e = user_secret_put(&rq->service, &out.user_secret);

	if (e == NULL)
		reply_model(&rq->turn->reply, 201, &user_secret_out, &out);
	return e;
}

const struct error *
me_secret_drop(struct request *rq)
{
	const struct error *e = user_secret_drop(&rq->service);

	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}
