#!/usr/bin/python3
"""Uploads beside others: nobody waits for somebody else's disk, nobody has more on the way than he may, and what was
asked for is decided when the file has come.

    scripts/stack DIR /usr/bin/python3 tests/proc/test_uploads.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more). Nothing sleeps to wait for an event;
every wait is bounded."""

import asyncio
import os
import socket
import sys

sys.dont_write_bytecode = True

import fastcgi
from harness import check
from stack import until
from uploads import MIB, SLOW, Files, Killing, Upload, asked, is_refused, kept, put
from verdicts import judged_within, test


@test
async def nobody_waits_for_the_disk_of_others():
    async with Killing("held", API_WORKERS=2, FILES_GRACE_SECONDS=60) as own:
        p, bystander = await own.person(), await own.person()
        own.arm("fsync hold")
        many = await asked([Upload(own, p, "n%d" % i, MIB) for i in range(6)])
        sent = [asyncio.ensure_future(u.finish(b"x" * MIB)) for u in many]
        await until("as many as can wait for the disk", lambda: own.waiting() == 2, 10)
        await until("the others have come", lambda: [e.stat().st_size for e in own.incoming()] == [MIB] * 6, 10)
        for n in range(10):
            a = await bystander.connection.ask("PATCH", "/api/v1/users/me", bystander.access, {"full_name": "n%d" % n})
            check(a.status == 200, "he can write: %d" % a.status)
            check(a.seconds < SLOW, "at once: %g s" % a.seconds)
        check(not any(t.done() for t in sent), "while they wait")
        os.unlink(own.at)
        check(await asyncio.gather(*sent) == [201] * 6, "and then they are kept")
        check(len(own.rows()) == 6 and own.rows() == own.kept(), "all of them")


@test
async def a_client_has_so_many_on_the_way():
    own = Files("uploads")
    own.wall = ["CLIENT_UPLOADS=2"]
    async with own:
        p = await own.person()
        first, second = await asked([Upload(own, p, "n%d" % i, 10) for i in range(2)])
        third = Upload(own, p, "n3", 10)
        check(await third.ask() == 429, "a third is refused, and not asked to send")
        a = await put(p, "n3", b"x")
        is_refused(a, 429, "RATE_LIMITED")
        check((a.json()["limit"], a.headers["retry-after"]) == (2, "1"), "and told: %r" % a.content)
        a = await p.connection.ask("GET", "/api/v1/files", p.access)
        check(a.status == 200 and a.json()["total"] == 0, "all else goes on")
        first.writer.close() # broken off
        async def one_more():
            return (await put(p, "n3", b"x")).status
        status = 429
        while status == 429:
            status = await asyncio.wait_for(one_more(), 10)
        check(status == 201, "there is room for one again: %d" % status)
        check(await second.finish(b"x" * 10) == 201, "and those that were on the way came")


@test
async def if_match_makes_no_file_when_the_old_one_has_gone_meanwhile():
    async with Killing("gone", FILES_GRACE_SECONDS=60) as own:
        p = await own.person()
        for wanted in ("*", None):
            made = await kept(p, "n", b"old")
            tag = wanted or made.headers["etag"]
            u, = await asked([Upload(own, p, "n", 3, headers=["If-Match: " + tag])])
            own.arm("fsync hold")
            sent = asyncio.ensure_future(u.finish(b"new"))
            await until("it waits for the disk", lambda: own.waiting() == 1, 10)
            a = await p.connection.ask("DELETE", "/api/v1/files/" + made.json()["id"], p.access)
            check(a.status == 204, "the one that was there when it was asked about is gone")
            os.unlink(own.at)
            check(await sent == 412 and b"PRECONDITION_FAILED" in u.said, "%s: %r" % (tag, u.said))
            check(own.rows() == own.kept() == set(), "nothing is made")


@test
async def if_none_match_lets_one_of_many_make_it():
    async with Files("none", FILES_WORKERS=4) as own:
        p = await own.person()
        for turn in range(3):
            many = await asked([Upload(own, p, "n%d" % turn, 100, headers=["If-None-Match: *"]) for _ in range(8)])
            datas = [os.urandom(100) for _ in many]
            came = await asyncio.gather(*[u.finish(d) for u, d in zip(many, datas)])
            check(sorted(came) == [201] + [412] * 7, "%r" % sorted(came))
            items = (await p.connection.ask("GET", "/api/v1/files?size=1", p.access)).json()["items"]
            a = await p.connection.ask("GET", "/api/v1/files/%s/content" % items[0]["id"], p.access)
            check(a.content == datas[came.index(201)], "the one that was answered so")
            await own.settled()


def told(path, upload, p):
    """What a worker answers to who says that ${upload} has become of a body."""
    extra = [("GATEHOUSE_UPLOAD", upload), ("GATEHOUSE_UPLOAD_BYTES", "1"), ("GATEHOUSE_UPLOAD_FILE", "/x/0000000001"),
             ("HTTP_AUTHORIZATION", "Bearer " + p.access)]
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(path)
        s.sendall(fastcgi.request("/api/v1/files/n", "PUT", keep=False, extra=extra if upload else extra[-1:]))
        answer = b""
        while True:
            data = s.recv(1 << 16)
            if not data:
                return answer
            answer += data


@test
async def what_has_come_is_taken_by_the_pool_of_files_alone():
    async with Files("pools") as own:
        p = await own.person()
        for pool in ("read", "api", "auth"):
            said = told("%s/%s.sock" % (own.dir, pool), "taken", p)
            check(b"Status: 404" in said, "%s: %r" % (pool, said))
        for upload in ("asked", ""):
            said = told(own.dir + "/files.sock", upload, p)
            check(b"Status: 404" in said, "%r: %r" % (upload, said))
        said = told(own.dir + "/files.sock", "taken", p)
        check(b"Status: 503" in said and b"OVERLOADED" in said, "no such file has come: %r" % said)


class Later(Files):
    """FILES_DIR is not given until .env gives it."""

    def environment(self):
        env = super().environment()
        del env["FILES_DIR"]
        return env


@test
async def without_a_folder_there_is_no_such_pool():
    own = Later("later")
    del own.settings["FILES_WORKERS"]
    async with own:
        check(own.service.workers("files") == [] and not os.path.exists(own.dir + "/files.sock"), "none")
        with open(own.dir + "/.env", "w", encoding="ascii") as f:
            f.write("FILES_DIR=%s\n" % own.folder)
        own.service.hup()
        refused = await until("nor by a reload", lambda: own.service.log.events("reload_refused"), 20)
        check("FILES_DIR" in refused[0]["why"], "which says why: %r" % refused)


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(asyncio.run(judged_within(300, sys.argv[1:])))
