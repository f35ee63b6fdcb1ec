"""The measurements of bench/vectors, inside of the second stack that it has started."""

import array
import glob
import json
import os
import random
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

LARGE, OTHERS, ROUNDS = (int(os.environ.get(name, n)) for name, n in (("LARGE", 100000), ("OTHERS", 1000000), ("ROUNDS", 5)))
DIMENSIONS, CLUSTERS, QUESTIONS, BATCH = 384, 300, 50, 500
SIZES = (1000, 3000, 10000) # of owners whose documents are all compared
INDEXED = 30000 if LARGE > 30000 else LARGE # of B, with an index of his own
ASKS = 60 # of each kind in a round
STRANGERS = 50 # indexes of others: as many as there may be
API, PASSWORD = "/api/v1", "Correct-Horse-7-Battery"
CONTENT = b"The engine weaves algebraical patterns just as the loom weaves flowers and leaves. " * 3
RANDOM = random.Random(7)
START = time.monotonic()


def say(text):
    print("%5.0f s  %s" % (time.monotonic() - START, text), file=sys.stderr, flush=True)


# --- vectors --------------------------------------------------------------------------------------

NOISE = array.array("f", (RANDOM.gauss(0, 1) for _ in range(1 << 20)))


def noise():
    at = RANDOM.randrange(len(NOISE) - DIMENSIONS)
    return NOISE[at:at + DIMENSIONS]


def beside(center, spread):
    return array.array("f", [c + spread * x for c, x in zip(center, noise())])


def clustered(centers):
    return beside(RANDOM.choice(centers), 0.5)


def text(vector):
    return "[%s]" % ",".join("%.9g" % x for x in vector)


def row(user_id, vector):
    """Of COPY BINARY: id, user_id, title, content, embedding."""
    numbers = array.array("f", vector)
    numbers.byteswap()
    return struct.pack(">hi16si16si5si", 5, 16, uuid.UUID(int=RANDOM.getrandbits(128), version=4).bytes, 16, user_id,
                       5, b"title", len(CONTENT)) + CONTENT + struct.pack(">ihh", 4 + 4 * DIMENSIONS, DIMENSIONS, 0) + \
        numbers.tobytes()


# --- a stack --------------------------------------------------------------------------------------


class Stack:
    def __init__(self, prefix):
        env = {name: os.environ[prefix + name] for name in ("BASE_URL", "DATABASE_URL", "APP_DATABASE_URL", "PGDATA")}
        self.owner, self.app, self.pgdata = env["DATABASE_URL"], env["APP_DATABASE_URL"], env["PGDATA"]
        self.address = urllib.parse.urlsplit(env["BASE_URL"])
        self.env = dict(os.environ, DATABASE_URL=self.app, MIGRATE_DATABASE_URL=self.owner)
        self.socket = self.connect()
        self.sql("ALTER TABLE documents SET (autovacuum_enabled = off)") # it would be measured with

    def connect(self):
        s = socket.create_connection((self.address.hostname, self.address.port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def psql(self, script, url=None):
        return subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", url or self.owner], input=script,
                              check=True, capture_output=True, text=True).stdout

    def sql(self, statement):
        return self.psql(statement + ";").strip()

    def superuser(self, statement):
        become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.getuid() == 0 else []
        subprocess.run(become + ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-h",
                                 os.path.dirname(self.pgdata) + "/run/pg", "-c", statement], cwd="/", check=True,
                       stdout=subprocess.DEVNULL)

    def receive(self):
        """Head and body; empty where nginx had closed the connection before, which it may when nobody asks."""
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            more = self.socket.recv(1 << 18)
            if not more:
                return b"", b""
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
        while len(body) < length:
            body += self.socket.recv(1 << 18)
        return head, body

    def ask(self, request):
        """(seconds, body); whatever is not 200 or 201 ends the bench."""
        begin = time.perf_counter()
        try:
            self.socket.sendall(request)
            head, body = self.receive()
        except OSError:
            head = b""
        if not head:
            self.socket = self.connect()
            return self.ask(request)
        took = time.perf_counter() - begin
        if head[9:12] not in (b"200", b"201"):
            raise SystemExit("%r" % body[:500])
        if b"connection: close" in head.lower():
            self.socket = self.connect()
        return took, body

    def post(self, path, body, token=None):
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        return ("POST %s%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n" % (
            API, path, "Authorization: Bearer %s\r\n" % token if token else "", len(content))).encode() + content

    def reconcile(self):
        return subprocess.Popen([os.environ["GATEHOUSE"], "reconcile", "--fix"], env=self.env, stdout=subprocess.DEVNULL)


