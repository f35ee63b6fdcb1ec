#!/usr/bin/python3
"""What processes promise, shown with echo_server under a real nginx.

    test_process.py [echo_server] [name…]

FULL=1 sends the smuggling bodies through nginx at every offset. Nothing here sleeps to wait: each
wait polls for what it waits for and is bounded."""

import os
import random
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True

import fastcgi
from harness import (Browser, Failed, Load, Nginx, Server, alive, check, children, cpu_s, rss_kib,
                     stat_fields, until)
import smuggling
from verdicts import TESTS, test

PROGRAM = None


@test
def echoes_what_nginx_sends():
    with Server(PROGRAM) as s, Nginx(s) as nginx, Browser(nginx) as b:
        status, e = b.ask("GET", "/a%2Fb/?q=%20&q", headers={"User-Agent": "t\xff" + "x" * 300})
        check(status == 200 and e["pool"] == "read", "GET goes to read: %r" % e)
        check(e["path"] == "/a%2Fb/" and e["query"] == "q=%20&q", "raw path and query: %r" % e)
        check(e["ip"] == "198.51.100.7" and len(e["id"]) == 32, "address and id: %r" % e)
        check(e["agent"] == "t?" + "x" * 254, "user agent: %r" % e)
        status, e = b.ask("POST", "/p", b"y" * 100000)
        check(status == 200 and e["pool"] == "api" and e["bytes"] == "100000", "POST: %r" % e)
        status, e = b.ask("POST", "/p", b"y" * (1024 * 1024 + 1))
        check(status == 200 and e["too_large"] == "1" and e["bytes"] == "0", "too large: %r" % e)
        status, e = b.ask("POST", "/p", iter([b"one", b"two"]))
        check(status == 200 and e["bytes"] == "6", "chunked: %r" % e)
        status, e = b.ask("HEAD", "/p")
        check(status == 200 and int(e["Content-Length"]) > 0, "HEAD: %r" % e)
        status, e = b.ask("GET", "/sleep/1", b"body of a GET")
        check(status == 200 and e["pool"] == "api" and e["method"] == "GET" and e["bytes"] == "13",
              "handed over, method and body intact: %r" % e)
        check(b.sock is not None, "one connection for all of it")
        b.request("GET", "/big/3000000")
        big = b.getresponse().read()
        check(big == (b"0123456789abcdef" * 187500), "3 MB arrive whole: %d" % len(big))


@test
def authorization_sent_twice_is_joined():
    with Server(PROGRAM, READ=1, API=1) as s:
        e = s.raw(extra=[("HTTP_AUTHORIZATION", "Bearer a"), ("HTTP_AUTHORIZATION", "Bearer b")])
        check(e["authorization"] == "Bearer a, Bearer b", "joined: %r" % e)
        e = s.raw(extra=[("REQUEST_ID", "x")])
        check(e["id"] == "raw-1", "the first of nginx's own parameters counts")


@test
def socket_is_the_groups_and_not_stolen():
    with Server(PROGRAM, GROUP="daemon", READ=1, API=1) as s:
        st = os.stat(s.read)
        check(stat.S_IMODE(st.st_mode) == 0o660, "mode %o" % st.st_mode)
        check(os.getuid() != 0 or st.st_gid == 1, "group %d" % st.st_gid)
        with Server(PROGRAM, s.dir, wait=False) as second:
            check(second.process.wait(timeout=5) == 2, "the second instance ends with 2")
            check(second.events("not_bound"), "and says why")
        check(s.raw()["path"] == "/raw" and os.path.exists(s.read), "the first still serves")
        s.process.kill()
        s.process.wait()
        check(os.path.exists(s.read), "a killed instance leaves its socket")
        until("its workers leave the socket", lambda: refused(s.read))
        with Server(PROGRAM, s.dir, READ=1, API=1) as third:
            check(third.raw()["path"] == "/raw", "which the next instance takes")
            check(third.stop() == 0, "an orderly stop")
            check(not os.path.exists(s.read) and not os.path.exists(s.api), "removes both sockets")
        with open(s.read, "w") as f:
            f.write("precious")
        with Server(PROGRAM, s.dir, wait=False) as fourth:
            check(fourth.process.wait(timeout=5) == 2, "a file in the way ends it with 2")
        check(open(s.read).read() == "precious", "and stays")


def refused(path):
    with socket.socket(socket.AF_UNIX) as c:
        return c.connect_ex(path) != 0


