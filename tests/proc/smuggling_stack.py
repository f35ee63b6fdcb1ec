"""Forged FastCGI requests in the bodies of GETs, sent to the whole stack (pitfalls F2, HT-13).

The forger is somebody with a token who wants what is another's: to read it, to change it, to seem to
come from elsewhere. The prey's own id in an answer, its changed name, or the forged request id in
the program's log would show that it worked."""

import json

import fastcgi
from harness import check

ME = "/api/v1/users/me"
FORGED_ID, FORGED_NAME = "forged-request", "forged name"


def forged(prey):
    """One forged read, one forged write: pipelined, kept, each with its own end."""
    bearer = ("HTTP_AUTHORIZATION", "Bearer " + prey.access)
    body = json.dumps({"full_name": FORGED_NAME}).encode()
    same = [("REMOTE_ADDR", "203.0.113.66"), ("REQUEST_ID", FORGED_ID), ("REQUEST_URI", ME), bearer]
    read = fastcgi.begin() + fastcgi.params(
        [("REQUEST_METHOD", "GET"), ("CONTENT_LENGTH", "")] + same) + fastcgi.stdin(b"")
    write = fastcgi.begin() + fastcgi.params(
        [("REQUEST_METHOD", "PUT"), ("CONTENT_LENGTH", str(len(body))),
         ("CONTENT_TYPE", "application/json")] + same) + fastcgi.stdin(body)
    return read + write


def body(records, offset, size):
    return (b"A" * offset + records * (size // len(records) + 1))[:size]


def own_answer(person, head, content, statuses):
    status = int(head.split("\r\n")[0].split()[1])
    check(status in statuses, "%d, wanted %r" % (status, statuses))
    said = json.loads(content)
    if status == 200:
        check(said["id"] == person.id, "the forger got %r" % said)
    else:
        check(said["request_id"] != FORGED_ID, "a forged request was answered: %r" % said)


def raw(read_sock, forger, prey, offsets, size):
    """To the worker itself: 413 when the body is beyond the limit, but read to its end all the same."""
    records, keep = forged(prey), None
    bearer = [("HTTP_AUTHORIZATION", "Bearer " + forger.access)]
    for offset in offsets:
        if keep is None:
            keep = fastcgi.Client(read_sock)
        data = body(records, offset, size)
        keep.send(fastcgi.request(ME, body=data, extra=bearer + [("HTTP_USER_AGENT", "u" * (offset % 61))]))
        head, content, _ = keep.answer()
        own_answer(forger, head, content, (200,) if size <= 65536 else (413,))
        check(keep.silent(), "offset %d: something more was said" % offset)
        keep.send(fastcgi.request(ME, extra=bearer))
        head, content, _ = keep.answer()
        own_answer(forger, head, content, (200,))
        check(keep.silent(), "offset %d: something more was said after the second" % offset)
    keep.s.close()


async def through_nginx(forger, prey, offsets, size):
    """Both on one client connection. nginx lets 64 KiB through and refuses more itself."""
    records = forged(prey)
    for offset in offsets:
        data = body(records, offset, size)
        c = forger.connection
        a = await c.ask("GET", ME, forger.access, raw=data,
                        headers=["User-Agent: " + "u" * (offset % 61)])
        check(a.status == (200 if size <= 65536 else 413), "offset %d: %d" % (offset, a.status))
        if a.status == 200:
            forger.is_me(a)
        a = await c.ask("GET", ME, forger.access)
        check(a.status == 200, "offset %d, second: %d" % (offset, a.status))
        forger.is_me(a)
