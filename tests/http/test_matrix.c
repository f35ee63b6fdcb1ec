#include <string.h>

#include <criterion/criterion.h>

#include "lib/str.h"

#include "app/api/formats.h"
#include "app/api/routes.h"
#include "tests/http/forge.h"
#include "tests/http/db.h"
#include "tests/http/person.h"
#include "tests/http/sample.h"

/*
 * Who may call what: every route of the table times everybody who could ask, with a request that is
 * right and one that is wrong. So the order is proven too: who you are (401), what you may (403), only
 * then what you sent (422), and then whether it is there (404). A row added to the table is covered
 * without a line here, unless its path names a thing that no route named before: see things[].
 */

enum actor {
	ANONYMOUS,
	USER,
	OTHER,
	ADMIN,
	DEACTIVATED,
	EXPIRED,
	ENDED,
	REFRESH_TOKEN,
	ACTOR__MAX
};

static const char *const actor_names[] = {"anonymous", "a user", "another user", "an admin",
    "a deactivated user", "an expired token", "an ended session", "a refresh token as bearer"};

struct cast {
	struct person user, other, admin;
	const char *token[ACTOR__MAX];
};

static struct cast
cast_new(void)
{
	struct cast c = {.user = person_new(), .other = person_new(), .admin = person_admin()};
	struct person off = person_new(), ended = person_new();

	person_deactivate(&off);
	ANSWER_IS(
	    CLIENT_ASK(.method = "POST", .path = "/auth/logout", .token = ended.access), 204, "");
	c.token[USER] = c.user.access;
	c.token[OTHER] = c.other.access;
	c.token[ADMIN] = c.admin.access;
	c.token[DEACTIVATED] = off.access;
	c.token[EXPIRED] = forge_expired(c.user.access);
	c.token[ENDED] = ended.access;
	c.token[REFRESH_TOKEN] = c.user.refresh;
	return c;
}

/* What a write did to one of them (an end of sessions, say) must not be met on the next route. */
static void
cast_renew(struct cast *c, const struct route *r)
{
	if (r->method != METHOD_GET && r->access != ACCESS_ANYONE)
		*c = cast_new();
}

/* What stands behind the ids of paths: made new for each request that may consume it. */

static const char *
a_user(const struct cast *c)
{
	(void)c;
	return person_registered().id;
}

static const char *
a_session(const struct cast *c)
{
	struct person again = c->user;

	(void)person_login(&again);
	return person_session(&again);
}

static const char *
a_document(const struct cast *c)
{
	struct answer *a = CLIENT_ASK(.path = "/documents", .token = c->user.access,
	    .json = "{\"title\":\"t\",\"content\":\"c\"}");

	ANSWER_IS(a, 201, "");
	return answer_text(a, "id");
}

static const char *
a_file(const struct cast *c)
{
	struct answer *a = CLIENT_ASK(.path = "/files?name=of%20the%20matrix",
	    .token = c->user.access, .form = "bytes", .type = "text/plain");

	ANSWER_IS(a, 201, "");
	return answer_text(a, "id");
}

static const char *
a_parked_mail(const struct cast *c)
{
	const char *id = DB_TEXT("SELECT gen_random_uuid()::text");

	DB_DO("INSERT INTO mail (id, kind, recipient, parts, message_id, state) VALUES"
	      " ($1::text::uuid, 'password_changed', $2::text, '{}', $1::text || "
	      "'@gatehouse.example',"
	      " 'parked')",
	    id, c->user.email);
	return id;
}

static const char *
a_file_of_the_viewer(const struct cast *c)
{
	(void)c;
	return "init.js";
}

static const struct thing {
	const char *path; /* up to its capture */
	const char *(*make)(const struct cast *);
	bool owned; /* by USER: to everybody else it is not there (AZ-03) */
} things[] = {
    {"/users/{id}", a_user, false},
    {"/users/me/sessions/{id}", a_session, true},
    {"/documents/{id}", a_document, true},
    {"/files/{id}", a_file, true},
    {"/mail/{id}/retry", a_parked_mail, false},
    {"/docs/{file}", a_file_of_the_viewer, false},
};

static const struct thing *
thing_of(const struct route *r)
{
	if (r->path_in == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
		if (str_starts(r->path, things[i].path))
			return &things[i];
	}
	cr_assert_fail("%s: nothing to ask for under %s", r->id, r->path);
	return NULL;
}

/* The path of something that is there. */
static const char *
path_to_thing(const struct route *r, const struct cast *c)
{
	const struct thing *thing = thing_of(r);
	struct twist it = {.field = thing == NULL ? NULL : r->path_in->fields};

	if (thing != NULL)
		it.value = thing->make(c);
	return client_print("%s?%s", sample_path(r, &it),
	    r->query_in == NULL ? "" : sample_pairs(r->query_in, NULL));
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
	    [OTHER] = {0, ""},
	    [ADMIN] = {0, ""},
	    [DEACTIVATED] = {403, "ACCOUNT_DISABLED"},
	    [EXPIRED] = {401, "TOKEN_EXPIRED"},
	    [ENDED] = {401, "SESSION_ENDED"},
	    [REFRESH_TOKEN] = {401, "TOKEN_INVALID"},
	};

	/* Only nginx opens these, and never under a prefix. */
	if ((r->flags & ROUTE_INTERNAL) != 0)
		return (struct expected){404, "NOT_FOUND"};
	if (r->access == ACCESS_ANYONE)
		return (struct expected){0, ""};
	if (r->access == ACCESS_ADMIN && (actor == USER || actor == OTHER))
		return (struct expected){403, "ADMIN_REQUIRED"};
	return refused[actor];
}

