#!/usr/bin/python3
"""Moving many users in and out by the command line.

    scripts/stack DIR python3 tests/proc/test_transfer.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more). Who is imported into the running stack
logs in there; where rows are counted it happens in a scratch database."""

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import time
import uuid

sys.dont_write_bytecode = True

from admin import GOOD, PROGRAM, RUN, Admin, log_in, psql, scratch, told
from harness import check, until
from verdicts import judged, test

# Of GOOD, by other systems: passwd -6, Python's bcrypt, Go's bcrypt, PHP, and Debian 12 itself.
HASHES = {
    "six": "$6$saltsalt$WPnODZuOjw1Lp43uarfa2agPp5X5UTiijDxHpBQTpIHFbbfu08LYg3pB1nQ9cjkDSvCOzoBGvEYWXxb3Ezbmo0", "six-rounds": "$6$rounds=10000$saltsaltsaltsalt$mIn5LjuMivqTYeSadMauSudrwnhuzo0D1T9J5rKp5WOU5g1rYoezgvbwc1Qsb5GnvSEET1cm9q52wyUhsBTal1", "two-b": "$2b$04$KnownAnswerTest000000.Qgh1NXWDVqOch81CMw8a39GXRUCenQW", "two-a": "$2a$04$KnownAnswerTest000000.Qgh1NXWDVqOch81CMw8a39GXRUCenQW", "two-y": "$2y$04$KnownAnswerTest000000.Qgh1NXWDVqOch81CMw8a39GXRUCenQW", "y": "$y$j75$KnownAnswerTest0$plJJpCW1Iu9KEal3kqkNy1hQQcNhEdk/kPOBx3LbHsA",
}
SPECIAL = "Zoë O'Brien \\ \" {a,b} 李"


def lines(*people):
    return "".join((p if isinstance(p, str) else json.dumps(p)) + "\n" for p in people)


def here(name):
    return "%s-%s@example.com" % (name, RUN)


@contextlib.contextmanager
def moving():
    """A database of its own with the schema, and somebody with its settings."""
    with scratch() as (database, urls), Admin(**urls) as a:
        told(a.run("migrate", "up"), 0)
        yield a, lambda sql: psql(sql, database)


ROWS = ("SELECT coalesce(json_agg(r ORDER BY id), '[]') FROM (SELECT id, email, email_key, username, username_key, "
        "full_name, role, is_active, is_verified, created_at, password_hash, secret_digest, "
        "EXISTS (SELECT FROM user_stats s WHERE s.user_id = u.id) AS counted FROM users u) r")


def crowd(n, tag=""):
    return [{"email": "person%d%s@example.com" % (i, tag), "username": "person%d%s" % (i, tag),
             "full_name": "Person %d" % i} for i in range(n)]


# --- in --------------------------------------------------------------------------------------------


@test
def people_come_with_what_they_had_and_log_in():
    me = str(uuid.uuid4())
    people = [{"email": here(name), "password_hash": h} for name, h in HASHES.items()]
    people += [{"id": me, "email": here("full"), "username": "full-" + RUN, "name": SPECIAL, "role": "admin",
                "is_active": True, "is_verified": True, "created_at": "2019-05-01T10:00:00.123456+02:00",
                "password": GOOD},
               {"email": here("off"), "is_active": False, "password": GOOD, "username": None, "id": None},
               {"username": "only-" + RUN, "password": GOOD}, {"email": here("none")}]
    with Admin() as a:
        r = a.run("user", "import", "-", stdin=lines(*people))
        told(r, 0, "imported %d," % len(people), "refused 0 of %d lines" % len(people))
        check(r.out == "", "nothing on standard output: %r" % r)
        for name in list(HASHES) + ["full"]:
            check(log_in(here(name).upper(), GOOD) == (200, None), "%s logs in" % name)
            check(log_in(here(name), GOOD + "x") == (401, "INVALID_CREDENTIALS"), "%s: not with any" % name)
        check(log_in("only-" + RUN, GOOD)[0] == 200, "by username")
        check(log_in(here("off"), GOOD) == (403, "ACCOUNT_DISABLED"), "inactive")
        check(log_in(here("none"), GOOD)[0] == 401, "without a password nobody logs in")
    row = json.loads(psql("SELECT row_to_json(r) FROM (SELECT id, username, full_name, role, is_active, "
                          "is_verified, created_at = '2019-05-01T08:00:00.123456Z' AS then, "
                          "password_hash LIKE '$y$%%' AS ours FROM users WHERE email_key = '%s') r" % here("full"),
                          "gatehouse"))
    check(row == {"id": me, "username": "full-" + RUN, "full_name": SPECIAL, "role": "admin", "is_active": True,
                  "is_verified": True, "then": True, "ours": True}, "%r" % row)


