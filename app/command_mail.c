#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/str.h"

#include "app/command_verbs.h"
#include "app/services/delivery.h"
#include "app/services/mail_texts.h"
#include "app/store/store.h"

#include "app/commands.h"

enum { LIST_SIZE = 100 };

/* One line a mail, the newest first; the error last, since it has blanks. */
static int
list(struct service *s, int argc, char **argv)
{
	static const char *const states[] = {"queued", "sent", "parked"};
	struct page_ask ask = {.size = LIST_SIZE, .count = PAGE_COUNT_NONE};
	struct mail_filter filter = {.state = argc == 1 ? argv[0] : NULL};
	struct mail_entry *entries;
	struct page_got got;
	const struct error *e;
	bool known = filter.state == NULL;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		known |= filter.state != NULL && strcmp(filter.state, states[i]) == 0;
	if (argc > 1 || !known)
		return 2;
	e = delivery_page(s, &filter, &ask, &entries, &got);
	if (e != NULL)
		return command_verbs_fail(e->detail);
	for (size_t i = 0; i < got.n; i++) {
		char time[CLOCK_TEXT_SIZE];

		clock_text(entries[i].created_us, time);
		printf("%s %.19sZ %-6s %-20s %" PRId64 " %s%s%s\n", entries[i].id, time,
		    entries[i].state, entries[i].kind, entries[i].tries, entries[i].recipient,
		    entries[i].last_error != NULL ? " " : "",
		    entries[i].last_error != NULL ? entries[i].last_error : "");
	}
	if (got.more)
		fprintf(stderr, "gatehouse: these are the newest %d\n", LIST_SIZE);
	return EXIT_SUCCESS;
}

struct retrying {
	struct service *s;
	const char *id;
	struct mail_entry entry;
};

static const struct error *
retry_work(void *cookie)
{
	struct retrying *r = cookie;

	return delivery_retry(r->s, r->id, &r->entry);
}

static int
retry(struct service *s, int argc, char **argv)
{
	struct retrying r = {.s = s};
	const struct error *e;

	if (argc != 1 || !str_uuid(argv[0]))
		return 2;
	r.id = argv[0];
	e = store_transaction(s->pg, true, retry_work, &r);
	return e == NULL ? EXIT_SUCCESS : command_verbs_fail(e->detail);
}

static const struct command_verb verbs[] = {{"list", list}, {"retry", retry}, {NULL, NULL}};

int
command_mail(struct arena *a, int argc, char **argv)
{
	const char *why;

	if (argc == 2 && strcmp(argv[0], "templates") == 0)
		return mail_texts_write(a, argv[1], &why) ? EXIT_SUCCESS : command_verbs_fail(why);
	return command_verbs_run(a, argc, argv, verbs, POOL_API);
}
