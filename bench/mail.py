"""The measurements of bench/mail, inside of the stack that it has started."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/proc")

from smtp_sink import Sink, Tarpit

ROUNDS, SECONDS = int(os.environ.get("ROUNDS", 5)), float(os.environ.get("SECONDS_PER", 3))
PORT, API = int(os.environ["SMTP_PORT"]), "/api/v1"
HOST = urllib.parse.urlsplit(os.environ["BASE_URL"]).netloc
MODES = ("good", "down", "busy", "silent", "drops")
RATE = {"POST": 25, "GET": 100} # of each client, a second: as they come, whether the last one was answered or not
WRITERS, USERS, PASSWORD = 4, 20000, "Correct-Horse-7-Battery"


def sql(text):
    return subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", os.environ["DATABASE_URL"], "-c", text],
                          check=True, capture_output=True, text=True).stdout.strip()


def ask(c, method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    c.request(method, API + path, json.dumps(body) if body else None, headers)
    answer = c.getresponse()
    return answer.status, answer.read()


class Asking:
    """Everybody asks for a link, each once: every request causes a mail. One more reads all the time."""

    def __init__(self, token):
        self.token, self.next, self.lock, self.bad = token, 0, threading.Lock(), 0

    def another(self):
        with self.lock:
            self.next += 1
            return {"email": "user%d@bench.example" % self.next}

    def loop(self, method, path, until, seconds):
        c, due = http.client.HTTPConnection(HOST), time.monotonic()
        while due < until:
            time.sleep(max(0, due - time.monotonic()))
            status, _ = ask(c, method, path, self.another() if method == "POST" else None, self.token)
            self.bad += status != 200
            seconds.append(time.monotonic() - due)
            due += 1 / RATE[method]

    def measure(self):
        until, writes, reads = time.monotonic() + SECONDS, [], []
        threads = [threading.Thread(target=self.loop, args=("POST", "/users/reset-password/request", until, writes))
                   for _ in range(WRITERS)]
        threads.append(threading.Thread(target=self.loop, args=("GET", "/users/me", until, reads)))
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        return p99(writes), p99(reads)


def p99(seconds):
    return sorted(seconds)[len(seconds) * 99 // 100]


def with_server(mode, work):
    if mode == "down":
        return work()
    if mode == "silent":
        with Tarpit(b"", port=PORT):
            return work()
    with Sink(port=PORT) as sink:
        sink.mode = {"good": None, "busy": "421", "drops": "drop"}[mode]
        return work()


def admin():
    c = http.client.HTTPConnection(HOST)
    ask(c, "POST", "/auth/register", {"email": "reader@bench.example", "password": PASSWORD})
    _, content = ask(c, "POST", "/auth/login", {"username": "reader@bench.example", "password": PASSWORD})
    return json.loads(content)["access_token"]


def all_arrive():
    """Whatever is queued or was only wished for so far."""
    with Sink(port=PORT):
        for _ in range(600):
            sql("UPDATE mail SET next_try_at = now() WHERE state = 'queued' AND next_try_at > now() + interval '5 s'")
            time.sleep(0.5) # a pace, no wait for an event: the loop ends by what it sees
            if sql("SELECT count(*) FROM mail WHERE state <> 'sent'") == "0":
                return int(sql("SELECT count(*) FROM mail"))
    raise SystemExit("not all mails arrived: " + sql("SELECT state, count(*) FROM mail GROUP BY 1"))


def main():
    token = admin()
    sql("""WITH u AS (INSERT INTO users (id, email, email_key, password_hash) SELECT gen_random_uuid(), e, e, '*'
        FROM (SELECT 'user' || i || '@bench.example' AS e FROM generate_series(1, %d) i) x RETURNING id)
        INSERT INTO user_stats (user_id) SELECT id FROM u""" % USERS)
    sql("ANALYZE users")
    asking, figures = Asking(token), {mode: [] for mode in MODES}
    for _ in range(ROUNDS):
        for mode in MODES:
            figures[mode].append(with_server(mode, asking.measure))
    mid = {mode: [statistics.median(f[i] for f in figures[mode]) for i in (0, 1)] for mode in MODES}
    missed, lines = asking.bad > 0, ["| mail server | p99 of requests that cause mail | ÷ good | p99 of reads | ÷ good |", "|---|---|---|---|---|"]
    for mode in MODES:
        ratio = [mid[mode][i] / mid["good"][i] for i in (0, 1)]
        missed |= max(ratio) > 1.5
        lines.append("| %s | %.1f ms | %.2f | %.1f ms | %.2f |" % (mode, mid[mode][0] * 1e3, ratio[0], mid[mode][1] * 1e3, ratio[1]))
    lines += ["", "Wanted: <= 1.5 each. %d requests for a link, %d answers that were not 200." % (asking.next, asking.bad)]
    print("\n".join(lines), flush=True)
    lines.append("%d mails queued, all of them arrived in the end." % all_arrive())
    print(lines[-1])
    if "--record" in sys.argv:
        with open("bench/MAIL.md", "w") as f:
            f.write("# What bench/mail measured\n\nWritten by `bench/mail --record`: medians of %d rounds of %g s.\n\n%s\n" %
                    (ROUNDS, SECONDS, "\n".join(lines)))
    sys.exit(missed)


main()
