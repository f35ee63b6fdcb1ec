#include <stddef.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/common_passwords.h"
#include "lib/str.h"

#include "lib/policy_common.h"

enum { WORD_CHARS_MIN = 8, TAIL_CHARS_MAX = 6 };

/* Byte order of the word at ${row}, which ends at a blank or NUL, and of ${n} bytes at ${word}. */
static int
word_compare(const char *row, const char *word, size_t n)
{
	size_t chars = strcspn(row, " ");
	int order = memcmp(row, word, chars < n ? chars : n);

	if (order != 0)
		return order;
	return (chars > n) - (chars < n);
}

static bool
row_has(const char *row, const char *word, size_t n)
{
	while (word_compare(row, word, n) != 0) {
		row += strcspn(row, " ");
		if (*row == '\0')
			return false;
		row++;
	}
	return true;
}

static bool
is_listed(const char *word, size_t n)
{
	size_t low = 0, high = common_passwords_rows_n;

	if (n < WORD_CHARS_MIN)
		return false;
	/* The last row that does not begin after the word is the only one that can hold it. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (word_compare(common_passwords_rows[middle], word, n) <= 0)
			low = middle;
		else
			high = middle;
	}
	return row_has(common_passwords_rows[low], word, n);
}

/* Read as an i or as an l; both are tried. */
static bool
is_listed_unmasked(struct arena *a, const char *s, size_t n, char one)
{
	static const char masks[] = "@4301!|$57+", plain[] = "aaeo..lsstt";
	char *word = arena_strndup(a, s, n);

	for (char *p = word; *p != '\0'; p++) {
		const char *mask = strchr(masks, *p);

		if (mask != NULL)
			*p = *p == '1' || *p == '!' ? one : plain[mask - masks];
	}
	return is_listed(word, n);
}

/* A listed word, two times or more. */
static bool
is_listed_repeated(const char *s, size_t n)
{
	for (size_t unit = WORD_CHARS_MIN; unit <= n / 2; unit++) {
		if (n % unit == 0 && memcmp(s, s + unit, n - unit) == 0 && is_listed(s, unit))
			return true;
	}
	return false;
}

static bool
is_letter_or_beyond(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

bool
policy_common_has(struct arena *a, const char *phrase)
{
	char *folded = arena_strdup(a, phrase);
	size_t n = strlen(folded);

	str_lower_all(folded);
	for (int cut = 0; cut <= TAIL_CHARS_MAX && n >= WORD_CHARS_MIN; cut++, n--) {
		if (is_listed(folded, n) || is_listed_repeated(folded, n) ||
		    is_listed_unmasked(a, folded, n, 'i') || is_listed_unmasked(a, folded, n, 'l'))
			return true;
		if (is_letter_or_beyond(folded[n - 1]))
			return false;
	}
	return false;
}
