"""Where races are run: people, requests that start together, and what may never come of them.

Every answer is checked for its form by Connection. A 5xx is a fault, but for 503 OVERLOADED: that says
truly that nothing was done, and is counted."""

import asyncio
import collections
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "proc"))

from harness import Failed, check  # noqa: E402
from people import Connection  # noqa: E402

FULL = bool(os.environ.get("FULL"))
ROUNDS = int(os.environ.get("ROUNDS", "200" if FULL else "20"))
WIDTH = int(os.environ.get("WIDTH", "32" if FULL else "8"))
SEED = int(os.environ.get("SEED") or int.from_bytes(os.urandom(4), "big"))
PASSWORD, NEW_PASSWORD = "Correct-Horse-7!", "Battery-Staple-8?"
RUN = os.urandom(4).hex()

RACES = []


def race(f):
    RACES.append(f)
    return f


Ask = collections.namedtuple("Ask", "method path token body headers", defaults=(None, None, ()))


class Database:
    """One psql for all questions: a process for each would cost more than the race."""

    def __init__(self):
        self.psql = subprocess.Popen(["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", os.environ["DATABASE_URL"]],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, sql):
        self.psql.stdin.write(sql + ";\n\\echo end-of-answer\n")
        self.psql.stdin.flush()
        lines = []
        while True:
            line = self.psql.stdout.readline()
            check(line != "", "psql has ended at: " + sql)
            if line == "end-of-answer\n":
                return "\n".join(lines)
            lines.append(line.rstrip("\n"))

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(timeout=10)


class Person:
    def __init__(self, n):
        self.email, self.username = "r%d-%s@example.com" % (n, RUN), "r%d-%s" % (n, RUN)
        self.id = self.access = self.refresh = None

    def take(self, answer):
        said = answer.json()
        self.access, self.refresh = said["access_token"], said["refresh_token"]

    def log_in(self, password=PASSWORD):
        return Ask("POST", "/auth/login", None, {"username": self.email, "password": password})

    def renew(self):
        return Ask("POST", "/auth/refresh", None, {"refresh_token": self.refresh})

    def look(self):
        return Ask("GET", "/users/me", self.access)

    def patch(self, **body):
        return Ask("PATCH", "/users/me", self.access, body)


def look_with(token):
    return Ask("GET", "/users/me", token)


def refresh_with(token):
    return Ask("POST", "/auth/refresh", None, {"refresh_token": token})


def exchange(secret):
    return Ask("POST", "/auth/token", None, {"user_secret": secret})


class Field:
    def __init__(self, seed):
        self.host, self.port = os.environ["BASE_URL"].split("//")[1].split(":")
        self.port = int(self.port)
        self.random = random.Random(seed)
        self.sql, self.made = Database(), 0
        self.connections, self.answers, self.overloaded = [], 0, 0

    async def connection(self, n):
        while len(self.connections) <= n:
            self.connections.append(Connection(self, hang_s=30))
        c = self.connections[n]
        if c.reader is not None and c.reader.at_eof(): # nginx has let it go
            c.close()
        if c.writer is None:
            c.reader, c.writer = await asyncio.open_connection(self.host, self.port, limit=2 ** 20)
        return c

    async def one(self, c, ask):
        return await c.ask(ask.method, "/api/v1" + ask.path, ask.token, ask.body, headers=ask.headers)

    def judge(self, ask, answer):
        self.answers += 1
        if answer.status < 500:
            return
        said = answer.json()
        check(answer.status == 503 and said["error_code"] == "OVERLOADED",
              "%s %s: %d %r" % (ask.method, ask.path, answer.status, said))
        self.overloaded += 1

    async def at_once(self, asks):
        """Their answers in the order of the requests, which start in any other."""
        ready = [await self.connection(n) for n in range(len(asks))]
        order = list(range(len(asks)))
        self.random.shuffle(order)
        answers = [None] * len(asks)

        async def run(n):
            answers[n] = await self.one(ready[n], asks[n])

        done = await asyncio.gather(*[run(n) for n in order], return_exceptions=True)
        for fault in done:
            if fault is not None:
                raise fault
        for ask, answer in zip(asks, answers):
            self.judge(ask, answer)
        return answers

    async def ask(self, ask, *wanted):
        answer = (await self.at_once([ask]))[0]
        check(not wanted or answer.status in wanted, "%s %s: %d %r, wanted %r" % (
            ask.method, ask.path, answer.status, answer.content[:300], wanted))
        return answer

    async def people(self, n, role="user"):
        new = [Person(self.made + i) for i in range(n)]
        self.made += n
        answers = await self.at_once([Ask("POST", "/auth/register", None, {
            "email": p.email, "username": p.username, "password": PASSWORD}) for p in new])
        for p, a in zip(new, answers):
            check(a.status == 201, "registered: %d %r" % (a.status, a.content))
            p.id = a.json()["id"]
        for p, a in zip(new, await self.at_once([p.log_in() for p in new])):
            check(a.status == 200, "logged in: %d %r" % (a.status, a.content))
            p.take(a)
        if role != "user":
            self.sql("UPDATE users SET role = '%s' WHERE id IN (%s)" % (
                role, ", ".join("'%s'" % p.id for p in new)))
        return new

    async def admin(self):
        return (await self.people(1, "admin"))[0]

    async def person(self):
        return (await self.people(1))[0]

    async def dead(self, person, access, refresh):
        """None of these tokens does anything, and no session is left."""
        for a in await self.at_once([look_with(t) for t in access]):
            check(a.status in (401, 403), "a token lives: %d %r" % (a.status, a.content))
        for a in await self.at_once([refresh_with(t) for t in refresh]):
            check(a.status == 401, "a refresh token lives: %d %r" % (a.status, a.content))
        self.sessions_are(person, 0)

    def sessions_are(self, person, n):
        have = int(self.sql("SELECT count(*) FROM sessions WHERE user_id = '%s'" % person.id))
        check(have == n, "%d sessions, wanted %d" % (have, n))

    def row(self, person, columns):
        return self.sql("SELECT %s FROM users WHERE id = '%s'" % (columns, person.id))


def tokens_of(answers):
    """Access and refresh tokens of those that gave any."""
    said = [a.json() for a in answers if a.status == 200]
    said = [s for s in said if "access_token" in s]
    return [s["access_token"] for s in said], [s["refresh_token"] for s in said if "refresh_token" in s]


def code(answer):
    return json.loads(answer.content).get("error_code") if answer.content else None


def statuses(answers):
    return collections.Counter((a.status, code(a) if a.status >= 400 else None) for a in answers)


def one_wins(answers, won, lost):
    """Exactly one success, all others the one refusal; who was not served at all has not taken part."""
    n = sum(a.status in won for a in answers)
    served = sum(a.status != 503 for a in answers)
    check(n == 1 and sum((a.status, code(a)) == lost for a in answers) == served - 1, "%r" % statuses(answers))


def allowed(answers, *pairs):
    """Nothing but these statuses; 503 has been judged."""
    for a in answers:
        check(a.status in pairs or a.status == 503, "%d %r, may be %r" % (a.status, a.content[:300], pairs))
