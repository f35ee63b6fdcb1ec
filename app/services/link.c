#include <string.h>

#include "lib/arena.h"
#include "lib/ident.h"

#include "app/api/errors.h"
#include "app/config.h"
#include "app/services/mail.h"
#include "app/services/service.h"
#include "app/store/store.h"
#include "app/store/users.h"

#include "app/services/link.h"

enum { TOKEN_BYTES = 32, HOUR_S = 60 * 60, ANSWERS = 100 };

static const struct {
	enum mail_kind mail;
	int64_t life_s;
} kinds[LINK__MAX] = {
    [LINK_VERIFY_EMAIL] = {MAIL_VERIFY_EMAIL, 24 * HOUR_S},
    [LINK_RESET_PASSWORD] = {MAIL_RESET_PASSWORD, HOUR_S},
    [LINK_SET_PASSWORD] = {MAIL_SET_PASSWORD, 72 * HOUR_S},
    [LINK_UNDO_EMAIL_CHANGE] = {MAIL_EMAIL_CHANGED, 72 * HOUR_S},
};

static const char *const names[LINK__MAX] = {
    [LINK_VERIFY_EMAIL] = "verify_email",
    [LINK_RESET_PASSWORD] = "reset_password",
    [LINK_SET_PASSWORD] = "set_password",
    [LINK_UNDO_EMAIL_CHANGE] = "undo_email_change",
};

/*
 * The oldest links that undo a change win, and the newest of the others: whoever has taken an account over and
 * changes its address again and again must not push its owner's link out.
 */
static const struct error *
may_send(struct service *s, enum link_purpose purpose, const struct link_to *to, bool *may_r)
{
	const struct error *e;
	int64_t n = 0;

	*may_r = to->email != NULL && mail_is_on(s->config);
	if (!*may_r || purpose != LINK_UNDO_EMAIL_CHANGE)
		return NULL;
	e = links_live(s->pg, s->arena, to->user_id, names[purpose], &n);
	*may_r = n < LINK_LIVE;
	return e;
}

static const struct error *
send(struct service *s, enum link_purpose purpose, const struct link_to *to, const char *token)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	bool made = false, counted = !to->asked && purpose != LINK_UNDO_EMAIL_CHANGE;
	const struct error *e;

	secret_digest(token, strlen(token), digest);
	e = links_insert(s->pg, s->arena,
	    &(struct link_new){.digest = digest,
		.user_id = to->user_id,
		.purpose = names[purpose],
		.email = to->email,
		.email_key = ident_key(s->arena, to->email),
		.proven = to->proven,
		.life_s = kinds[purpose].life_s},
	    counted ? LINK_HOURLY : 0, LINK_LIVE, &made);
	if (e != NULL || !made)
		return e;
	return mail_queue(s, kinds[purpose].mail, &(struct mail_to){to->user_id, to->email},
	    &(struct mail_fill){
		.token = {token}, .life_s = kinds[purpose].life_s, .email = to->about});
}

const struct error *
link_send(struct service *s, enum link_purpose purpose, const struct link_to *to)
{
	unsigned char random[TOKEN_BYTES];
	char token[SECRET_TEXT_SIZE(TOKEN_BYTES)];
	bool may = false;
	const struct error *e = may_send(s, purpose, to, &may);

	if (e != NULL || !may)
		return e;
	secret_random(random, sizeof(random));
	secret_encode(random, sizeof(random), token);
	e = send(s, purpose, to, token);
	secret_wipe(random, sizeof(random));
	secret_wipe(token, sizeof(token));
	return e;
}

static size_t
spell(unsigned purposes, const char *words[LINK__MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < LINK__MAX; i++) {
		if ((purposes & 1u << i) != 0)
			words[n++] = names[i];
	}
	return n;
}

const struct error *
link_find(struct service *s, struct secret token, unsigned purposes, struct link *l)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	const char *words[LINK__MAX];
	size_t n = spell(purposes, words);
	const struct error *e;

	secret_digest(token.s, strlen(token.s), digest);
	e = links_find(s->pg, s->arena, digest, words, n, l);
	return e != NULL || l->found ? e : &err_link_invalid;
}

const struct error *
link_take(struct service *s, struct secret token, unsigned purposes, struct link *l)
{
	unsigned char digest[SECRET_DIGEST_BYTES];
	const char *words[LINK__MAX];
	size_t n = spell(purposes, words);
	struct user user;
	bool found = false;
	const struct error *e = link_find(s, token, purposes, l);

	/* The account before its links, as everybody does who changes an account. */
	if (e == NULL)
		e = user_lock(s->pg, s->arena, l->user_id, &found, &user);
	if (e != NULL)
		return e;
	secret_digest(token.s, strlen(token.s), digest);
	e = links_take(s->pg, s->arena, digest, words, n, l);
	return e != NULL || l->found ? e : &err_link_invalid;
}

const struct error *
link_request(struct service *s, enum link_purpose purpose, const char *email)
{
	if (!mail_is_on(s->config))
		return NULL;
	return links_request(s->pg, s->arena,
	    &(struct link_request){.purpose = names[purpose],
		.email_key = ident_key(s->arena, email),
		.ip = s->client_ip});
}

/* Requests on their way through a transaction. */
struct answering {
	struct service *s;
	bool more;
};

/* Who is there and may use it gets it; nobody else's request leaves a trace. */
static const struct error *
answer(struct service *s, const struct link_request *r)
{
	bool verifies = strcmp(r->purpose, names[LINK_VERIFY_EMAIL]) == 0;
	struct credentials c;
	const struct error *e = user_credentials(s->pg, s->arena, r->email_key, &c);

	if (e != NULL || !c.found || !c.is_active || r->is_late || (verifies && c.is_verified))
		return e;
	s->client_ip = r->ip;
	return link_send(s, verifies ? LINK_VERIFY_EMAIL : LINK_RESET_PASSWORD,
	    &(struct link_to){.user_id = c.id, .email = c.email});
}

static const struct error *
answer_in_transaction(void *cookie)
{
	struct answering *a = cookie;
	struct link_request *requests;
	size_t n = 0;
	const struct error *e = links_requests(a->s->pg, a->s->arena, ANSWERS, &requests, &n);

	a->more = n == ANSWERS;
	for (size_t i = 0; e == NULL && i < n; i++)
		e = answer(a->s, &requests[i]);
	return e;
}

const struct error *
link_answer(struct service *s, bool *more_r)
{
	struct service own = *s;
	struct answering a = {&own, false};
	const struct error *e = NULL;

	if (mail_is_on(s->config))
		e = store_transaction(s->pg, true, answer_in_transaction, &a);
	*more_r = e == NULL && a.more;
	return e;
}
