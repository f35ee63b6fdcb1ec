#!/usr/bin/python3
"""The command line as a system administrator uses it.

    scripts/stack DIR python3 tests/proc/test_cli.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more). What changes a schema happens in
scratch databases of the same cluster; the users made here log in to the running stack."""

import contextlib
import glob
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
import uuid

sys.dont_write_bytecode = True

from admin import GOOD, KEY, PROGRAM, RUN, Admin, log_in, psql, scratch, told
from harness import check, until
from stack import HERE
from verdicts import judged, test

BETTER = "Better-Battery-8!"


# --- help and usage ------------------------------------------------------------------------------


@test
def every_command_explains_itself():
    with Admin(SECRET_KEY=None, DATABASE_URL=None) as a: # help needs no settings
        top = a.run("--help")
        names = re.findall(r"^  ([a-z][a-z-]+) ", top.out, re.M)
        wanted = {"serve", "migrate", "user", "mail", "check-config", "reconcile", "gen-secret", "openapi", "routes", "version"}
        check(top.status == 0 and set(names) == wanted, "commands: %r" % names)
        check("SECRET_KEY" in top.out and "DATABASE_URL" in top.out, "settings are listed")
        for name in names:
            for more in ([name, "--help"], [name, "-h"], [name, "anything", "--help"]):
                r = a.run(*more)
                check(r.status == 0 and r.out.startswith("usage: gatehouse " + name) and not r.err,
                      "%r: %r" % (more, r))
        version = a.run("version")
        with open(HERE + "/VERSION") as f:
            check(version.out == "gatehouse " + f.read().strip() + "\n", "version: %r" % version)


@test
def wrong_usage_is_2_and_says_how():
    wrong = [[], ["nope"], ["--nope"], ["serve", "now"], ["migrate"], ["migrate", "sideways"],
             ["migrate", "up", "--check"], ["migrate", "status", "--chek"], ["user"], ["user", "creat", "x"],
             ["user", "create"], ["user", "create", "--admin"], ["user", "create", "a@b.org", "c@d.org"],
             ["user", "create", "a@b.org", "--username"], ["user", "create", "a@b.org", "--root"],
             ["user", "set-password"], ["user", "set-password", "a", "b"], ["user", "deactivate"],
             ["user", "activate"], ["user", "unlock"], ["user", "unlock", "a", "b"], ["user", "delete"], ["user", "delete", "a", "b"],
             ["user", "set-role", "a@b.org"], ["user", "set-role", "a@b.org", "root"],
             ["user", "list", "x"], ["user", "list", "0"], ["user", "list", "1", "2"],
             ["mail"], ["mail", "send"], ["mail", "list", "lost"], ["mail", "list", "sent", "x"],
             ["mail", "retry"], ["mail", "retry", "1"], ["mail", "templates"],
             ["check-config", "x"], ["gen-secret", "x"], ["openapi", "x"], ["routes", "--al"],
             ["version", "x"]]
    with Admin() as a:
        for args in wrong:
            r = a.run(*args, stdin=GOOD + "\n")
            check(r.status == 2 and "usage: gatehouse" in r.err and r.out == "", "%r: %r" % (args, r))


@test
def secrets_are_unique_and_good():
    with Admin() as a:
        made = [a.run("gen-secret").out.strip() for _ in range(30)]
        check(len(set(made)) == 30 and all(re.fullmatch(r"[A-Za-z0-9_-]{43,}", s) for s in made),
              "%r" % made[:3])
        a.set(SECRET_KEY=made[0])
        told(a.run("check-config"), 0)


@test
def routes_are_the_documents_operations():
    with Admin(SECRET_KEY=None, DATABASE_URL=None) as a:
        document, routes = a.run("openapi"), a.run("routes")
        check(document.status == 0 and routes.status == 0, "%r %r" % (document, routes))
        operations = {(verb.upper(), path, o["operationId"])
                      for path, item in json.loads(document.out)["paths"].items()
                      for verb, o in item.items() if verb in ("get", "put", "post", "patch", "delete")}
        lines = [line.split() for line in routes.out.splitlines()]
        check({o[2] for o in operations} == {r[3] for r in lines}, "operationIds differ")
        check(len(operations) == len(lines) == len({o[2] for o in operations}), "each once")
        for verb, path, name in operations:
            check(any(r[0] == verb and r[3] == name and r[1].endswith(path) for r in lines),
                  "%s %s %s" % (verb, path, name))
        everything = a.run("routes", "--all").out.splitlines()
        check(len(everything) > len(lines), "--all shows more")


