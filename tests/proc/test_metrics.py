#!/usr/bin/python3
"""What /metrics says when workers die, are replaced, and lose their database.

    scripts/stack DIR python3 tests/proc/test_metrics.py

Wants the environment that scripts/stack makes (BASE_URL and more). Nothing sleeps to wait for an event."""

import asyncio
import os
import random
import re
import signal
import sys
import urllib.request

sys.dont_write_bytecode = True

from harness import check
from stack import Postgres, Service, until
from verdicts import judged_within, test

POOLS = ("read", "api", "auth", "files", "background")


def scrape():
    """{name and labels: value}; their form is tests/http/prometheus.c's business."""
    with urllib.request.urlopen(os.environ["BASE_URL"] + "/metrics", timeout=10) as answer:
        lines = answer.read().decode("ascii").splitlines()
    return {m[1]: float(m[2]) for m in (re.match(r"(\S+) (\S+)$", line) for line in lines) if m}


def of_pool(name, pool):
    return 'gatehouse_%s{pool="%s"}' % (name, pool)


def database(now, pool, state):
    return now['gatehouse_database_connections{pool="%s",state="%s"}' % (pool, state)]


def serving(now, pool):
    return sum(now['gatehouse_workers{pool="%s",state="%s"}' % (pool, s)] for s in ("idle", "busy"))


async def whole(service, before):
    await until("all workers are back", lambda: len(service.ready_workers()) == before ==
                len(service.workers()), 20)


@test
async def a_crash_is_counted_and_so_is_the_replacement(service):
    total = len(service.workers())
    # No SIGSEGV: a sanitizer would take it and leave with a status of its own.
    for pool, number in (("api", signal.SIGABRT), ("read", signal.SIGKILL), ("background", signal.SIGABRT)):
        was = scrape()
        workers = serving(was, pool)
        os.kill(random.choice(service.workers(pool)), number)
        await until("it is counted", lambda: scrape()[of_pool("worker_crashes_total", pool)] ==
                    was[of_pool("worker_crashes_total", pool)] + 1, 10)
        await whole(service, total)
        await until("all serve", lambda: serving(scrape(), pool) == workers, 10)
        now = scrape()
        check(now[of_pool("worker_starts_total", pool)] ==
              was[of_pool("worker_starts_total", pool)] + 1, "one was started")
        for other in set(POOLS) - {pool}:
            check(now[of_pool("worker_crashes_total", other)] ==
                  was[of_pool("worker_crashes_total", other)], "not of " + other)


@test
async def what_a_dead_worker_counted_is_kept(service):
    name = 'gatehouse_requests_total{route="health",status="200"}'
    total = len(service.workers())
    for _ in range(50):
        urllib.request.urlopen(os.environ["BASE_URL"] + "/health", timeout=10).read()
    await until("all are counted", lambda: scrape().get(name, 0) >= 50, 10)
    was, crashes = scrape()[name], of_pool("worker_crashes_total", "read")
    victims, before = service.workers("read"), scrape()[crashes]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    await until("all are counted", lambda: scrape()[crashes] == before + len(victims), 10)
    await whole(service, total)
    check(scrape()[name] >= was, "lost some")


@test
async def a_reload_is_counted_and_counts_on(service):
    was, total = scrape(), len(service.workers())
    service.hup()
    await until("it took effect", lambda: scrape()["gatehouse_reloads_total"] ==
                was["gatehouse_reloads_total"] + 1, 30)
    await whole(service, total)
    now = scrape()
    for name in was:
        check("_total" not in name or now[name] >= was[name], "%s went back" % name)
    for pool in POOLS:
        check(now[of_pool("worker_crashes_total", pool)] ==
              was[of_pool("worker_crashes_total", pool)], "no crash of " + pool)


@test
async def the_database_is_missed_also_by_those_who_are_idle(service):
    postgres = Postgres()
    await postgres.ctl("stop", "-m", "immediate")
    await until("all say so", lambda: all(
        database(scrape(), pool, "up") == 0 for pool in POOLS), 10)
    now = scrape()
    for pool in POOLS:
        check(database(now, pool, "down") == serving(now, pool), "all of " + pool)
    await postgres.ctl("start")
    await until("all have it back", lambda: all(
        database(scrape(), pool, "down") == 0 for pool in POOLS), 20)


async def main():
    service = Service(int(os.environ["GATEHOUSE_PID"]),
                      os.environ["STATE_DIR"] + "/log/gatehouse.log", os.environ["BASE_URL"])
    return await judged_within(120, sys.argv[1:], service)


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(asyncio.run(main()))
