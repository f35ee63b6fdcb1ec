#include <ctype.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/arena.h"
#include "lib/str.h"

#include "app/config.h"

enum kind { TEXT, SECRET, NUMBER, BOOLEAN, CHOICE };

/* A default of NULL means that the setting must be given (for what needs it); "" means none. */
struct setting {
	const char *name;
	enum kind kind;
	size_t at;
	const char *fallback;
	int64_t min, max;
	const char *choices; /* "a|b|c" */
	const char *help;
};

#define AT(m) .at = offsetof(struct config, m)

/* The workers' defaults of 0 mean: from the number of cores, see config_load(). */
static const struct setting settings[] = {
    {"APP_NAME", TEXT, AT(app_name), "Gatehouse",
	.help = "title of the API, realm of its challenges"},
    {"DEBUG", BOOLEAN, AT(debug), "false",
	.help = "allow password costs that only tests should use"},
    {"API_V1_PREFIX", TEXT, AT(prefix), "/api/v1", .help = "path in front of every route"},
    {"PUBLIC_URL", TEXT, AT(public_url), "http://localhost:8000",
	.help = "where clients reach this service; issuer and audience of its tokens, base of its "
		"links"},
    {"CORS_ORIGINS", TEXT, AT(cors_origins), "",
	.help = "origins that browsers may call from, exact, comma-separated"},
    {"DATABASE_URL", SECRET, AT(database_url), NULL,
	.help = "PostgreSQL, as the app role (no DDL)"},
    {"MIGRATE_DATABASE_URL", SECRET, AT(migrate_database_url), "",
	.help = "PostgreSQL, as the owner role, for migrate; default DATABASE_URL"},
    {"SECRET_KEY", SECRET, AT(secret_key), NULL,
	.help = "signs tokens; 32 bytes or more, gatehouse gen-secret"},
    {"SECRET_KEY_PREVIOUS", SECRET, AT(secret_key_previous), "",
	.help = "still verifies access tokens while a new SECRET_KEY signs"},
    {"ALGORITHM", CHOICE, AT(algorithm), "HS256", .choices = "HS256|HS384|HS512",
	.help = "of access tokens"},
    {"ACCESS_TOKEN_EXPIRE_MINUTES", NUMBER, AT(access_minutes), "30", 1, 1440,
	.help = "access token life"},
    {"REFRESH_TOKEN_EXPIRE_DAYS", NUMBER, AT(refresh_days), "7", 1, 365,
	.help = "a session idle this long ends"},
    {"SESSION_MAX_DAYS", NUMBER, AT(session_days), "30", 1, 3650,
	.help = "a session this old ends"},
    {"FIRST_SUPERUSER", TEXT, AT(first_superuser), "",
	.help = "e-mail; made admin when there is no admin"},
    {"FIRST_SUPERUSER_PASSWORD", SECRET, AT(first_superuser_password), "", .help = "its password"},
    {"READ_WORKERS", NUMBER, AT(read_workers), "0", 0, 64, .help = "0: one a core"},
    {"API_WORKERS", NUMBER, AT(api_workers), "0", 0, 128, .help = "0: one a core and one more"},
    {"AUTH_WORKERS", NUMBER, AT(auth_workers), "0", 0, 32,
	.help = "hash passwords; 0: one a core and one more"},
    {"FILES_WORKERS", NUMBER, AT(files_workers), "2", 1, 32,
	.help = "keep files that have come, so many at a time; none without FILES_DIR"},
    {"WORKER_REQUESTS", NUMBER, AT(worker_requests), "1000000", 0, INT64_MAX,
	.help = "a worker is replaced after so many; 0: never"},
    {"PASSWORD_POLICY", CHOICE, AT(password_policy), "composition",
	.choices = "composition|length|nist",
	.help = "composition: four classes of characters; length: 8 or more; nist: 15 or more"},
    {"PASSWORD_SCHEME", CHOICE, AT(password_scheme), "yescrypt", .choices = "yescrypt|bcrypt",
	.help = "of new hashes"},
    {"YESCRYPT_COST", NUMBER, AT(yescrypt_cost), "6", 1, 11,
	.help = "6 is 32 MiB and about 40 ms; 5 is the floor"},
    {"BCRYPT_COST", NUMBER, AT(bcrypt_cost), "12", 4, 16, .help = "10 is the floor"},
    {"RATE_LIMITS", TEXT, AT(rate_limits), "",
	.help = "off, or operation=count/seconds,… for those that shall not be as "
		"docs/operating.md says"},
    {"SOCKET_DIR", TEXT, AT(socket_dir), "/run/gatehouse",
	.help = "folder of read.sock, api.sock, auth.sock, files.sock"},
    {"SOCKET_GROUP", TEXT, AT(socket_group), "", .help = "group of the sockets, nginx's"},
    {"SMTP_HOST", TEXT, AT(smtp_host), "",
	.help = "mail server; without it mails are written to MAIL_DIR"},
    {"SMTP_PORT", NUMBER, AT(smtp_port), "0", 0, 65535,
	.help = "0: 587 for starttls, 465 for tls, 25 for none"},
    {"SMTP_USER", TEXT, AT(smtp_user), "", .help = "logs in there"},
    {"SMTP_PASSWORD", SECRET, AT(smtp_password), "", .help = "its password"},
    {"SMTP_TLS", CHOICE, AT(smtp_tls), "starttls", .choices = "starttls|tls|none",
	.help = "never falls back to an open connection"},
    {"SMTP_CA_FILE", TEXT, AT(smtp_ca_file), "",
	.help = "certificates that vouch for the mail server; default the system's"},
    {"EMAILS_FROM_EMAIL", TEXT, AT(mail_from), "",
	.help = "sender of all mails; needed with SMTP_HOST"},
    {"EMAILS_FROM_NAME", TEXT, AT(mail_from_name), "", .help = "its name; default APP_NAME"},
    {"MAIL_DIR", TEXT, AT(mail_dir), "",
	.help =
	    "folder for mails as .eml files where there is no SMTP_HOST; without it none are made"},
    {"MAIL_TEMPLATES", TEXT, AT(mail_templates), "",
	.help =
	    "folder of texts that replace the built-in ones; gatehouse mail templates DIR writes "
	    "those"},
    {"SEND_VERIFICATION_EMAILS", BOOLEAN, AT(send_verification), "true",
	.help = "to addresses that are new"},
    {"REQUIRE_VERIFIED_EMAIL", BOOLEAN, AT(require_verified), "false",
	.help = "no log-in before the address was confirmed"},
    {"EMBEDDING_DIMENSIONS", NUMBER, AT(embedding_dimensions), "384", 1, 2000,
	.help = "numbers of an embedding; fixed once a document has one"},
    {"FILES_DIR", TEXT, AT(files_dir), "",
	.help = "folder of files, which nginx writes and reads; without it none are kept"},
    {"MAX_FILE_SIZE", NUMBER, AT(max_file_size), "1073741824", 1, INT64_C(1) << 50,
	.help = "bytes of one file"},
    {"USER_FILE_QUOTA", NUMBER, AT(user_file_quota), "10737418240", 1, INT64_C(1) << 60,
	.help = "bytes of all files of one user"},
    {"FILES_GRACE_SECONDS", NUMBER, AT(files_grace_s), "3600", 1, 86400,
	.help = "what lies in FILES_DIR and belongs to nobody for so long is removed"},
    {"LOG_LEVEL", CHOICE, AT(log_level), "info", .choices = "debug|info|warn|error",
	.help = "least level written"},
};

