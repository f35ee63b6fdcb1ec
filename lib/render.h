#ifndef LIB_RENDER_H
#define LIB_RENDER_H

struct buf;
struct model;

/*
 * render_model(b, model, p): the struct at ${p} as a JSON object, exactly the fields of ${model} in
 * their order. A NULL string, an unset option and INSTANT_NONE give null. Instants are RFC 3339 UTC.
 * Asserts that no row is a secret: what has no row cannot leave.
 */
void render_model(struct buf *, const struct model *, const void *p);

#endif