@test
def crash_costs_one_request():
    with Server(PROGRAM) as s, Nginx(s) as nginx:
        before = s.workers("api")
        with Load(nginx, 4, posts=True) as load, Browser(nginx) as b:
            status, _ = b.ask("POST", "/crash")
            check(status == 502, "the request itself fails: %r" % status)
            until("replaced", lambda: len(s.all_ready()) == 4 and s.workers("api") != before, 2)
            done = load.done()
            until("served on", lambda: load.done() > done + 50)
        check(not load.bad, "nobody else notices: %r" % load.bad[:3])
        crash = s.events("worker_crashed")
        check(len(crash) == 1 and crash[0]["signal"] == signal.SIGABRT and crash[0]["route"] == 2
              and len(crash[0]["request_id"]) == 32, "the culprit is named: %r" % crash)
        check(len(set(before) & set(s.workers("api"))) == 1, "one worker of the pool was replaced")


@test
def a_worker_leaves_no_core():
    with Server(PROGRAM, READ=1, API=1) as s:
        check(s.raw()["dumpable"] == "0", "not dumpable")
        for worker in s.workers():
            check(resource.prlimit(worker, resource.RLIMIT_CORE) == (0, 0), "no limit left to raise")
            with open("/proc/%d/status" % worker) as f:
                check("NoNewPrivs:\t1\n" in f.read(), "and no privilege to gain")


@test
def too_many_workers_are_refused():
    with Server(PROGRAM, READ=500, API=13, wait=False) as s:
        check(s.process.wait(timeout=5) == 1, "ends with 1")
        check(s.events("not_started", workers=513, workers_max=512), "and says why")
        check(not s.events("worker_started") and not os.path.exists(s.read), "before anything else")


@test
def crashing_again_and_again_does_not_empty_the_pool():
    with Server(PROGRAM) as s:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            try:
                s.raw("/crash", s.api, method="POST")
            except (EOFError, OSError):
                pass
            started = time.monotonic()
            check(s.raw("/ok", s.api)["path"] == "/ok", "somebody answers")
            check(time.monotonic() - started < 1, "soon: %g s" % (time.monotonic() - started))
        n = len(s.events("worker_crashed"))
        check(3 < n < 40, "forks are throttled: %d in 3 s" % n)


@test
def start_failures_back_off_and_end_hopeless():
    with tempfile.TemporaryDirectory() as d:
        open(d + "/broken", "w").close()
        started = time.monotonic()
        with Server(PROGRAM, d, wait=False, FAILURES_MAX=3) as s:
            check(s.process.wait(timeout=10) == 1, "exit status 1")
            took = time.monotonic() - started
            check(2.9 < took < 5, "after 1 s and 2 s: %g" % took)
            fails = [e["again_in_ms"] for e in s.events("start_failed", pool="read")]
            check(fails[:2] == [1000, 2000], "doubling: %r" % fails)
            check(len(s.events("worker_started")) <= 12, "no fork storm")


@test
def start_failures_heal():
    with tempfile.TemporaryDirectory() as d:
        open(d + "/broken", "w").close()
        with Server(PROGRAM, d, wait=False, FAILURES_MAX=30) as s:
            until("a failure", lambda: s.events("start_failed"))
            s.remove("broken")
            until("it heals", lambda: len(s.all_ready()) == 4, 4)
            check(s.raw()["path"] == "/raw", "and serves")


@test
def stopped_worker_is_replaced():
    with Server(PROGRAM, STUCK_MS=1500) as s, Nginx(s) as nginx, Browser(nginx) as b:
        victim = s.workers("read")[0]
        os.kill(victim, signal.SIGSTOP)
        until("noted", lambda: s.events("worker_stuck", worker=victim), 6)
        until("replaced", lambda: victim not in s.workers() and len(s.all_ready()) == 4, 2)
        status, _ = b.ask("POST", "/hang")
        check(status == 502, "a request that hangs fails: %r" % status)
        until("replaced as well", lambda: len(s.all_ready()) == 4, 2)
        check(len(s.events("worker_stuck")) == 2, "twice")
        check(b.ask("GET", "/")[0] == 200 and b.ask("POST", "/")[0] == 200, "served on")


@test
def never_ready_is_killed():
    with tempfile.TemporaryDirectory() as d:
        open(d + "/slow", "w").close()
        with Server(PROGRAM, d, wait=False, READY_MS=300, FAILURES_MAX=1) as s:
            check(s.process.wait(timeout=10) == 1, "hopeless")
            check(s.events("worker_never_ready"), "and said why")


