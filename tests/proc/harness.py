"""Starts echo_server and nginx in a folder of their own, looks at their processes, makes load."""

import collections
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import fastcgi

TICK = os.sysconf("SC_CLK_TCK")

NGINX = """
daemon off;
%(user)s
worker_processes 1;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log info;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path %(dir)s/t1; proxy_temp_path %(dir)s/t2; fastcgi_temp_path %(dir)s/t3;
    uwsgi_temp_path %(dir)s/t4; scgi_temp_path %(dir)s/t5;
    client_max_body_size 2m; client_body_buffer_size 512k;
    fastcgi_buffer_size 16k; fastcgi_buffers 16 16k;
    fastcgi_read_timeout 20s; keepalive_requests 1000000;
    fastcgi_param REQUEST_METHOD $request_method;
    fastcgi_param REQUEST_URI $request_uri;
    fastcgi_param CONTENT_TYPE $content_type;
    fastcgi_param CONTENT_LENGTH $content_length;
    fastcgi_param REMOTE_ADDR 198.51.100.7;
    fastcgi_param REQUEST_ID $request_id;
    upstream read {
        %(read)s
        keepalive 16;
    }
    upstream api { server unix:%(dir)s/api.sock max_fails=0; }
    server {
        listen unix:%(dir)s/http.sock;
        error_page 418 = @api;
        location / {
            if ($request_method !~ "^(GET|HEAD)$") { return 418; }
            fastcgi_keep_conn on;
            fastcgi_next_upstream error timeout;
            fastcgi_pass read;
        }
        location @api { fastcgi_next_upstream off; fastcgi_pass api; }
    }
}
"""


class Failed(Exception):
    pass


def check(truth, what):
    if not truth:
        raise Failed(what)


def until(what, condition, seconds=10.0):
    """Polls; the last value of the condition, which must become true in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, "not within %g s: %s" % (seconds, what))
        time.sleep(0.01)


def stat_fields(pid):
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()


def cpu_s(pids):
    fields = [stat_fields(p) for p in pids]
    return sum(int(f[11]) + int(f[12]) for f in fields) / TICK


def rss_kib(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


def alive(pid):
    try:
        return stat_fields(pid)[0] != "Z"
    except OSError:
        return False


class Server:
    """echo_server; its log is what its parent and children noted, one JSON object a line."""

    def __init__(self, program, directory=None, prefix=(), wait=True, **settings):
        self.own = tempfile.TemporaryDirectory(prefix="gh-proc-") if directory is None else None
        self.dir = directory or self.own.name
        os.chmod(self.dir, 0o755)
        self.read, self.api = self.dir + "/read.sock", self.dir + "/api.sock"
        self.log_path = "%s/log.%d" % (self.dir, time.monotonic_ns())
        env = dict(os.environ, **{"ECHO_" + k: str(v) for k, v in settings.items()})
        # What ASan withholds from reuse would look like growth.
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(list(prefix) + [program, self.dir], stderr=log, env=env)
        self.pid = self.process.pid
        self.workers_n = int(env.get("ECHO_READ", 2)) + int(env.get("ECHO_API", 2))
        if wait:
            until("all workers ready", lambda: len(self.events("worker_ready")) >= self.workers_n)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            workers = children(self.pid)
            self.process.kill()
            self.process.wait()
            for pid in workers:
                until("orphan %d gone" % pid, lambda: not alive(pid))
        if self.own:
            self.own.cleanup()

    def events(self, name, **wanted):
        with open(self.log_path) as f:
            lines = [json.loads(line) for line in f.read().splitlines() if line.startswith("{")]
        return [e for e in lines if e["event"] == name
                and all(e.get(k) == v for k, v in wanted.items())]

    def workers(self, pool=None):
        born = {e["worker"]: e["pool"] for e in self.events("worker_started")}
        return [p for p in children(self.pid) if pool is None or born.get(p) == pool]

    def all_ready(self):
        ready = {e["worker"] for e in self.events("worker_ready")}
        return [p for p in self.workers() if p in ready]

    def touch(self, name):
        open(self.dir + "/" + name, "w").close()

    def remove(self, name):
        os.unlink(self.dir + "/" + name)

    def signal(self, number):
        os.kill(self.pid, number)

    def raw(self, path="/raw", sock=None, **how):
        """One request without nginx, on a fresh connection: the echo's fields."""
        with fastcgi.Client(sock or self.read) as c:
            c.send(fastcgi.request(path, **how))
            return fastcgi.fields(c.answer()[1])

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


class Nginx:
    def __init__(self, server):
        self.dir = server.dir
        conf = self.dir + "/nginx.conf"
        user = "user root;" if os.getuid() == 0 else ""
        with open(conf, "w") as f:
            f.write(NGINX % {"dir": self.dir, "user": user, "read": self.entries(server)})
        self.process = subprocess.Popen(["nginx", "-p", self.dir, "-c", conf,
                                         "-e", self.dir + "/error.log"], stderr=subprocess.DEVNULL)
        self.sock = self.dir + "/http.sock"
        until("nginx answers", self.answers)

    @staticmethod
    def entries(server):
        """A worker that goes leaves up to 16 dead connections in nginx's cache. Each that is tried
        for a request uses up one entry of the upstream, so that there must be one more."""
        return "server unix:%s max_fails=0;\n" % server.read * 17

    def answers(self):
        try:
            with Browser(self) as b:
                return b.ask("GET", "/")[0] == 200
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def errors(self):
        with open(self.dir + "/error.log") as f:
            return f.read()


class Browser(http.client.HTTPConnection):
    """One keep-alive connection to nginx."""

    def __init__(self, nginx, timeout=30):
        super().__init__("test", timeout=timeout)
        self.path = nginx.sock

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None, headers=()):
        self.request(method, path, body, dict(headers))
        response = self.getresponse()
        content = response.read()
        if response.status != 200:
            return response.status, {}
        return 200, fastcgi.fields(content) if method != "HEAD" else dict(response.getheaders())


class Load:
    """So many keep-alive clients; every third request of each is a POST if wanted."""

    def __init__(self, nginx, clients, posts):
        self.nginx, self.posts = nginx, posts
        self.good, self.bad = [0] * clients, []
        self.pids = [collections.Counter() for _ in range(clients)]
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(clients)]
        for t in self.threads:
            t.start()

    def run(self, me):
        with Browser(self.nginx) as b:
            n = 0
            while not self.stopping.is_set():
                n += 1
                post = self.posts and n % 3 == 0
                path = "/load/%d/%d" % (me, n)
                try:
                    status, echo = b.ask("POST" if post else "GET", path, b"x" * n if post else None)
                except (OSError, http.client.HTTPException) as e:
                    status, echo = repr(e), {}
                    b.close()
                if status == 200 and echo["path"] == path:
                    self.good[me] += 1
                    self.pids[me].update([echo["pid"]])
                else:
                    self.bad.append((path, post, status, echo.get("path")))

    def done(self):
        return sum(self.good)

    def shares(self):
        """What part of the requests each worker answered."""
        return [n / self.done() for n in sum(self.pids, collections.Counter()).values()]

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
