#ifndef LIB_JSON_NUMBER_H
#define LIB_JSON_NUMBER_H

/*
 * json_number_float(&p): the number at *p, which json_parse() let through, as strtof() reads it; *p is then what
 * follows. Several times as fast where it has at most 19 digits, as all do that were floats or doubles before.
 */
float json_number_float(const char **p);

#endif
