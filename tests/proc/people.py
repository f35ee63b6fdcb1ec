"""Clients that know what every answer must say: each has its own user, tokens and connection.

What may have happened or not (a write without an answer, or OUTCOME_UNKNOWN) is kept as doubt, and
the next right answer must be one of the two."""

import asyncio
import base64
import collections
import json
import os
import random
import subprocess
import time
import urllib.parse

PASSWORD = "Correct-Horse-%d!"
RUN = os.urandom(4).hex() # the database may know those of an earlier run
HANG_S = 10
# Log-ins at once: each costs a core 40 ms, and all clients would end up waiting for one.
LOGINS = 2 if os.environ.get("SAN") else 8
UNKNOWN, NOT_DONE = (502, 504), 503


class Wrong(Exception):
    """An answer that must never be given."""


class Lost(Exception):
    """The connection ended before the answer."""


class Hung(Lost):
    """No answer in time."""


class Answer:
    def __init__(self, status, headers, content, sent, done):
        self.status, self.headers, self.content = status, headers, content
        self.sent, self.done = sent, done

    @property
    def seconds(self):
        return self.done - self.sent

    def json(self):
        try:
            return json.loads(self.content)
        except ValueError:
            raise Wrong("%d without JSON: %r" % (self.status, self.content[:200])) from None


def promised(answer, path, request_id):
    """What every answer carries, errors most of all."""
    if answer.headers.get("x-request-id") != request_id:
        raise Wrong("X-Request-Id %r, sent %r" % (answer.headers.get("x-request-id"), request_id))
    if answer.status < 400:
        return
    body = answer.json()
    if set(body) < {"detail", "error_code", "timestamp", "path", "request_id"}:
        raise Wrong("%d with the body %r" % (answer.status, body))
    if body["request_id"] != request_id or body["path"] != path:
        raise Wrong("%d to %s %s says %r" % (answer.status, path, request_id, body))
    code = body["error_code"]
    if answer.status in UNKNOWN and code != "OUTCOME_UNKNOWN":
        raise Wrong("%d with %s" % (answer.status, code))
    if answer.status == NOT_DONE and (code not in ("OVERLOADED", "DATABASE_UNAVAILABLE")
                                      or int(answer.headers.get("retry-after", "0")) < 1):
        raise Wrong("503 with %s and Retry-After %r" % (code, answer.headers.get("retry-after")))