/* More workers than this by default would only wait for the database. */
enum { CORES_MAX = 16 };

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]), VALUE_MAX = 16 * 1024 };

/* Known to the scripts, to the database's image, or to other frameworks: passed over in .env. */
static const char *const passed_over[] = {"PORT", "STATE_DIR", "DATABASE_ECHO", "POSTGRES_USER",
    "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_SERVER", NULL};

static bool
refuse(struct arena *a, const char **why_r, const char *name, const char *what)
{
	*why_r = arena_printf(a, "%s %s", name, what);
	return false;
}

/* A whole small file without its last newlines; NULL when it cannot be read or is not small. */
static char *
slurp(struct arena *a, const char *path)
{
	char *text = arena_alloc(a, VALUE_MAX + 2);
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return NULL;
	n = fread(text, 1, VALUE_MAX + 1, f);
	(void)fclose(f); /* read only: nothing to lose */
	if (n > VALUE_MAX)
		return NULL;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	return text;
}

static bool
known_in_env_file(const char *key)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		size_t n = strlen(settings[i].name);

		if (strncmp(key, settings[i].name, n) == 0 &&
		    (key[n] == '\0' || strcmp(key + n, "_FILE") == 0))
			return true;
	}
	for (size_t i = 0; passed_over[i] != NULL; i++) {
		if (strcmp(key, passed_over[i]) == 0)
			return true;
	}
	return false;
}

