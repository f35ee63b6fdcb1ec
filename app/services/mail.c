#include <assert.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/ident.h"
#include "lib/log.h"
#include "lib/str.h"

#include "app/config.h"
#include "app/services/service.h"
#include "app/store/outbox.h"

#include "app/services/mail.h"

static const struct {
	const char *name;
	bool links, tells;
} kinds[MAIL__MAX] = {
    [MAIL_VERIFY_EMAIL] = {"verify_email", true, false},
    [MAIL_RESET_PASSWORD] = {"reset_password", true, false},
    [MAIL_SET_PASSWORD] = {"set_password", true, false},
    [MAIL_PASSWORD_CHANGED] = {"password_changed", false, false},
    [MAIL_EMAIL_CHANGED] = {"email_changed", true, true},
    [MAIL_REFRESH_TOKEN_REUSED] = {"refresh_token_reused", false, false},
    [MAIL_NEW_ADMIN] = {"new_admin", false, true},
};

bool
mail_is_on(const struct config *c)
{
	return *c->smtp_host != '\0' || *c->mail_dir != '\0';
}

const char *
mail_kind_name(enum mail_kind kind)
{
	return kinds[kind].name;
}

enum mail_kind
mail_kind_named(const char *name)
{
	enum mail_kind kind = 0;

	while (kind < MAIL__MAX && strcmp(kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

bool
mail_kind_links(enum mail_kind kind)
{
	return kinds[kind].links;
}

bool
mail_kind_tells(enum mail_kind kind)
{
	return kinds[kind].tells;
}

static void
part(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(b, "%s\"%s\":", b->bytes == 1 ? "" : ",", name);
	buf_json(b, value);
}

/*
 * A display name is not among them on purpose: whoever registers a stranger's address chooses the name too, and
 * would have us deliver his advertisement.
 */
static const char *
parts(struct service *s, const struct mail_fill *fill)
{
	struct buf b;

	buf_init(&b, s->arena);
	buf_putc(&b, '{');
	part(&b, "token", fill->token.s);
	part(&b, "email", fill->email);
	part(&b, "ip", s->client_ip);
	buf_putc(&b, '}');
	return b.at;
}

const struct error *
mail_queue(
    struct service *s, enum mail_kind kind, const struct mail_to *to, const struct mail_fill *fill)
{
	char id[STR_UUID_SIZE];
	const char *why;

	assert((fill->token.s != NULL) == kinds[kind].links);
	assert((fill->life_s > 0) == kinds[kind].links);
	assert((fill->email != NULL) == kinds[kind].tells);
	if (to->email == NULL || !mail_is_on(s->config))
		return NULL;
	why = ident_email(to->email);
	if (why != NULL) { /* M1: what a header or an SMTP command cannot hold gets no further */
		log_line(LOG_ERROR, "mail_refused", LOG_S("kind", kinds[kind].name),
		    LOG_S("user", to->user_id), LOG_S("why", why));
		return NULL;
	}
	secret_uuid(id);
	return outbox_insert(s->pg, s->arena,
	    &(struct outbox_new){.id = id,
		.kind = kinds[kind].name,
		.recipient = to->email,
		.user_id = to->user_id,
		.parts = parts(s, fill),
		/* Stable over all tries, so that a receiver can tell a repeat (OT-17). */
		.message_id = arena_printf(s->arena, "%s%s", id, strchr(s->config->mail_from, '@')),
		.life_s = fill->life_s});
}
