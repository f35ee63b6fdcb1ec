#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/handlers.h"

#include "app/api/routes.h"

#define UPLOAD_DOC                                                                                \
	"The body is the file, as it is. A file of yours that has this name loses it to the new " \
	"one, which has an id of its own, and is gone; with If-Match only while its ETag still "  \
	"holds, with If-None-Match: * only where there is none. Before a byte of the body is "    \
	"taken it is refused for its size, for what is left "                                     \
	"of your quota, and, with 411, without a Content-Length. Expect: 100-continue spares "    \
	"sending what is not wanted."

#define UPLOAD(method_, path_, id_, ...)                                                         \
	{                                                                                        \
		.method = (method_), .path = (path_), .id = (id_), .tag = "files",               \
		.summary = "Keep a file", .doc = UPLOAD_DOC, .access = ACCESS_USER,              \
		.flags = ROUTE_UPLOAD, .ok = 201, .out = &file_out, .headers = HEADERS("ETag"),  \
		.errors = ERRORS(&err_file_part, &error_too_large, &err_file_quota,              \
		    &error_unsupported_media, &err_precondition, &err_files_off, &err_file_room, \
		    &error_not_found),                                                           \
                                                                                                 \
		.tx = TX_OWN, __VA_ARGS__                                                        \
	}

const struct route routes_files[] = {
    UPLOAD(METHOD_POST, "/files", "files_create", .query_in = &file_query, .handle = files_post),
    UPLOAD(METHOD_PUT, "/files/{id}", "files_put", .path_in = &file_name_path, .handle = files_put),
    {.method = METHOD_GET,
	.path = "/files",
	.id = "files_list",
	.tag = "files",
	.summary = "List your files",
	.doc = "Newest first. Pages reach to row 10 000, cursors to the end.",
	.access = ACCESS_USER,
	.query_in = &file_list_query,
	.ok = 200,
	.out = &file_list,
	.headers = HEADERS("Link"),
	.tx = TX_READ,
	.handle = files_get_list},
    {.method = METHOD_GET,
	.path = "/files/{id}",
	.id = "files_read",
	.tag = "files",
	.summary = "Read what is known of a file",
	.doc = "Somebody else's is as unknown as one that never was.",
	.access = ACCESS_USER,
	.path_in = &file_path,
	.ok = 200,
	.out = &file_out,
	.headers = HEADERS("ETag"),
	.errors = ERRORS(&err_file_not_found),
	.tx = TX_READ,
	.handle = files_get_one},
    {.method = METHOD_GET,
	.path = "/files/{id}/content",
	.id = "files_content",
	.tag = "files",
	.summary = "Download a file",
	.doc = "Always as an attachment. Range, If-Range and If-None-Match are answered as RFC "
	       "9110 has "
	       "it, with 206, 304 and 416.",
	.access = ACCESS_USER,
	.flags = ROUTE_DOWNLOAD,
	.path_in = &file_path,
	.ok = 200,
	.headers = HEADERS("Content-Disposition", "ETag"),
	.errors = ERRORS(&err_file_not_found),
	.tx = TX_READ,
	.handle = files_get_content},
    {.method = METHOD_DELETE,
	.path = "/files/{id}",
	.id = "files_delete",
	.tag = "files",
	.summary = "Delete a file",
	.doc = "For good. With If-Match only while the ETag still holds.",
	.access = ACCESS_USER,
	.path_in = &file_path,
	.ok = 204,
	.errors = ERRORS(&err_file_not_found, &err_precondition),
	.tx = TX_OWN,
	.handle = files_delete_one},
    {0},
};
