#include <string.h>

#include <criterion/criterion.h>

#include "app/api/routes.h"
#include "tests/http/db.h"
#include "tests/http/forge.h"
#include "tests/http/person.h"
#include "tests/http/sample.h"

/*
 * Who may call what: every route of the table times everybody who could ask, with a request that is
 * right and one that is wrong. So the order is proven too: who you are (401), what you may (403), and
 * only then what you sent (422). A row added to the table is covered without a line here.
 */

enum actor { ANONYMOUS, USER, ADMIN, DEACTIVATED, EXPIRED, ENDED, REFRESH_TOKEN, ACTOR__MAX };

static const char *const actor_names[] = {"anonymous", "a user", "an admin", "a deactivated user",
    "an expired token", "an ended session", "a refresh token as bearer"};

struct cast {
	const char *token[ACTOR__MAX];
};

static struct cast
cast_new(void)
{
	struct person user = person_new(), admin = person_admin(), off = person_new(),
		      ended = person_new();

	person_deactivate(&off);
	ANSWER_IS(
	    CLIENT_ASK(.method = "POST", .path = "/auth/logout", .token = ended.access), 204, "");
	return (struct cast){.token = {[USER] = user.access,
				 [ADMIN] = admin.access,
				 [DEACTIVATED] = off.access,
				 [EXPIRED] = forge_expired(user.access),
				 [ENDED] = ended.access,
				 [REFRESH_TOKEN] = user.refresh}};
}

struct expected {
	int status; /* 0: the route's own success */
	const char *code;
};

/* What access alone says; {0, ""} where it lets them in. */
static struct expected
by_access(const struct route *r, enum actor actor)
{
	static const struct expected refused[ACTOR__MAX] = {
	    [ANONYMOUS] = {401, "NOT_AUTHENTICATED"},
	    [USER] = {0, ""},
	    [ADMIN] = {0, ""},
	    [DEACTIVATED] = {403, "ACCOUNT_DISABLED"},
	    [EXPIRED] = {401, "TOKEN_EXPIRED"},
	    [ENDED] = {401, "SESSION_ENDED"},
	    [REFRESH_TOKEN] = {401, "TOKEN_INVALID"},
	};

	if (r->access == ACCESS_ANYONE)
		return (struct expected){0, ""};
	if (r->access == ACCESS_ADMIN && actor == USER)
		return (struct expected){403, "ADMIN_REQUIRED"};
	return refused[actor];
}

/* The same with a request that is wrong: whoever gets in is told so. */
static struct expected
by_access_when_wrong(const struct route *r, enum actor actor)
{
	struct expected e = by_access(r, actor);

	if (e.status == 0 && (r->query_in != NULL || r->body_in != NULL))
		return (struct expected){
		    (r->flags & ROUTE_OAUTH) != 0 ? 400 : 422, "VALIDATION_ERROR"};
	return e;
}

static const char *
wrong_query(const struct route *r)
{
	const struct field *f = r->query_in == NULL ? NULL : r->query_in->fields;

	return f == NULL ? "" : client_print("?%s=1&%s=1", f->name, f->name);
}

static struct answer *
ask_wrongly(const struct route *r, const char *method, const char *token)
{
	struct ask ask = {.method = method, .token = token};

	ask.path = client_print("%s%s", sample_path(r, NULL), wrong_query(r));
	if (r->body_in != NULL && (r->media & MEDIA_JSON) != 0)
		ask.json = "{\"no such member\":1}";
	else if (r->body_in != NULL)
		ask.form =
		    client_print("%s=1&%s=1", r->body_in->fields->name, r->body_in->fields->name);
	return client_ask(&ask);
}

static void
is_expected(
    const struct answer *a, const struct route *r, enum actor actor, const struct expected *e)
{
	int status = e->status == 0 ? r->ok : e->status;

	cr_assert(a->status == status && strcmp(answer_code(a), e->code) == 0,
	    "%s as %s: expected %d %s, got %ld %s", r->id, actor_names[actor], status, e->code,
	    a->status, a->body);
}

Test(matrix, whoever_may_not_is_refused_before_the_request_is_read)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_access_when_wrong(r, actor);

			is_expected(ask_wrongly(r, http_method_name(r->method), cast.token[actor]),
			    r, actor, &e);
		}
	}
}

/* HEAD is GET, also to those who may not. */
Test(matrix, head_is_refused_like_get)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		if (r->method != METHOD_GET)
			continue;
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_access_when_wrong(r, actor);
			struct answer *a = ask_wrongly(r, "HEAD", cast.token[actor]);
			int status = e.status == 0 ? r->ok : e.status;

			cr_assert_eq(a->status, status, "%s as %s: expected %d, got %ld", r->id,
			    actor_names[actor], status, a->status);
		}
	}
}

/* With nothing wrong: reads and whatever needs no body succeed for those who may. */
Test(matrix, whoever_may_gets_in)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		if (r->body_in != NULL)
			continue;
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_access(r, actor);
			struct answer *a = CLIENT_ASK(.method = http_method_name(r->method),
			    .path = sample_path(r, NULL), .token = cast.token[actor]);

			is_expected(a, r, actor, &e);
		}
	}
}

/* Every write, empty: the users' are refused to nobody who may, and never to others as anything else. */
Test(matrix, writes_of_a_user_are_let_in)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		if (r->body_in == NULL || r->access == ACCESS_ANYONE)
			continue;
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_access(r, actor);
			struct answer *a = CLIENT_ASK(.method = http_method_name(r->method),
			    .path = sample_path(r, NULL), .token = cast.token[actor],
			    .json = sample_json(r->body_in, NULL));

			if (e.status != 0)
				is_expected(a, r, actor, &e);
			else
				cr_assert(a->status != 401 && a->status != 403 && a->status < 500,
				    "%s as %s: %s", r->id, actor_names[actor], a->body);
		}
	}
}