BAD = [('{"email":"a@b"}', "email"), ('{"email":"é@example.com"}', "email"), ("[]", "dictionary"), ("x", "JSON"),
       ('{"email":"a1@example.com"', "JSON"), ('{"email":"a1@example.com"}{}', "JSON"),
       ('{"email":"a1@example.com","email":"a2@example.com"}', "JSON"), ("{}", "neither"),
       ('{"full_name":"Nobody"}', "neither"), ('{"email":"a1@example.com","id":"1"}', "id"),
       ('{"email":"a1@example.com","username":"x"}', "username"),
       ('{"email":"a1@example.com","username":"admin"}', "username"),
       ('{"email":"a1@example.com","username":"a@b.org"}', "username"),
       ('{"email":"a1@example.com","full_name":"tab\\u0009"}', "full_name"),
       ('{"email":"a1@example.com","full_name":""}', "full_name"),
       ('{"email":"a1@example.com","full_name":"\\u0000"}', "JSON"),
       ('{"email":"a1@example.com","full_name":"A","name":"B"}', "name"),
       ('{"email":"a1@example.com","role":"root"}', "role"), ('{"email":"a1@example.com","role":null}', "role"),
       ('{"email":"a1@example.com","is_active":1}', "is_active"),
       ('{"email":"a1@example.com","is_verified":"true"}', "is_verified"),
       ('{"email":"a1@example.com","created_at":"2020-01-01"}', "created_at"),
       ('{"email":"a1@example.com","created_at":"2999-01-01T00:00:00Z"}', "created_at"),
       ('{"email":"a1@example.com","created_at":1577836800}', "created_at"),
       ('{"email":"a1@example.com","password":"short"}', "password"),
       ('{"email":"a1@example.com","password":"alllowercase"}', ""),
       ('{"email":"a1@example.com","password":"%s","password_hash":"$y$j75$KnownAnswerTest0$plJJpCW1Iu9KEal3kqkNy1hQQcNhEdk/kPOBx3LbHsA"}' % GOOD, "both"),
       ('{"email":"a1@example.com","passwort":"%s"}' % GOOD, "passwort"),
       ('{"email":"a1@example.com","password_hash":"plain-Text-7!"}', "neither yescrypt"),
       ('{"email":"a1@example.com","password_hash":"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA"}', "neither"),
       ('{"email":"a1@example.com","password_hash":"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"}', "neither"),
       ('{"email":"a1@example.com","password_hash":"$6$rounds=999999999$saltsalt$WPnODZuOjw1Lp43uarfa2agPp5X5UTiijDxHpBQTpIHFbbfu08LYg3pB1nQ9cjkDSvCOzoBGvEYWXxb3Ezbmo0"}', "neither"),
       ('{"email":"a1@example.com","password_hash":"$6$rounds=900000$saltsalt$WPnODZuOjw1Lp43uarfa2agPp5X5UTiijDxHpBQTpIHFbbfu08LYg3pB1nQ9cjkDSvCOzoBGvEYWXxb3Ezbmo0"}', "ceiling"),
       ('{"email":"a1@example.com","secret_digest":"abc"}', "secret_digest"),
       ('{"email":"a1@example.com","full_name":"%s"}' % ("x" * 70000), "64 KiB")]