# --- users ---------------------------------------------------------------------------------------


@test
def users_are_made_and_changed():
    email, name = "cli-%s@example.com" % RUN, "cli-" + RUN
    with Admin() as a:
        r = a.run("user", "create", email, "--admin", "--username", name, "--name", "Ada L.",
                  stdin=GOOD + "\n")
        check(r.status == 0 and re.fullmatch(r"[0-9a-f-]{36}\n", r.out), "create: %r" % r)
        user_id = r.out.strip()
        check(log_in(email, GOOD)[0] == 200 and log_in(name.upper(), GOOD)[0] == 200, "both names")
        listed = [l.split() for l in a.run("user", "list").out.splitlines()]
        check([user_id, "admin", "active", email] in listed, "listed: %r" % listed[:5])
        told(a.run("user", "set-password", name, stdin=BETTER), 0) # no newline at the end of a file
        check(log_in(email, GOOD) == (401, "INVALID_CREDENTIALS"), "the old one is void")
        check(log_in(email, BETTER)[0] == 200, "the new one is good")
        told(a.run("user", "deactivate", email), 1, "at least one active administrator")
        told(a.run("user", "create", "stays-%s@example.com" % RUN, "--admin", stdin=GOOD), 0)
        told(a.run("user", "deactivate", email), 0)
        check(log_in(email, BETTER) == (403, "ACCOUNT_DISABLED"), "deactivated")
        told(a.run("user", "deactivate", email), 0) # again is fine
        listed = [l.split() for l in a.run("user", "list").out.splitlines()]
        check([user_id, "admin", "inactive", email] in listed, "shown as such")


@test
def a_user_of_a_secret_is_made():
    name = "job-" + RUN
    with Admin() as a:
        r = a.run("user", "create", "--secret", "--username", name)
        check(r.status == 0 and re.fullmatch(r"[0-9a-f-]{36}\nghs_[A-Za-z0-9_-]{43}\n", r.out),
              "create: %r" % r)
        secret = r.out.split()[1]
        check(secret not in psql("SELECT u::text FROM users u", "gatehouse"), "kept as a digest alone")
        told(a.run("user", "create", "--secret", "--username", name), 1, "already registered")
        told(a.run("user", "create", "--secret", "--username", "x"), 1)
        told(a.run("user", "create", "--secret"), 2)
        told(a.run("user", "create", "--secret", "--username", name, "a@b.org"), 2)


@test
def operators_administer_too():
    email, admin = "ops-%s@example.com" % RUN, "root-%s@example.com" % RUN
    with Admin() as a:
        told(a.run("user", "create", admin, "--admin", stdin=GOOD), 0)
        told(a.run("user", "create", email, stdin=GOOD), 0)
        row = lambda: [l.split()[1:3] for l in a.run("user", "list").out.splitlines() if l.endswith(" " + email)]
        check(row() == [["user", "active"]], "%r" % row())
        told(a.run("user", "set-role", email, "admin"), 0)
        told(a.run("user", "deactivate", email), 0)
        check(row() == [["admin", "inactive"]], "%r" % row())
        told(a.run("user", "activate", email.upper()), 0)
        check(log_in(email, GOOD)[0] == 200, "active again")
        told(a.run("user", "set-role", email, "user"), 0)
        check(row() == [["user", "active"]], "%r" % row())
        told(a.run("user", "delete", email), 0)
        check(row() == [] and log_in(email, GOOD) == (401, "INVALID_CREDENTIALS"), "gone")
        told(a.run("user", "delete", email), 1, "gatehouse: ")
        said = psql("SELECT string_agg(action, ' ' ORDER BY at) FROM audit WHERE target_id ="
                    " (SELECT target_id FROM audit WHERE action = 'user.delete' AND actor_id IS NULL"
                    " ORDER BY at DESC LIMIT 1)", "gatehouse")
        check(said.strip() == "user.register user.role_change user.deactivate user.activate"
              " user.role_change user.delete", "audited: %r" % said)


