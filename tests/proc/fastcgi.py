"""A FastCGI client that says what it likes: for talking to a worker's socket without nginx."""

import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT = 1, 2, 3, 4, 5, 6
DATA, GET_VALUES = 8, 9


def record(kind, content=b"", ident=1, padding=0, version=1):
    head = struct.pack(">BBHHBB", version, kind, ident, len(content), padding, 0)
    return head + content + b"\0" * padding


def length(n):
    return bytes([n]) if n < 128 else struct.pack(">I", n | 0x80000000)


def pair(name, value):
    name, value = name.encode(), value.encode()
    return length(len(name)) + length(len(value)) + name + value


def begin(ident=1, keep=True, role=1, padding=0):
    return record(BEGIN, struct.pack(">HB5x", role, int(keep)), ident, padding)


def params(pairs, ident=1):
    content = b"".join(pair(n, v) for n, v in pairs)
    return record(PARAMS, content, ident) + record(PARAMS, b"", ident)


def stdin(body, ident=1, piece=32768, padding=0):
    pieces = [body[i:i + piece] for i in range(0, len(body), piece)]
    return b"".join(record(STDIN, p, ident, padding) for p in pieces) + record(STDIN, b"", ident)


def described(path, method="GET", body=b"", extra=(), length_said=None):
    said = str(len(body)) if body else ""
    return [("REQUEST_METHOD", method), ("REQUEST_URI", path), ("REMOTE_ADDR", "192.0.2.1"),
            ("REQUEST_ID", "raw-1"),
            ("CONTENT_LENGTH", said if length_said is None else length_said)] + list(extra)


def request(path, method="GET", body=b"", ident=1, keep=True, extra=(), length_said=None):
    return (begin(ident, keep) + params(described(path, method, body, extra, length_said), ident)
            + stdin(body, ident))


class Client:
    def __init__(self, path, timeout=10):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(timeout)
        self.s.connect(path)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.s.close()

    def send(self, data):
        self.s.sendall(data)

    def read(self, n):
        while len(self.rest) < n:
            more = self.s.recv(65536)
            if not more:
                raise EOFError
            self.rest += more
        out, self.rest = self.rest[:n], self.rest[n:]
        return out

    def answer(self):
        """Header and body of one answer, and the id that it was for."""
        out = b""
        while True:
            _, kind, ident, n, padding, _ = struct.unpack(">BBHHBB", self.read(8))
            content = self.read(n)
            self.read(padding)
            if kind == STDOUT:
                out += content
            elif kind == END:
                head, _, body = out.partition(b"\r\n\r\n")
                return head.decode(), body, ident
            else:
                raise ValueError("record of type %d" % kind)

    def ended(self):
        """The server closed, without a word."""
        try:
            return not self.rest and self.s.recv(1) == b""
        except ConnectionResetError:
            return True

    def silent(self):
        """Nothing more has been said, and the connection is open."""
        self.s.settimeout(0)
        try:
            return not self.rest and self.s.recv(1) == b"\xff\xff"
        except BlockingIOError:
            return True
        finally:
            self.s.settimeout(10)


def fields(body):
    """The echo's lines as a dictionary."""
    return dict(line.split("=", 1) for line in body.decode().splitlines())