/* What .env said, as a list: the process's own environment stays untouched, so that a reload reads anew. */
struct line {
	const struct line *next;
	const char *key, *value;
};

/* KEY=value, KEY="value", KEY='value', comments and blank lines; export is allowed in front. */
static bool
env_file_line(struct arena *a, char *text, const struct line **lines, const char **why_r)
{
	char *key = text + strspn(text, " \t"), *value, *end;
	struct line *line;

	if (*key == '\0' || *key == '#')
		return true;
	if (str_starts(key, "export "))
		key += strlen("export ");
	value = strchr(key, '=');
	if (value == NULL) /* not shown: it may be half a secret */
		return refuse(a, why_r, ".env", "has a line without '='");
	*value++ = '\0';
	end = value + strlen(value);
	while (end > value && isspace((unsigned char)end[-1]))
		*--end = '\0';
	if (end - value >= 2 && (*value == '"' || *value == '\'') && end[-1] == *value) {
		end[-1] = '\0';
		value++;
	}
	if (!known_in_env_file(key))
		return refuse(a, why_r, key, "in .env is not a setting of this program");
	line = arena_alloc(a, sizeof(*line));
	*line = (struct line){*lines, key, value};
	*lines = line;
	return true;
}

static bool
env_file_load(struct arena *a, const struct line **lines, const char **why_r)
{
	char *text, *line;

	*lines = NULL;
	if (access(".env", F_OK) != 0)
		return true;
	text = slurp(a, ".env");
	if (text == NULL)
		return refuse(a, why_r, ".env", "cannot be read");
	while ((line = strsep(&text, "\r\n")) != NULL) {
		if (!env_file_line(a, line, lines, why_r))
			return false;
	}
	return true;
}

static const char *
look_up(const struct line *lines, const char *key)
{
	const char *value = getenv(key);

	for (; value == NULL && lines != NULL; lines = lines->next) {
		if (strcmp(lines->key, key) == 0)
			value = lines->value;
	}
	return value;
}

/* The text of one setting from NAME or NAME_FILE; *text_r is the fallback when neither is there. */
static bool
setting_text(struct arena *a, const struct line *lines, const struct setting *s,
    const char **text_r, const char **why_r)
{
	const char *value = look_up(lines, s->name),
		   *path = look_up(lines, arena_printf(a, "%s_FILE", s->name));
	struct stat st;

	*text_r = value != NULL ? arena_strdup(a, value) : s->fallback;
	if (path == NULL || *path == '\0')
		return true;
	if (value != NULL)
		return refuse(a, why_r, s->name, "is given twice, also as _FILE");
	if (stat(path, &st) == 0 && s->kind == SECRET && (st.st_mode & S_IROTH) != 0 &&
	    S_ISREG(st.st_mode) && !str_starts(path, "/run/secrets/"))
		return refuse(
		    a, why_r, s->name, "is in a file that everybody may read (chmod 600 it)");
	*text_r = slurp(a, path);
	if (*text_r == NULL)
		return refuse(a, why_r, s->name, arena_printf(a, "cannot be read from %s", path));
	return true;
}

