#include <string.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/depot.h"
#include "lib/disposition.h"
#include "lib/reply.h"
#include "lib/str.h"

#include "app/api/errors.h"
#include "app/api/models.h"
#include "app/handlers/listing.h"
#include "app/precondition.h"
#include "app/request.h"
#include "app/services/files.h"

#include "app/handlers/handlers.h"

static struct File
shown(const struct file *f)
{
	return (struct File){.id = f->id,
	    .name = f->name,
	    .size = f->size,
	    .content_type = f->content_type,
	    .created_at = {f->created_us}};
}

static const struct error *
reply_shown(struct request *rq, const struct file *f)
{
	struct File out = shown(f);

	reply_model(&rq->turn->reply, rq->route->ok, &file_out, &out);
	reply_etag(&rq->turn->reply, f->row_version);
	return NULL;
}

/* A form is what a browser sends of its own accord: its parts would be kept as one file that nobody meant. */
static const struct error *
content_type_of(struct request *rq, const char **type_r)
{
	const char *sent = rq->turn->http.content_type;

	*type_r =
	    *sent == '\0' ? "application/octet-stream" : http_media_type(rq->turn->arena, sent);
	return *type_r == NULL || str_starts(*type_r, "multipart/") ? &error_unsupported_media
								    : NULL;
}

static bool
may_replace(const void *http, bool exists, int64_t version)
{
	return precondition_allows(http, exists, version);
}

/* Twice for each file: nginx asks before it takes the body, and comes again when it has it. */
static const struct error *
upload(struct request *rq, const char *name)
{
	const struct http_request *http = &rq->turn->http;
	struct file_new new = {
	    .name = name, .size = http->upload_bytes, .may_replace = may_replace, .cookie = http};
	struct file f;
	const struct error *e = content_type_of(rq, &new.content_type);

	if (e == NULL && new.size < 0)
		e = &error_not_found; /* past nginx, which refuses what is of no known length */
	/* RFC 9110 §14.5: or a part would be kept as if it were the whole. */
	if (e == NULL && *http->content_range != '\0')
		e = &err_file_part;
	if (e != NULL)
		return e;
	if (http->upload == UPLOAD_ASKED) {
		e = files_admit(&rq->service, &new);
		if (e == NULL)
			reply_empty(&rq->turn->reply, 204);
		return e;
	}
	new.arrived = depot_arrived(http->upload_file);
	if (new.arrived == NULL)
		return &error_not_found;
	e = files_keep(&rq->service, &new, &f);
	return e != NULL ? e : reply_shown(rq, &f);
}

const struct error *
files_put(struct request *rq)
{
	const struct FilePath *path = rq->path;

	return upload(rq, path->id);
}

const struct error *
files_post(struct request *rq)
{
	const struct FileQuery *query = rq->query;

	return upload(rq, query->name);
}

const struct error *
files_get_list(struct request *rq)
{
	struct listing l;
	struct file *files;
	struct File *items;
	const struct error *e = listing_begin(rq, true, &l);

	if (e == NULL)
		e = files_list(&rq->service, &l.ask, &files, &l.got);
	if (e != NULL)
		return e;
	items = arena_array(rq->turn->arena, l.got.n, sizeof(*items));
	for (size_t i = 0; i < l.got.n; i++)
		items[i] = shown(&files[i]);
	listing_reply(rq, &l, items);
	return NULL;
}

const struct error *
files_get_one(struct request *rq)
{
	const struct FilePath *path = rq->path;
	struct file f;
	const struct error *e = files_get(&rq->service, path->id, &f);

	return e != NULL ? e : reply_shown(rq, &f);
}

const struct error *
files_get_content(struct request *rq)
{
	const struct FilePath *path = rq->path;
	struct reply *r = &rq->turn->reply;
	char place[DEPOT_PLACE_SIZE];
	struct buf disposition;
	struct file f;
	const struct error *e = files_get(&rq->service, path->id, &f);

	if (e != NULL)
		return e;
	depot_place(f.id, place);
	reply_file(
	    r, arena_printf(rq->turn->arena, "/_files/%s", place), files_sent_as(f.content_type));
	buf_init(&disposition, rq->turn->arena);
	disposition_attachment(&disposition, f.name);
	reply_header(r, "Content-Disposition", "%s", disposition.at);
	return NULL;
}

static const struct error *
version_of(struct request *rq, const char *id, int64_t *if_version_r)
{
	struct file now;
	const struct error *e;

	*if_version_r = 0;
	if (*rq->turn->http.if_match == '\0')
		return NULL;
	e = files_look(&rq->service, id, &now);
	return e != NULL ? e : precondition(rq, now.row_version, if_version_r);
}

const struct error *
files_delete_one(struct request *rq)
{
	const struct FilePath *path = rq->path;
	int64_t if_version;
	const struct error *e = version_of(rq, path->id, &if_version);

	if (e == NULL)
		e = files_remove(&rq->service, path->id, if_version);
	if (e == NULL)
		reply_empty(&rq->turn->reply, 204);
	return e;
}
