#ifndef LIB_WIRE_H
#define LIB_WIRE_H

/*
 * The records of one FastCGI request, collected and checked before anything believes them. libfcgi
 * reads its socket with blocking calls, answers management records on the way (into 64 bytes of
 * stack, whatever their number) and loses its place when a body is left unread (pitfalls F2, F9); so
 * it never sees the socket: it is given a request that was seen whole.
 *
 * Accepted is what nginx sends and nothing else: BEGIN_REQUEST for a responder, PARAMS up to an empty
 * one, STDIN up to an empty one, all of one id. A second BEGIN_REQUEST, another id, a management
 * record, ABORT_REQUEST or DATA ends the connection. Nothing here does input or output.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
	WIRE_HEADER_BYTES = 8,
	WIRE_PARAMS_MAX = 65535 /* what nginx can send, and what fits one record */
};

enum wire_state { WIRE_MORE, WIRE_DONE, WIRE_BAD };

enum wire_phase { WIRE_BEGIN, WIRE_PARAMS, WIRE_STDIN, WIRE_WHOLE };

struct wire_bytes {
	unsigned char *at; /* malloc */
	size_t n, size;
};

struct wire {
	/* To be read when WIRE_DONE was returned. */
	unsigned id;
	bool keep;                /* FCGI_KEEP_CONN was asked for */
	struct wire_bytes params; /* name-value pairs, every length checked */
	struct wire_bytes body;   /* empty when longer than body_max */
	size_t body_sent;         /* all of it, also beyond body_max */
	/* Ours. */
	size_t body_max;
	enum wire_phase phase;
	unsigned char header[WIRE_HEADER_BYTES];
	unsigned char begin[8];
	size_t header_n, begin_n;
	size_t content, content_left, padding_left; /* of the record in hand */
};

/* wire_init(w): waiting for a request; owned until wire_fini(). */
void wire_init(struct wire *);
void wire_fini(struct wire *);

/* wire_reset(w): wipe what was collected and wait for the next request. */
void wire_reset(struct wire *);

/*
 * wire_feed(w, p, n, used): take bytes as they come. WIRE_DONE with the request whole, and
 * ${used} < ${n} when more followed it; WIRE_BAD when no request can start this way.
 */
enum wire_state wire_feed(struct wire *, const unsigned char *p, size_t n, size_t *used_r)
    __attribute__((warn_unused_result));

/* wire_begun(w): some bytes of a request have come. */
bool wire_begun(const struct wire *);

/*
 * wire_head(w, out) and wire_tail(w, out): what to put before and after w->params to have the same
 * request without its body, in one PARAMS record and asking to keep the connection.
 */
enum { WIRE_HEAD_BYTES = 24, WIRE_TAIL_BYTES = 16 };
void wire_head(const struct wire *, unsigned char out_r[WIRE_HEAD_BYTES]);
size_t wire_tail(const struct wire *, unsigned char out_r[WIRE_TAIL_BYTES]);

#endif