@test
def term_loses_nothing_that_was_sent():
    """Clients have sent before TERM; those in hand and those still in the backlog are answered."""
    with Server(PROGRAM, READ=1, API=1) as s:
        clients = [fastcgi.Client(s.api) for _ in range(8)]
        for i, c in enumerate(clients):
            c.send(fastcgi.request("/sleep/100", method="POST", body=b"%d" % i))
        reader = fastcgi.Client(s.read)
        reader.send(fastcgi.request("/one"))
        reader.answer()
        idle = fastcgi.Client(s.read)
        idle.send(fastcgi.request("/two"))
        idle.answer()
        reader.send(fastcgi.request("/three"))
        s.signal(signal.SIGTERM)
        answers = [fastcgi.fields(c.answer()[1]) for c in clients]
        check([a["bytes"] for a in answers] == ["1"] * 8, "all eight: %r" % answers)
        check(fastcgi.fields(reader.answer()[1])["path"] == "/three", "and the one on a kept one")
        check(idle.ended() and reader.ended(), "kept connections are closed")
        check(refused(s.api), "nobody new is let in")
        check(s.process.wait(timeout=5) == 0, "exit status 0")


@test
def stop_under_load_leaves_no_write_in_doubt():
    with Server(PROGRAM) as s, Nginx(s) as nginx:
        with Load(nginx, 8, posts=True) as load:
            until("some load", lambda: load.done() > 200)
            check(s.stop() == 0, "exit status 0")
        doubtful = [l for l in nginx.errors().splitlines()
                    if "upstream" in l and "POST" in l and "connect()" not in l]
        check(not doubtful, "a POST was either answered or never sent: %r" % doubtful[:2])
        check(all(status in (200, 502) for _, _, status, _ in load.bad), "502 at worst")


@test
def slow_leavers_are_killed_and_a_second_term_is_at_once():
    with Server(PROGRAM, KILL_MS=1000, STUCK_MS=60000) as s:
        with fastcgi.Client(s.api) as c:
            c.send(fastcgi.request("/hang", method="POST"))
            until("hangs", lambda: any(stat_fields(p)[0] == "T" for p in s.workers()))
            started = time.monotonic()
            check(s.stop() == 0 and 0.9 < time.monotonic() - started < 3, "killed after 1 s")
            check(s.events("worker_killed"), "and said so")
    with Server(PROGRAM, KILL_MS=60000, STUCK_MS=60000) as s:
        with fastcgi.Client(s.api) as c:
            c.send(fastcgi.request("/hang", method="POST"))
            until("hangs", lambda: any(stat_fields(p)[0] == "T" for p in s.workers()))
            s.signal(signal.SIGTERM)
            until("stopping", lambda: s.events("stopping"))
            check(s.stop() == 0, "a second TERM ends it")


@test
def reload_twice_a_second_fails_nobody():
    with Server(PROGRAM) as s, Nginx(s) as nginx:
        with Load(nginx, 16, posts=True) as load:
            for i in range(20):
                done, end = load.done(), time.monotonic() + 0.5
                s.signal(signal.SIGHUP)
                until("half a second of load", lambda: time.monotonic() >= end
                      and load.done() > done, 20)
        check(not load.bad, "%d of %d failed: %r" % (len(load.bad), load.done(), load.bad[:3]))
        until("one set is left", lambda: len(s.workers()) == 4)
        n = len(s.events("reloaded"))
        check(n >= 5, "reloads happened: %d" % n)
        check(not s.events("worker_killed") and not s.events("worker_crashed"), "all left by themselves")
        print("   %d requests, %d reloads" % (load.done(), n))


@test
def reload_replaces_all_and_coalesces():
    with Server(PROGRAM) as s:
        before = set(s.workers())
        s.touch("slow")
        for n in range(5):
            s.signal(signal.SIGHUP)
            until("taken", lambda: len(s.events("reload")) >= 1)
        until("the second reload is over", lambda: len(s.events("reloaded")) == 2, 8)
        until("one set is left", lambda: len(s.workers()) == 4)
        check(not before & set(s.workers()), "everybody is new")
        check(len(s.events("reload")) == 2, "five signals, two reloads")