class Owner:
    def __init__(self, stack, name):
        self.stack, email = stack, name + "@bench.example"
        _, made = stack.ask(stack.post("/auth/register", {"email": email, "password": PASSWORD}))
        _, tokens = stack.ask(stack.post("/auth/login", {"username": email, "password": PASSWORD}))
        self.id, self.token = json.loads(made)["id"], json.loads(tokens)["access_token"]
        self.bytes = uuid.UUID(self.id).bytes

    def search(self, question, limit=10, more=""):
        body = '{"embedding":%s,"limit":%d%s}' % (question, limit, more)
        return self.stack.post("/documents/search", body.encode(), self.token)

    def found(self, question, limit=10, more=""):
        return [d["id"] for d in json.loads(self.stack.ask(self.search(question, limit, more))[1])["items"]]


def load(stack, rows):
    """rows: what row() makes."""
    p = subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", stack.owner, "-c",
                          "COPY documents (id, user_id, title, content, embedding) FROM STDIN (FORMAT binary)"],
                         stdin=subprocess.PIPE)
    p.stdin.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
    for r in rows:
        p.stdin.write(r)
    p.stdin.write(struct.pack(">h", -1))
    p.stdin.close()
    if p.wait() != 0:
        raise SystemExit("COPY has failed")


# --- the same without the program -----------------------------------------------------------------


def whole_search(lines):
    """[(statement, {1: value, …}), …] from BEGIN to COMMIT, or None. A server that has just been told to log may begin
    in the middle."""
    pids = [line.split("[")[1].split("]")[0] for line in lines if "execute document_search_" in line]
    lines, found = [line for line in lines if pids and "[%s]" % pids[0] in line] + [""], None
    for line, detail in zip(lines, lines[1:]):
        execute = re.search(r" execute \S+: (.*)$", line)
        if not execute:
            continue
        if execute.group(1).startswith("BEGIN"):
            found = []
        if found is None:
            continue
        values = re.findall(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", detail) if "parameters: " in detail else []
        found.append((execute.group(1), {int(n): v for n, v in values}))
        if execute.group(1) == "COMMIT":
            return found
    return None


def statements(owner, question):
    """The SQL of a search as the server's log has it, with its values."""
    stack, log, found = owner.stack, owner.stack.pgdata + "/server.log", None
    stack.superuser("ALTER SYSTEM SET log_min_duration_statement = 0")
    stack.superuser("SELECT pg_reload_conf()")
    while not found:
        start = os.path.getsize(log)
        stack.ask(owner.search(question))
        with open(log) as f:
            f.seek(start)
            found = whole_search(f.read().splitlines())
    stack.superuser("ALTER SYSTEM RESET log_min_duration_statement")
    stack.superuser("SELECT pg_reload_conf()")
    return found


class Bare:
    """Those statements, prepared, by pgbench as the app role. It knows no NULL: an expression is one, and no constant."""

    def __init__(self, owner, question):
        self.owner, self.variables, lines = owner, {"nothing": "x"}, []
        for s, (statement, values) in enumerate(statements(owner, question)):
            for n, value in sorted(values.items(), reverse=True):
                name = "v%d_%d" % (s, n)
                statement = statement.replace("$%d" % n, "nullif(:nothing, :nothing)" if value == "NULL" else ":" + name)
                if value != "NULL":
                    self.variables[name] = value[1:-1]
            lines.append(statement + ";\n")
        self.folder = tempfile.TemporaryDirectory()
        with open(self.folder.name + "/search.sql", "w") as f:
            f.write("".join(lines))

    def p50(self, question, owner_id=None, times=ASKS):
        out = []
        for name, value in self.variables.items():
            value = "{%s}" % question[1:-1] if value.startswith("{") else owner_id if owner_id and value == self.owner.id else value
            out += ["-D", "%s=%s" % (name, value)]
        for old in glob.glob(self.folder.name + "/log*"):
            os.unlink(old)
        subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", "1", "-t", str(times), "-l", "--log-prefix=log", *out,
                        "-f", "search.sql", self.owner.stack.app], cwd=self.folder.name, check=True, capture_output=True)
        with open(glob.glob(self.folder.name + "/log*")[0]) as f:
            return statistics.median(int(line.split()[2]) for line in f) / 1e6


