#include <string.h>

#include <criterion/criterion.h>

#include "tests/http/db.h"
#include "tests/http/person.h"

enum { DAYS = 30, PARALLEL = 16 };

static struct answer *
stats(const struct person *admin)
{
	struct answer *a = CLIENT_ASK(.path = "/users/stats", .token = admin->access);

	ANSWER_IS(a, 200, "");
	return a;
}

/* As if the background process had been away: who asks next counts. */
static void
outdate(void)
{
	DB_DO("UPDATE statistics SET generated_at = '-infinity'");
}

static int64_t
number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	cr_assert(cJSON_IsNumber(item), "%s", name);
	return (int64_t)item->valuedouble;
}

static const cJSON *
trend(const struct answer *a)
{
	return cJSON_GetObjectItemCaseSensitive(a->json, "registration_trend");
}

Test(stats, is_for_admins)
{
	struct person p = person_new(), admin = person_admin();

	ANSWER_IS(CLIENT_ASK(.path = "/users/stats", .token = p.access), 403, "ADMIN_REQUIRED");
	ANSWER_IS(CLIENT_ASK(.path = "/users/stats"), 401, "NOT_AUTHENTICATED");
	(void)stats(&admin);
}

/* Whoever registers or leaves meanwhile: the numbers are those of one instant. */
Test(stats, its_numbers_agree_with_each_other)
{
	struct person admin = person_admin();
	struct answer *a;
	const cJSON *by_role, *day;
	int64_t sum = 0, week = 0, n = 0;

	outdate();
	a = stats(&admin);
	by_role = cJSON_GetObjectItemCaseSensitive(a->json, "users_by_role");
	cr_assert_eq(cJSON_GetArraySize(a->json), 12, "%s", a->body);
	cr_assert_eq(answer_number(a, "total_users"),
	    answer_number(a, "active_users") + answer_number(a, "inactive_users"), "%s", a->body);
	cr_assert_eq(answer_number(a, "total_users"),
	    number(by_role, "user") + number(by_role, "admin"), "%s", a->body);
	cr_assert_eq(cJSON_GetArraySize(trend(a)), DAYS);
	cJSON_ArrayForEach(day, trend(a))
	{
		sum += number(day, "count");
		week += n++ >= DAYS - 7 ? number(day, "count") : 0;
	}
	cr_assert_eq(answer_number(a, "new_users_30d"), sum, "%s", a->body);
	cr_assert_eq(answer_number(a, "new_users_7d"), week, "%s", a->body);
	cr_assert_eq(answer_number(a, "new_users_today"),
	    number(cJSON_GetArrayItem(trend(a), DAYS - 1), "count"), "%s", a->body);
	cr_assert_leq(answer_number(a, "active_users_24h"), answer_number(a, "active_users_30d"));
	cr_assert_leq(answer_number(a, "active_users_30d"), answer_number(a, "total_users"));
	cr_assert_geq(answer_number(a, "active_users_24h"), 1, "the one who asks: %s", a->body);
}

Test(stats, the_trend_is_the_last_30_days_in_order)
{
	struct person admin = person_admin();
	const cJSON *day, *list;
	struct answer *a;
	int ago = DAYS;

	outdate();
	a = stats(&admin);
	list = trend(a);
	cJSON_ArrayForEach(day, list)
	{
		ago--;
		cr_assert_str_eq(
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(day, "date")),
		    DB_TEXT("SELECT to_char(($1::text::timestamptz AT TIME ZONE 'UTC')::date"
			    " - $2::text::integer, 'YYYY-MM-DD')",
			answer_text(a, "generated_at"), client_print("%d", ago)));
	}
	cr_assert_eq(ago, 0);
}

/* What is served is the row that the background process keeps fresh: nobody's request counts. */
Test(stats, are_at_most_a_minute_old)
{
	struct person admin = person_admin();
	const char *at = answer_text(stats(&admin), "generated_at");

	cr_assert_eq(DB_INT("SELECT ($1::text::timestamptz > now() - interval '61 seconds'"
			    " AND $1::text::timestamptz <= now())::integer",
			 at),
	    1, "%s", at);
}

Test(stats, a_stale_row_is_counted_anew_by_whoever_asks)
{
	struct person admin = person_admin();
	const char *before = DB_TEXT("SELECT now()::text");

	outdate();
	cr_assert_eq(DB_INT("SELECT ($1::text::timestamptz >= $2::text::timestamptz)::integer",
			 answer_text(stats(&admin), "generated_at"), before),
	    1);
}

/* All of them at once get numbers, whoever has counted them. */
Test(stats, many_at_once_share_one_count)
{
	struct person admin = person_admin();
	struct ask asks[PARALLEL];
	struct answer **answers;

	for (size_t i = 0; i < PARALLEL; i++)
		asks[i] = (struct ask){.path = "/users/stats", .token = admin.access};
	outdate();
	answers = client_ask_all(asks, PARALLEL);
	for (size_t i = 0; i < PARALLEL; i++)
		ANSWER_IS(answers[i], 200, "");
}

static void
forget_activity(const struct person *p)
{
	cr_assert_eq(DB_DO("UPDATE user_stats SET last_active_at = now() - interval '40 days'"
			   " WHERE user_id = $1::text::uuid",
			 p->id),
	    1);
}

static int64_t
is_active_now(const struct person *p)
{
	return DB_INT("SELECT (last_active_at > now() - interval '1 minute')::integer"
		      " FROM user_stats WHERE user_id = $1::text::uuid",
	    p->id);
}

static const char *
users_row(const struct person *p)
{
	return DB_TEXT("SELECT ctid::text || ' ' || row_version FROM users"
		       " WHERE id = $1::text::uuid",
	    p->id);
}

Test(stats, a_log_in_and_a_refresh_are_activity_and_leave_the_user_alone)
{
	struct person p = person_registered();
	const char *row = users_row(&p);

	(void)person_login(&p);
	cr_assert_eq(is_active_now(&p), 1, "a log-in");
	forget_activity(&p);
	cr_assert_eq(is_active_now(&p), 0);
	(void)person_refresh(&p);
	cr_assert_eq(is_active_now(&p), 1, "a refresh");
	cr_assert_str_eq(users_row(&p), row);
}

/* Reading oneself is none, and neither is a refresh that was refused. */
Test(stats, nothing_else_is_activity)
{
	struct person p = person_new();

	forget_activity(&p);
	ANSWER_IS(person_me(p.access), 200, "");
	ANSWER_IS(person_refresh_with("nonsense"), 401, "REFRESH_TOKEN_INVALID");
	person_deactivate(&p);
	ANSWER_IS(person_refresh_with(p.refresh), 401, "REFRESH_TOKEN_INVALID");
	cr_assert_eq(is_active_now(&p), 0);
}
