#!/usr/bin/python3
"""Does the time of an answer tell who is there? Of a log-in with a wrong password, and of asking for a link.

    MAIL_DIR= scripts/stack DIR /usr/bin/python3 tests/proc/test_timing.py

Half of those who are there have a yescrypt hash, half a bcrypt one, at what they cost in earnest. Those who
are and those who are not take turns, and the two are compared by rank: an area under the curve of 0.5 means that
nobody could bet on either. FULL=1 takes more samples and demands more."""

import asyncio
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True

from harness import check
from people import RUN, Connection
from sql import sql
from stack import Own, outbox_is_ours, until
from verdicts import judged_within, test

FULL = os.environ.get("FULL") == "1"
SAMPLES, WITHIN = (2000, 0.05) if FULL else (400, 0.10)
API = "/api/v1"
PEOPLE = 20
# Of phrases that nobody types here.
HASHES = ["$y$j9T$KnownAnswerTest0$" + "." * 42 + "/", "$2b$10$KnownAnswerTest000000." + "." * 30 + "/"]


def people():
    """Half and half, and nobody else in this database."""
    sql("DELETE FROM users")
    names = ["there%d-%s@example.org" % (n, RUN) for n in range(PEOPLE)]
    for n, name in enumerate(names):
        sql("WITH u AS (INSERT INTO users (id, email, email_key, password_hash) VALUES (gen_random_uuid(), '%s', '%s',"
            " '%s') RETURNING id) INSERT INTO user_stats (user_id) SELECT id FROM u" % (name, name, HASHES[n % 2]))
    return names


def strangers():
    while True:
        yield "nobody%d-%s@example.org" % (random.getrandbits(40), RUN)


def curve(a, b):
    """The chance that one of ${b} is above one of ${a}: the rank sum of Mann and Whitney."""
    ranked, ranks, i = sorted([(v, 0) for v in a] + [(v, 1) for v in b]), 0.0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            j += 1
        ranks += sum(which for _, which in ranked[i:j]) * (i + j + 1) / 2
        i = j
    return (ranks - len(b) * (len(b) + 1) / 2) / (len(a) * len(b))


def middle(values):
    return sorted(values)[len(values) // 2] * 1000


async def compare(ask, known):
    """One of each in turn, and which comes first is chance."""
    times, nobody = ([], []), strangers()
    for _ in range(SAMPLES):
        pair = [(0, random.choice(known)), (1, next(nobody))]
        random.shuffle(pair)
        for which, name in pair:
            times[which].append((await ask(name)).seconds)
    area = curve(*times)
    print("   %d of each: %.2f ms there, %.2f ms not there, area %.3f" %
          (SAMPLES, middle(times[0]), middle(times[1]), area))
    check(abs(area - 0.5) <= WITHIN, "an area of %.3f tells who is there" % area)


@test
async def a_log_in_takes_as_long_for_nobody(service, known):
    web = Connection(service)

    async def ask(name):
        a = await web.ask("POST", API + "/auth/login", form={"username": name, "password": "Wrong-Horse-1!"})
        check(a.status == 401, "%d %r" % (a.status, a.content))
        return a

    for name in known:
        await ask(name)
    await compare(ask, known)


@test
async def a_name_that_nobody_has_always_takes_the_same(service, known):
    """Or the schemes that it is answered with would tell by changing."""
    web = Connection(service)

    async def is_even(name):
        took = sorted([(await web.ask("POST", API + "/auth/login", form={"username": n, "password": "x"})).seconds
                       for n in (name, name.upper(), name) * 3])
        # Of bcrypt 10 and yescrypt 5 one takes three times as long as the other.
        return took[6] < 2 * took[2]

    for _, name in zip(range(12), strangers()):
        # What else the machine does is felt now and then; were it a scheme by chance, all twelve would pass once in
        # fifteen thousand runs.
        check(await is_even(name) or await is_even(name) or await is_even(name), "%s: now this, now that" % name)


@test
async def asking_for_a_link_takes_as_long_for_nobody(service, known):
    web = Connection(service)

    async def ask(name):
        a = await web.ask("POST", API + "/users/reset-password/request", body={"email": name})
        check(a.status == 200, "%d %r" % (a.status, a.content))
        return a

    for _, name in zip(range(PEOPLE), strangers()):
        await ask(name)
    await compare(ask, known)


async def main(names):
    known = people()
    mails = os.path.join(os.environ["STATE_DIR"], "timing-mail")
    os.makedirs(mails, exist_ok=True)
    if os.getuid() == 0:
        subprocess.run(["chown", "www-data:", mails], check=True)
    # The first sample of a new background process sees those who are there now.
    sql("DELETE FROM password_kinds")
    async with Own("timing", MAIL_DIR=mails, YESCRYPT_COST=5, BCRYPT_COST=10) as own:
        await until("both kinds are known", lambda: sql("SELECT count(*) FROM password_kinds") == "2", 90)
        return await judged_within(1200, names, own.service, known)


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    outbox_is_ours()
    sys.exit(asyncio.run(main(sys.argv[1:])))
