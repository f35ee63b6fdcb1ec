#include <criterion/criterion.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/mime.h"

static struct arena *a;

static void
start(void)
{
	a = arena_new();
}

static void
stop(void)
{
	arena_free(&a);
}

TestSuite(mime, .init = start, .fini = stop);

static struct mime_message
message(void)
{
	return (struct mime_message){.from = "no-reply@gatehouse.example",
	    .from_name = "Gatehouse",
	    .to = "ada@example.org",
	    .subject = "Hello",
	    .message_id = "0f8fad5b@gatehouse.example",
	    .date_us = INT64_C(1795282764000000),
	    .text = "One\nTwo\n",
	    .html = "<p>One</p>\n"};
}

static const char *
built(const struct mime_message *m)
{
	struct buf b;
	const char *why = NULL;

	buf_init(&b, a);
	cr_assert(mime_build(&b, m, &why), "%s", why);
	return b.at;
}

Test(mime, builds_what_rfc_5322_wants)
{
	struct mime_message m = message();

	cr_assert_str_eq(built(&m),
	    "Date: Sat, 21 Nov 2026 17:39:24 +0000\r\n"
	    "From: \"Gatehouse\"\r\n <no-reply@gatehouse.example>\r\n"
	    "To: <ada@example.org>\r\n"
	    "Subject: Hello\r\n"
	    "Message-ID: <0f8fad5b@gatehouse.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "X-Auto-Response-Suppress: All\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative;\r\n boundary=\"=_part_0\"\r\n"
	    "\r\n"
	    "--=_part_0\r\n"
	    "Content-Type: text/plain; charset=us-ascii\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "\r\n"
	    "One\r\nTwo\r\n"
	    "--=_part_0\r\n"
	    "Content-Type: text/html; charset=us-ascii\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "\r\n"
	    "<p>One</p>\r\n"
	    "--=_part_0--\r\n");
}

