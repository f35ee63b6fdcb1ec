#ifndef LIB_LOG_H
#define LIB_LOG_H

/*
 * One JSON object per line on standard error, whole lines in each write(2), so that those of many processes
 * do not mix. Nothing here can log a struct secret: there is no argument kind for it (LG-02).
 * A full pipe or disk never blocks or fails a request (LG-04): the line is dropped, and the
 * next that can be written says how many were ("dropped").
 */

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__MAX };

/* A member: a string (NULL gives null) or, with .text unset and is_int, a number. */
struct log_field {
	const char *name;
	const char *text;
	int64_t number;
	int is_int;
};

#define LOG_S(n, v) ((struct log_field){.name = (n), .text = (v)})
#define LOG_I(n, v) ((struct log_field){.name = (n), .number = (int64_t)(v), .is_int = 1})

/*
 * log_init(level): lines below ${level} are not written. Makes standard error non-blocking-safe: a
 * pipe is opened again with O_NONBLOCK, and SIGPIPE is ignored unless it is handled already.
 */
void log_init(enum log_level);

/* log_level_parse(s): "debug", "info", "warn" or "error"; LOG__MAX for anything else. */
enum log_level log_level_parse(const char *);

/* log_event(level, event, fields, n): time, level, pid and event, then the fields. */
void log_event(enum log_level, const char *event, const struct log_field *, int n);

/*
 * log_hold(): until log_release(), lines are gathered and written some at a time, which costs a turn of many
 * requests one write instead of many. For a stretch without waiting: a process killed in it loses them.
 */
void log_hold(void);
void log_release(void);

#define log_line(level, event, ...)                                      \
	log_event(level, event, (const struct log_field[]){__VA_ARGS__}, \
	    (int)(sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)))

#endif