@test
def reload_that_fails_keeps_the_old():
    with Server(PROGRAM, FAILURES_MAX=2) as s:
        before = s.workers()
        s.touch("refuse")
        s.signal(signal.SIGHUP)
        until("refused", lambda: s.events("reload_refused"))
        s.remove("refuse")
        s.touch("broken")
        s.signal(signal.SIGHUP)
        until("failed", lambda: s.events("reload_failed"), 8)
        until("only the old are left", lambda: s.workers() == before)
        check(s.raw()["path"] == "/raw", "and they serve")
        s.remove("broken")
        os.kill(before[0], signal.SIGKILL)
        until("one that dies is replaced", lambda: len(s.all_ready()) == 4, 3)
        s.signal(signal.SIGHUP)
        until("a later reload works", lambda: s.events("reloaded"))


@test
def killed_workers_cost_no_read():
    with Server(PROGRAM, READ=3) as s, Nginx(s) as nginx:
        with Load(nginx, 8, posts=False) as load:
            for _ in range(20):
                os.kill(random.choice(s.workers("read")), signal.SIGKILL)
                done = load.done()
                until("replaced", lambda: len(s.all_ready()) == 5, 3)
                until("served on", lambda: load.done() > done + 100)
        check(not load.bad, "%d of %d: %r" % (len(load.bad), load.done(), load.bad[:3]))


@test
def all_killed_at_once_and_the_queue_is_served():
    with Server(PROGRAM, READ=1, API=1) as s:
        for pid in s.workers():
            os.kill(pid, signal.SIGKILL)
        started = time.monotonic()
        check(s.raw()["path"] == "/raw" and time.monotonic() - started < 2, "served within 2 s")


@test
def killed_parent_takes_its_workers_along():
    with Server(PROGRAM) as s:
        workers = s.workers()
        s.process.kill()
        s.process.wait()
        until("gone", lambda: not any(alive(p) for p in workers), 3)


@test
def recycling_loses_nothing():
    with Server(PROGRAM, REQUESTS_MAX=50) as s, Nginx(s) as nginx:
        with Load(nginx, 8, posts=True) as load:
            until("many are recycled", lambda: len(s.events("worker_gone", status=0)) > 20, 20)
        check(not load.bad, "%d of %d: %r" % (len(load.bad), load.done(), load.bad[:3]))


@test
def works_as_pid_1():
    if shutil.which("unshare") is None or subprocess.run(
            ["unshare", "-pf", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("   not permitted to unshare here")
        return
    with Server(PROGRAM, prefix=["unshare", "-pf", "--kill-child", "sh", "-c",
                                 "(sleep 0.2 & sleep 0.3 &) ; exec \"$@\"", "sh"]) as s:
        until("the orphans end", lambda: len(children(children(s.pid)[0])) == 4)
        init = children(s.pid)[0]
        check(all(stat_fields(p)[0] != "Z" for p in children(init)), "no zombies")
        check(s.raw()["path"] == "/raw", "serves")
        os.kill(init, signal.SIGTERM)
        check(s.process.wait(timeout=5) == 0, "TERM stops it, with 0")


@test
def idle_costs_nothing():
    """Also with peers that stopped in the middle, that say nothing, and that closed half."""
    with Server(PROGRAM) as s:
        kept, half, mute, shut = [fastcgi.Client(s.read) for _ in range(4)]
        kept.send(fastcgi.request("/"))
        kept.answer()
        half.send(fastcgi.request("/", body=b"abc")[:-12])
        shut.send(fastcgi.request("/")[:20])
        shut.s.shutdown(socket.SHUT_WR)
        api = fastcgi.Client(s.api)
        api.send(fastcgi.request("/")[:30])
        check(s.raw()["path"] == "/raw" and s.raw(sock=s.api)["pool"] == "api", "others are served")
        pids = s.workers() + [s.pid]
        before, end = cpu_s(pids), time.monotonic() + 3
        until("three seconds", lambda: time.monotonic() > end)
        used = cpu_s(pids) - before
        check(used < 0.06, "%g s of CPU in 3 s" % used)
        half.send(fastcgi.request("/", body=b"abc")[-12:])
        check(fastcgi.fields(half.answer()[1])["bytes"] == "3", "half a request can be completed")
        check(shut.ended(), "one that closed half is closed")
        until("a mute peer is dropped in the end", mute.ended, 15)


@test
def absent_database_does_not_spin():
    with tempfile.TemporaryDirectory() as d, socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(d + "/.s.PGSQL.5432")
        for listening in (False, True):  # refused at once; accepted by the kernel and never answered
            if listening:
                deaf.listen(64)
            with Server(PROGRAM, DATABASE="host=%s dbname=x" % d) as s:
                pids, end = s.workers(), time.monotonic() + 3
                before = cpu_s(pids)
                until("three seconds", lambda: time.monotonic() > end)
                check(cpu_s(pids) - before < 0.2, "%g s of CPU in 3 s" % (cpu_s(pids) - before))
                started = time.monotonic()
                check(s.raw()["path"] == "/raw", "requests are served meanwhile")
                check(time.monotonic() - started < 0.2, "at once")
                check(s.stop() == 0, "and it stops")


@test
def no_descriptor_left_is_survived():
    with Server(PROGRAM, READ=1, API=1) as s:
        worker = s.workers("read")[0]
        n = int(s.raw()["descriptors"]) - 1  # without the connection that asked
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (n + 2, 4096))
        clients = [fastcgi.Client(s.read) for _ in range(6)]
        for c in clients:
            c.send(fastcgi.request("/"))
        until("paused", lambda: s.events("accept_paused"))
        before, end = cpu_s([worker]), time.monotonic() + 2
        until("two seconds", lambda: time.monotonic() > end)
        check(cpu_s([worker]) - before < 0.1, "does not spin")
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (4096, 4096))
        for c in clients:
            check(fastcgi.fields(c.answer()[1])["path"] == "/", "all are served afterwards")


