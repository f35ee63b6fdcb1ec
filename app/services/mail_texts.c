#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/template.h"

#include "app/mail_sources.h"

#include "app/services/mail_texts.h"

/* What a text may name, by what its kind of mail has; of all, where the page around it is filled. */
static const char *const names_layout[] = {
    "body", "app_name", "public_url", "recipient", "time", "ip", NULL};
static const char *const names[2][2][10] = {
    {{"app_name", "public_url", "recipient", "time", "ip", NULL},
	{"app_name", "public_url", "recipient", "time", "ip", "email", NULL}},
    {{"app_name", "public_url", "recipient", "time", "ip", "token", "link", "life", NULL},
	{"app_name", "public_url", "recipient", "time", "ip", "token", "link", "life", "email",
	    NULL}}};

static bool
refuse(struct arena *a, const char *file, const char *what, const char **why_r)
{
	*why_r = arena_printf(a, "the mail text %s: %s", file, what);
	return false;
}

static const char *
built_in(const char *file)
{
	for (size_t i = 0; i < mail_sources_n; i++) {
		if (strcmp(mail_sources[i].name, file) == 0)
			return mail_sources[i].text;
	}
	return NULL;
}

/* The text of ${file}: from the folder where it is there, else the built-in one. */
static bool
text_of(struct arena *a, const char *dir, const char *file, const char *const *known,
    const char **text_r, const char **why_r)
{
	const char *why = NULL;

	*text_r = NULL;
	if (*dir != '\0' && !template_read(a, arena_printf(a, "%s/%s", dir, file), text_r, &why))
		return refuse(a, file, why, why_r);
	if (*text_r == NULL)
		*text_r = built_in(file);
	if (*text_r == NULL)
		return refuse(a, file, "it is not in the program", why_r);
	return template_check(a, *text_r, known, &why) || refuse(a, file, why, why_r);
}

/* The first line is the subject; blank lines after it are not part of the text. */
static bool
split_subject(struct arena *a, const char *file, const char *whole, const char **subject_r,
    const char **text_r, const char **why_r)
{
	size_t n = strcspn(whole, "\r\n");

	*subject_r = arena_strndup(a, whole, n);
	*text_r = whole + n + strspn(whole + n, "\r\n");
	if (strspn(*subject_r, " \t") == n)
		return refuse(a, file, "its first line, the subject, is empty", why_r);
	return true;
}

static bool
load_kind(
    struct arena *a, const char *dir, enum mail_kind kind, struct mail_texts *t, const char **why_r)
{
	const char *const *known = names[mail_kind_links(kind)][mail_kind_tells(kind)];
	const char *txt = arena_printf(a, "%s.txt", mail_kind_name(kind)),
		   *html = arena_printf(a, "%s.html", mail_kind_name(kind)), *whole;

	if (!text_of(a, dir, txt, known, &whole, why_r) ||
	    !text_of(a, dir, html, known, &t->of[kind].html, why_r) ||
	    !split_subject(a, txt, whole, &t->of[kind].subject, &t->of[kind].text, why_r))
		return false;
	/* A subject is seen by many: on locked telephones, in lists, in logs of servers. */
	if (strstr(t->of[kind].subject, "{{link}}") != NULL ||
	    strstr(t->of[kind].subject, "{{token}}") != NULL)
		return refuse(a, txt, "the subject must not have the link", why_r);
	if (!mail_kind_links(kind))
		return true;
	if (strstr(t->of[kind].text, "{{link}}") == NULL &&
	    strstr(t->of[kind].text, "{{token}}") == NULL)
		return refuse(a, txt, "it has neither {{link}} nor {{token}}", why_r);
	if (strstr(t->of[kind].html, "{{link}}") == NULL &&
	    strstr(t->of[kind].html, "{{token}}") == NULL)
		return refuse(a, html, "it has neither {{link}} nor {{token}}", why_r);
	return true;
}

/* A misspelt name would silently change nothing. Other files may lie there. */
static bool
names_good(struct arena *a, const char *dir, const char **why_r)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool good = true;

	if (d == NULL) {
		*why_r = arena_printf(a, "MAIL_TEMPLATES: %s: %s", dir, strerror(errno));
		return false;
	}
	while (good && (entry = readdir(d)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.');

		if (entry->d_name[0] != '.' && dot != NULL &&
		    (strcmp(dot, ".txt") == 0 || strcmp(dot, ".html") == 0) &&
		    built_in(entry->d_name) == NULL)
			good = refuse(a, entry->d_name, "there is no mail of this name", why_r);
	}
	(void)closedir(d); /* read only */
	return good;
}

bool
mail_texts_load(struct arena *a, const char *dir, struct mail_texts *t, const char **why_r)
{
	if (*dir != '\0' && !names_good(a, dir, why_r))
		return false;
	if (!text_of(a, dir, "layout.html", names_layout, &t->layout, why_r))
		return false;
	if (strstr(t->layout, "{{body}}") == NULL)
		return refuse(a, "layout.html", "it has no {{body}}", why_r);
	for (enum mail_kind kind = 0; kind < MAIL__MAX; kind++) {
		if (!load_kind(a, dir, kind, t, why_r))
			return false;
	}
	return true;
}

bool
mail_texts_write(struct arena *a, const char *dir, const char **why_r)
{
	for (size_t i = 0; i < mail_sources_n; i++) {
		const char *path = arena_printf(a, "%s/%s", dir, mail_sources[i].name);
		FILE *f = fopen(path, "wxe");
		bool good = f != NULL && fputs(mail_sources[i].text, f) >= 0;

		if (f != NULL && fclose(f) != 0)
			good = false;
		if (!good) {
			*why_r = arena_printf(a, "%s: %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}
