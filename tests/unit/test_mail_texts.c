#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/model.h"

#include "app/config.h"
#include "app/services/mail_text.h"
#include "app/services/mail_texts.h"
#include "app/store/outbox.h"

static struct arena *a;
static char folder[] = "/tmp/mail_texts.XXXXXX";
static struct mail_texts texts;
static const char *why;

static void
start(void)
{
	a = arena_new();
	cr_assert_not_null(mkdtemp(folder));
}

static void
stop(void)
{
	cr_assert_eq(system(arena_printf(a, "rm -rf %s", folder)), 0);
	arena_free(&a);
}

TestSuite(mail_texts, .init = start, .fini = stop);

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(arena_printf(a, "%s/%s", folder, name), "w");

	cr_assert_not_null(f);
	cr_assert_geq(fputs(text, f), 0);
	cr_assert_eq(fclose(f), 0);
}

Test(mail_texts, are_built_in)
{
	cr_assert(mail_texts_load(a, "", &texts, &why), "%s", why);
	for (enum mail_kind kind = 0; kind < MAIL__MAX; kind++) {
		cr_assert_neq(*texts.of[kind].subject, '\0');
		cr_assert_eq(strchr(texts.of[kind].subject, '\n'), NULL);
		cr_assert_str_not_empty(texts.of[kind].text);
	}
}

Test(mail_texts, are_written_out_once_and_read_back)
{
	struct mail_texts built_in;

	cr_assert(mail_texts_load(a, "", &built_in, &why), "%s", why);
	cr_assert(mail_texts_write(a, folder, &why), "%s", why);
	cr_assert(mail_texts_load(a, folder, &texts, &why), "%s", why);
	for (enum mail_kind kind = 0; kind < MAIL__MAX; kind++)
		cr_assert_str_eq(texts.of[kind].text, built_in.of[kind].text);
	cr_assert_not(
	    mail_texts_write(a, folder, &why), "what somebody changed is not overwritten");
}

Test(mail_texts, of_the_folder_come_first)
{
	put("new_admin.txt", "  New: {{email}}\r\n\r\nWelcome {{email}}.\r\n");
	put("README", "{{anything}}");
	put(".new_admin.txt", "{{anything}}");
	cr_assert(mail_texts_load(a, folder, &texts, &why), "%s", why);
	cr_assert_str_eq(texts.of[MAIL_NEW_ADMIN].subject, "  New: {{email}}");
	cr_assert_str_eq(texts.of[MAIL_NEW_ADMIN].text, "Welcome {{email}}.\r\n");
}

Test(mail_texts, are_refused_where_they_could_not_be_sent)
{
	static const struct {
		const char *file, *text, *says;
	} cases[] = {
	    {"new_admin.txt", "S\n\n{{link}}\n",
		"new_admin.txt: line 3: there is no {{link}} here"},
	    {"verify_email.html", "{{email}} {{link}}",
		"verify_email.html: line 1: there is no {{email}}"},
	    {"verify_email.html", "{{link", "verify_email.html: line 1"},
	    {"verify_email.html", "no way in", "verify_email.html: it has neither"},
	    {"verify_email.txt", "S\n\nno way in", "verify_email.txt: it has neither"},
	    {"verify_email.txt", "{{token}}\n\n{{link}}", "verify_email.txt: the subject"},
	    {"verify_email.txt", "\n{{link}}", "verify_email.txt: its first line"},
	    {"verify_email.txt", "", "verify_email.txt: its first line"},
	    {"verify_email.txt", "S\n\xff {{link}}",
		"verify_email.txt: it is over 64 KiB, or not UTF-8"},
	    {"layout.html", "<p></p>", "layout.html: it has no {{body}}"},
	    {"layout.html", "{{body}}{{link}}", "layout.html: line 1: there is no {{link}}"},
	    {"verify-email.txt", "S\n\n{{link}}",
		"verify-email.txt: there is no mail of this name"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].file, cases[i].text);
		cr_expect_not(mail_texts_load(a, folder, &texts, &why), "%zu", i);
		cr_expect(strstr(why, cases[i].says) != NULL, "%zu: %s", i, why);
		cr_assert_eq(unlink(arena_printf(a, "%s/%s", folder, cases[i].file)), 0);
	}
	cr_assert_not(mail_texts_load(a, "/nonexistent", &texts, &why));
	cr_assert_not_null(strstr(why, "MAIL_TEMPLATES: /nonexistent"));
}

Test(mail_texts, make_no_mail_of_a_row_that_lacks_something)
{
	static const struct config config = {.app_name = "Gatehouse",
	    .public_url = "https://gatehouse.example",
	    .mail_from = "no-reply@gatehouse.example",
	    .mail_from_name = "Gatehouse"};
	static const struct outbox_mail good = {.kind = "email_changed",
	    .recipient = "ada@example.org",
	    .message_id = "1@gatehouse.example",
	    .token = "t0ken",
	    .email = "new@example.org",
	    .expires_us = INT64_C(72) * 3600 * 1000000};
	struct outbox_mail lacking[] = {good, good, good, good, good};
	struct buf b;

	cr_assert(mail_texts_load(a, "", &texts, &why), "%s", why);
	buf_init(&b, a);
	cr_assert(mail_text_build(&b, &texts, &config, &good, &why), "%s", why);
	cr_assert_not_null(
	    strstr(b.at, "    https://gatehouse.example/undo-email-change#token=t0ken\r\n"), "%s",
	    b.at);
	cr_assert_not_null(strstr(b.at, "for 72 hours"), "%s", b.at);
	cr_assert_not_null(strstr(b.at, "from an unknown address"), "%s", b.at);
	lacking[0].kind = "other";
	lacking[1].token = NULL;
	lacking[2].email = NULL;
	lacking[3].expires_us = INSTANT_NONE;
	lacking[4].recipient = "ada";
	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
		cr_expect_not(mail_text_build(&b, &texts, &config, &lacking[i], &why), "%zu", i);
}