@test
def bad_lines_are_told_and_good_ones_go_on():
    with moving() as (a, sql):
        text = ""
        for n, (line, _) in enumerate(BAD):
            text += line + "\n" + lines({"email": "good%d@example.com" % n}) + "\n \t\n"
        for extra in ([], ["--dry-run"]):
            r = a.run("user", "import", *extra, "-", stdin=text, seconds=120)
            told(r, 1, "refused %d of %d lines" % (len(BAD), 2 * len(BAD)))
            told_of = dict(l[5:].split(": ", 1) for l in r.err.splitlines() if l.startswith("line "))
            for n, (line, word) in enumerate(BAD):
                why = told_of.get(str(4 * n + 1), "")
                check(why != "" and word in why, "%s: %r" % (line[:100], why))
            for secret in (GOOD, "alllowercase", "plain-Text-7!", "$argon2id$", "$y$j75$KnownAnswerTest0$plJJpCW1Iu9KEal3kqkNy1hQQcNhEdk/kPOBx3LbHsA"):
                check(secret not in r.err, "a secret is shown: %r" % r)
            check(sql("SELECT count(*) FROM users") == str(len(BAD)), "the good ones and nobody else")
            check(sql("SELECT count(*) FROM users WHERE email LIKE 'good%'") == str(len(BAD)), "the good ones")


@test
def all_faults_of_a_line_are_told_at_once():
    with moving() as (a, _):
        r = a.run("user", "import", "-", stdin=lines({"email": "x", "role": "y", "zzz": 1}))
        told(r, 1, 'line 1: "email": ', '"role": ', '"zzz": ')


@test
def an_import_repeated_changes_nothing():
    with moving() as (a, sql):
        file = a.file("people", lines(*crowd(2500)[:-1], {"email": "plain@example.com", "password": GOOD}))
        told(a.run("user", "import", file), 0, "imported 2500,")
        before = sql(ROWS)
        r = a.run("user", "import", file)
        told(r, 0, "imported 0, already there 2500, refused 0", "line 2500: already there")
        check(sql(ROWS) == before, "no row moved, no password was hashed again")
        check(sql("SELECT sum((details->>'count')::int) FROM audit WHERE action = 'users.import' AND actor_id IS NULL "
                  "AND result = 'success'") == "2500", "audited: each batch once, and nothing twice")
        check(sql("SELECT count(*) FROM audit WHERE action = 'users.import'") == "3", "one row a batch")


@test
def the_oldest_year_there_is_does_not_stop_an_import():
    """RFC 3339 has a year 0, PostgreSQL has none."""
    with moving() as (a, sql):
        for told_last in ("imported 2,", "already there 2,"):
            r = a.run("user", "import", "-", stdin=lines(
                {"email": "old@example.com", "created_at": "0000-01-01T00:00:00Z"}, {"email": "new@example.com"}))
            check(told_last in r.err, "%r" % r)
        check(sql("SELECT created_at < '0001-01-02' FROM users WHERE email = 'old@example.com'").strip() == "t", "kept")


