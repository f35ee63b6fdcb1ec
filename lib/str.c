#include <string.h>

#include "lib/str.h"

bool
str_int(const char *s, int64_t min, int64_t max, int64_t *n_r)
{
	bool negative = *s == '-';
	const char *digits = negative ? s + 1 : s;
	int64_t n = 0;

	if (*digits == '\0' || (*digits == '0' && (digits[1] != '\0' || negative)))
		return false;
	for (const char *p = digits; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, *p - '0', &n))
			return false; /* summed below zero, where the range is one larger */
	}
	if (!negative && __builtin_sub_overflow(0, n, &n))
		return false;
	if (n < min || n > max)
		return false;
	*n_r = n;
	return true;
}

size_t
str_sequence(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t len;
	uint32_t point, least;

	if (n == 0 || p[0] == '\0')
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2, least = 0x80, point = p[0] & 0x1f;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3, least = 0x800, point = p[0] & 0x0f;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4, least = 0x10000, point = p[0] & 0x07;
	else
		return 0;
	if (len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3f);
	}
	if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	return len;
}

bool
str_utf8(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t len;

	for (; n > 0; p += len, n -= len) {
		len = str_sequence(p, n);
		if (len == 0)
			return false;
	}
	return true;
}

int64_t
str_points(const char *s)
{
	int64_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

uint32_t
str_next(const char **s)
{
	static const unsigned char first_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *p = (const unsigned char *)*s;
	size_t len;
	uint32_t point;

	if (*p == '\0')
		return 0;
	len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	point = *p & first_mask[len];
	for (size_t i = 1; i < len; i++)
		point = point << 6 | (p[i] & 0x3f);
	*s += len;
	return point;
}

char
str_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void
str_lower_all(char *s)
{
	for (; *s != '\0'; s++)
		*s = str_lower(*s);
}

bool
str_same_nocase(const char *a, const char *b)
{
	while (*a != '\0' && str_lower(*a) == str_lower(*b))
		a++, b++;
	return *a == *b;
}

bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_uuid(const char *s)
{
	for (size_t i = 0; i < STR_UUID_SIZE - 1; i++) {
		char c = str_lower(s[i]);
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return s[STR_UUID_SIZE - 1] == '\0';
}

void
str_uuid_text(const unsigned char raw[16], char text_r[STR_UUID_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *p = text_r;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[raw[i] >> 4];
		*p++ = hex[raw[i] & 15];
	}
	*p = '\0';
}

static unsigned
nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : str_lower(c) - 'a' + 10);
}

void
str_uuid_raw(const char *text, unsigned char raw_r[16])
{
	for (size_t i = 0; i < 16; i++) {
		if (*text == '-')
			text++;
		raw_r[i] = (unsigned char)(nibble(text[0]) << 4 | nibble(text[1]));
		text += 2;
	}
}
