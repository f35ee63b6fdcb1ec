#ifndef APP_FILE_H
#define APP_FILE_H

/* Files, as all layers of the product know them. */

#include <stdbool.h>
#include <stdint.h>

struct file {
	const char *id, *name, *content_type;
	int64_t size, created_us, row_version;
};

/* One to come. */
struct file_new {
	const char *id; /* NULL as long as nothing has come */
	const char *name, *content_type;
	int64_t size;
	const char *arrived; /* depot_arrived(); NULL as long as it is only asked for */
	/* May it take the name of the file of this version, or one that nobody has, where none ${exists}? */
	bool (*may_replace)(const void *cookie, bool exists, int64_t version);
	const void *cookie;
};

/* What a user has, as it is kept. */
struct file_usage {
	int64_t count, bytes;
};

#endif