/* The same with regard to whose the thing is that is asked for. */
static struct expected
by_owner(const struct route *r, enum actor actor)
{
	const struct thing *thing = thing_of(r);
	struct expected e = by_access(r, actor);

	/* The path of an upload is a name, which everybody may give a file of his own. */
	if (e.status == 0 && thing != NULL && thing->owned && actor != USER &&
	    (r->flags & ROUTE_UPLOAD) == 0)
		return (struct expected){404, "NOT_FOUND"};
	return e;
}

/* The same with a request that is wrong: whoever gets in is told so. */
static struct expected
by_access_when_wrong(const struct route *r, enum actor actor)
{
	struct expected e = by_access(r, actor);

	if (e.status == 0 && (r->path_in != NULL || r->query_in != NULL || r->body_in != NULL))
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

/* Neither an id nor short enough for a name. */
static const char *
wrong_path(const struct route *r)
{
	const struct field *f = r->path_in == NULL ? NULL : r->path_in->fields;
	struct twist wrong = {.field = f};

	if (f != NULL)
		wrong.value = sample_letters(f, f->max + 1);
	return sample_path(r, &wrong);
}

static struct answer *
ask_wrongly(const struct route *r, const char *method, const char *token)
{
	struct ask ask = {.method = method, .token = token};

	ask.path = client_print("%s%s", wrong_path(r), wrong_query(r));
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

/*
 * Who may what, said a second time and without the table: what is not named here is the administrators'
 * (AZ-01). So a flag that a row has lost, or one too many, is not simply believed.
 */
static const struct rule {
	const char *path; /* it, and what lies below it */
	enum access access;
} rules[] = {
    {"/auth/me", ACCESS_USER},
    {"/auth/verify", ACCESS_USER},
    {"/auth", ACCESS_ANYONE},
    {"/users/me", ACCESS_USER},
    {"/documents", ACCESS_USER},
    {"/files", ACCESS_USER},
    {"/users/register", ACCESS_ANYONE},
    {"/users/reset-password", ACCESS_ANYONE},
    {"/users/verify-email", ACCESS_ANYONE},
    {"/users/undo-email-change", ACCESS_ANYONE},
    {"/health", ACCESS_ANYONE},
    {"/docs", ACCESS_ANYONE},
    {"/openapi.json", ACCESS_ANYONE},
    {"/metrics", ACCESS_ANYONE},
};

static enum access
by_rule(const struct route *r)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		char after =
		    str_starts(r->path, rules[i].path) ? r->path[strlen(rules[i].path)] : 'x';

		if (after == '\0' || after == '/')
			return rules[i].access;
	}
	return ACCESS_ADMIN;
}

Test(matrix, every_row_lets_in_whom_its_path_is_for)
{
	for (const struct route *r = routes_all(); r->path != NULL; r++)
		cr_expect_eq(r->access, by_rule(r), "%s: access %d, wanted %d", r->path,
		    (int)r->access, (int)by_rule(r));
}

Test(matrix, whoever_may_not_is_refused_before_the_request_is_read)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_access_when_wrong(r, actor);

			is_expected(ask_wrongly(r, http_method_name(r->method), cast.token[actor]),
			    r, actor, &e);
			if (e.status == 0) /* there was nothing to ask wrongly */
				cast_renew(&cast, r);
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
			struct expected e = by_owner(r, actor);
			struct answer *a = CLIENT_ASK(.method = http_method_name(r->method),
			    .path = path_to_thing(r, &cast), .token = cast.token[actor]);

			is_expected(a, r, actor, &e);
			if (e.status == 0)
				cast_renew(&cast, r);
		}
	}
}

/* Every write with a body: refused to nobody who may, and to others as what it is. */
Test(matrix, writes_of_a_user_are_let_in)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		if (r->body_in == NULL || r->access == ACCESS_ANYONE)
			continue;
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_owner(r, actor);
			struct answer *a = CLIENT_ASK(.method = http_method_name(r->method),
			    .path = path_to_thing(r, &cast), .token = cast.token[actor],
			    .json = sample_json(r->body_in, NULL));

			if (e.status != 0)
				is_expected(a, r, actor, &e);
			else
				cr_assert(a->status != 401 && a->status != 403 &&
					a->status != 404 && a->status < 500,
				    "%s as %s: %s", r->id, actor_names[actor], a->body);
			if (e.status == 0)
				cast_renew(&cast, r);
		}
	}
}

/* AZ-02: who may not ask cannot find out by asking what there is. */
Test(matrix, whoever_may_not_learns_nothing_about_what_is_there)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		if (r->path_in == NULL)
			continue;
		for (enum actor actor = 0; actor < ACTOR__MAX; actor++) {
			struct expected e = by_owner(r, actor);
			struct ask ask = {.method = http_method_name(r->method),
			    .path = sample_path(r, NULL),
			    .token = cast.token[actor],
			    .json = r->body_in == NULL ? NULL : sample_json(r->body_in, NULL)};

			if (e.status != 0)
				is_expected(client_ask(&ask), r, actor, &e);
		}
	}
}

/* What has the right form but names nothing is 404 to those who may. */
Test(matrix, what_is_not_there_is_not_found)
{
	struct cast cast = cast_new();

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		struct ask ask = {.method = http_method_name(r->method)};

		if (r->path_in == NULL || r->path_in->fields->format != &format_uuid)
			continue;
		ask.path = sample_path(r, NULL);
		ask.token = cast.token[r->access == ACCESS_ADMIN ? ADMIN : USER];
		ask.json = r->body_in == NULL ? NULL : sample_json(r->body_in, NULL);
		ANSWER_IS(client_ask(&ask), 404, "NOT_FOUND");
	}
}
