#!/usr/bin/python3
"""Files against clients that go, disks that are full, processes that die between any two steps, and an nginx of
another user: no row without its file, no file without a row after the sweep, nothing acknowledged lost.

    scripts/stack DIR /usr/bin/python3 tests/proc/test_files.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more). Nothing sleeps to wait for an event;
every wait is bounded."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from harness import check, children
from people import Lost, Person, administrators
from stack import Own, service_user, until
from uploads import GIB, KIB, MIB, SLOW, Files, Killing, Upload, asked, got, half_sent, is_refused, kept, put
from verdicts import judged_within, test


@test
async def a_part_is_sent_to_who_asks_for_one():
    data = os.urandom(100000)
    async with Files("ranges") as own:
        p = await own.person()
        made = await kept(p, "n", data)
        a = await got(p, made, ["Range: bytes=500-1499"])
        check(a.status == 206 and a.content == data[500:1500], "the bytes that were asked for")
        check(a.headers["content-range"] == "bytes 500-1499/100000", "and which they are")
        a = await got(p, made, ["Range: bytes=-10"])
        check(a.status == 206 and a.content == data[-10:], "from its end")
        a = await got(p, made, ["Range: bytes=0-0,99999-"])
        check(a.status == 206 and a.headers["content-type"].startswith("multipart/byteranges"), "two parts")
        whole = await got(p, made)
        check(whole.status == 200 and whole.content == data, "without a range all of it")
        for header, status in (("Range: bytes=100000-", 416), ('If-Match: "other"', 412)):
            a = await got(p, made, [header])
            check(a.status == status and a.json()["path"].endswith("/content"), "%d, got %d" % (status, a.status))
        p.use(own.service) # nginx closes after its 412
        tag = whole.headers["etag"]
        a = await got(p, made, ["Range: bytes=0-9", "If-Range: " + tag])
        check(a.status == 206, "a range of the same file")
        a = await got(p, made, ["Range: bytes=0-9", 'If-Range: "other"'])
        check(a.status == 200 and a.content == data, "all of what may be another one")


@test
async def what_breaks_off_leaves_nothing():
    async with Files("broken") as own:
        p = await own.person()
        u = await half_sent(own, p, 8 * MIB)
        u.writer.close()
        await until("and drops it", lambda: not own.incoming(), 10)
        check(own.rows() == own.kept() == set(), "nothing is kept")
        # nginx itself dies.
        u = await half_sent(own, p, 8 * MIB)
        for pid in children(own.nginx.pid):
            os.kill(pid, signal.SIGKILL)
        u.writer.close()
        await own.settled()
        p.use(own.service)
        await kept(p, "n", b"again")
        await own.settled()


@test
async def gigabytes_are_refused_before_they_are_stored():
    async with Files("refused", MAX_FILE_SIZE=4 * GIB, USER_FILE_QUOTA=GIB) as own:
        p = await own.person()
        for token, status, code in ((False, 401, b"NOT_AUTHENTICATED"), (True, 413, b"QUOTA_EXCEEDED")):
            for expect in (False, True):
                u = Upload(own, p, "n", 2 * GIB, token, expect)
                answer = asyncio.ensure_future(u.ask())
                most = 0
                for _ in range(64):
                    if answer.done():
                        break
                    with contextlib.suppress(OSError, AttributeError):
                        u.writer.write(b"x" * 64 * KIB)
                        await asyncio.wait_for(u.writer.drain(), 1)
                    most = max([most] + [e.stat().st_size for e in own.incoming()])
                    await asyncio.sleep(0.001)
                said = await answer
                check(said == status, "%d, also where the client waits for a 100: got %d" % (status, said))
                check(code in await u.reader.readexactly(u.length), "it is %s" % code)
                check(most == 0 and not own.incoming(), "%d bytes were stored" % most)
                u.writer.close()


@test
async def of_sixteen_at_the_edge_of_the_quota_as_many_come_in_as_fit():
    size, fit = 100000, 5
    async with Files("quota", USER_FILE_QUOTA=size * fit + size - 1, FILES_WORKERS=8) as own:
        p = await own.person()
        for turn in range(3):
            # Each is asked about before one is there: the first look lets all of them in.
            all_16 = await asked([Upload(own, p, "t%d-%d" % (turn, i), size) for i in range(16)])
            came = await asyncio.gather(*[u.finish(os.urandom(size)) for u in all_16])
            check(sorted(came) == [201] * fit + [413] * (16 - fit), "%r" % sorted(came))
            check(all(b"QUOTA_EXCEEDED" in u.said for u, s in zip(all_16, came) if s == 413), "and why")
            check(len(own.kept()) == fit, "those that lost are gone at once: %d" % len(own.kept()))
            await own.settled()
            for i in own.rows():
                a = await p.connection.ask("DELETE", "/api/v1/files/" + i, p.access)
                check(a.status == 204, "deleted")
            check(own.kept() == set(), "their files, too")


@test
async def one_name_taken_by_many_at_once_is_one_file():
    async with Files("name", FILES_WORKERS=8) as own:
        p = await own.person()
        for _ in range(3):
            many = await asked([Upload(own, p, "n", 1000) for _ in range(12)])
            came = await asyncio.gather(*[u.finish(os.urandom(1000)) for u in many])
            check(set(came) <= {201, 503} and 201 in came, "%r" % came)
            check(len(own.rows()) == 1, "the last one has it")
            await own.settled()


class Disk:
    """A small one of its own under a folder of files; only root can make it."""

    def __init__(self, own, size):
        self.own, self.size = own, size

    def make_folder(self):
        Files.make_folder(self.own)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d,mode=0750,uid=33,gid=33" % self.size, "tmpfs",
                        self.own.folder], check=True)

    def __enter__(self):
        self.own.make_folder = self.make_folder
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.own.folder], check=False)


@test
async def a_full_disk_loses_nothing():
    if os.getuid() != 0:
        print("left out: only root can mount a small disk")
        return
    own = Files("full", FILES_WORKERS=4)
    with Disk(own, 4 * MIB):
        async with own:
            p = await own.person()
            data = os.urandom(2 * MIB)
            made = await kept(p, "n", data)
            is_refused(await put(p, "m", b"x" * 3 * MIB), 503, "OVERLOADED")
            check(not own.incoming(), "refused before it was stored")
            # All may come, and then there is room for one.
            many = await asked([Upload(own, p, "m%d" % i, 1400 * KIB) for i in range(3)])
            came = await asyncio.gather(*[u.finish(b"x" * 1400 * KIB) for u in many])
            check(sorted(came) in ([201, 503, 503], [503] * 3), "%r" % came)
            check(all(b"OVERLOADED" in u.said for u, s in zip(many, came) if s == 503), "not done, it says")
            await until("what did not fit is gone", lambda: not own.incoming(), 10)
            check((await got(p, made)).content == data, "what was there is there")
            await own.settled()


STEPS = ("fsync before", "fsync after", "waitpid before", "waitpid after", "renameat before", "renameat after",
         "commit before", "commit after", "answer before", "unlinkat before", "unlinkat after")


async def tried(work):
    """The status, 0 where the connection broke."""
    try:
        return (await work).status
    except Lost:
        return 0


@test
async def a_process_that_dies_at_any_step_loses_nothing():
    async with Killing("kill") as own:
        p = await own.person()
        for turn, step in enumerate(STEPS * 2):
            name = "n%d" % turn
            old, new = os.urandom(3000), os.urandom(4000)
            first = await kept(p, name, old)
            await own.settled() # or the sweep would have something to remove
            own.arm(step)
            status = await tried(put(p, name, new))
            check(own.happened(), "%s is a step of an upload" % step)
            check(status in (201, 502, 503), "%s: %d" % (step, status))
            await own.settled()
            p.use(own.service)
            items = (await p.connection.ask("GET", "/api/v1/files?size=100", p.access)).json()["items"]
            now = [i for i in items if i["name"] == name]
            check(len(now) == 1, "%s: the name is somebody's" % step)
            a = await p.connection.ask("GET", "/api/v1/files/%s/content" % now[0]["id"], p.access)
            check(a.content == (old if now[0]["id"] == first.json()["id"] else new), "%s: whole" % step)
            check(a.content == new or status not in (201,), "%s: acknowledged, and lost" % step)
            check(a.content == old or status != 503, "%s: not done, it was said" % step)


@test
async def a_deletion_that_dies_leaves_no_row_and_no_file():
    async with Killing("delete") as own:
        p = await own.person()
        for step in ("unlinkat before", "unlinkat after"):
            made = await kept(p, "n", b"bytes")
            await own.settled()
            own.arm(step)
            path = "/api/v1/files/" + made.json()["id"]
            status = await tried(p.connection.ask("DELETE", path, p.access))
            check(own.happened() and status in (0, 502), "%s: %d" % (step, status))
            p.use(own.service)
            is_refused(await p.connection.ask("GET", path, p.access), 404, "NOT_FOUND")
            await own.settled()
            check(own.kept() == set(), "gone")


@test
async def who_waits_for_the_disk_is_not_stuck():
    async with Killing("slow", FILES_WORKERS=1, FILES_GRACE_SECONDS=60) as own:
        p = await own.person()
        own.arm("fsync wait")
        before = own.service.workers("files")
        a = await kept(p, "n", b"bytes")
        check(own.happened() and a.seconds > 12, "the disk took its time")
        check(own.service.workers("files") == before, "nobody was replaced")
        check((await got(p, a)).content == b"bytes", "and it is there")


@test
async def killing_at_random_loses_nothing():
    acked, stop = {}, time.monotonic() + 6 * SLOW
    async with Files("random", API_WORKERS=3, FILES_WORKERS=3) as own:
        people = [await own.person() for _ in range(6)]

        async def upload(p, n):
            while time.monotonic() < stop:
                name, data = "n%d" % random.randrange(5), os.urandom(random.choice((10, 20000, 1500000)))
                try:
                    a = await put(p, name, data)
                except Lost:
                    p.use(own.service)
                    acked.pop((n, name), None) # one or the other: nobody knows
                    continue
                if a.status == 201:
                    acked[n, name] = (a, data)
                elif a.status in (502, 504):
                    acked.pop((n, name), None)
                else:
                    check(a.status == 503, "%d %r" % (a.status, a.content))

        async def kill():
            n = 0
            while time.monotonic() < stop:
                pids = own.service.ready_workers("api") + own.service.ready_workers("files")
                if pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(random.choice(pids), signal.SIGKILL)
                        n += 1
                await asyncio.sleep(0.08)
            return n

        done = await asyncio.gather(kill(), *[upload(p, n) for n, p in enumerate(people)])
        check(done[0] > 10 and len(acked) > 5, "%d kills, %d acknowledged" % (done[0], len(acked)))
        await until("the workers are back", lambda: all(len(own.service.ready_workers(pool)) == 3
                                                        for pool in ("api", "files")), 30)
        await own.settled()
        for (n, _), (made, data) in acked.items():
            people[n].use(own.service)
            a = await got(people[n], made)
            check(a.status == 200 and a.content == data, "acknowledged, and lost: %d" % a.status)


class TwoUids(Files):
    """nginx as another user than the program; what they have in common is a group."""

    def __init__(self, name, **settings):
        super().__init__(name, **settings)
        self.nginx_as = ["setpriv", "--reuid=nobody", "--regid=www-data", "--clear-groups", "--"], "nobody:"

    def make_folder(self):
        super().make_folder()
        subprocess.run(["install", "-d", "-o", "nobody", "-g", "www-data", "-m", "770", self.folder + "/incoming"],
                       check=True)
        subprocess.run(["install", "-d", "-o", "www-data", "-g", "www-data", "-m", "2750", self.folder + "/kept"],
                       check=True)


@test
async def nginx_may_be_another_user():
    if os.getuid() != 0:
        print("left out: only root can start both")
        return
    async with TwoUids("uids") as own:
        p = await own.person()
        data = os.urandom(3 * MIB)
        first = await kept(p, "n", data)
        path = "%s/kept/%.2s/%s" % (own.folder, first.json()["id"], first.json()["id"])
        st = os.stat(path)
        check((st.st_uid, st.st_mode & 0o777) == (65534, 0o600), "nobody's, and closed to the program")
        check(subprocess.run(service_user() + ["cat", path], capture_output=True).returncode != 0, "indeed")
        check((await got(p, first)).content == data, "it comes back")
        second = await kept(p, "n", b"another")
        check((await got(p, second)).content == b"another", "replaced")
        check((await p.connection.ask("DELETE", "/api/v1/files/" + second.json()["id"], p.access)).status == 204,
              "deleted")
        check(own.kept() == set() and not own.incoming(), "and gone")
        await half_sent(own, p, 4 * MIB)
        for pid in children(own.nginx.pid):
            os.kill(pid, signal.SIGKILL)
        await own.settled()


@test
async def who_is_deleted_takes_his_files_along():
    async with Files("purge") as own:
        p = await own.person()
        for n in range(3):
            await kept(p, "n%d" % n, b"bytes")
        admin = (await administrators(own.service, 1))[0]
        a = await admin.connection.ask("DELETE", "/api/v1/users/" + p.id, admin.access)
        check(a.status == 204, "deleted: %r" % a.content)
        await until("his files are gone", lambda: own.kept() == set(), 30 * SLOW)
        check(own.rows() == set(), "and their rows")


@test
async def without_a_folder_or_past_nginx_no_file_comes():
    async with Own("off", DEBUG="true", YESCRYPT_COST=1, SEND_VERIFICATION_EMAILS="false") as own:
        p = Person("off")
        p.use(own.service)
        await p.register()
        await p.login()
        is_refused(await put(p, "n", b"x"), 404, "NOT_FOUND")
        a = await p.connection.ask("GET", "/api/v1/files", p.access)
        check(a.status == 200 and a.json()["total"] == 0, "there are none")
    # The program keeps files, but its nginx was not told so: bodies come as always.
    async with Files("past") as own:
        own.settings["FILES_DIR"] = ""
        own.nginx.terminate()
        own.nginx.wait(20)
        own.nginx = own.start_nginx()
        await until("nginx listens", own.listens, 10)
        p = await own.person()
        is_refused(await put(p, "n", b"x"), 404, "NOT_FOUND")
        check(own.kept() == set(), "nothing is kept")


def is_no_start(folder):
    env = dict(os.environ, FILES_DIR=folder, DATABASE_URL=os.environ["APP_DATABASE_URL"])
    for verb in ("serve", "check-config"):
        p = subprocess.run([os.environ["GATEHOUSE"], verb], env=env, capture_output=True, text=True, timeout=20)
        check(p.returncode == 1 and folder in p.stderr, "%s: %s" % (verb, p.stderr))


@test
async def no_folder_is_no_start():
    is_no_start("/nonexistent/files")


@test
async def two_file_systems_are_no_start():
    if os.getuid() != 0:
        print("left out: only root can mount another one")
        return
    own = Files("two")
    own.make_folder()
    os.mkdir(own.folder + "/incoming")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", own.folder + "/incoming"], check=True)
    try:
        is_no_start(own.folder)
    finally:
        subprocess.run(["umount", "-l", own.folder + "/incoming"], check=True)


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(asyncio.run(judged_within(300, sys.argv[1:])))
