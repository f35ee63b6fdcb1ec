#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/arena.h"
#include "lib/model.h"
#include "lib/router.h"

#include "app/api/api.h"
#include "tests/http/client.h"

#include "tests/http/contract.h"

static const char *
operation(const char *method, const char *path)
{
	static struct router *router;
	static struct api api;
	struct match match;
	const char *raw = arena_strndup(client_arena(), path, strcspn(path, "?"));

	if (router == NULL) {
		api = api_with("Gatehouse", CLIENT_PREFIX);
		router = router_new(&api);
	}
	if (router_find(router, client_arena(), http_method(method), raw, &match) != ROUTER_FOUND)
		return NULL;
	return (match.route->flags & ROUTE_HIDDEN) == 0 ? match.route->id : NULL;
}

void
contract_note(const char *method, const char *path, const struct answer *a)
{
	const char *file = getenv("CONTRACT_LOG"), *line, *id;
	int fd;

	if (file == NULL || *file == '\0' || strcmp(method, "HEAD") == 0)
		return;
	id = operation(method, path);
	if (id == NULL)
		return;
	line = client_print(
	    "%s %ld %s\n", id, a->status, *answer_code(a) == '\0' ? "-" : answer_code(a));
	fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	cr_assert_geq(fd, 0, "CONTRACT_LOG=%s cannot be written", file);
	/* One write, so that the lines of parallel tests stay whole. */
	cr_assert_eq(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	close(fd);
}
