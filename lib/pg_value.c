/* Columns out of binary results. A column read as what it is not is a bug, found by the first row. */

#include <assert.h>
#include <string.h>

#include <libpq-fe.h>

#include "lib/arena.h"
#include "lib/clock.h"
#include "lib/str.h"

#include "lib/pg_internal.h"

/* Of pg_type; they are part of the protocol and never change. */
enum {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_CHAR = 18,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_FLOAT8 = 701,
	OID_JSON = 114,
	OID_UNKNOWN = 705,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_TIMESTAMPTZ = 1184,
	OID_UUID = 2950,
	OID_JSONB = 3802,
	OID_FIRST_USER = 16384, /* citext, enums: their binary form is text */
};

/* 2000-01-01, PostgreSQL's day zero, in seconds since 1970. */
#define EPOCH_US (INT64_C(946684800) * CLOCK_US_PER_S)

/* The bytes of a value, or NULL for SQL NULL. */
static const unsigned char *
value(const struct pg_rows *rows, int row, int column, size_t *n_r)
{
	const PGresult *r = rows->result;

	assert(row >= 0 && row < PQntuples(r) && column >= 0 && column < PQnfields(r));
	assert(PQfformat(r, column) == 1);
	if (PQgetisnull(r, row, column))
		return NULL;
	*n_r = (size_t)PQgetlength(r, row, column);
	return (const unsigned char *)PQgetvalue(r, row, column);
}

static Oid
type(const struct pg_rows *rows, int column)
{
	return PQftype(rows->result, column);
}

/* Big-endian two's complement of 2, 4 or 8 bytes. */
static int64_t
integer(const unsigned char *p, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | p[i];
	switch (n) {
	case 2:
		return (int16_t)u;
	case 4:
		return (int32_t)u;
	default:
		assert(n == 8);
		return (int64_t)u;
	}
}

const char *
pg_str(const struct pg_rows *rows, int row, int column)
{
	size_t n;
	const unsigned char *p = value(rows, row, column, &n);

	switch (type(rows, column)) {
	case OID_TEXT:
	case OID_VARCHAR:
	case OID_BPCHAR:
	case OID_NAME:
	case OID_CHAR:
	case OID_JSON:
	case OID_UNKNOWN:
		return (const char *)p;
	case OID_JSONB: /* the text stands behind the version of its form */
		assert(p == NULL || (n > 0 && p[0] == 1));
		return p == NULL ? NULL : (const char *)p + 1;
	default:
		assert(type(rows, column) >= OID_FIRST_USER);
		return (const char *)p;
	}
}

int64_t
pg_int(const struct pg_rows *rows, int row, int column)
{
	size_t n;
	const unsigned char *p = value(rows, row, column, &n);
	Oid oid = type(rows, column);

	assert(oid == OID_INT2 || oid == OID_INT4 || oid == OID_INT8);
	return p == NULL ? 0 : integer(p, n);
}

double
pg_num(const struct pg_rows *rows, int row, int column)
{
	size_t n;
	const unsigned char *p = value(rows, row, column, &n);
	int64_t bits;
	double d = 0;

	assert(type(rows, column) == OID_FLOAT8);
	if (p == NULL)
		return 0;
	bits = integer(p, n);
	memcpy(&d, &bits, sizeof(d));
	return d;
}

bool
pg_bool(const struct pg_rows *rows, int row, int column)
{
	size_t n;
	const unsigned char *p = value(rows, row, column, &n);

	assert(type(rows, column) == OID_BOOL);
	return p != NULL && n == 1 && p[0] == 1;
}

int64_t
pg_time(const struct pg_rows *rows, int row, int column)
{
	size_t n;
	const unsigned char *p = value(rows, row, column, &n);
	int64_t us;

	assert(type(rows, column) == OID_TIMESTAMPTZ);
	if (p == NULL)
		return INT64_MIN;
	us = integer(p, n);
	/* -infinity must not look like NULL. */
	if (us == INT64_MIN)
		return INT64_MIN + 1;
	return __builtin_add_overflow(us, EPOCH_US, &us) ? INT64_MAX : us;
}

const char *
pg_uuid(struct arena *a, const struct pg_rows *rows, int row, int column)
{
	size_t n;
	const unsigned char *p = value(rows, row, column, &n);
	char *text;

	assert(type(rows, column) == OID_UUID);
	if (p == NULL)
		return NULL;
	assert(n == 16);
	text = arena_alloc(a, STR_UUID_SIZE);
	str_uuid_text(p, text);
	return text;
}

const void *
pg_bytes(const struct pg_rows *rows, int row, int column, size_t *n_r)
{
	const unsigned char *p = value(rows, row, column, n_r);

	assert(type(rows, column) == OID_BYTEA);
	if (p == NULL)
		*n_r = 0;
	return p;
}
