#include <string.h>

#include "app/store/store.h"

#include "app/store/secrets.h"

const struct error *
secrets_find(struct pg *pg, struct arena *a, const unsigned char digest[SECRET_DIGEST_BYTES],
    struct secret_owner *o)
{
	static const struct pg_statement find = {.name = "secrets_find",
	    .sql = "SELECT id, email_key, username_key, secret_digest, is_active, token_version,"
		   " secret_version FROM users WHERE secret_digest = $1 AND deleted_at IS NULL",
	    .params = 1};
	struct pg_rows rows;
	const void *kept;
	size_t n = 0;
	const struct error *e =
	    STORE_QUERY(pg, a, &find, &rows, store_hex(a, digest, SECRET_DIGEST_BYTES));

	*o = (struct secret_owner){.found = false};
	if (e != NULL || rows.n != 1)
		return e;
	o->found = true;
	o->id = pg_uuid(a, &rows, 0, 0);
	o->email_key = pg_str(&rows, 0, 1);
	o->username_key = pg_str(&rows, 0, 2);
	kept = pg_bytes(&rows, 0, 3, &n);
	memcpy(o->digest, kept, n < sizeof(o->digest) ? n : sizeof(o->digest));
	o->is_active = pg_bool(&rows, 0, 4);
	o->token_version = pg_int(&rows, 0, 5);
	o->secret_version = pg_int(&rows, 0, 6);
	return NULL;
}

const struct error *
secrets_put(struct pg *pg, struct arena *a, const char *id, const unsigned char *digest)
{
	static const struct pg_statement put = {.name = "secrets_put",
	    .sql = "UPDATE users SET secret_digest = $2, secret_version = secret_version + 1,"
		   " row_version = row_version + 1, updated_at = now()"
		   " WHERE id = $1 AND deleted_at IS NULL",
	    .params = 2,
	    .writes = true};

	return STORE_QUERY(pg, a, &put, NULL, id,
	    digest == NULL ? NULL : store_hex(a, digest, SECRET_DIGEST_BYTES));
}