@test
def whoever_has_the_name_keeps_it():
    me, other = str(uuid.uuid4()), str(uuid.uuid4())
    first = [{"id": me, "email": "Ada@example.com", "username": "ada", "full_name": "Ada"},
             {"id": other, "email": "bob@example.com", "secret_digest": "ab" * 32}]
    late = [({"email": "ADA@example.com"}, "Email already registered"),
            ({"email": "Ada@example.com", "username": "ada", "full_name": "Ada King"}, "Email already registered"),
            ({"id": other, "email": "Ada@example.com", "username": "ada", "full_name": "Ada"}, "Email already"),
            ({"email": "new@example.com", "username": "ADA"}, "Username already registered"),
            ({"id": me, "email": "new@example.com"}, "the id is somebody else's"),
            ({"id": me, "email": "Ada@example.com", "username": "ada", "full_name": "Ada"}, "already there"),
            ({"email": "Ada@example.com", "username": "ada", "full_name": "Ada"}, "already there")]
    inside = [({"email": "twin@example.com"}, None), ({"email": "TWIN@example.com"}, "Email already registered"),
              ({"email": "twin2@example.com", "username": "tw1"}, None),
              ({"email": "twin3@example.com", "username": "Tw1"}, "Username already registered"),
              ({"id": str(uuid.UUID(int=7)), "email": "seven@example.com"}, None),
              ({"id": str(uuid.UUID(int=7)), "email": "eight@example.com"}, "the id is somebody else's"),
              ({"id": str(uuid.UUID(int=9)), "email": "seven@example.com"}, "Email already registered"),
              ({"id": str(uuid.UUID(int=9)), "email": "nine@example.com"}, None)]
    with moving() as (a, sql):
        told(a.run("user", "import", "-", stdin=lines(*first)), 0)
        before = sql(ROWS)
        r = a.run("user", "import", "-", stdin=lines(*(p for p, _ in late)))
        told(r, 1, *("line %d: %s" % (n + 1, why) for n, (_, why) in enumerate(late)))
        check(sql(ROWS) == before, "nothing moved")
        r = a.run("user", "import", "-", stdin=lines(*(p for p, _ in inside)))
        told(r, 1, "imported 4,", *("line %d: %s" % (n + 1, why) for n, (_, why) in enumerate(inside) if why))
        check(sql("SELECT string_agg(email, ' ' ORDER BY email) FROM users WHERE id IN "
                  "('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000009')")
              == "nine@example.com seven@example.com", "the first of two has it")


@test
def a_rehearsal_says_the_same_and_writes_nothing():
    with moving() as (a, sql):
        told(a.run("user", "import", "-", stdin=lines({"email": "old@example.com"})), 0)
        people = crowd(1200) + [{"email": "OLD@example.com"}, {"email": "old@example.com"}, {"email": "bad"},
                                {"email": "weak@example.com", "password": "aaaaaaaa"}, {"email": "person1@example.com"}]
        before, audits = sql(ROWS), sql("SELECT count(*) FROM audit")
        tried = a.run("user", "import", "--dry-run", "-", stdin=lines(*people))
        told(tried, 1, "would import 1201, already there 1, refused 3 of 1205 lines") # its twin is in another batch
        check(sql(ROWS) == before and sql("SELECT count(*) FROM audit") == audits, "nothing was written")
        done = a.run("user", "import", "-", stdin=lines(*people))
        told(done, 1, "imported 1200, already there 1, refused 4 of 1205 lines")


@test
def refused_lines_are_never_lost():
    with moving() as (a, sql):
        text = lines({"email": "bad"}, {"email": "good@example.com"})
        r = a.run("user", "import", "--errors", "refused", "-", stdin=text)
        told(r, 1, "imported 1,")
        check("line 1" not in r.err and open(a.dir + "/refused").read().startswith('line 1: "email": '), "%r" % r)
        told(a.run("user", "import", "--errors", "/dev/full", "-", stdin=text), 1, "cannot be told")
        told(a.run("user", "import", "--errors", "/nonexistent/x", "-", stdin=text), 1, "/nonexistent/x")
        told(a.run("user", "import", "/nonexistent/y"), 1, "/nonexistent/y")
        told(a.run("user", "import", a.dir), 1, "cannot be read")


# --- when it is interrupted --------------------------------------------------------------------------