@test
def idlest_kept_connection_makes_room():
    with Server(PROGRAM, READ=1, API=1, KEPT_MAX=4) as s:
        clients = [fastcgi.Client(s.read) for _ in range(4)]
        for i in (0, 1, 2, 3, 0):
            clients[i].send(fastcgi.request("/"))
            clients[i].answer()
        fifth = fastcgi.Client(s.read)
        fifth.send(fastcgi.request("/fifth"))
        check(fastcgi.fields(fifth.answer()[1])["path"] == "/fifth", "a fifth is served")
        check(clients[1].ended(), "the idlest was closed")
        check(clients[0].silent() and clients[2].silent(), "the others were not")


@test
def slow_reader_holds_nobody_for_long():
    with Server(PROGRAM, READ=1, API=1) as s:
        greedy = fastcgi.Client(s.read)
        greedy.send(fastcgi.request("/big/10000000"))
        until("it is being written", lambda: greedy.s.recv(1, socket.MSG_PEEK))
        started = time.monotonic()
        check(s.raw()["path"] == "/raw", "others are served")
        check(time.monotonic() - started < 3, "within the deadline of an answer")


@test
def memory_is_flat():
    with Server(PROGRAM, READ=1, API=1) as s:
        worker, sizes = s.workers("read")[0], []
        with fastcgi.Client(s.read) as c:
            for i in range(20000):
                c.send(fastcgi.request("/m", body=b"z" * (i % 40 * 1000)))
                c.answer()
                if i in (4000, 19999):
                    sizes.append(rss_kib(worker))
        check(s.workers("read") == [worker], "the same worker")
        check(sizes[1] <= sizes[0] * 1.05, "%d -> %d KiB" % tuple(sizes))
        fds = int(s.raw()["descriptors"])
        check(fds < 20, "%d descriptors" % fds)


@test
def kept_connections_are_spread_over_workers():
    with Server(PROGRAM, READ=2, API=1) as s, Nginx(s) as nginx:
        with Load(nginx, 16, posts=False) as load:
            until("some load", lambda: load.done() > 5000, 30)
        shares = sorted(load.shares())
        check(len(shares) == 2 and shares[0] > 0.01, "one does it all: %r" % shares)
        print("   the lesser of two served %d %%" % (shares[0] * 100))


@test
def raw_peer_costs_only_itself():
    with Server(PROGRAM) as s:
        smuggling.malicious(s)


@test
def smuggling_raw_at_every_offset():
    with Server(PROGRAM, READ=1, API=1) as s:
        smuggling.raw(s, range(8192))


@test
def smuggling_through_nginx():
    with Server(PROGRAM, READ=1, API=1) as s, Nginx(s) as nginx:
        smuggling.through_nginx(nginx, range(0, 8192, 1 if os.environ.get("FULL") else 61))


def main():
    global PROGRAM
    arguments = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    PROGRAM = os.path.abspath(arguments.pop(0) if arguments else here + "/../../build/echo_server")
    passed = failed = 0
    for t in TESTS:
        if arguments and t.__name__ not in arguments:
            continue
        started = time.monotonic()
        try:
            t()
        except Exception as e:  # a test that breaks is a test that fails
            failed += 1
            print("FAIL %s: %s" % (t.__name__, e), flush=True)
            if not isinstance(e, Failed):
                traceback.print_exc()
            continue
        passed += 1
        print("ok %s (%.1f s)" % (t.__name__, time.monotonic() - started), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
