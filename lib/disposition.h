#ifndef LIB_DISPOSITION_H
#define LIB_DISPOSITION_H

#include <stddef.h>

struct buf;

/*
 * disposition_attachment(b, name): the value of Content-Disposition (RFC 6266) that has any UTF-8 ${name}
 * saved and never shown: "attachment; filename="…"; filename*=UTF-8''…". The name that is suggested has no
 * separators of paths, no control characters and none that turn the direction of text (which make
 * "gpj.exe" of "exe.jpg"); the first form is plain ASCII, without what clients disagree about (Appendix D),
 * the second one is that of RFC 8187.
 */
void disposition_attachment(struct buf *, const char *name);

#endif