Test(mime, encodes_what_a_header_cannot_hold)
{
	static const struct {
		const char *subject, *line;
	} cases[] = {
	    {"Zwölf Boxkämpfer", "Subject: =?UTF-8?Q?Zw=C3=B6lf_Boxk=C3=A4mpfer?=\r\n"},
	    {"a\r\nBcc: b@example.org", "Subject: =?UTF-8?Q?a__Bcc=3A_b=40example=2Eorg?=\r\n"},
	    {"a\nb", "Subject: =?UTF-8?Q?a_b?=\r\n"},
	    {"a\x7f", "Subject: =?UTF-8?Q?a_?=\r\n"},
	    {"\xe2\x80\xa8", "Subject: =?UTF-8?Q?=E2=80=A8?=\r\n"},
	    {"=?utf-8?Q?x?=", "Subject: =?UTF-8?Q?=3D=3Futf=2D8=3FQ=3Fx=3F=3D?=\r\n"},
	    {"\xff", "Subject: =?UTF-8?Q?=3F?=\r\n"},
	    {"", "Subject: \r\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mime_message m = message();
		const char *text;

		m.subject = cases[i].subject;
		text = built(&m);
		cr_assert_not_null(strstr(text, cases[i].line), "%zu: %s", i, text);
		cr_assert_null(strstr(text, "\nBcc"), "%zu: %s", i, text);
	}
}

Test(mime, folds_long_headers_between_characters)
{
	struct mime_message m = message();
	char subject[301];
	const char *text, *at, *end;

	for (size_t i = 0; i < 100; i++)
		memcpy(subject + 3 * i, "€", 3);
	subject[300] = '\0';
	m.subject = subject;
	text = built(&m);
	at = strstr(text, "Subject: ");
	end = strstr(text, "\r\nMessage-ID");
	while (at < end) {
		size_t n = (size_t)(strstr(at, "\r\n") - at);

		cr_assert_leq(n, 76, "%.*s", (int)n, at);
		cr_assert(strncmp(at + n - 11, "=E2=82=AC?=", 11) == 0, "%.*s", (int)n, at);
		at += n + 2;
	}
}

Test(mime, quotes_a_name_or_encodes_it)
{
	static const struct {
		const char *name, *line;
	} cases[] = {
	    {"", "From: <no-reply@gatehouse.example>\r\n"},
	    {"Smith, John (x) <y@z>", "From: \"Smith, John (x) <y@z>\"\r\n <no-reply@"},
	    {"a\"b", "From: =?UTF-8?Q?a=22b?=\r\n <no-reply@"},
	    {"a\\", "From: =?UTF-8?Q?a=5C?=\r\n <no-reply@"},
	    {"Tür", "From: =?UTF-8?Q?T=C3=BCr?=\r\n <no-reply@"},
	    {"a\r\nBcc: <x@y.example>",
		"From: =?UTF-8?Q?a__Bcc=3A_=3Cx=40y=2Eexample=3E?=\r\n <no-reply@"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mime_message m = message();
		const char *text;

		m.from_name = cases[i].name;
		text = built(&m);
		cr_assert_not_null(strstr(text, cases[i].line), "%zu: %s", i, text);
	}
}

Test(mime, quotes_bodies_that_are_not_plain)
{
	static const struct {
		const char *text, *body;
	} cases[] = {
	    {"für", "f=C3=BCr\r\n--"},
	    {"ü = \t", "=C3=BC =3D =09\r\n--"},
	    {"ü\r\n.\r\nb", "=C3=BC\r\n.\r\nb\r\n--"},
	    {"ü\rb\nc", "=C3=BC\r\nb\r\nc\r\n--"},
	    {"\x01", "=01\r\n--"},
	    {"ü\n\n\n", "=C3=BC\r\n\r\n\r\n--"},
	    /* 75 and a soft break; 76 need none. */
	    {"ü"
	     "0123456789012345678901234567890123456789012345678901234567890123456789",
		"=C3=BC"
		"0123456789012345678901234567890123456789012345678901234567890123456789\r\n--"},
	    {"ü"
	     "01234567890123456789012345678901234567890123456789012345678901234567890",
		"=C3=BC"
		"012345678901234567890123456789012345678901234567890123456789012345678=\r\n90\r\n"
		"--"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mime_message m = message();
		const char *text;

		m.text = cases[i].text;
		text = built(&m);
		cr_assert_not_null(strstr(text, "quoted-printable\r\n\r\n"), "%zu: %s", i, text);
		cr_assert_not_null(strstr(text, cases[i].body), "%zu: %s", i, text);
	}
}

Test(mime, keeps_a_link_whole_in_plain_text_and_breaks_longer_lines)
{
	struct mime_message m = message();
	char line[300];

	memset(line, 'x', sizeof(line));
	line[200] = '\0';
	m.text = line;
	cr_assert_not_null(strstr(built(&m), line));
	line[200] = 'x';
	line[201] = '\0';
	cr_assert_null(strstr(built(&m), line));
}

Test(mime, takes_a_boundary_that_no_part_holds)
{
	struct mime_message m = message();

	m.text = "--=_part_0--\n";
	m.html = "=_part_1";
	cr_assert_not_null(strstr(built(&m), "\r\n--=_part_2--\r\n"));
}

Test(mime, refuses_addresses_that_are_none)
{
	static const char *const bad[] = {"", "ada", "ada@localhost",
	    "a@b.example\r\nBcc: c@d.example", "a@b.example>", "<a@b.example>", "a b@c.example",
	    "\xc3\xbc@b.example", "a@b.example,c@d.example"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mime_message to = message(), from = message(), id = message();
		const char *why = NULL;
		struct buf b;

		buf_init(&b, a);
		to.to = from.from = bad[i];
		id.message_id = strcmp(bad[i], "ada@localhost") == 0 ? "@" : bad[i];
		cr_assert_not(mime_build(&b, &to, &why), "%zu", i);
		cr_assert_not(mime_build(&b, &from, &why), "%zu", i);
		cr_assert_not(mime_build(&b, &id, &why), "%zu", i);
		cr_assert_eq(b.bytes, 0);
	}
}
