#include <inttypes.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/mime.h"
#include "lib/model.h"
#include "lib/template.h"

#include "app/config.h"
#include "app/services/mail_texts.h"
#include "app/store/outbox.h"

#include "app/services/mail_text.h"

/*
 * Where the link of each kind leads, behind PUBLIC_URL. The token stands in the fragment, which no browser
 * sends: neither to a server's log nor in a Referer (OT-12).
 */
static const char *const pages[MAIL__MAX] = {
    [MAIL_VERIFY_EMAIL] = "/verify-email",
    [MAIL_RESET_PASSWORD] = "/reset-password",
    [MAIL_SET_PASSWORD] = "/set-password",
    [MAIL_EMAIL_CHANGED] = "/undo-email-change",
};

enum { VALUES_MAX = 10 };

static const char *
life_text(struct arena *a, int64_t us)
{
	int64_t minutes = us / (60 * CLOCK_US_PER_S), hours = minutes / 60;

	if (minutes < 60 || minutes % 60 != 0)
		return arena_printf(a, "%" PRId64 " minutes", minutes);
	return arena_printf(a, "%" PRId64 " hour%s", hours, hours == 1 ? "" : "s");
}

/* "2026-11-21 17:39 UTC" */
static const char *
time_text(struct arena *a, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(us, text);
	return arena_printf(a, "%.10s %.5s UTC", text, text + 11);
}

struct values {
	struct template_value at[VALUES_MAX];
	size_t n;
};

static void
add(struct values *v, const char *name, const char *value)
{
	v->at[v->n++] = (struct template_value){name, value, false};
}

static void
values_of(struct arena *a, const struct config *c, const struct outbox_mail *m, enum mail_kind kind,
    struct values *v)
{
	add(v, "app_name", c->app_name);
	add(v, "public_url", c->public_url);
	add(v, "recipient", m->recipient);
	add(v, "time", time_text(a, m->created_us));
	add(v, "ip", m->ip != NULL ? m->ip : "an unknown address");
	if (mail_kind_tells(kind))
		add(v, "email", m->email);
	if (!mail_kind_links(kind))
		return;
	add(v, "token", m->token);
	add(v, "link", arena_printf(a, "%s%s#token=%s", c->public_url, pages[kind], m->token));
	add(v, "life", life_text(a, m->expires_us - m->created_us));
}

bool
mail_text_build(struct buf *b, const struct mail_texts *texts, const struct config *c,
    const struct outbox_mail *m, const char **why_r)
{
	struct buf subject, text, inner, html;
	enum mail_kind kind = mail_kind_named(m->kind);
	struct values v = {.n = 0};

	*why_r = "the mail lacks what its text needs";
	if (kind == MAIL__MAX || (mail_kind_tells(kind) && m->email == NULL) ||
	    (mail_kind_links(kind) && (m->token == NULL || m->expires_us == INSTANT_NONE)))
		return false;
	values_of(b->arena, c, m, kind, &v);
	buf_init(&subject, b->arena);
	template_fill(&subject, texts->of[kind].subject, v.at, v.n, false);
	buf_init(&text, b->arena);
	template_fill(&text, texts->of[kind].text, v.at, v.n, false);
	buf_init(&inner, b->arena);
	template_fill(&inner, texts->of[kind].html, v.at, v.n, true);
	v.at[v.n++] = (struct template_value){"body", inner.at, true};
	buf_init(&html, b->arena);
	template_fill(&html, texts->layout, v.at, v.n, true);
	return mime_build(b,
	    &(struct mime_message){.from = c->mail_from,
		.from_name = c->mail_from_name,
		.to = m->recipient,
		.subject = subject.at,
		.message_id = m->message_id,
		.date_us = m->created_us,
		.text = text.at,
		.html = html.at},
	    why_r);
}