class Connection:
    """One kept HTTP/1.1 connection."""

    count = 0

    def __init__(self, service, hang_s=HANG_S):
        self.service, self.hang_s = service, hang_s
        self.reader = self.writer = None

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None

    async def read(self, sent):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in head[1:-2]]
        headers = {name.lower(): value for name, value in pairs}
        status, content = int(head[0].split()[1]), b""
        if headers.get("transfer-encoding") == "chunked":
            while True:
                n = int(await self.reader.readuntil(b"\r\n"), 16)
                content += (await self.reader.readexactly(n + 2))[:-2]
                if n == 0:
                    break
        elif status != 204:
            content = await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, content, sent, time.monotonic())

    async def exchange(self, request, sent):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(
                self.service.host, self.service.port, limit=2 ** 20)
        self.writer.write(request)
        return await self.read(sent)

    async def ask(self, method, path, token=None, body=None, form=None, raw=b"", headers=()):
        Connection.count += 1
        request_id = "t-%08d" % Connection.count
        lines = ["%s %s HTTP/1.1" % (method, path), "Host: test", "X-Request-Id: " + request_id]
        if token is not None:
            lines.append("Authorization: Bearer " + token)
        if body is not None:
            raw = json.dumps(body).encode()
            lines.append("Content-Type: application/json")
        if form is not None:
            raw = urllib.parse.urlencode(form).encode()
            lines.append("Content-Type: application/x-www-form-urlencoded")
        if raw or method not in ("GET", "HEAD"):
            lines.append("Content-Length: %d" % len(raw))
        lines += headers
        request = ("\r\n".join(lines) + "\r\n\r\n").encode() + raw
        sent = time.monotonic()
        try:
            answer = await asyncio.wait_for(self.exchange(request, sent), self.hang_s)
        except asyncio.TimeoutError:
            self.close()
            raise Hung("%s %s (%s): no answer in %g s" % (method, path, request_id, self.hang_s))
        except (OSError, asyncio.IncompleteReadError) as e:
            self.close()
            raise Lost("%s %s (%s): %r" % (method, path, request_id, e)) from None
        promised(answer, path.split("?")[0], request_id)
        return answer


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Person:
    made = 0

    def __init__(self, tag):
        Person.made += 1
        self.email = "p%d-%s-%s@example.com" % (Person.made, tag, RUN)
        self.password = PASSWORD % Person.made
        self.id = self.access = self.refresh = None
        self.names, self.marks = {None}, 0  # what full_name may be
        self.doubt_s = None                 # since when the refresh token may be the previous one
        self.connection = None

    def use(self, service):
        if self.connection is not None:
            self.connection.close()
        self.connection = Connection(service)

    async def register(self):
        a = await self.connection.ask("POST", "/api/v1/auth/register",
                                      body={"email": self.email, "password": self.password})
        if a.status == 201:
            if a.json()["email"] != self.email:
                raise Wrong("registered as %r" % a.json())
            self.id = a.json()["id"]
        return a

    def take(self, a):
        body = a.json()
        if self.id is not None and claims(body["access_token"])["sub"] != self.id:
            raise Wrong("somebody else's tokens")
        self.access, self.refresh, self.doubt_s = body["access_token"], body["refresh_token"], None

    async def login(self):
        a = await self.connection.ask("POST", "/api/v1/auth/login",
                                      form={"username": self.email, "password": self.password})
        if a.status == 200:
            self.take(a)
        return a

    async def renew(self):
        """A replay within 10 s gets the same successor; one after that ends the session, rightly."""
        late = self.doubt_s is not None and time.monotonic() - self.doubt_s > HANG_S - 1
        if late:
            return await self.login()
        try:
            a = await self.connection.ask("POST", "/api/v1/auth/refresh",
                                          body={"refresh_token": self.refresh})
        except Lost:
            self.doubt_s = self.doubt_s or time.monotonic()
            raise
        if a.status == 200:
            self.take(a)
        elif a.status in UNKNOWN:
            self.doubt_s = self.doubt_s or a.sent
        return a

    def is_me(self, a):
        body = a.json()
        if body["id"] != self.id or body["email"] != self.email:
            raise Wrong("%s got %s" % (self.id, body["id"]))
        return body

    async def look(self):
        a = await self.connection.ask("GET", "/api/v1/users/me", self.access)
        if a.status == 200:
            name = self.is_me(a)["full_name"]
            if name not in self.names:
                raise Wrong("full_name is %r, must be one of %r" % (name, self.names))
            self.names = {name}
        return a

    async def list(self):
        """For an admin; a READ worker hands it over."""
        a = await self.connection.ask("GET", "/api/v1/users?size=2", self.access)
        if a.status == 200 and not 1 <= len(a.json()["items"]) <= 2:
            raise Wrong("one user or two, but %r" % a.json())
        return a

    async def rename(self):
        self.marks += 1
        mark = "%s mark %d" % (self.email, self.marks)
        try:
            a = await self.connection.ask("PUT", "/api/v1/users/me", self.access,
                                          body={"full_name": mark})
        except Lost:
            self.names = self.names | {mark}
            raise
        if a.status == 200:
            if self.is_me(a)["full_name"] != mark:
                raise Wrong("full_name is %r, put %r" % (a.json()["full_name"], mark))
            self.names = {mark}
        elif a.status in UNKNOWN:
            self.names = self.names | {mark}
        return a

    def verb(self, kind):
        return {"look": self.look, "list": self.list, "rename": self.rename, "renew": self.renew,
                "login": self.login, "register": self.register}[kind]


READS = {"look": 1}
LISTS = {"list": 1}
MIXED = {"look": 70, "rename": 18, "renew": 10, "login": 2}
WRITES = {"look": 20, "rename": 50, "renew": 25, "login": 5}

Entry = collections.namedtuple("Entry", "kind status sent done why")


