#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/clock.h"

#include "lib/smtp.h"

/* One transfer: what is left to read of the mail, and what was said last by either. */
struct transfer {
	const struct smtp_mail *mail;
	size_t at;
	char command[5];
	char refusal[SMTP_WHY_SIZE]; /* "": it was none */
	bool of_sender;              /* it answered MAIL */
	char error[CURL_ERROR_SIZE];
};

static size_t
give(char *to, size_t size, size_t n, void *cookie)
{
	struct transfer *t = cookie;
	size_t room = size * n, left = t->mail->bytes - t->at, give = left < room ? left : room;

	memcpy(to, t->mail->data + t->at, give);
	t->at += give;
	return give;
}

static void
note(char why[SMTP_WHY_SIZE], const char *text, size_t n)
{
	n = n < SMTP_WHY_SIZE ? n : SMTP_WHY_SIZE - 1;
	for (size_t i = 0; i < n; i++)
		why[i] = text[i];
	while (n > 0 && (why[n - 1] == '\r' || why[n - 1] == '\n'))
		n--;
	why[n] = '\0';
	for (size_t i = 0; i < n; i++) { /* it is shown to people and kept as text */
		if (why[i] < ' ' || why[i] > '~')
			why[i] = '?';
	}
}

/* Each command as it goes out, passwords too. */
static int
speak(CURL *c, curl_infotype type, char *text, size_t n, void *cookie)
{
	struct transfer *t = cookie;

	(void)c;
	if (type == CURLINFO_HEADER_OUT)
		(void)snprintf(t->command, sizeof(t->command), "%.*s", n > 4 ? 4 : (int)n, text);
	return 0;
}

/* Each line of the answers; what comes after a goodbye says nothing about the mail. */
static size_t
hear(char *line, size_t size, size_t n, void *cookie)
{
	struct transfer *t = cookie;
	bool refuses = size * n > 0 && (*line == '4' || *line == '5');

	if (strcmp(t->command, "QUIT") == 0)
		return size * n;
	note(t->refusal, line, refuses ? size * n : 0);
	t->of_sender = strcmp(t->command, "MAIL") == 0;
	return size * n;
}

/*
 * A 5xx is final only where it is about this mail: to its commands, or when it had been given. A wrong
 * password, a log-in that is missing, a sender that is not allowed or a server that takes nobody today say
 * nothing about the mail, and must not park them all.
 */
static enum smtp_outcome
outcome(CURLcode rc, const struct transfer *t)
{
	bool given = t->at > 0 && t->at == t->mail->bytes;

	if (rc == CURLE_OK)
		return SMTP_SENT;
	if (*t->refusal == '5' && (given || (rc == CURLE_SEND_ERROR && !t->of_sender)))
		return SMTP_REFUSED;
	return SMTP_LATER;
}

/* The first that fails decides, and nothing is sent: an option that did not take would be one that protects. */
#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(c, option, value))

static CURLcode
set_server(CURL *c, const struct smtp_server *s, const char *from)
{
	char url[640];
	CURLcode rc = CURLE_OK;

	/* The path is whom EHLO names: some servers refuse what is no domain, such as a container's name. */
	(void)snprintf(url, sizeof(url), "%s://%s:%" PRId64 "/%s",
	    s->tls == SMTP_TLS ? "smtps" : "smtp", s->host, s->port, strchr(from, '@') + 1);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_PROXY, ""); /* whatever the environment says */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_TIMEOUT_MS, (long)(s->timeout_us / 1000));
	/* TRY would go on in the clear where somebody has cut STARTTLS out (M3). */
	SET(CURLOPT_USE_SSL, (long)(s->tls == SMTP_OPEN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*s->ca_file != '\0')
		SET(CURLOPT_CAINFO, s->ca_file);
	if (*s->user != '\0') {
		SET(CURLOPT_USERNAME, s->user);
		SET(CURLOPT_PASSWORD, s->password);
	}
	return rc;
}

static CURLcode
set_mail(CURL *c, struct transfer *t, const struct curl_slist *to)
{
	char from[300];
	CURLcode rc = CURLE_OK;

	(void)snprintf(from, sizeof(from), "<%s>", t->mail->from);
	SET(CURLOPT_MAIL_FROM, from);
	SET(CURLOPT_MAIL_RCPT, to);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->mail->bytes);
	SET(CURLOPT_READFUNCTION, give);
	SET(CURLOPT_READDATA, t);
	SET(CURLOPT_HEADERFUNCTION, hear);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_ERRORBUFFER, t->error);
	SET(CURLOPT_VERBOSE, 1L); /* to the function only */
	SET(CURLOPT_DEBUGFUNCTION, speak);
	SET(CURLOPT_DEBUGDATA, t);
	return rc;
}

static void
perform(CURL *c, const struct smtp_server *s, struct transfer *t, const struct curl_slist *to,
    struct smtp_result *r)
{
	CURLcode rc = set_server(c, s, t->mail->from);

	if (rc == CURLE_OK)
		rc = set_mail(c, t, to);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(c);
	r->outcome = outcome(rc, t);
	if (rc != CURLE_OK) {
		const char *why = *t->refusal != '\0' ? t->refusal
		    : *t->error != '\0'               ? t->error
						      : curl_easy_strerror(rc);

		note(r->why, why, strlen(why));
	}
}

void
smtp_send(const struct smtp_server *s, const struct smtp_mail *mail,
    void (*told)(void *, const struct smtp_result *), void *cookie)
{
	struct transfer t = {.mail = mail};
	struct smtp_result r = {SMTP_LATER, "libcurl could not be set up"};
	bool up = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	CURL *c = up ? curl_easy_init() : NULL;
	struct curl_slist *to = c == NULL ? NULL : curl_slist_append(NULL, mail->to);

	if (to != NULL) {
		r.why[0] = '\0';
		perform(c, s, &t, to, &r);
	}
	told(cookie, &r);
	curl_easy_cleanup(c);
	curl_slist_free_all(to);
	if (up)
		curl_global_cleanup();
}
