#ifndef APP_FILE_H
#define APP_FILE_H

/* Files, as all layers of the product know them. */

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
	int64_t if_version;  /* of the file whose name it takes, as precondition() gives it */
	const char *arrived; /* depot_arrived(); NULL as long as it is only asked for */
};

/* What a user has, as it is kept. */
struct file_usage {
	int64_t count, bytes;
};

#endif
