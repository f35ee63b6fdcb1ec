#!/usr/bin/python3
"""What the whole stack keeps to while it is reloaded, killed, lied to and cut off.

    scripts/stack DIR python3 tests/proc/test_stack.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more). FULL=1 takes the long durations and
every offset. Nothing sleeps to wait for an event; every wait is bounded."""

import asyncio
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True

from harness import alive, check
from people import (HANG_S, LISTS, LOGINS, MIXED, READS, WRITES, Connection, Load, administrators,
                    crowd)
import smuggling_stack
from stack import Own, Postgres, Service, Signals, until
from verdicts import judged_within, test

FULL = os.environ.get("FULL") == "1"
LOAD_S = 60 if FULL else 10
SIGNAL_S = 5 if FULL or os.environ.get("SAN") else 2 # sanitized processes start slowly
FREEZE_S = 30 if FULL else 6
ANSWER_S = 5    # every answer while the database is frozen
RECOVERY_S = 2  # from the end of a fault to right answers only
CLIENTS = 64


class Scene:
    """What the tests share: the service, its 64 users, and the ledger of registrations."""

    def __init__(self):
        self.service = Service(int(os.environ["GATEHOUSE_PID"]),
                               os.environ["STATE_DIR"] + "/log/gatehouse.log",
                               os.environ["BASE_URL"])
        self.service.log.never = smuggling_stack.FORGED_ID.encode()
        self.postgres, self.persons, self.ledger = Postgres(), [], []

    async def people(self, n=CLIENTS):
        if len(self.persons) < CLIENTS:
            self.persons = await crowd(self.service, CLIENTS, "stack")
        return self.persons[:n]

    def pool_size(self, *pools):
        return sum(len(self.service.workers(p)) for p in pools)

    async def whole(self, before, seconds=20):
        """As many ready workers as before, and no more."""
        await until("all workers are back", lambda: len(self.service.workers()) == before ==
                    len(self.service.ready_workers()), seconds)


def nothing_failed(tally, what):
    bad = tally.failed()
    check(not bad, "%s: %d failed: %r" % (what, len(bad), bad[:3]))
    check(all(tally.good[k] > 0 for k in ("look", "rename", "renew")), "no load: " + tally.says())


def never_wrong(tally):
    check(not tally.wrong, "%d wrong: %r" % (len(tally.wrong), tally.wrong[:3]))


async def all_right(service, persons):
    """Every one of them reads itself: the name that was put last, with the last tokens."""
    async def one(p):
        p.use(service)
        if p.doubt_s is not None:
            a = await p.login()
            check(a.status == 200, "log-in: %d %r" % (a.status, a.content))
        a = await p.look()
        check(a.status == 200, "%d: %r" % (a.status, a.content))

    await asyncio.gather(*[one(p) for p in persons])


# --- e: load, reload, kill -----------------------------------------------------------------------


@test
async def mixed_load_is_answered_right(scene):
    async with Load(scene.service, await scene.people(), MIXED) as load:
        await asyncio.sleep(LOAD_S)
    nothing_failed(load.tally, "plain load")
    print("   " + load.tally.says())