@test
def the_last_admin_stays():
    """In a database of its own, where nobody else is one."""
    with scratch() as (_, urls), Admin(**urls) as a:
        told(a.run("migrate", "up"), 0)
        for name in ("one", "two"):
            told(a.run("user", "create", name + "@example.com", "--admin", stdin=GOOD), 0)
        told(a.run("user", "set-role", "one@example.com", "user"), 0)
        for verb in (["deactivate", "two@example.com"], ["delete", "two@example.com"],
                     ["set-role", "two@example.com", "user"]):
            told(a.run("user", *verb), 1, "at least one active administrator")
        rows = [l.split()[1:] for l in a.run("user", "list").out.splitlines()]
        check(["admin", "active", "two@example.com"] in rows, "%r" % rows)
        told(a.run("user", "set-role", "one@example.com", "admin"), 0)
        both = [subprocess.Popen([PROGRAM, "user", "deactivate", name + "@example.com"], cwd=a.dir,
                                 env=a.env, stderr=subprocess.DEVNULL) for name in ("one", "two")]
        check(sorted(p.wait(60) for p in both) == [0, 1], "one of two remains")


@test
def refused_users_leave_no_row():
    email, other = "row-%s@example.com" % RUN, "other-%s@example.com" % RUN
    with Admin() as a:
        told(a.run("user", "create", email, stdin=GOOD + "\n"), 0)
        count = lambda: psql("SELECT count(*) FROM users WHERE deleted_at IS NULL", "gatehouse")
        before = count()
        refused = [((email,), GOOD, "already registered"), ((email.upper(),), GOOD, "already registered"),
                   ((other,), "", "password"), ((other,), "\n", ""), ((other,), "short\n", ""),
                   ((other,), "alllowercase\n", ""), ((other,), "\udcff\udcfe" + GOOD, ""),
                   (("not-an-address",), GOOD, ""), (("a@b",), GOOD, ""),
                   ((other, "--username", "x"), GOOD, ""), ((other, "--username", email), GOOD, ""),
                   ((other, "--name", "tab\there"), GOOD, "")]
        for args, password, word in refused:
            r = a.run("user", "create", *args, stdin=password)
            told(r, 1, "gatehouse: ", word)
            check(r.out == "" and "usage" not in r.err, "%r %r: %r" % (args, password, r))
        for verb in ("set-password", "deactivate"):
            told(a.run("user", verb, "nobody-%s@example.com" % RUN, stdin=GOOD), 1, "gatehouse: ")
        told(a.run("user", "set-password", email, stdin="weak\n"), 1, "gatehouse: ")
        check(log_in(email, GOOD)[0] == 200, "a refused password changes nothing")
        check(count() == before, "no row was made")
        for args in (["create", other], ["set-password", email], ["list"]):
            a.set(DATABASE_URL="postgresql://nobody@/none?host=/nonexistent")
            told(a.run("user", *args, stdin=GOOD), 1, "gatehouse: ")


# --- migrations ----------------------------------------------------------------------------------


@test
def migrations_go_up_down_and_are_told():
    steps = len(glob.glob(HERE + "/schema/[0-9]*.sql"))
    with scratch() as (_, urls), Admin(**urls) as a:
        told(a.run("migrate", "status"), 0)
        r = a.run("migrate", "status", "--check")
        check(r.status == 1 and len(r.out.splitlines()) == steps and "applied" not in r.out, "before: %r" % r)
        told(a.run("check-config"), 1, "not applied")
        r = a.run("migrate", "up")
        check(r.status == 0 and r.out.startswith("%d migration" % steps), "up: %r" % r)
        r = a.run("migrate", "status", "--check")
        check(r.status == 0 and r.out.count("applied") == steps, "after: %r" % r)
        check(a.run("migrate", "up").out.startswith("0 migrations"), "again is nothing")
        told(a.run("check-config"), 0)
        r = a.run("migrate", "down")
        newest = sorted(os.path.basename(p) for p in glob.glob(HERE + "/schema/[0-9]*.sql"))[-1]
        check(r.status == 0 and r.out.strip() in newest, "down: %r" % r)
        told(a.run("migrate", "status", "--check"), 1)
        told(a.run("check-config"), 1, "not applied")
        told(a.run("migrate", "up"), 0)
        told(a.run("migrate", "status", "--check"), 0)


