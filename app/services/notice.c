#include "app/services/mail.h"
#include "app/services/service.h"
#include "app/store/admins.h"
#include "app/store/audit.h"

#include "app/services/notice.h"

static const struct error *
queue(struct service *s, enum mail_kind kind, const char *user_id, const char *email)
{
	return mail_queue(
	    s, kind, &(struct mail_to){user_id, email}, &(struct mail_fill){.life_s = 0});
}

const struct error *
notice_password(struct service *s, const char *user_id, const char *email)
{
	return queue(s, MAIL_PASSWORD_CHANGED, user_id, email);
}

const struct error *
notice_reuse(struct service *s, const char *user_id, const char *email)
{
	int64_t n = 0;
	const struct error *e = audit_last_hour(s->pg, s->arena, NOTICE_REUSED, user_id, &n);

	/* Whoever has registered a stranger's address may log in and show spent tokens without an end. */
	if (e != NULL || n > NOTICE_HOURLY)
		return e;
	return queue(s, MAIL_REFRESH_TOKEN_REUSED, user_id, email);
}

/* An account without an address is called by its username. */
static const struct error *
tell(struct service *s, const struct admin *to, const struct admin *about)
{
	return mail_queue(s, MAIL_NEW_ADMIN, &(struct mail_to){to->id, to->email},
	    &(struct mail_fill){.email = about->email != NULL ? about->email : about->username});
}

static const struct error *
tell_others(struct service *s, const struct admin *about, const struct admin *all, size_t n)
{
	const struct error *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++) {
		if (!all[i].is_among)
			e = tell(s, &all[i], about);
	}
	return e;
}

const struct error *
notice_admins(struct service *s, const char *const *user_ids, size_t n)
{
	struct admin *all;
	size_t all_n = 0;
	const struct error *e;

	if (!mail_is_on(s->config))
		return NULL;
	e = admins_list(s->pg, s->arena, user_ids, n, NOTICE_ADMINS, &all, &all_n);
	for (size_t i = 0; e == NULL && i < all_n; i++) {
		if (!all[i].is_among)
			continue;
		e = tell(s, &all[i], &all[i]);
		if (e == NULL && n <= NOTICE_NEW_ADMINS)
			e = tell_others(s, &all[i], all, all_n);
	}
	return e;
}