@test
async def reload_under_load_fails_nobody(scene):
    before = len(scene.service.workers())
    reloads = len(scene.service.log.events("reloaded"))
    async with Load(scene.service, await scene.people(), MIXED) as load:
        async with Signals(SIGNAL_S, lambda: scene.service.hup() or 1):
            await asyncio.sleep(LOAD_S)
    nothing_failed(load.tally, "reload")
    await scene.whole(before)
    reloads = len(scene.service.log.events("reloaded")) - reloads
    check(reloads >= LOAD_S // SIGNAL_S - 2, "only %d reloads" % reloads)
    check(not scene.service.log.events("worker_killed"), "all left by themselves")
    print("   %d reloads; %s" % (reloads, load.tally.says()))


def kill_one(service):
    """Of those that serve; the background process serves nobody."""
    victims = [p for pool in ("read", "api", "auth") for p in service.workers(pool)]
    if not victims:
        return False
    os.kill(random.choice(victims), signal.SIGKILL)
    return True


@test
async def killed_workers_cost_one_write_each_at_most(scene):
    before = len(scene.service.workers())
    async with Load(scene.service, await scene.people(), MIXED, scene.ledger) as load:
        async with Signals(SIGNAL_S, lambda: scene.service.hup() or 1):
            async with Signals(SIGNAL_S, lambda: kill_one(scene.service)) as kills:
                await asyncio.sleep(LOAD_S)
    tally = load.tally
    never_wrong(tally)
    check(not tally.lost and not tally.refused,
          "failed: %r" % (tally.lost + tally.refused)[:3])
    check(len(tally.unknown) <= kills.sent, "%d unknown after %d kills: %r"
          % (len(tally.unknown), kills.sent, tally.unknown[:3]))
    check(tally.good["look"] > 0 and kills.sent > 0, "nothing happened")
    await scene.whole(before)
    await all_right(scene.service, scene.persons)
    print("   %d kills; %s" % (kills.sent, tally.says()))


async def killed_often_costs_no_read(scene, persons, kinds, pool, every_s):
    before = len(scene.service.workers())

    def kill():
        victims = scene.service.ready_workers(pool)
        if len(victims) < 2:
            return False
        os.kill(random.choice(victims), signal.SIGKILL)
        return True

    async with Load(scene.service, persons, kinds) as load:
        async with Signals(every_s, kill) as kills:
            await asyncio.sleep(LOAD_S)
    failed, good = load.tally.failed(), sum(load.tally.good.values())
    check(not failed, "%d of %d reads failed after %d kills: %r"
          % (len(failed), good, kills.sent, failed[:3]))
    check(good > 0 and kills.sent >= LOAD_S // 2, "only %d kills" % kills.sent)
    await scene.whole(before)
    print("   %d kills; %s" % (kills.sent, load.tally.says()))


@test
async def read_workers_killed_often_cost_no_read(scene):
    """Many kept connections die with each of them: nginx must always find a living one."""
    await killed_often_costs_no_read(scene, await scene.people(), READS, "read", 0.5)


@test
async def api_workers_killed_often_cost_no_read(scene):
    """What a READ worker hands over is repeated when the API worker dies over it."""
    persons = await administrators(scene.service, 16)
    await killed_often_costs_no_read(scene, persons, LISTS, "api", 0.3)


@test
async def dying_pool_is_asked_thrice_for_a_read_and_once_for_a_write(scene):
    """In place of the API pool, somebody who takes every request and answers none."""
    asked = []

    async def dies(reader, writer):
        asked.append(await reader.read(65536))
        writer.close()

    admin = (await administrators(scene.service, 1))[0]
    async with Own("dying") as own:
        os.unlink(own.dir + "/api.sock")
        admin.use(own.service)
        a = await admin.list()
        check((a.status, a.json()["error_code"]) == (503, "OVERLOADED"), "no socket: %r" % a.content)
        async with await asyncio.start_unix_server(dies, own.dir + "/api.sock"):
            os.chmod(own.dir + "/api.sock", 0o666)
            a = await admin.list()
            check((a.status, a.json()["error_code"], len(asked)) == (503, "OVERLOADED", 3),
                  "GET, asked %d times: %r" % (len(asked), a.content))
            a = await admin.rename()
            check((a.status, len(asked)) == (502, 4),
                  "PUT, asked %d times: %r" % (len(asked) - 3, a.content))


# --- f: smuggling --------------------------------------------------------------------------------


@test
async def smuggled_requests_do_not_run(scene):
    forger, prey = (await scene.people())[:2]
    names = dict(forger=forger.names, prey=prey.names)
    offsets = list(range(8192)) if FULL else [0, 1, 7, 8, 16, 8191] + random.sample(range(8192), 150)
    forger.use(scene.service)
    for person in (forger, prey):
        person.use(scene.service)
        check((await person.login()).status == 200, "log-in")
    await smuggling_stack.through_nginx(forger, prey, offsets, 64 * 1024)
    await smuggling_stack.through_nginx(forger, prey, offsets[:200], 200 * 1024)
    read_sock = os.environ["SOCKET_DIR"] + "/read.sock"
    for size, some in ((64 * 1024, offsets), (200 * 1024, offsets)):
        await asyncio.get_running_loop().run_in_executor(
            None, smuggling_stack.raw, read_sock, forger, prey, some, size)
    prey.use(scene.service) # nginx has closed its idle one
    check((await prey.look()).status == 200, "the prey's name is its own")
    check(prey.names <= names["prey"] and forger.names <= names["forger"], "and nobody's changed")
    scene.service.log.read()
    check(not scene.service.log.seen, "a forged request ran: %r" % scene.service.log.seen[:1])
    print("   %d offsets" % len(offsets))


# --- g: the database away, and frozen ------------------------------------------------------------


def only_not_done(tally, in_doubt_max):
    never_wrong(tally)
    check(not tally.lost, "%d without an answer: %r" % (len(tally.lost), tally.lost[:3]))
    check(len(tally.unknown) <= in_doubt_max, "%d writes in doubt, %d workers: %r"
          % (len(tally.unknown), in_doubt_max, tally.unknown[:3]))


def right_since(tally, moment, what):
    late = [e for e in tally.failed() if e.sent > moment]
    check(not late, "%s: %d failed later than %g s, the last after %.2f s: %r"
          % (what, len(late), RECOVERY_S, max(e.sent for e in late) - moment + RECOVERY_S
             if late else 0, late[:3]))
    check(all(tally.last_good.get(k, 0) > moment for k in ("look",)), "nobody was served again")


@test
async def database_restart_is_503_then_right(scene):
    before = len(scene.service.workers())
    for _ in range(5 if FULL else 2):
        in_doubt = scene.pool_size("api", "auth")
        async with Load(scene.service, await scene.people(), WRITES, scene.ledger) as load:
            await asyncio.sleep(1)
            restart = asyncio.ensure_future(scene.postgres.ctl("restart", "-m", "immediate"))
            await until("it went away", lambda: not scene.postgres.accepts(), 10)
            await until("it accepts", scene.postgres.accepts, 30)
            accepted = time.monotonic()
            await restart
            await asyncio.sleep(RECOVERY_S + 2)
        only_not_done(load.tally, in_doubt)
        right_since(load.tally, accepted + RECOVERY_S, "restart")
        check(load.tally.refused, "the database was never missed")
        print("   right after %.2f s; %s" % (
            max(e.done for e in load.tally.refused) - accepted, load.tally.says()))
    await scene.whole(before)
    await all_right(scene.service, scene.persons)


async def watch(service, path, until_false, answers):
    """One path again and again; what was answered and when."""
    c = Connection(service)
    while until_false():
        answers.append(await c.ask("GET", path))
        await asyncio.sleep(0.05)
    c.close()


async def freeze(scene, answers):
    """Frozen, some seconds, thawed; when."""
    going = [True]
    watchers = [asyncio.ensure_future(watch(scene.service, path, lambda: going[0], seen))
                for path, seen in answers.items()]
    await asyncio.sleep(1)
    pids = scene.postgres.freeze()
    started = time.monotonic()
    try:
        await asyncio.sleep(FREEZE_S)
    finally:
        scene.postgres.thaw(pids)
    thawed = time.monotonic()
    await asyncio.sleep(RECOVERY_S + 2)
    going[0] = False
    await asyncio.gather(*watchers)
    return started, thawed


@test
async def frozen_database_is_503_in_time_then_right(scene):
    before = len(scene.service.workers())
    health, health_db = "/health", "/health/db"
    answers = {health: [], health_db: []}
    persons = await scene.people()
    logins = await crowd(scene.service, LOGINS, "frozen")
    async with Load(scene.service, persons, READS) as readers:
        async with Load(scene.service, logins, {"login": 1}) as entering:
            started, thawed = await freeze(scene, answers)
    # On a busy machine a log-in takes its time also without any fault.
    usual = max([s for at, s in entering.tally.logins if at < started], default=0)
    for tally, doubts, hashing in ((readers.tally, 0, 0),
                                   (entering.tally, scene.pool_size("auth"), usual)):
        only_not_done(tally, doubts)
        check(tally.slowest <= ANSWER_S + hashing, "an answer took %.2f s" % tally.slowest)
        check(any(started < e.sent < thawed for e in tally.refused), "nothing was refused")
    right_since(readers.tally, thawed + RECOVERY_S, "readers")
    check(not [e for e in entering.tally.failed() if e.sent > thawed + RECOVERY_S], "log-ins: late")
    check(entering.tally.last_good["login"] > thawed, "nobody logged in again")
    check(all(a.status == 200 and a.seconds <= ANSWER_S for a in answers[health]),
          "/health: %r" % [(a.status, a.seconds) for a in answers[health] if a.status != 200][:3])
    during = [a for a in answers[health_db] if started < a.sent and a.done < thawed]
    check(during and all(a.status == 503 and a.seconds <= ANSWER_S for a in during),
          "/health/db: %r" % [(a.status, a.seconds) for a in during if a.status != 503][:3])
    check(answers[health_db][-1].status == 200, "/health/db is right again")
    await scene.whole(before)
    await all_right(scene.service, persons)
    print("   readers: " + readers.tally.says())
    print("   log-ins: " + entering.tally.says())
    print("   /health: %d times 200, slowest %.3f s; /health/db: %d times 503, slowest %.3f s" % (
        len(answers[health]), max(a.seconds for a in answers[health]),
        len(during), max(a.seconds for a in during)))


# --- stopping ------------------------------------------------------------------------------------


async def acknowledged_is_there(scene, ledger):
    """I1: every acknowledged registration logs in; one in doubt does or does not, nothing else."""
    gate = asyncio.Semaphore(4)

    async def one(p, outcome):
        async with gate:
            p.use(scene.service)
            a = await p.login()
            p.connection.close()
        if outcome == "acked":
            check(a.status == 200, "%s was acknowledged: %d %r" % (p.email, a.status, a.content))
        else:
            wanted = (200, 401) if outcome == "unknown" else (401,)
            check(a.status in wanted, "%s, %s: %d" % (p.email, outcome, a.status))

    await asyncio.gather(*[one(*entry) for entry in ledger])
    return sum(1 for _, outcome in ledger if outcome == "acked")


async def renewed(scene, persons):
    """The last acknowledged refresh token works: the rotation before it was not lost."""
    for p in persons:
        p.use(scene.service)
        a = await p.renew()
        check(a.status == 200, "refresh: %d %r" % (a.status, a.content))


async def stopped(scene, name, how):
    """A second stack under load, stopped in some order; the first one tells what has remained."""
    persons, ledger = await scene.people(32), []
    async with Own(name) as own:
        async with Load(own.service, persons, WRITES, ledger) as load:
            good = load.tally.good
            await until("some load", lambda: good["rename"] > 20 and good["register"] > 2, 20)
            workers = own.service.workers()
            await how(own)
        check(not any(alive(p) for p in workers), "no worker stays")
        check(not own.service.log.events("worker_killed"), "nobody had to be killed")
    await all_right(scene.service, persons)
    await renewed(scene, persons)
    n = await acknowledged_is_there(scene, ledger)
    print("   %d registrations kept; %s" % (n, load.tally.says()))
    return load.tally


@test
async def stopped_in_order_loses_nothing_acknowledged(scene):
    async def in_order(own):
        check(await own.stop(own.nginx, signal.SIGQUIT) == 0, "nginx ends with 0")
        check(await own.stop(own.program, signal.SIGTERM) == 0, "gatehouse ends with 0")

    tally = await stopped(scene, "order", in_order)
    never_wrong(tally)
    check(not tally.unknown and not tally.refused,
          "answers: %r" % (tally.unknown + tally.refused)[:3])


@test
async def stopped_before_nginx_is_503_only(scene):
    async def program_first(own):
        check(await own.stop(own.program, signal.SIGTERM) == 0, "gatehouse ends with 0")
        await asyncio.sleep(1)

    tally = await stopped(scene, "first", program_first)
    never_wrong(tally)
    # Who waits for a hash when the time for leaving is over was connected already: nobody knows.
    doubt = [e for e in tally.unknown if e.kind not in ("login", "register")] + tally.lost
    check(not doubt, "in doubt: %r" % doubt[:3])
    check(tally.refused, "somebody was told 503")


# --- too much, and stuck -------------------------------------------------------------------------


async def flood(service, person, going, answers):
    c = Connection(service, hang_s=3 * HANG_S)
    form = {"username": person.email, "password": "Wrong-" + person.password}
    while going[0]:
        a = await c.ask("POST", "/api/v1/auth/login", form=form)
        answers.append(a)
        # 504: in the queue for as long as nginx waits, on a machine that hashes that slowly
        check(a.status in (401, 503) or a.status == 504 and a.seconds > 9,
              "%d: %r" % (a.status, a.content))
        if a.status == 503:
            check(a.json()["error_code"] == "OVERLOADED", "503 with %r" % a.content)
            await asyncio.sleep(0.2)
    c.close()


@test
async def full_auth_queue_is_503_at_once_and_reads_go_on(scene):
    """More log-ins than workers and backlog hold: the rest is told so, and readers do not notice."""
    persons, answers, going = await scene.people(), [], [True]
    async with Load(scene.service, persons[:8], READS) as readers:
        flooding = [asyncio.ensure_future(flood(scene.service, p, going, answers))
                    for p in persons * 3]
        await asyncio.sleep(8 if FULL else 4)
        going[0] = False
        await asyncio.gather(*flooding)
    full = sorted(a.seconds for a in answers if a.status == 503)
    check(full, "the queue never filled")
    typical = full[len(full) * 9 // 10]
    check(typical <= 0.2, "nine of ten of the refused took up to %.3f s" % typical)
    check(any(a.status == 401 for a in answers), "the others were served")
    check(not readers.tally.failed(), "readers: %r" % readers.tally.failed()[:3])
    check(readers.tally.good["look"] > 100, "only " + readers.tally.says())
    print("   %d refused, nine of ten within %.3f s; readers: %s"
          % (len(full), typical, readers.tally.says()))


@test
async def stopped_workers_are_replaced(scene):
    """One of each pool stands still: found, killed, replaced; the others go on."""
    before = len(scene.service.workers())
    await scene.whole(before)
    victims = [random.choice(scene.service.workers(p)) for p in ("read", "api", "auth", "background")]
    # A request that was taken waits until its worker is found, or nginx gives up.
    async with Load(scene.service, await scene.people(16), MIXED, hang_s=3 * HANG_S) as load:
        await asyncio.sleep(0.5)
        for pid in victims:
            os.kill(pid, signal.SIGSTOP)
        await until("all four are gone", lambda: not any(alive(p) for p in victims), 16)
        await scene.whole(before, 5)
        good = load.tally.good.copy()
        await until("served on", lambda: all(load.tally.good[k] > good[k] for k in MIXED), 10)
    stuck = {e["worker"] for e in scene.service.log.events("worker_stuck")}
    check(set(victims) <= stuck, "each was noted: %r %r" % (victims, stuck))
    only_not_done(load.tally, 2)
    # What the READ worker held is given up by nginx when that waited as long as the supervisor did.
    early = [e for e in load.tally.refused if e.kind != "look" or e.done - e.sent < HANG_S - 1]
    check(not early, "503: %r" % early[:3])
    print("   " + load.tally.says())


@test
async def a_reload_says_what_only_a_new_start_changes(scene):
    async with Own("counted") as own:
        with open(own.dir + "/.env", "w", encoding="ascii") as f:
            f.write("SOCKET_GROUP=www-data\n")
        own.service.hup()
        await until("reloaded", lambda: own.service.log.events("reloaded"), 20)
        said = own.service.log.events("pools_unchanged")
        check(len(said) == 1 and "SOCKET_GROUP" in said[0]["why"], "said: %r" % said)
        own.service.hup()
        await until("reloaded again", lambda: len(own.service.log.events("reloaded")) == 2, 20)
        check(own.service.log.events("pools_unchanged") == said, "once")


@test
async def every_acknowledged_registration_logs_in(scene):
    n = await acknowledged_is_there(scene, scene.ledger)
    check(n > 0, "the faults before were not run")
    print("   %d of %d registrations were acknowledged" % (n, len(scene.ledger)))


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(asyncio.run(judged_within(600, sys.argv[1:], Scene())))
