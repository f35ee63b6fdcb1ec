#include "lib/arena.h"
#include "lib/reply.h"

#include "app/api/models.h"
#include "app/request.h"
#include "app/services/statistics.h"

#include "app/handlers/handlers.h"

static int64_t
last_days(const struct statistics *s, int n)
{
	int64_t sum = 0;

	for (int i = STATISTICS_DAYS - n; i < STATISTICS_DAYS; i++)
		sum += s->days[i].count;
	return sum;
}

static struct list
trend(struct arena *a, const struct statistics *s)
{
	struct RegistrationDay *days = arena_array(a, STATISTICS_DAYS, sizeof(*days));

	for (int i = 0; i < STATISTICS_DAYS; i++)
		days[i] = (struct RegistrationDay){s->days[i].date, s->days[i].count};
	return (struct list){days, STATISTICS_DAYS};
}

const struct error *
users_stats(struct request *rq)
{
	struct statistics s;
	struct UserStatistics out;
	const struct error *e = statistics_now(&rq->service, &s);

	if (e != NULL)
		return e;
	out = (struct UserStatistics){.generated_at = {s.generated_us},
	    .total_users = s.active + s.inactive,
	    .active_users = s.active,
	    .inactive_users = s.inactive,
	    .verified_users = s.verified,
	    .users_by_role = {.user = s.active + s.inactive - s.admins, .admin = s.admins},
	    .new_users_today = last_days(&s, 1),
	    .new_users_7d = last_days(&s, 7),
	    .new_users_30d = last_days(&s, STATISTICS_DAYS),
	    .active_users_24h = s.active_24h,
	    .active_users_30d = s.active_30d,
	    .registration_trend = trend(rq->turn->arena, &s)};
	reply_model(&rq->turn->reply, 200, &user_statistics, &out);
	return NULL;
}