def p50(owner, question):
    request = owner.search(question)
    return statistics.median(owner.stack.ask(request)[0] for _ in range(ASKS))


# --- what is measured -----------------------------------------------------------------------------


class Report:
    def __init__(self):
        self.lines, self.missed = [], False

    def add(self, what, figure, wanted, says):
        """wanted: "<= 1.5", ">= 0.95", or None where it only informs."""
        word = ""
        if wanted:
            relation, bound = wanted.split()
            good = figure <= float(bound) if relation == "<=" else figure >= float(bound)
            word = "ok" if good else "short"
            self.missed |= not good
        self.lines.append("| %-60s | %7.2f | %-7s | %-5s | %s |" % (what, figure, wanted or "", word, says))
        say(self.lines[-1])

    def ratio(self, what, over, under, wanted):
        """Of the medians of rounds, in seconds."""
        a, b = statistics.median(over), statistics.median(under)
        self.add(what, a / b, wanted, "%.2f ms ÷ %.2f ms" % (a * 1e3, b * 1e3))


def interleaved(**measures):
    """Each in turn, ROUNDS times, after one round that is not kept."""
    kept = {name: [] for name in measures}
    for r in range(ROUNDS + 1):
        for name, measure in measures.items():
            value = measure(r)
            if r > 0:
                kept[name].append(value)
    return kept


def recall(report, owner, questions):
    exact = owner.stack.psql("".join("SELECT string_agg(id::text, ' ') FROM (SELECT id FROM documents WHERE user_id = '%s' "
                                     "ORDER BY (embedding <=> '%s') + 0 LIMIT 10) x;\n" % (owner.id, q) for q in questions))
    hits = sum(len(set(line.split()) & set(owner.found(q))) for line, q in zip(exact.splitlines(), questions))
    report.add("recall@10 of %d clustered x %d" % (LARGE, DIMENSIONS), hits / 10 / len(questions), ">= 0.95",
               "%d questions, against comparing all" % len(questions))


def against_bare(report, owners, indexed, questions):
    for owner, n, way in [(o, n, "all compared") for n, o in owners.items()] + [(indexed, INDEXED, "index")]:
        bare = Bare(owner, questions[0])
        got = interleaved(http=lambda r: p50(owner, questions[r]), bare=lambda r: bare.p50(questions[r]))
        report.ratio("search in %d (%s): nginx ÷ pgbench, p50" % (n, way), got["http"], got["bare"],
                     None if n == SIZES[0] else "<= 1.5") # half a millisecond weighs much where little is compared


def unfelt(report, alone, crowd, questions):
    for name, says in (("small", "%d documents, all compared" % SIZES[1]), ("indexed", "%d documents, own index" % INDEXED)):
        got = interleaved(crowd=lambda r: p50(crowd[name], questions[r]), alone=lambda r: p50(alone[name], questions[r]))
        report.ratio("B's search, %s: A has %d ÷ 0" % (says, LARGE), got["crowd"], got["alone"], "<= 1.1")
    same = sum(alone["small"].found(q) == crowd["small"].found(q) for q in questions)
    report.add("B's answers that are the same, of %d" % len(questions), same, ">= %d" % len(questions), "all compared")


