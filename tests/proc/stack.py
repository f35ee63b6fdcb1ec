"""The stack of scripts/stack, as tests of the whole see and hurt it; and a second one beside it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time

from harness import alive, check, children, stat_fields

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def service_user():
    """The prefix of commands that become the daemons' user, as scripts/lib.sh does it."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups", "--"]


async def until(what, condition, seconds=10.0):
    """Polls without stopping the clients; the condition must become true in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, "not within %g s: %s" % (seconds, what))
        await asyncio.sleep(0.01)


class Log:
    """The program's log, read as it grows; the lines of requests are only looked through."""

    def __init__(self, path):
        self.path, self.at, self.rest, self.noted = path, 0, b"", []
        self.never, self.seen = None, []

    def read(self):
        with open(self.path, "rb") as f:
            f.seek(self.at)
            data = f.read()
        self.at += len(data)
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if self.never is not None and self.never in line:
                self.seen.append(line.decode())
            if b'"event":"request"' not in line and line.startswith(b"{"):
                self.noted.append(json.loads(line))

    def events(self, name, **wanted):
        self.read()
        return [e for e in self.noted if e.get("event") == name
                and all(e.get(k) == v for k, v in wanted.items())]


class Service:
    """A running `gatehouse serve` by the pid of its supervisor and its log."""

    def __init__(self, pid, log_path, base_url):
        self.pid, self.log, self.base_url = pid, Log(log_path), base_url
        self.host, self.port = base_url.split("//")[1].split(":")
        self.port = int(self.port)

    def workers(self, pool=None):
        born = {e["worker"]: e["pool"] for e in self.log.events("worker_started", pid=self.pid)}
        return [p for p in children(self.pid) if pool is None or born.get(p) == pool]

    def ready_workers(self, pool=None):
        ready = {e["worker"] for e in self.log.events("worker_ready", pid=self.pid)}
        return [p for p in self.workers(pool) if p in ready]

    def hup(self):
        os.kill(self.pid, signal.SIGHUP)


class Postgres:
    def __init__(self):
        self.pgdata, self.pg_ctl = os.environ["PGDATA"], os.environ["PG_CTL"]

    def lines(self):
        try:
            with open(self.pgdata + "/postmaster.pid") as f:
                return f.read().split("\n")
        except OSError:
            return []

    def accepts(self):
        lines = self.lines()
        return len(lines) > 7 and lines[7].strip() == "ready" and alive(int(lines[0]))

    def postmaster(self):
        return int(self.lines()[0])

    async def ctl(self, *args):
        p = await asyncio.create_subprocess_exec(self.pg_ctl, *args, stdin=subprocess.DEVNULL,
                                                 stdout=subprocess.DEVNULL,
                                                 stderr=subprocess.DEVNULL)
        check(await p.wait() == 0, "pg_ctl %s" % " ".join(args))

    def freeze(self):
        """The postmaster first, so that it makes no more of them."""
        pids = [self.postmaster()]
        os.kill(pids[0], signal.SIGSTOP)
        pids += children(pids[0])
        for pid in pids[1:]:
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        return pids

    @staticmethod
    def thaw(pids):
        for pid in reversed(pids):
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass


def outbox_is_ours():
    """Or the first stack would send every other mail of the second one, to where no test looks."""
    if os.environ.get("MAIL_DIR") or os.environ.get("SMTP_HOST"):
        sys.exit("the stack sends mail itself: run it as MAIL_DIR= scripts/stack …")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Own:
    """A second gatehouse and nginx on the same database, to be stopped: the first must outlive the
    tests. Fewer workers, since both have their connections."""

    def __init__(self, name, **settings):
        self.dir = "%s/own-%s" % (os.environ["STATE_DIR"], name)
        self.settings = dict({"READ_WORKERS": 1, "API_WORKERS": 2, "AUTH_WORKERS": 1, "FILES_DIR": ""},
                             **settings)
        self.nginx_as = service_user(), "www-data:"
        self.port, self.wall = free_port(), ["CLIENT_RATE=off"] # of nginx, unless a test wants it
        self.program = self.nginx = None

    def environment(self):
        sanitizer = "log_path=%s/log/sanitizer" % os.environ["STATE_DIR"]
        env = dict(os.environ, SOCKET_DIR=self.dir, DATABASE_URL=os.environ["APP_DATABASE_URL"],
                   ASAN_OPTIONS=sanitizer, UBSAN_OPTIONS="print_stacktrace=1:" + sanitizer,
                   **{k: str(v) for k, v in self.settings.items()})
        return env

    def start_nginx(self):
        conf = self.dir + "/nginx"
        subprocess.run([HERE + "/scripts/nginx-conf", conf, "SOCKET_DIR=" + self.dir,
                        "LISTEN=127.0.0.1:%d" % self.port, "FILES_DIR=" + self.settings["FILES_DIR"]]
                       + self.wall, check=True)
        become, owner = self.nginx_as
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", owner, conf], check=True)
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        return subprocess.Popen(become + ["nginx", "-p", conf, "-e", conf + "/error.log",
                                                  "-c", conf + "/gatehouse.conf"],
                                env=dict(os.environ, PATH=path, TZ="UTC"),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def __aenter__(self):
        subprocess.run(["rm", "-rf", self.dir], check=True)
        os.mkdir(self.dir, 0o755)
        if os.getuid() == 0:
            subprocess.run(["chown", "www-data:", self.dir], check=True)
        with open(self.dir + "/log", "wb") as log:
            self.program = subprocess.Popen(service_user() + [os.environ["GATEHOUSE"], "serve"],
                                            cwd=self.dir, env=self.environment(),
                                            stdout=subprocess.DEVNULL, stderr=log)
        self.nginx = self.start_nginx()
        self.service = Service(self.program.pid, self.dir + "/log",
                               "http://127.0.0.1:%d" % self.port)
        wanted = 1 + sum(v for k, v in self.settings.items() if k.endswith("_WORKERS"))
        await until("the second stack is ready", lambda: self.program.poll() is not None or
                    len(self.service.ready_workers()) == wanted and self.listens(), 20)
        check(self.program.poll() is None, "the second gatehouse starts")
        return self

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    async def stop(self, process, number, seconds=20):
        process.send_signal(number)
        await until("%d ends" % process.pid, lambda: process.poll() is not None, seconds)
        return process.returncode

    async def __aexit__(self, *_):
        for process in (self.nginx, self.program):
            if process is not None and process.poll() is None:
                process.terminate() # not KILL: nginx would leave its workers behind
                process.wait(timeout=20)


class Signals:
    """Every so often one signal, until left: to the supervisor, to a worker, …"""

    def __init__(self, every, send):
        self.every, self.send, self.sent, self.task = every, send, 0, None

    async def run(self):
        while True:
            await asyncio.sleep(self.every)
            self.sent += bool(self.send())

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        try:
            await self.task
        except asyncio.CancelledError:
            pass


def frozen(pid):
    try:
        return stat_fields(pid)[0] == "T"
    except OSError:
        return False