@test
def migrations_started_together_agree():
    steps = len(glob.glob(HERE + "/schema/[0-9]*.sql"))
    with scratch() as (_, urls), Admin(**urls) as a:
        both = [subprocess.Popen([PROGRAM, "migrate", "up"], cwd=a.dir, env=a.env, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        said = [p.communicate(timeout=60) for p in both]
        check([p.returncode for p in both] == [0] * 4, "%r" % said)
        counts = sorted(int(out.split()[0]) for out, _ in said)
        check(sum(counts) == steps, "each step once: %r" % counts)
        told(a.run("migrate", "status", "--check"), 0)


@test
def app_role_cannot_migrate():
    with scratch() as (_, urls), Admin(**urls) as a:
        a.set(MIGRATE_DATABASE_URL=urls["DATABASE_URL"])
        r = a.run("migrate", "up")
        told(r, 1, "gatehouse: ")
        a.set(**urls)
        told(a.run("migrate", "status", "--check"), 1)
        told(a.run("migrate", "up"), 0)
        for sql in ("CREATE TABLE x (y int)", "DROP TABLE users", "ALTER TABLE users ADD z int"):
            p = subprocess.run(["psql", "-X", "-q", urls["DATABASE_URL"], "-c", sql], capture_output=True)
            check(p.returncode != 0, "the app role could " + sql)


# --- settings ------------------------------------------------------------------------------------


BAD_SETTINGS = [
    ({"DATABASE_URL": None}, "DATABASE_URL"), ({"SECRET_KEY": None}, "SECRET_KEY"),
    ({"SECRET_KEY": ""}, "SECRET_KEY"), ({"SECRET_KEY": "x" * 31}, "SECRET_KEY"),
    ({"SECRET_KEY": "a" * 64}, "SECRET_KEY"),
    ({"SECRET_KEY": "your-super-secret-key-change-in-production"}, "SECRET_KEY"),
    ({"SECRET_KEY_PREVIOUS": "short"}, "SECRET_KEY_PREVIOUS"),
    ({"SECRET_KEY_FILE": "/nonexistent"}, "SECRET_KEY"),
    ({"SECRET_KEY": None, "SECRET_KEY_FILE": "/nonexistent"}, "SECRET_KEY"),
    ({"ALGORITHM": "none"}, "ALGORITHM"), ({"ALGORITHM": "hs256"}, "ALGORITHM"),
    ({"ACCESS_TOKEN_EXPIRE_MINUTES": "0"}, "ACCESS_TOKEN_EXPIRE_MINUTES"),
    ({"ACCESS_TOKEN_EXPIRE_MINUTES": "30m"}, "ACCESS_TOKEN_EXPIRE_MINUTES"),
    ({"READ_WORKERS": "-1"}, "READ_WORKERS"), ({"READ_WORKERS": "2.5"}, "READ_WORKERS"),
    ({"DEBUG": "perhaps"}, "DEBUG"), ({"PUBLIC_URL": "ftp://x"}, "PUBLIC_URL"),
    ({"API_V1_PREFIX": "api"}, "API_V1_PREFIX"), ({"API_V1_PREFIX": "/api/"}, "API_V1_PREFIX"),
    ({"PASSWORD_POLICY": "strong"}, "PASSWORD_POLICY"), ({"YESCRYPT_COST": "12"}, "YESCRYPT_COST"),
    ({"YESCRYPT_COST": "4"}, "YESCRYPT_COST"), ({"BCRYPT_COST": "9"}, "BCRYPT_COST"),
    ({"SMTP_HOST": "smtp.example.com"}, "EMAILS_FROM_EMAIL"), ({"SMTP_TLS": "ssl"}, "SMTP_TLS"),
    ({"REQUIRE_VERIFIED_EMAIL": "true"}, "REQUIRE_VERIFIED_EMAIL"),
    ({"FIRST_SUPERUSER": "root@example.com"}, "FIRST_SUPERUSER_PASSWORD"),
    ({"SESSION_MAX_DAYS": "3"}, "SESSION_MAX_DAYS"), ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
]


@test
def bad_settings_are_named_and_stop_the_start():
    for settings, name in BAD_SETTINGS:
        with Admin(**settings) as a:
            a.set(SOCKET_DIR=a.dir)
            for command in ("check-config", "serve"):
                r = a.run(command, seconds=10)
                told(r, 1, name)
                check(KEY not in r.err, "a secret is shown: %r" % r)


@test
def env_file_is_read_and_its_unknown_keys_refused():
    with Admin(SECRET_KEY=None) as a:
        a.set(SOCKET_DIR=a.dir)
        a.file(".env", "# comment\n\nexport SECRET_KEY='%s'\nPORT=8000\nPOSTGRES_DB=x\n"
                       "DATABASE_ECHO=1\n" % KEY)
        told(a.run("check-config"), 0)
        for line, word in (("ACCES_TOKEN_EXPIRE_MINUTES=5", "ACCES_TOKEN_EXPIRE_MINUTES"),
                           ("no equals sign", ".env has a line"), ("READ_WORKERS=many", "READ_WORKERS")):
            a.file(".env", "SECRET_KEY=%s\n%s\n" % (KEY, line))
            for command in ("check-config", "serve"):
                told(a.run(command, seconds=10), 1, word)
        a.file(".env", "SECRET_KEY=%s\nLOG_LEVEL=loud\n" % KEY)
        a.set(LOG_LEVEL="warn") # the environment wins
        told(a.run("check-config"), 0)


@test
def secrets_come_from_files_that_are_private():
    with Admin(SECRET_KEY=None) as a:
        a.set(SECRET_KEY_FILE=a.file("key", KEY + "\n"))
        told(a.run("check-config"), 0)
        a.file("key", KEY + "\n", 0o644)
        told(a.run("check-config"), 1, "SECRET_KEY")
        a.file("key", "short\n")
        told(a.run("check-config"), 1, "SECRET_KEY")


@test
def check_config_looks_at_the_database():
    with Admin() as a:
        a.set(MAIL_DIR=a.dir)
        r = a.run("check-config")
        others = [line for line in r.err.splitlines() if "pgvector before 0.8.2" not in line
                  and "mails are written to MAIL_DIR" not in line]
        check(r.status == 0 and r.out == "good\n" and not others, "good: %r" % r)
        a.set(API_WORKERS=128)
        told(a.run("check-config"), 1, "max_connections")
        a.set(READ_WORKERS=1, API_WORKERS=80, AUTH_WORKERS=1)
        told(a.run("check-config"), 0)
        os.mkdir(a.dir + "/files")
        a.set(FILES_DIR=a.dir + "/files", FILES_WORKERS=32)
        told(a.run("check-config"), 1, "max_connections") # those of files have connections, too
        a.set(READ_WORKERS=None, AUTH_WORKERS=None, FILES_DIR=None, FILES_WORKERS=None)
        a.set(API_WORKERS=None, DATABASE_URL="postgresql://nobody@/none?host=/nonexistent")
        told(a.run("check-config"), 1, "gatehouse: ")
        a.set(DATABASE_URL=os.environ["DATABASE_URL"])
        told(a.run("check-config"), 0, "may change the schema") # the owner as the app's role
        wrong = re.sub(r"://([^:]+):[^@]+@", r"://\1:wrong-pass@", os.environ["APP_DATABASE_URL"])
        a.set(DATABASE_URL=wrong)
        r = a.run("check-config")
        told(r, 1, "gatehouse: ")
        check("wrong-pass" not in r.err, "the password is shown: %r" % r)


# --- mail ----------------------------------------------------------------------------------------


@test
def mails_are_listed_and_retried():
    ids = [str(uuid.uuid4()) for _ in range(2)]
    psql("INSERT INTO mail (id, kind, recipient, parts, message_id, state, tries, last_error, sent_at) VALUES "
         "('%s', 'password_changed', 'ada@example.com', '{\"ip\": \"192.0.2.7\"}', 'x@y.example', 'parked', 10, "
         "'550 no such user', NULL), "
         "('%s', 'password_changed', 'bob@example.com', NULL, 'x@y.example', 'sent', 1, NULL, now())"
         % tuple(ids), "gatehouse")
    with Admin() as a:
        lines = a.run("mail", "list", "parked").out.splitlines()
        mine = [line.split() for line in lines if ids[0] in line]
        check(len(mine) == 1 and mine[0][2:] == ["parked", "password_changed", "10", "ada@example.com", "550",
                                                 "no", "such", "user"], "%r" % lines)
        check(not any(ids[1] in line for line in lines), "only those")
        check(any(ids[1] in line for line in a.run("mail", "list").out.splitlines()), "all of them")
        told(a.run("mail", "retry", ids[0]), 0)
        check(psql("SELECT state, tries FROM mail WHERE id = '%s'" % ids[0], "gatehouse") == "queued|0", "queued")
        check(psql("SELECT count(*) FROM audit WHERE action = 'mail.retry' AND target_id = '%s'" % ids[0],
                   "gatehouse") == "1", "noted")
        told(a.run("mail", "retry", ids[1]), 1, "The mail was sent")
        told(a.run("mail", "retry", str(uuid.uuid4())), 1, "Mail not found")
    psql("DELETE FROM mail", "gatehouse")


@test
def texts_of_mails_are_written_changed_and_checked():
    with Admin() as a:
        folder = a.dir + "/texts"
        os.mkdir(folder)
        told(a.run("mail", "templates", folder), 0)
        check(len(os.listdir(folder)) == 15, "%r" % os.listdir(folder))
        told(a.run("mail", "templates", folder), 1, "File exists")
        a.set(MAIL_TEMPLATES=folder, MAIL_DIR=a.dir, SOCKET_DIR=a.dir)
        told(a.run("check-config"), 0, "mails are written to MAIL_DIR")
        with open(folder + "/new_admin.txt", "a") as f:
            f.write("{{password}}\n")
        for command in ("check-config", "serve"):
            told(a.run(command, seconds=10), 1, "new_admin.txt", "there is no {{password}}")
        a.set(MAIL_TEMPLATES=None, MAIL_DIR=None)
        told(a.run("check-config"), 0, "no mail is sent")
        for settings in ({"MAIL_DIR": a.dir + "/none"}, {"SMTP_CA_FILE": a.dir + "/none"}):
            a.set(**settings)
            for command in ("check-config", "serve"):
                told(a.run(command, seconds=10), 1, *settings)
            a.set(**{name: None for name in settings})


# --- serve ---------------------------------------------------------------------------------------


@test
def taken_socket_is_not_stolen():
    with Admin(SOCKET_DIR=os.environ["SOCKET_DIR"]) as a:
        r = a.run("serve", seconds=15)
        told(r, 1, "not_bound", os.environ["SOCKET_DIR"])
        check("usage" not in r.err, "that was no wrong usage: %r" % r)
    with urllib.request.urlopen(os.environ["BASE_URL"] + "/health/db", timeout=10) as answer:
        check(answer.status == 200, "the running one goes on")
    with Admin(SOCKET_DIR="/nonexistent") as a:
        told(a.run("serve", seconds=15), 1, "/nonexistent")


@contextlib.contextmanager
def serving(a):
    log = open(a.dir + "/log", "w+")
    p = subprocess.Popen([PROGRAM, "serve"], cwd=a.dir, env=a.env, stderr=log, stdout=subprocess.DEVNULL)
    try:
        yield p
        check(p.poll() is None, "it stays: %r" % open(a.dir + "/log").read()[-300:])
    finally:
        p.send_signal(signal.SIGTERM)
        status = p.wait(timeout=20)
        log.close()
    check(status == 0, "an orderly end: %d" % status)


def admins(a):
    return [l.split()[3] for l in a.run("user", "list").out.splitlines() if " admin " in l]


def background_has_asked(database):
    """A job after the first admin's is the last that it did."""
    return psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse-background' "
                "AND datname = '%s' AND state = 'idle' AND query ~* "
                "'(sessions|statistics|deleted_at IS NOT NULL|^COMMIT)'" % database) == "1"


@test
def first_admin_is_made_once():
    few = {"READ_WORKERS": 1, "API_WORKERS": 1, "AUTH_WORKERS": 1}
    with scratch() as (database, urls), Admin(**urls, **few) as a:
        a.set(SOCKET_DIR=a.dir, FIRST_SUPERUSER="First@example.com", FIRST_SUPERUSER_PASSWORD=GOOD)
        with serving(a): # before the schema is there
            told(a.run("migrate", "up"), 0)
            until("the first admin is made", lambda: admins(a) == ["First@example.com"], 15)
            check(open(a.dir + "/log").read().count("first_admin_made") == 1, "and noted")
            check(GOOD not in open(a.dir + "/log").read(), "without the password")
        a.set(FIRST_SUPERUSER="second@example.com")
        with serving(a):
            until("it looked", lambda: background_has_asked(database), 15)
        check(admins(a) == ["First@example.com"], "there is one already: %r" % admins(a))
        check("first_admin_made" not in open(a.dir + "/log").read(), "not again")


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(judged(sys.argv[1:]))