def start(a, *args):
    return subprocess.Popen([PROGRAM, "user"] + list(args), cwd=a.dir, env=a.env, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


@test
def an_import_that_was_killed_is_taken_up_by_running_it_again():
    with moving() as (a, sql):
        people, count = crowd(3500), lambda: sql("SELECT count(*) FROM users")
        p = start(a, "import", "-")
        p.stdin.write(lines(*people[:2500]))
        p.stdin.flush()
        until("two batches are in", lambda: count() == "2000", 60)
        p.kill()
        p.communicate()
        check(count() == "2000", "whole batches and nothing else")
        told(a.run("user", "import", "-", stdin=lines(*people)), 0, "imported 1500, already there 2000, refused 0")
        check(count() == "3500", "all of them")


@test
def a_lost_database_stops_the_import_with_a_sentence():
    with moving() as (a, sql):
        people, count = crowd(3000), lambda: sql("SELECT count(*) FROM users")
        p = start(a, "import", "-")
        p.stdin.write(lines(*people[:1000]))
        p.stdin.flush()
        until("a batch is in", lambda: count() == "1000", 60)
        sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'gatehouse-auth'")
        _, err = p.communicate(lines(*people[1000:]), timeout=60)
        check(p.returncode == 1 and "stopped before line 1001: " in err and "again" in err, "%r" % err[-300:])
        told(a.run("user", "import", "-", stdin=lines(*people)), 0)
        check(count() == "3000", "all of them")


# --- out ---------------------------------------------------------------------------------------------


@test
def what_goes_out_comes_in_again_the_same():
    people = crowd(2500) + [
        {"id": str(uuid.uuid4()), "email": "Ada@example.com", "full_name": SPECIAL, "role": "admin",
         "is_active": False, "is_verified": True, "created_at": "1999-12-31T23:59:59.999999Z",
         "password_hash": HASHES["six"], "secret_digest": "0f" * 32},
        {"username": "nomail", "password_hash": HASHES["y"], "created_at": "0001-01-01T00:00:00Z"}]
    with moving() as (a, sql), moving() as (b, other):
        told(a.run("user", "import", "-", stdin=lines(*people)), 0)
        r = a.run("user", "export", "--with-hashes")
        told(r, 0, "exported 2502 users")
        told(b.run("user", "import", "-", stdin=r.out), 0, "imported 2502,")
        check(other(ROWS) == sql(ROWS), "every row is equal")
        again = b.run("user", "export", "--with-hashes", "-")
        check(again.out == r.out, "and so is the next export")
        check(sql("SELECT count(*) FROM audit WHERE action = 'users.export' AND details->>'with_hashes' = 'true'")
              == "1", "audited")
        sql("UPDATE users SET deleted_at = now() WHERE username = 'nomail'")
        r = a.run("user", "export")
        told(r, 0, "exported 2501 users")
        for secret in ("hash", "digest", "$6$", "0f" * 32):
            check(secret not in r.out, "no secret leaves: %s" % secret)
        created = [json.loads(l)["created_at"] for l in r.out.splitlines()]
        check(created == sorted(created), "the oldest first")


@test
def an_export_is_of_one_moment():
    with moving() as (a, sql):
        told(a.run("user", "import", "-", stdin=lines(*crowd(6000))), 0)
        p = start(a, "export")
        first = p.stdout.readline() # it began; a pipe holds less than the rest
        told(a.run("user", "import", "-", stdin=lines({"email": "late@example.com"})), 0)
        sql("DELETE FROM users WHERE email <> 'late@example.com'")
        rest, err = p.stdout.read(), p.stderr.read()
        check(p.wait() == 0 and "exported 6000 users" in err, "%r" % err)
        check(len((first + rest).splitlines()) == 6000 and "late@" not in rest, "everybody who was there")


@test
def an_exported_file_is_private_and_whole_or_not_there():
    with moving() as (a, _):
        told(a.run("user", "import", "-", stdin=lines(*crowd(4000))), 0)
        told(a.run("user", "export", "--with-hashes", "all"), 0, "exported 4000 users")
        path = a.dir + "/all"
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "the owner's alone")
        check(len(open(path).read().splitlines()) == 4000, "all of them")
        told(a.run("user", "export", "all"), 1, "all: File exists")
        check(len(open(path).read().splitlines()) == 4000, "it stays as it was")
        told(a.run("user", "export", "/nonexistent/all"), 1, "/nonexistent/all")
        r = subprocess.run("ulimit -f 64; exec '%s' user export part" % PROGRAM, shell=True, cwd=a.dir, env=a.env,
                           capture_output=True, text=True, timeout=60) # a disk that is full after 32 KiB
        check(r.returncode == 1 and "part: File too large" in r.stderr, "%r" % r)
        check(not [f for f in os.listdir(a.dir) if f.startswith("part")], "half a file is none")
        a.set(DATABASE_URL="postgresql://nobody@/none?host=/nonexistent")
        told(a.run("user", "export", "none"), 1)
        check(not os.path.exists(a.dir + "/none"), "no file without a database")


