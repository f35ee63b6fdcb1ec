#!/usr/bin/python3
"""Documents as their operator sees them: dimensions, the extension, counts and indexes.

    scripts/stack DIR python3 tests/proc/test_documents.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more)."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import urllib.parse

sys.dont_write_bytecode = True

from admin import GOOD, PROGRAM, RUN, Admin, psql, scratch, told
from ask import ask
from harness import check, until
from stack import Own, until as until_then
from verdicts import judged, test

DIMENSIONS = 384
LARGE = 10001 # one more than are compared without an index
EMBEDDING = "[%s]" % ",".join(["1"] * DIMENSIONS)


class Owner:
    """Somebody with three documents."""

    def __init__(self, name):
        self.email = "%s-%s@example.com" % (name, RUN)
        status, made = ask("POST", "/auth/register", body={"email": self.email, "password": GOOD})
        check(status == 201, "registered: %r" % made)
        self.id = made["id"]
        _, tokens = ask("POST", "/auth/login", body={"username": self.email, "password": GOOD})
        self.token = tokens["access_token"]
        for n in range(3):
            status, made = ask("POST", "/documents", self.token, {
                "title": "t%d" % n, "content": "c", "embedding": [1, n] + [0] * (DIMENSIONS - 2)})
            check(status == 201, "kept: %r" % made)

    def fill(self, n):
        """With documents of all angles, up to ${n}; counted."""
        psql("INSERT INTO documents (id, user_id, title, content, embedding) SELECT gen_random_uuid(), '%s', 'n' || n, "
             "'c', ('[' || cos(0.5 + n / 1e4) || ',' || sin(0.5 + n / 1e4) || repeat(',0', %d) || ']')::vector FROM generate_series(4, %d) n"
             % (self.id, DIMENSIONS - 2, n), "gatehouse")
        self.count_as(n)

    def count_as(self, n):
        psql("UPDATE user_stats SET document_count = %d WHERE user_id = '%s'" % (n, self.id), "gatehouse")

    def index(self):
        """Can it be used? '' without one."""
        return psql("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('documents_near_%s')" %
                    self.id.replace("-", ""), "gatehouse")

    def nearest(self):
        status, found = ask("POST", "/documents/search", self.token,
                            {"embedding": [1] + [0] * (DIMENSIONS - 1), "limit": 1})
        check(status == 200, "searched: %r" % found)
        return [d["title"] for d in found["items"]]


def one_document(name):
    """Of somebody with an index, straight into the database."""
    psql("INSERT INTO users (id, email, email_key, password_hash) VALUES "
         "('00000000-0000-4000-8000-000000000001', 'a@b.example', 'a@b.example', '*')", name)
    psql("INSERT INTO user_stats (user_id, document_count) SELECT id, 1 FROM users", name)
    psql("INSERT INTO documents (id, user_id, title, content, embedding) SELECT gen_random_uuid(), id, 't', 'c', '%s' "
         "FROM users" % EMBEDDING, name)
    psql("CREATE INDEX documents_near_00000000000040008000000000000001 ON documents USING hnsw (embedding "
         "vector_cosine_ops) WHERE user_id = '00000000-0000-4000-8000-000000000001'", name)


@test
def another_number_of_dimensions_is_refused_while_there_are_embeddings():
    with scratch() as (name, urls), Admin(**urls) as a:
        told(a.run("migrate", "up"), 0)
        one_document(name)
        a.set(EMBEDDING_DIMENSIONS=3)
        both = ("EMBEDDING_DIMENSIONS is 3", "have %d" % DIMENSIONS)
        for command in (["serve"], ["check-config"], ["migrate", "up"]):
            told(a.run(*command), 1, *both)
        a.set(EMBEDDING_DIMENSIONS=None)
        told(a.run("check-config"), 0)


@test
def without_embeddings_migrate_changes_their_dimensions():
    with scratch() as (name, urls), Admin(**urls) as a:
        told(a.run("migrate", "up"), 0)
        one_document(name)
        psql("UPDATE documents SET embedding = NULL", name)
        a.set(EMBEDDING_DIMENSIONS=3)
        told(a.run("serve"), 1, "EMBEDDING_DIMENSIONS")
        told(a.run("migrate", "up"), 0)
        told(a.run("check-config"), 0)
        psql("UPDATE documents SET embedding = '[1,2,3]'", name)


def said_at_the_start(a, word):
    """The line with that word, of a start that goes on: what is missing may come later."""
    a.set(SOCKET_DIR=a.dir, READ_WORKERS=1, API_WORKERS=1, AUTH_WORKERS=1)
    with subprocess.Popen([PROGRAM, "serve"], cwd=a.dir, env=a.env, stderr=subprocess.PIPE) as p:
        lines = [b"x"]
        while lines[-1] and b"worker_ready" not in lines[-1]:
            lines.append(p.stderr.readline())
        p.terminate()
        lines += p.stderr.readlines()
        check(p.wait(20) == 0, "ends in order: %r" % p.returncode)
    said = [line for line in lines if word in line]
    check(len(said) == 1, "it is said once: %r" % lines)
    return said[0]


@test
def a_missing_extension_is_said():
    with scratch() as (name, urls), Admin(**urls) as a:
        psql("DROP EXTENSION vector", name) # which takes a superuser to make
        told(a.run("migrate", "up"), 1, "0020_documents.sql", '"vector" (pgvector) is missing',
             "have a superuser run CREATE EXTENSION vector")
        told(a.run("check-config"), 1, '"vector" (pgvector) is not in this database')
        said = said_at_the_start(a, b"extension_missing")
        check(b"pgvector" in said and b"migrate up" in said, "at the start: %r" % said)
        psql("CREATE EXTENSION vector", name)
        told(a.run("migrate", "up"), 0)
        told(a.run("check-config"), 0)
        psql("SET client_min_messages = warning; DROP EXTENSION vector CASCADE", name)
        for command in (["serve"], ["check-config"], ["migrate", "up"]):
            told(a.run(*command), 1, '"vector" (pgvector)', "restore a backup")


async def reloading(own):
    path = own.dir + "/.env"
    with open(path, "w") as f:
        f.write("EMBEDDING_DIMENSIONS=3\n")
    os.chmod(path, 0o644)
    own.service.hup()
    refused = await until_then("refused", lambda: own.service.log.events("reload_refused"))
    check("EMBEDDING_DIMENSIONS is 3" in refused[0]["why"], "why: %r" % refused)
    check(not own.service.log.events("reloaded"), "nothing was replaced")
    os.unlink(path)
    own.service.hup()
    await until_then("reloaded", lambda: own.service.log.events("reloaded"))


@test
def a_reload_with_another_number_of_dimensions_keeps_the_old_settings():
    owner = Owner("reload")

    async def work():
        async with Own("dimensions", READ_WORKERS=1, API_WORKERS=1, AUTH_WORKERS=1) as own:
            await reloading(own)
            status, found = ask("POST", "/documents/search", owner.token, {"embedding": [1] * DIMENSIONS},
                                own.service.base_url)
            check(status == 200 and len(found["items"]) == 3, "still served: %r" % found)
    asyncio.run(work())


@test
def reconcile_says_what_differs_and_fix_mends_it():
    owner = Owner("counted")
    with Admin() as a:
        told(a.run("reconcile"), 0)
        owner.count_as(7)
        for args, status in ((["reconcile"], 1), (["reconcile", "--fix"], 0)):
            r = a.run(*args)
            check(r.status == status and r.out == "%s document_count 7 counted 3\n" % owner.id, "%r" % r)
        r = a.run("reconcile")
        check(r.status == 0 and not r.out, "nothing left: %r" % r)
        a.set(MIGRATE_DATABASE_URL=os.environ["APP_DATABASE_URL"])
        told(a.run("reconcile"), 1, "MIGRATE_DATABASE_URL")


def reconciled(a, args, status, owner, *lines):
    """What it prints of this owner."""
    r = a.run("reconcile", *args, seconds=120)
    own = [line.partition(" ")[2] for line in r.out.splitlines() if line.startswith(owner.id)]
    check(r.status == status and own == list(lines), "wanted %d, %r: %r" % (status, lines, r))


@test
def who_has_many_gets_an_index_and_loses_it_when_deleted():
    owner, small = Owner("large"), Owner("small")
    owner.fill(LARGE)
    with Admin() as a:
        missing = "index missing documents %d" % LARGE
        reconciled(a, [], 1, owner, missing)
        check(owner.index() == "" and owner.nearest() == ["t0"], "compared exactly")
        reconciled(a, ["--fix"], 0, owner, missing)
        check(owner.index() == "t" and owner.nearest() == ["t0"], "by the index")
        check(small.index() == "" and small.nearest() == ["t0"], "nobody else has one")
        reconciled(a, [], 0, owner)
        # What an interrupted making leaves behind.
        psql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'documents_near_%s'::regclass" %
             owner.id.replace("-", ""), "gatehouse")
        check(owner.nearest() == ["t0"], "compared exactly")
        reconciled(a, [], 1, owner, "index invalid documents %d" % LARGE)
        reconciled(a, ["--fix"], 0, owner, "index invalid documents %d" % LARGE)
        check(owner.index() == "t", "made anew")
        told(a.run("user", "delete", owner.email, stdin="yes\n"), 0)
        until("purged", lambda: psql("SELECT count(*) FROM documents WHERE user_id = '%s'" % owner.id,
                                     "gatehouse") == "0", 120)
        reconciled(a, [], 1, owner, "index superfluous documents 0")
        reconciled(a, ["--fix"], 0, owner, "index superfluous documents 0")
        check(owner.index() == "", "dropped")
        check(small.nearest() == ["t0"], "nobody else has lost anything")


@test
def only_one_reconcile_mends_at_a_time():
    owner = Owner("twice")
    owner.count_as(7)
    with Admin() as a, subprocess.Popen(["psql", "-qXAt", os.environ["DATABASE_URL"]], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True) as holder:
        holder.stdin.write("BEGIN; SELECT 'held' FROM user_stats WHERE user_id = '%s' FOR UPDATE;\n" % owner.id)
        holder.stdin.flush()
        check(holder.stdout.readline() == "held\n", "its row is locked")
        with subprocess.Popen([PROGRAM, "reconcile", "--fix"], cwd=a.dir, env=a.env, stdout=subprocess.DEVNULL) as first:
            until("it waits for the row", lambda: psql(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse-reconcile' AND "
                "wait_event_type = 'Lock'", "gatehouse") == "1")
            told(a.run("reconcile", "--fix"), 1, "another gatehouse reconcile --fix is at work")
            holder.stdin.close()
            check(first.wait(20) == 0, "the first one ends well")
        reconciled(a, [], 0, owner)


class Slow:
    """A client that takes the beginning of an answer, and the rest of it when it is asked to."""

    def __init__(self, owner, tag, method, path, body=b""):
        place, self.id = urllib.parse.urlsplit(os.environ["BASE_URL"]), "slow-%s-%s" % (tag, RUN)
        self.socket = socket.socket()
        self.socket.settimeout(30)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect((place.hostname, place.port))
        self.socket.sendall(("%s /api/v1%s HTTP/1.1\r\nHost: test\r\nConnection: close\r\nX-Request-Id: %s\r\n"
                             "Authorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                             % (method, path, self.id, owner.token, len(body))).encode() + body)
        self.came = self.socket.recv(1000)
        check(self.came.startswith(b"HTTP/1.1 200"), "%r" % self.came)

    def answered(self):
        """Has the worker done with it?"""
        with open(os.environ["STATE_DIR"] + "/log/gatehouse.log", encoding="utf-8") as log:
            return any(self.id in line and '"event":"request"' in line for line in log)

    def rest(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        with self.socket, self.socket.makefile("rb") as rest:
            return json.loads((self.came + rest.read()).split(b"\r\n\r\n", 1)[1])


@test
def the_largest_page_comes_whole_to_who_reads_slowly():
    owner = Owner("slow")
    owner.fill(100)
    psql("UPDATE documents SET content = repeat(chr(1), 50000) WHERE user_id = '%s'" % owner.id, "gatehouse")
    search = json.dumps({"embedding": [1] * DIMENSIONS, "limit": 100}).encode()
    for slow in (Slow(owner, "list", "GET", "/documents?size=100"),
                 Slow(owner, "search", "POST", "/documents/search", search)):
        until("the worker is free again", slow.answered)
        check(len(slow.rest()["items"]) == 100, "all of it")


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(judged(sys.argv[1:]))