class Tally:
    """What came of everything that was sent: right, not done, unknown, or never allowed."""

    def __init__(self):
        self.good = collections.Counter()
        self.refused, self.unknown, self.lost, self.wrong = [], [], [], []
        self.slowest, self.slowest_kind, self.last_good = 0.0, "", {}
        self.logins = [] # when done, and how long it took

    def add(self, kind, a):
        if a.seconds > self.slowest:
            self.slowest, self.slowest_kind = a.seconds, kind
        if a.status in (200, 201, 204):
            self.good[kind] += 1
            self.last_good[kind] = a.done
            if kind == "login":
                self.logins.append((a.done, a.seconds))
            return
        entry = Entry(kind, a.status, a.sent, a.done, a.content[:300])
        reads = kind in ("look", "list")
        if a.status == NOT_DONE:
            self.refused.append(entry)
        elif a.status in UNKNOWN and not reads:
            self.unknown.append(entry)
        else:
            self.wrong.append(entry)

    def failed(self):
        return self.refused + self.unknown + self.lost + self.wrong

    def says(self):
        good = ", ".join("%d %s" % (n, k) for k, n in sorted(self.good.items()))
        return "%s; %d not done, %d unknown, %d lost; slowest %.3f s (%s)" % (
            good, len(self.refused), len(self.unknown), len(self.lost), self.slowest,
            self.slowest_kind)


class Load:
    """So many clients, each at it all the time, until left."""

    def __init__(self, service, persons, mix, registrations=None, hang_s=HANG_S):
        self.service, self.persons, self.mix, self.hang_s = service, persons, mix, hang_s
        self.entrance = asyncio.Semaphore(LOGINS)
        self.ledger, self.tally = registrations, Tally()
        self.stopping, self.tasks = False, []

    async def once(self, person, kind):
        if kind != "login":
            return await self.tried(person, kind)
        async with self.entrance:
            return await self.tried(person, kind)

    async def tried(self, person, kind):
        sent = time.monotonic()
        try:
            a = await person.verb(kind)()
        except Wrong as e:
            person.connection.close()
            self.tally.wrong.append(Entry(kind, 0, sent, time.monotonic(), repr(e)))
            return None
        except Lost as e:
            self.tally.lost.append(Entry(kind, 0, sent, time.monotonic(), str(e)))
            await asyncio.sleep(0.02)
            return None
        self.tally.add(kind, a)
        if a.status >= 500:
            await asyncio.sleep(0.02)
        return a

    async def settle(self, person, a, kind):
        """After an unknown outcome the client finds out: for the name, a look; for tokens, again."""
        if a is not None and a.status in UNKNOWN and not self.stopping:
            await self.once(person, "renew" if kind == "renew" else "look")

    async def run(self, person):
        kinds, weights = list(self.mix), list(self.mix.values())
        while not self.stopping:
            kind = random.choices(kinds, weights)[0]
            if person.doubt_s is not None:
                kind = "renew"
            await self.settle(person, await self.once(person, kind), kind)

    async def register(self):
        """One new account after the other; the ledger says which were acknowledged."""
        while not self.stopping:
            p = Person("ledger")
            p.use(self.service)
            a = await self.once(p, "register")
            self.ledger.append((p, "unknown" if a is None or a.status in UNKNOWN
                                else "acked" if a.status == 201 else "refused"))
            p.connection.close()
            await asyncio.sleep(0.1)

    async def __aenter__(self):
        for person in self.persons:
            person.use(self.service)
            person.connection.hang_s = self.hang_s
            self.tasks.append(asyncio.ensure_future(self.run(person)))
        if self.ledger is not None:
            self.tasks.append(asyncio.ensure_future(self.register()))
        return self

    async def __aexit__(self, *_):
        self.stopping = True
        done = await asyncio.gather(*self.tasks, return_exceptions=True)
        for e in done:
            if isinstance(e, BaseException):
                raise e


async def crowd(service, n, tag):
    """So many persons who have registered and logged in, a few at a time."""
    persons, gate = [Person(tag) for _ in range(n)], asyncio.Semaphore(4)

    async def come(p):
        async with gate:
            p.use(service)
            for verb in (p.register, p.login):
                a = await verb()
                if a.status not in (200, 201):
                    raise Wrong("%d: %r" % (a.status, a.content))

    await asyncio.gather(*[come(p) for p in persons])
    return persons


async def administrators(service, n):
    """So many clients of one administrator, who is made as the manual says."""
    persons = [Person("admin") for _ in range(n)]
    first = persons[0]
    made = await asyncio.create_subprocess_exec(
        os.environ["GATEHOUSE"], "user", "create", first.email, "--admin", stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, env=dict(os.environ, DATABASE_URL=os.environ["APP_DATABASE_URL"]))
    await made.communicate((first.password + "\n").encode())
    first.use(service)
    if made.returncode != 0 or (await first.login()).status != 200:
        raise Wrong("no administrator: user create ended with %d" % made.returncode)
    for p in persons:
        p.access = first.access
    return persons