def threshold(report, owners, indexed, large, questions):
    """The same statements on behalf of others: comparing all asks no index, whoever has one."""
    exact, near = Bare(owners[SIZES[0]], questions[0]), Bare(large, questions[0])
    for n, owner in list(owners.items()) + [(INDEXED, indexed), (LARGE, large)]:
        who = dict(exact=lambda r: exact.p50(questions[r], owner.id, max(8, min(ASKS, 300000 // n))))
        if owner in (indexed, large):
            who["near"] = lambda r: near.p50(questions[r], owner.id)
        got = {name: statistics.median(v) * 1e3 for name, v in interleaved(**who).items()}
        report.add("all %d compared, ms in PostgreSQL" % n, got["exact"], None,
                   "by the index %.2f ms" % got["near"] if "near" in got else "")


def batches(owner, centers, n):
    """Requests, and a script of COPY with as many others: a vector that is there already costs an index little."""
    made = [[text(clustered(centers)) for _ in range(BATCH)] for _ in range(2 * n)]
    content = CONTENT.decode()
    requests = [owner.stack.post("/documents/batch", ('{"documents":[%s]}' % ",".join(
        '{"title":"title","content":"%s","embedding":%s}' % (content, e) for e in batch)).encode(), owner.token)
                for batch in made[:n]]
    script = "".join("COPY documents (id, user_id, title, content, embedding) FROM STDIN;\n%s\\.\n" % "".join(
        "%s\t%s\ttitle\t%s\t%s\n" % (uuid.UUID(int=RANDOM.getrandbits(128), version=4), owner.id, content, e) for e in batch)
                     for batch in made[n:])
    return requests, script


def timed(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def keeping(report, owner, centers, n, says):
    """Rows a second: seconds of COPY by the seconds of as many through nginx."""
    def http(requests):
        for request in requests:
            owner.stack.ask(request)
    work = [batches(owner, centers, n) for _ in range(ROUNDS + 1)]
    empty = statistics.median(timed(lambda: owner.stack.psql("")) for _ in range(5))
    got = interleaved(http=lambda r: timed(lambda: http(work[r][0])),
                      copy=lambda r: timed(lambda: owner.stack.psql(work[r][1])) - empty)
    http_s, copy_s = (statistics.median(got[name]) for name in ("http", "copy"))
    report.add("batches of %d, %s: nginx ÷ COPY" % (BATCH, says), copy_s / http_s, ">= 0.7",
               "%.0f ÷ %.0f rows/s" % (n * BATCH / http_s, n * BATCH / copy_s))


def strangers(report, small, indexed, centers, questions):
    """What STRANGERS indexes of others cost who searches and who keeps."""
    stack = small.stack
    one = lambda r: stack.post("/documents", {"title": "t", "content": "c", "embedding": list(questions_of[r])}, small.token)
    questions_of = [clustered(centers) for _ in range(ROUNDS + 1)]
    figures = {(name, n): [] for name in ("small", "indexed", "insert") for n in (0, STRANGERS)}
    for r in range(ROUNDS + 1):
        for n in (0, STRANGERS):
            if n > 0:
                stack.psql("".join("CREATE INDEX stranger_%d ON documents USING hnsw (embedding vector_cosine_ops) WHERE "
                                   "user_id = '%s';\n" % (i, uuid.UUID(int=i)) for i in range(n)))
            for name, measure in (("small", lambda: p50(small, questions[r])), ("indexed", lambda: p50(indexed, questions[r])),
                                  ("insert", lambda: statistics.median(stack.ask(one(r))[0] for _ in range(ASKS)))):
                measure() # plans are made anew
                value = measure()
                if r > 0:
                    figures[name, n].append(value)
            stack.psql("".join("DROP INDEX stranger_%d;\n" % i for i in range(n)))
    for name, what in (("small", "search in %d" % SIZES[1]), ("indexed", "search in %d by index" % INDEXED),
                       ("insert", "keeping one document")):
        report.ratio("%s: %d indexes of others ÷ 0, p50" % (what, STRANGERS), figures[name, STRANGERS], figures[name, 0], None)


def among_many(report, tiny, large, questions):
    wrong = sum(len(tiny.found(q, 100)) != 10 or len(tiny.found(q)) != 10 for q in questions)
    wrong += sum(len(large.found(q, limit)) != limit for q in questions for limit in (1, 10, 100))
    wrong += sum(len(large.found(q, 10, ',"filter":{"rare":true}')) != 10 for q in questions[:10])
    report.add("searches with fewer than k among %d of others" % OTHERS, wrong, "<= 0",
               "10 of 10; 1, 10, 100 of %d, and 10 of 50 by a filter" % LARGE)
    for owner, n in ((tiny, 10), (large, LARGE)):
        report.add("search in %d among %d of others, p50, ms" % (n, OTHERS),
                   statistics.median(p50(owner, q) for q in questions[:ROUNDS]) * 1e3, None, "")


# --- the whole ------------------------------------------------------------------------------------


def prepare(alone, crowd, centers, questions):
    """B's documents are the same in both, ids and all."""
    names = ["small%d" % n for n in SIZES] + ["indexed"]
    a, b = ({name: Owner(stack, name) for name in names} for stack in (alone, crowd))
    for name, n in zip(names, SIZES + (INDEXED,)):
        rows = [row(a[name].bytes, clustered(centers)) for _ in range(n)]
        load(alone, rows)
        load(crowd, (r.replace(a[name].bytes, b[name].bytes, 1) for r in rows))
    b.update({name: Owner(crowd, name) for name in ("near-duplicates", "large", "tiny")})
    near = [array.array("f", json.loads(q)) for q in questions]
    load(crowd, (row(b["near-duplicates"].bytes, beside(near[i % len(near)], 0.02)) for i in range(LARGE)))
    load(crowd, (row(b["large"].bytes, clustered(centers)) for _ in range(LARGE)))
    load(crowd, (row(b["tiny"].bytes, clustered(centers)) for _ in range(10)))
    crowd.sql("UPDATE documents SET metadata = '{\"rare\": true}' WHERE id IN (SELECT id FROM documents WHERE user_id = '%s' "
              "LIMIT 50)" % b["large"].id)
    say("loaded")
    fixing = [stack.reconcile() for stack in (alone, crowd)]
    if any(p.wait() != 0 for p in fixing):
        raise SystemExit("reconcile --fix has failed")
    for stack in (alone, crowd):
        stack.sql("VACUUM ANALYZE documents")
        stack.sql("VACUUM ANALYZE user_stats")
        stack.superuser("CHECKPOINT")
    say("indexes: %s" % crowd.sql("SELECT string_agg(pg_size_pretty(pg_relation_size(indexrelid)), ', ') FROM pg_index "
                                  "WHERE indrelid = 'documents'::regclass"))
    for o in (a, b):
        o["small"] = o["small%d" % SIZES[1]]
    return a, b


def crowd_more(crowd):
    """OTHERS of 1000 owners; what they are is all the same, so they are of few kinds."""
    ids = [uuid.UUID(int=RANDOM.getrandbits(128), version=4) for _ in range(1000)]
    crowd.psql("".join("INSERT INTO users (id, email, email_key, password_hash) VALUES ('%s', 'u%d@x.example', 'u%d@x.example', "
                       "'*'); INSERT INTO user_stats (user_id, document_count) VALUES ('%s', %d);\n" %
                       (u, i, i, u, OTHERS // 1000) for i, u in enumerate(ids)))
    kinds = [row(bytes(16), noise()) for _ in range(2000)]

    def rows():
        for i in range(OTHERS):
            r = kinds[i % len(kinds)]
            yield r[:6] + RANDOM.getrandbits(128).to_bytes(16, "big") + r[22:26] + ids[i * 7919 % 1000].bytes + r[42:]
    begin = time.monotonic()
    load(crowd, rows())
    say("%d of others in %.0f s" % (OTHERS, time.monotonic() - begin))
    crowd.sql("VACUUM ANALYZE documents")


def surroundings():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read()).group(1)
    first = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[0]
    return ("%d cores (%s), Linux %s, %s, %s, pgvector %s, shared_buffers 1 GB. Medians of %d rounds of %d, in turns; one client, "
            "one connection. Vectors of %d numbers in %d clusters; hnsw.ef_search 100." % (
                os.cpu_count(), model, os.uname().release, first(os.environ["GATEHOUSE"], "version"),
                first("psql", "--version").replace("psql (PostgreSQL)", "PostgreSQL"),
                Stack("").sql("SELECT extversion FROM pg_extension WHERE extname = 'vector'"), ROUNDS, ASKS, DIMENSIONS, CLUSTERS))


def main():
    report, alone, crowd = Report(), Stack("ALONE_"), Stack("")
    centers = [noise() for _ in range(CLUSTERS)]
    questions = [text(clustered(centers)) for _ in range(QUESTIONS)]
    a, b = prepare(alone, crowd, centers, questions)
    owners = {n: a["small%d" % n] for n in SIZES}
    unfelt(report, a, b, questions)
    against_bare(report, owners, a["indexed"], questions)
    recall(report, b["large"], [text(clustered(centers)) for _ in range(100)])
    threshold(report, {n: b["small%d" % n] for n in SIZES}, b["indexed"], b["large"], questions)
    strangers(report, a["small"], a["indexed"], centers, questions)
    keeping(report, a["small"], centers, 4, "all compared")
    keeping(report, b["large"], centers, 1, "into an index of %d" % LARGE)
    crowd_more(crowd)
    among_many(report, b["tiny"], b["large"], questions)
    head = "| %-60s | %7s | %-7s | %-5s | %s |\n|---|---|---|---|---|\n" % ("what", "figure", "wanted", "", "medians")
    table = surroundings() + "\n\n" + head + "\n".join(report.lines) + "\n"
    print(table)
    say("done")
    if "--record" in sys.argv:
        with open("bench/VECTORS.md", "w") as f:
            f.write("# What bench/vectors measured\n\nWritten by `bench/vectors --record`.\n\n" + table)
    sys.exit(report.missed)


main()
