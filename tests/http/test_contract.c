#include <string.h>

#include <criterion/criterion.h>

#include "app/api/routes.h"
#include "tests/http/client.h"

/* The document that is served is the table. That the answers keep to it is scripts/contract's to say,
 * which compares it with everything all tests have seen. */

static const cJSON *
get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const cJSON *
operation(const cJSON *document, const struct route *r)
{
	static const char *const methods[] = {[METHOD_GET] = "get",
	    [METHOD_POST] = "post",
	    [METHOD_PUT] = "put",
	    [METHOD_PATCH] = "patch",
	    [METHOD_DELETE] = "delete"};
	const cJSON *paths = get(document, "paths");
	const cJSON *path = get(paths, client_print(CLIENT_PREFIX "%s", r->path));

	return get(path != NULL ? path : get(paths, r->path), methods[r->method]);
}

Test(contract, every_route_is_in_the_document_and_nothing_else)
{
	const cJSON *document = CLIENT_ASK(.at = "/openapi.json")->json, *path, *method;
	int listed = 0, shown = 0;

	cr_assert_not_null(document);
	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		const cJSON *op = operation(document, r);

		if ((r->flags & ROUTE_HIDDEN) != 0) {
			cr_assert_null(op, "%s is hidden", r->id);
			continue;
		}
		listed++;
		cr_assert_not_null(op, "%s is not in the document", r->id);
		cr_assert_str_eq(cJSON_GetStringValue(get(op, "operationId")), r->id);
		cr_assert_not_null(
		    get(get(op, "responses"), client_print("%d", r->ok)), "%s", r->id);
	}
	cJSON_ArrayForEach(path, get(document, "paths"))
	{
		cJSON_ArrayForEach(method, path) shown += get(method, "operationId") != NULL;
	}
	cr_assert_eq(shown, listed);
}

Test(contract, says_who_may_call_what)
{
	const cJSON *document = CLIENT_ASK(.at = "/openapi.json")->json;

	for (const struct route *r = routes_all(); r->path != NULL; r++) {
		const cJSON *op = operation(document, r), *responses = get(op, "responses");
		int schemes = cJSON_GetArraySize(get(op, "security"));

		if (op == NULL)
			continue;
		cr_assert_eq(schemes == 0, r->access == ACCESS_ANYONE, "%s", r->id);
		cr_assert(r->access == ACCESS_ANYONE || get(responses, "401") != NULL, "%s", r->id);
		cr_assert(r->access != ACCESS_ADMIN || get(responses, "403") != NULL, "%s", r->id);
	}
}

Test(contract, has_both_ways_to_authorize)
{
	const cJSON *document = CLIENT_ASK(.at = "/openapi.json")->json, *scheme;
	bool password = false, bearer = false;

	cJSON_ArrayForEach(scheme, get(get(document, "components"), "securitySchemes"))
	{
		const char *type = cJSON_GetStringValue(get(scheme, "type"));
		const cJSON *flow = get(get(scheme, "flows"), "password");

		if (strcmp(type, "oauth2") == 0 && flow != NULL)
			password = strcmp(cJSON_GetStringValue(get(flow, "tokenUrl")),
				       CLIENT_PREFIX "/auth/login") == 0;
		if (strcmp(type, "http") == 0)
			bearer = strcmp(cJSON_GetStringValue(get(scheme, "scheme")), "bearer") == 0;
	}
	cr_assert(password && bearer);
}
