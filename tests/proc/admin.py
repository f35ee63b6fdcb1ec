"""A system administrator in a folder of their own, and the cluster as its superuser; for the tests that
scripts/stack runs (BASE_URL and more in the environment)."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import check

PROGRAM = os.environ.get("GATEHOUSE", "")
KEY = "0f5c1a" * 8
GOOD = "Correct-Horse-7!"
RUN = os.urandom(4).hex()


class Ran:
    def __init__(self, p):
        self.status, self.out, self.err = p.returncode, p.stdout, p.stderr

    def __repr__(self):
        return "%d, %r, %r" % (self.status, self.out[-300:], self.err[-300:])


class Admin:
    """Somebody in a folder of their own, with their own settings and nothing else."""

    def __init__(self, **settings):
        self.dir = tempfile.mkdtemp(prefix="gh-cli-")
        self.env = {"PATH": os.environ["PATH"], "SECRET_KEY": KEY, "PUBLIC_URL": os.environ["BASE_URL"],
                    "DATABASE_URL": os.environ["APP_DATABASE_URL"],
                    "MIGRATE_DATABASE_URL": os.environ["DATABASE_URL"]}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.set(**settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir)

    def set(self, **settings):
        for name, value in settings.items():
            self.env.pop(name, None)
            if value is not None:
                self.env[name] = str(value)

    def file(self, name, content, mode=0o600):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(content)
        os.chmod(path, mode)
        return path

    def run(self, *args, stdin="", seconds=30):
        return Ran(subprocess.run([PROGRAM] + list(args), input=stdin, cwd=self.dir, env=self.env,
                                  encoding="utf-8", errors="surrogateescape", capture_output=True,
                                  timeout=seconds))


# --- the cluster, as its superuser ---------------------------------------------------------------


def psql(sql, database="postgres"):
    become = []
    if os.getuid() == 0:
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    p = subprocess.run(become + ["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-h",
                                 os.environ["STATE_DIR"] + "/run/pg", "-c", sql],
                       cwd="/", capture_output=True, text=True)
    check(p.returncode == 0, "psql: %s" % p.stderr)
    return p.stdout.strip()


@contextlib.contextmanager
def scratch():
    """A database of its own with the right owner: the two URLs as settings."""
    name = "scratch_%d_%d" % (os.getpid(), time.monotonic_ns())
    psql("CREATE DATABASE %s OWNER gatehouse_owner TEMPLATE template0 ENCODING 'UTF8' "
         "LOCALE 'C.UTF-8'" % name)
    try:
        psql("ALTER SCHEMA public OWNER TO gatehouse_owner; REVOKE ALL ON SCHEMA public FROM PUBLIC; "
             "GRANT USAGE ON SCHEMA public TO gatehouse_app; CREATE EXTENSION vector", name)
        urls = [os.environ[n].replace("@/gatehouse?", "@/%s?" % name)
                for n in ("APP_DATABASE_URL", "DATABASE_URL")]
        check(name in urls[0], "the URL names the database: " + urls[0])
        yield name, {"DATABASE_URL": urls[0], "MIGRATE_DATABASE_URL": urls[1]}
    finally:
        psql("DROP DATABASE %s WITH (FORCE)" % name)


def log_in(name, password):
    """Status and error_code of a log-in to the running stack."""
    form = urllib.parse.urlencode({"username": name, "password": password}).encode()
    try:
        with urllib.request.urlopen(os.environ["BASE_URL"] + "/api/v1/auth/login", form, 20) as r:
            return r.status, None
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read())["error_code"]


def told(ran, status, *words):
    check(ran.status == status, "wanted status %d: %r" % (status, ran))
    for word in words:
        check(word in ran.err, "nothing about %r: %r" % (word, ran))
