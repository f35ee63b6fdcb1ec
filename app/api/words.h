#ifndef APP_API_WORDS_H
#define APP_API_WORDS_H

/* What several models say about the same thing. */

#define EMAIL_EXAMPLE    "ada@example.com"
#define PASSWORD_EXAMPLE "SecurePass123!"
#define PASSWORD_DOC                                                                             \
	"8 to 128 characters, at most 511 bytes. Under the default policy one ASCII upper case " \
	"letter, one lower case letter, one digit and one other printable ASCII character. "     \
	"Common "                                                                                \
	"passwords and those made of the own e-mail address or username are refused."

#endif
