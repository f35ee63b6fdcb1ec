"""Bodies that are FastCGI requests, and streams that are not quite FastCGI (pitfalls F2, HT-13)."""

import base64
import hashlib
import struct

import fastcgi
from fastcgi import begin, params, record, request, stdin, described
from harness import Browser, check

BODY_BYTES = 200 * 1024

FORGED = (begin() + params([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/forged"),
                            ("REMOTE_ADDR", "203.0.113.66"), ("REQUEST_ID", "forged")]) + stdin(b""))


def body(offset):
    """Forged requests one after the other, the first at ${offset}."""
    return (b"A" * offset + FORGED * (BODY_BYTES // len(FORGED) + 1))[:BODY_BYTES]


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def raw(server, offsets):
    with fastcgi.Client(server.read) as c:
        for offset in offsets:
            data = body(offset)
            c.send(request("/first", body=data, extra=[("HTTP_USER_AGENT", "u" * (offset % 61))]))
            e = fastcgi.fields(c.answer()[1])
            check(e["path"] == "/first" and e["digest"] == digest(data), "%d: %r" % (offset, e))
            c.send(request("/second"))
            e = fastcgi.fields(c.answer()[1])
            check(e["path"] == "/second" and e["bytes"] == "0", "%d: %r" % (offset, e))
            check(c.silent(), "%d: something more was said" % offset)


def through_nginx(nginx, offsets):
    with Browser(nginx) as b:
        for offset in offsets:
            data = body(offset)
            for method, path in (("GET", "/first"), ("POST", "/first"), ("GET", "/second")):
                sent = data if path == "/first" else b""
                status, e = b.ask(method, path, sent or None)
                check(status == 200 and e["path"] == path and e["digest"] == digest(sent)
                      and e["ip"] == "198.51.100.7", "%d: %r %r" % (offset, status, e))


def streams():
    """What no web server sends; name, bytes."""
    good, said = request("/x"), described("/x")
    many = fastcgi.pair("FCGI_MAX_CONNS", "") * 1000
    huge = struct.pack(">II", 0xffffffff, 0xffffffff)
    sum_wraps = struct.pack(">II", 0xfffffffe, 0xfffffffe)
    return [
        ("values asked before a request", record(fastcgi.GET_VALUES, many, 0) + good),
        ("values asked within a request", begin() + record(fastcgi.GET_VALUES, many, 0)),
        ("values asked within a body",
         begin() + params(said) + record(fastcgi.GET_VALUES, many, 0) + stdin(b"")),
        ("an unknown management record", record(77, b"x" * 100, 0) + good),
        ("version 2", record(fastcgi.BEGIN, struct.pack(">HB5x", 1, 1), version=2)),
        ("an authorizer", begin(role=2) + good[16:]),
        ("a filter", begin(role=3) + good[16:]),
        ("request id 0", begin(0) + params(said, 0) + stdin(b"", 0)),
        ("a short begin", record(fastcgi.BEGIN, b"\0\1\1") + good),
        ("two begins", begin() + begin() + params(said) + stdin(b"")),
        ("a begin of another id within", begin() + begin(2) + params(said) + stdin(b"")),
        ("a begin within a body", begin() + params(said) + begin(2) + stdin(b"")),
        ("parameters of another id", begin(1) + params(said, 2) + stdin(b"", 1)),
        ("a body of another id", begin(1) + params(said, 1) + stdin(b"abc", 2)),
        ("an abort", begin() + record(fastcgi.ABORT) + params(said)),
        ("an abort within a body", begin() + params(said) + record(fastcgi.ABORT)),
        ("a body before parameters", begin() + stdin(b"abc") + params(said)),
        ("data", begin() + params(said) + record(fastcgi.DATA, b"abc") + stdin(b"")),
        ("lengths of 2^31 - 1", begin() + record(fastcgi.PARAMS, huge) + record(fastcgi.PARAMS)),
        ("lengths that sum over 2^31",
         begin() + record(fastcgi.PARAMS, sum_wraps) + record(fastcgi.PARAMS)),
        ("a value cut off", begin() + record(fastcgi.PARAMS, b"\4\7NAMEval") + record(fastcgi.PARAMS)),
        ("a length cut off", begin() + record(fastcgi.PARAMS, b"\x80\0") + record(fastcgi.PARAMS)),
        ("a name without a letter", begin() + params([("", "x")]) + stdin(b"")),
        ("a name with an equals sign", begin() + params([("A=B", "x")]) + stdin(b"")),
        ("a value with a zero byte", begin() + params([("A", "x\0y")]) + stdin(b"")),
        ("70 000 bytes of parameters",
         begin() + record(fastcgi.PARAMS, b"\1\0A" * 20000) + record(fastcgi.PARAMS, b"\1\0A" * 4000)
         + record(fastcgi.PARAMS)),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a body, none announced", request("/x", body=b"abc", length_said="")),
        ("a longer body than announced", request("/x", body=b"abc", length_said="2")),
        ("a shorter body than announced", request("/x", body=b"abc", length_said="4")),
        ("a body announced that does not come", request("/x", length_said="4")),
        ("a length that is no number", request("/x", body=b"abc", length_said="3x")),
        ("a negative length", request("/x", length_said="-1")),
        ("a length beyond 2^64", request("/x", length_said="18446744073709551619", body=b"abc")),
    ]


def pipelined(server):
    """A request behind a request is nobody's: it is not answered, and the connection ends."""
    with fastcgi.Client(server.read) as c:
        c.send(request("/one") + FORGED)
        check(fastcgi.fields(c.answer()[1])["path"] == "/one", "the first is answered")
        check(c.ended(), "and nothing else")


def dribbled(server):
    """One byte at a time, padded, in records of one byte: odd, and right."""
    data = (begin(7, padding=255) + params(described("/slow", "POST", b"abcdef"), 7)
            + stdin(b"abcdef", 7, 1, padding=3))
    with fastcgi.Client(server.read) as c:
        for i in range(len(data)):
            c.send(data[i:i + 1])
        head, _, ident = c.answer()
        check(ident == 7 and "X-Accel-Redirect" in head, "answered: %r" % head)
        c.send(request("/after"))
        check(fastcgi.fields(c.answer()[1])["path"] == "/after", "and the connection goes on")


def malicious(server):
    before = server.workers()
    for sock in (server.read, server.api):
        for name, data in streams():
            with fastcgi.Client(sock) as c:
                c.send(data)
                check(c.ended(), "%s: is not closed" % name)
            with fastcgi.Client(sock) as c: # cut off at its middle
                c.send(data[:len(data) // 2])
            check(server.raw(sock=sock)["path"] == "/raw", "%s: others are not served" % name)
    pipelined(server)
    dribbled(server)
    check(server.workers() == before, "a worker was lost: %r" % server.events("worker_crashed"))
