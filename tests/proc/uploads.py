"""Stacks that keep files, and clients that send them: whole, in two steps, or with a disk that is held up."""

import asyncio
import os
import re
import subprocess

from harness import check, children
from people import Person
from sql import sql
from stack import HERE, Own, until

SLOW = 3 if os.environ.get("SAN") else 1
GRACE_S = 1
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Files(Own):
    """A stack with a folder of files of its own."""

    def __init__(self, name, **settings):
        self.folder = "%s/files-%s" % (os.environ["STATE_DIR"], name)
        super().__init__(name, **dict({"DEBUG": "true", "YESCRYPT_COST": 1, "FILES_DIR": self.folder,
                                       "FILES_WORKERS": 2, "FILES_GRACE_SECONDS": GRACE_S,
                                       "SEND_VERIFICATION_EMAILS": "false"},
                                      **settings))
        self.people = []

    def make_folder(self):
        subprocess.run(["rm", "-rf", self.folder], check=True)
        os.mkdir(self.folder, 0o750)
        if os.getuid() == 0:
            subprocess.run(["chown", "www-data:", self.folder], check=True)

    async def __aenter__(self):
        self.make_folder()
        return await super().__aenter__()

    async def person(self):
        p = Person("files")
        p.use(self.service)
        p.connection.hang_s = 40
        for verb in (p.register, p.login):
            a = await verb()
            check(a.status in (200, 201), "%d: %r" % (a.status, a.content))
        self.people.append(p)
        return p

    def incoming(self):
        return [e for e in os.scandir(self.folder + "/incoming")]

    def kept(self):
        return {name for _, _, names in os.walk(self.folder + "/kept") for name in names}

    def rows(self):
        owners = ", ".join("'%s'" % p.id for p in self.people)
        return set(sql("SELECT id FROM files WHERE user_id IN (%s)" % owners).split())

    async def settled(self):
        """What the sweep leaves: each file has its row, each row its file, and the counts are right."""
        def rest():
            check(self.rows() <= self.kept(), "a row without a file: %r" % (self.rows() - self.kept()))
            return self.rows() == self.kept() and not self.incoming()
        await until("nothing is left over in %s: %r and %r" % (self.folder, self.rows() ^ self.kept(),
                                                               self.incoming()), rest, 20 * SLOW)
        for p in self.people:
            counted = sql("SELECT file_count = n AND total_file_size = bytes FROM user_stats, (SELECT count(*)"
                          " AS n, coalesce(sum(size), 0) AS bytes FROM files WHERE user_id = '%s') f"
                          " WHERE user_id = '%s'" % (p.id, p.id))
            check(counted == "t", "the kept counts are what counting gives")


async def put(p, name, data, headers=()):
    return await p.connection.ask("PUT", "/api/v1/files/" + name, p.access, raw=data, headers=list(headers))


async def got(p, made, headers=()):
    path = "/api/v1/files/%s/content" % made.json()["id"]
    return await p.connection.ask("GET", path, p.access, headers=list(headers))


async def kept(p, name, data):
    a = await put(p, name, data)
    check(a.status == 201, "201, got %d %r" % (a.status, a.content))
    return a


def is_refused(a, status, code):
    check((a.status, a.json()["error_code"]) == (status, code), "%d %s, got %d %r" % (status, code, a.status, a.content))


class Upload:
    """One in two steps: what nginx wants to know first, and then the body, or a part of it."""

    def __init__(self, own, p, name, size, token=True, expect=True, headers=()):
        self.own, self.size = own, size
        self.head = ("PUT /api/v1/files/%s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n%s%s%s\r\n" % (
            name, size, "Authorization: Bearer %s\r\n" % p.access if token else "",
            "Expect: 100-continue\r\n" if expect else "", "".join(h + "\r\n" for h in headers))).encode()

    async def ask(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.own.port, limit=MIB)
        self.writer.write(self.head)
        return await self.status()

    async def status(self):
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 30)
        self.length = int((re.search(rb"Content-Length: (\d+)", head) or [0, 0])[1])
        return int(head.split()[1])

    async def finish(self, data):
        self.writer.write(data)
        await self.writer.drain()
        status = await self.status()
        self.said = await self.reader.readexactly(self.length)
        self.writer.close()
        return status


async def asked(uploads):
    """The same, each of them told that it may come before one has."""
    said = [await u.ask() for u in uploads]
    check(said == [100] * len(uploads), "all may come: %r" % said)
    return uploads


async def half_sent(own, p, size):
    """One of which nginx keeps the first half."""
    u, = await asked([Upload(own, p, "n", size)])
    u.writer.write(b"x" * (size // 2))
    await until("nginx keeps the first half", own.incoming, 10)
    return u


def preload():
    """The library that kills, built beside the tests' other output."""
    path = os.environ["STATE_DIR"] + "/kill_at.so"
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", path,
                    HERE + "/tests/proc/kill_at.c", "-ldl"], check=True)
    return path


class Killing(Files):
    def __init__(self, name, **settings):
        super().__init__(name, LD_PRELOAD=preload(), **settings)
        self.settings["KILL_AT"] = self.at = self.dir + "/kill_at"

    def environment(self):
        env = super().environment()
        env["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
        return env

    def arm(self, step):
        with open(self.at, "w", encoding="ascii") as f:
            f.write(step)

    def waiting(self):
        """How many uploads are in fsync."""
        return sum(len(children(w)) for w in self.service.workers())

    def happened(self):
        return not os.path.exists(self.at)