static bool
is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *c = choices; c != NULL; c = strchr(c, '|'), c = c == NULL ? NULL : c + 1) {
		if (strcspn(c, "|") == n && strncmp(c, value, n) == 0)
			return true;
	}
	return false;
}

static bool
setting_parse(struct arena *a, const struct setting *s, const char *text, struct config *config,
    const char **why_r)
{
	void *at = (char *)config + s->at;

	switch (s->kind) {
	case TEXT:
	case SECRET:
		*(const char **)at = text;
		return true;
	case CHOICE:
		*(const char **)at = text;
		return is_choice(s->choices, text) ||
		    refuse(a, why_r, s->name, arena_printf(a, "must be one of %s", s->choices));
	case NUMBER:
		return str_int(text, s->min, s->max, at) ||
		    refuse(a, why_r, s->name,
			arena_printf(a, "must be an integer from %lld to %lld", (long long)s->min,
			    (long long)s->max));
	case BOOLEAN:
		*(bool *)at = str_same_nocase(text, "true") || strcmp(text, "1") == 0;
		return *(bool *)at || str_same_nocase(text, "false") || strcmp(text, "0") == 0 ||
		    *text == '\0' || refuse(a, why_r, s->name, "must be true or false");
	}
	return false;
}

static void
mail_defaults(struct config *c)
{
	if (c->smtp_port == 0)
		c->smtp_port = strcmp(c->smtp_tls, "tls") == 0 ? 465
		    : strcmp(c->smtp_tls, "none") == 0         ? 25
							       : 587;
	if (*c->mail_from == '\0' && *c->smtp_host == '\0')
		c->mail_from =
		    "gatehouse@example.invalid"; /* of files that go nowhere (RFC 2606) */
	if (*c->mail_from_name == '\0')
		c->mail_from_name = c->app_name;
}

static void
config_defaults(struct config *c)
{
	cpu_set_t mine;
	/* Those this process may run on, which a container may have fewer of than the machine. */
	int64_t cores = sched_getaffinity(0, sizeof(mine), &mine) == 0 ? CPU_COUNT(&mine) : 1;

	cores = cores > CORES_MAX ? CORES_MAX : cores;
	if (c->read_workers == 0)
		c->read_workers = cores;
	if (c->api_workers == 0)
		c->api_workers = cores + 1; /* a long list keeps PostgreSQL from the reads */
	if (c->auth_workers == 0)
		c->auth_workers = cores + 1; /* while one waits for its COMMIT, another hashes */
	if (*c->files_dir == '\0')
		c->files_workers = 0;
	if (*c->migrate_database_url == '\0')
		c->migrate_database_url = c->database_url;
	mail_defaults(c);
}

bool
config_load(struct arena *a, struct config *config, const char **why_r)
{
	const struct line *lines;
	const char *why;

	if (!env_file_load(a, &lines, why_r))
		return false;
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *s = &settings[i];
		const char *text;

		if (!setting_text(a, lines, s, &text, why_r))
			return false;
		if (text == NULL || (s->fallback == NULL && *text == '\0'))
			return refuse(a, why_r, s->name, "is not set");
		if (!setting_parse(a, s, text, config, why_r))
			return false;
	}
	config_defaults(config);
	if (!limits_parse(a, config->rate_limits, &config->limits, &why))
		return refuse(a, why_r, "RATE_LIMITS", why);
	return true;
}

void
config_help(FILE *out)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *s = &settings[i];

		fprintf(out, "  %-28s %s", s->name, s->help);
		if (s->fallback == NULL)
			fputs(" (needed)", out);
		else if (*s->fallback != '\0')
			fprintf(out, " (%s)", s->fallback);
		if (s->choices != NULL)
			fprintf(out, " [%s]", s->choices);
		fputc('\n', out);
	}
	fputs("Each may also be given as NAME_FILE, a file that holds the value.\n", out);
}
