#ifndef TESTS_HTTP_CROWD_H
#define TESTS_HTTP_CROWD_H

/*
 * Some users that a test can find again among those of all others: made in the database, in a stretch of
 * time that is theirs alone, long ago.
 */

struct crowd {
	const char *tag;    /* twelve letters and digits that their e-mail addresses begin with */
	const char *window; /* "created_after=…&created_before=…": they, and nobody else */
	const char *after, *before;
};

/*
 * crowd_new(n): ${n} of them, number i from 0 on: e-mail TAG-i@crowd.example (no e-mail for every fifth),
 * username TAG.i, full name "Name (i mod 4)" (none for every third), every second active, every third
 * verified, every seventh an admin; three at a time were made and changed in the same instant.
 */
struct crowd crowd_new(int n);

/* crowd_gone(c): away with them, where so many would be in the way of others. */
void crowd_gone(const struct crowd *);

#endif