@test
def a_reader_that_has_enough_is_told():
    with moving() as (a, _):
        told(a.run("user", "import", "-", stdin=lines(*crowd(4000))), 0)
        r = subprocess.run("'%s' user export | head -n 1; echo ${PIPESTATUS[*]}" % PROGRAM, shell=True, cwd=a.dir,
                           env=a.env, capture_output=True, text=True, timeout=60, executable="/bin/bash")
        check(r.stdout.splitlines()[-1] == "1 0" and "Broken pipe" in r.stderr, "%r %r" % (r.stdout[-99:], r.stderr))
        r = subprocess.run([PROGRAM, "user", "export"], cwd=a.dir, env=a.env, stdout=open("/dev/full", "w"),
                           stderr=subprocess.PIPE, text=True, timeout=60)
        check(r.returncode == 1 and "No space left" in r.stderr, "%r" % r)


# --- how much it takes -------------------------------------------------------------------------------


def peak_kib(a, *args):
    """Exit status and the most memory that was resident, as far as looking tells."""
    with open(a.dir + "/noise", "w") as noise:
        p = subprocess.Popen([PROGRAM, "user"] + list(args), cwd=a.dir, env=a.env, stdout=noise, stderr=noise)
    peak = 0
    while p.poll() is None:
        with open("/proc/%d/status" % p.pid) as f: # what wait4() tells is that of the fork before exec, too
            found = re.search(r"VmHWM:\s+(\d+)", f.read())
        peak = int(found.group(1)) if found else peak
        time.sleep(0.02)
    return p.returncode, peak


@test
def memory_stays_flat():
    few, many = 5000, 20000 if os.environ.get("SAN") else 100000
    with moving() as (a, _):
        a.set(ASAN_OPTIONS=a.env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
        small, big = a.file("small", lines(*crowd(few))), a.file("big", lines(*crowd(many, "x")))
        status, before = peak_kib(a, "import", small)
        check(status == 0, "imported")
        status, after = peak_kib(a, "import", big)
        print("import: %d KiB for %d lines, %d KiB for %d" % (before, few, after, many))
        check(status == 0 and after < before * 1.2, "%d KiB, %d KiB" % (before, after))
        status, out = peak_kib(a, "export", "--with-hashes", "out")
        print("export: %d KiB" % out)
        check(status == 0 and out < after * 1.2, "%d KiB" % out)
        again, _ = peak_kib(a, "import", "--errors", "told", big) # all there, all told
        check(again == 0 and len(open(a.dir + "/told").read().splitlines()) == many, "each line is told")


@test
def wrong_usage_is_2():
    with Admin() as a:
        for args in (["import"], ["import", "a", "b"], ["import", "--errors", "x"], ["import", "x", "--errors"],
                     ["import", "--update", "x"], ["export", "a", "b"], ["export", "--hashes"]):
            r = a.run("user", *args)
            check(r.status == 2 and "usage: gatehouse user" in r.err and r.out == "", "%r: %r" % (args, r))


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(judged(sys.argv[1:]))
