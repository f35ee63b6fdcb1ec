#!/usr/bin/python3
"""What somebody sends who wants more than is his: members that no body has, ids that are none, SQL, too much.

    scripts/stack DIR python3 tests/proc/test_injection.py [name…]

Wants a stack of its own (BASE_URL and more): after each attack every row of every user is as it was. Which
bodies, parameters and ids there are is read from the document of the running program."""

import base64
import http.client
import json
import os
import sys
import urllib.parse
import uuid

sys.dont_write_bytecode = True

from admin import GOOD, psql
from harness import check
from verdicts import judged, test

HOST = os.environ.get("BASE_URL", "").replace("http://", "")
V1 = "/api/v1"
# What a person's row and others' sessions and things have; counters of log-ins move with each of them.
ROWS = ("SELECT md5(coalesce(string_agg(r, ';' ORDER BY r), '')) FROM (SELECT u::text AS r FROM users u UNION ALL "
        "SELECT s::text FROM sessions s UNION ALL SELECT d::text FROM documents d UNION ALL "
        "SELECT f::text FROM files f UNION ALL SELECT a::text FROM audit a) all_rows")


class Answer:
    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content

    def json(self):
        return json.loads(self.content)

    def code(self):
        return self.json().get("error_code") if self.content else None

    def __repr__(self):
        return "%d %r" % (self.status, self.content[:400])


def ask(method, path, token=None, body=None, media="application/json", headers=()):
    """${body}: bytes as they are, anything else as JSON. The path goes out as it is."""
    c = http.client.HTTPConnection(HOST, timeout=30)
    head = dict(headers)
    if token is not None:
        head["Authorization"] = "Bearer " + token
    if body is not None:
        head["Content-Type"] = media
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
    try:
        c.request(method, path, body, head)
        r = c.getresponse()
        a = Answer(r.status, r.headers, r.read())
    except (BrokenPipeError, ConnectionResetError): # refused before it was all sent
        r = c.getresponse()
        a = Answer(r.status, r.headers, r.read())
    finally:
        c.close()
    check(a.status < 500, "%s %s: %r" % (method, path[:200], a))
    return a


def sql(text):
    return psql(text, "gatehouse")


class unchanged:
    """No row of anybody is another one afterwards."""

    def __enter__(self):
        self.before = sql(ROWS)

    def __exit__(self, kind, *_):
        check(kind is not None or sql(ROWS) == self.before, "rows have changed")


class Person:
    def __init__(self, role="user"):
        word = uuid.uuid4().hex
        self.email, self.username = word[:20] + "@example.com", "u" + word[:20]
        a = ask("POST", V1 + "/auth/register", body={
            "email": self.email, "username": self.username, "password": GOOD, "full_name": "Full Name"})
        check(a.status == 201, "registered: %r" % a)
        self.id = a.json()["id"]
        if role != "user":
            sql("UPDATE users SET role = '%s' WHERE id = '%s'" % (role, self.id))
        said = ask("POST", V1 + "/auth/login", body={"username": self.email, "password": GOOD}).json()
        self.access, self.refresh = said["access_token"], said["refresh_token"]


DOCUMENT = {}


def document():
    if not DOCUMENT:
        DOCUMENT.update(ask("GET", "/openapi.json").json())
    return DOCUMENT


def operations():
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def by_id():
    """Those whose path has an id in it; of a file to come it has the name."""
    for method, path, operation in operations():
        if any(p["in"] == "path" and p["schema"].get("format") == "uuid" for p in operation.get("parameters", [])):
            yield method, path, operation


def schema_of(operation, media="application/json"):
    content = operation.get("requestBody", {}).get("content", {})
    if media not in content:
        return None
    return document()["components"]["schemas"][content[media]["schema"]["$ref"].rsplit("/", 1)[1]]


def sample(schema):
    """A body with all that is demanded."""
    out = {}
    for name in schema.get("required", []):
        p = schema["properties"][name]
        out[name] = [p["items"].get("example", "x")] if p["type"] == "array" else p.get("example", "x")
    return out


def fill(path, value=None):
    return path.replace("{id}", value or str(uuid.uuid4())).replace("{file}", "init.js")


def bearer(operation, admin):
    return admin.access if operation.get("security") else None


# --- members that no body has ----------------------------------------------------------------------

PRIVILEGED = {
    "role": "admin", "is_admin": True, "is_superuser": True, "is_active": True, "is_verified": True, "id": 1,
    "user_id": "1", "owner_id": "1", "password_hash": "$2b$04$x", "hashed_password": "x", "secret_digest": "\\x00",
    "has_password": True, "has_secret": True, "token_version": 1, "secret_version": 0, "row_version": 9,
    "email_key": "x@example.com", "username_key": "x", "sort_email": "", "created_at": "2020-01-01T00:00:00Z",
    "updated_at": None, "deleted_at": None, "login_count": 1, "permissions": ["*"], "groups": [], "session_id": None,
    "__proto__": {"role": "admin"}, "constructor": {"prototype": {"is_admin": True}}, "$where": "1", "": 1,
    "role ": "admin", "Role": "admin", "ROLE": "admin", "role[]": "admin", "user.role": "admin", "data": {"x": 1},
    "rоle": "admin", "role\u200b": "admin",
}


@test
def members_that_no_body_has_are_refused_and_named():
    admin = Person("admin")
    done = 0
    for method, path, operation in operations():
        schema = schema_of(operation)
        if schema is None:
            continue
        known = set(schema["properties"]) | {"name"}
        extra = {k: v for k, v in PRIVILEGED.items() if k not in known}
        with unchanged():
            # Each alone, so that none hides behind another; then all together, all of them named.
            for body in [{k: v} for k, v in extra.items()] + [extra]:
                a = ask(method, fill(path), bearer(operation, admin), {**sample(schema), **body})
                oauth = operation["operationId"] == "token"
                check(a.status == (400 if oauth else 422) and a.code() == "VALIDATION_ERROR",
                      "%s with %r: %r" % (operation["operationId"], body, a))
                named = {f["loc"][-1] for f in a.json()["detail"] if f["type"] == "extra_forbidden"}
                check(named == set(body), "%s: %r are named, sent %r" % (operation["operationId"], named, set(body)))
                done += 1
    check(done > 300, "only %d were tried" % done)


@test
def known_members_that_are_not_for_them_give_nobody_a_right():
    p, victim = Person(), Person()
    with unchanged():
        for path in ("/users/me", "/auth/me"):
            for role in ("admin", "user"):
                a = ask("PATCH", V1 + path, p.access, {"role": role, "full_name": "Changed"})
                check((a.status, a.code()) == (403, "CANNOT_CHANGE_OWN_ROLE"), "%r" % a)
        for path in ("/auth/register", "/auth/signup", "/users/register"):
            for body in ({"email": "a" + p.email, "password": GOOD}, {"username": "a" + p.username}):
                a = ask("POST", V1 + path, p.access, {**body, "role": "admin"})
                check((a.status, a.code()) == (422, "VALIDATION_ERROR"), "%r" % a)
        # Twice the same name: whoever read the first would be told another than who read the last.
        for text in (b'{"full_name":"a","role":"user","role":"admin"}', b'{"full_name":"a","full_name":"b"}',
                     b'{"full_name":"a","name":"b"}', b'{"full_name":"a","\\u0066ull_name":"b"}'):
            a = ask("PATCH", V1 + "/users/me", p.access, text)
            check(a.status == 422, "%r: %r" % (text, a))
        # What is asked for stands in the body or the path; elsewhere it is nothing.
        query = "?" + urllib.parse.urlencode({"role": "admin", "is_admin": "true", "id": victim.id, "user_id": victim.id})
        check(ask("PATCH", V1 + "/users/me" + query, p.access, {}).json()["id"] == p.id, "his own")
        check(ask("GET", V1 + "/users/me" + query, p.access).json()["role"] == "user", "still a user")
        for name in ("X-User-Id", "X-User-Role", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"):
            a = ask("GET", V1 + "/users/" + victim.id, p.access, headers=[(name, "admin")])
            check((a.status, a.code()) == (403, "ADMIN_REQUIRED"), "%s: %r" % (name, a))


# --- SQL and patterns ------------------------------------------------------------------------------

HOSTILE = ["'", '"', "''", "\\", "\\'", "`", ";", "--", "/*", "%", "_", "%%", "$1", "$$", "{}", "{\"a\"}", "NULL",
           "' OR '1'='1", "'; DROP TABLE users; --", "1; SELECT pg_sleep(5)", "' UNION SELECT password_hash FROM users --",
           "created_at; DROP TABLE users", "(SELECT 1)", "created_at, (SELECT pg_sleep(5))", "password_hash",
           "token_version", "users.email", "\"email\"", "email DESC", "email--", "1", "CASE WHEN 1=1 THEN email END",
           "$(id)", "{{7*7}}", "%27", "\u02bc", "\uff07", "\U0001f600", "\ufeff", "\u202e", "a" * 300]


def parameters(operation):
    for p in operation.get("parameters", []):
        if p["in"] == "query":
            yield p["name"], p["schema"]


@test
def no_parameter_of_a_query_is_more_than_a_value():
    admin = Person("admin")
    done = 0
    with unchanged():
        for method, path, operation in operations():
            for name, schema in parameters(operation):
                if method != "GET":
                    continue
                for text in HOSTILE + [""]:
                    a = ask(method, fill(path) + "?" + urllib.parse.urlencode({name: text}), bearer(operation, admin))
                    free = schema.get("type") == "string" and "enum" not in schema and schema.get("format") in (None, "search")
                    allowed = (422,) if not free else (200, 422)
                    if text == "1" and schema.get("type") in ("integer", "boolean"):
                        allowed = (200, 422)
                    check(a.status in allowed, "%s?%s=%s: %r, %r" % (path, name, text, a, schema))
                    done += 1
    check(done > 500, "only %d were tried" % done)


@test
def a_search_is_for_its_letters():
    admin = Person("admin")
    word = uuid.uuid4().hex[:12]
    names = ["%s 100%% sure" % word, "%s 100_ sure" % word, "%s 100\\ sure" % word, "%s 100' sure" % word, "%s 1000 sure" % word]
    ids = {}
    for n, name in enumerate(names):
        p = Person()
        check(ask("PATCH", V1 + "/users/me", p.access, {"full_name": name}).json()["full_name"] == name, "kept as it is")
        ids[name] = p.id
    with unchanged():
        for name in names:
            for query in (name, name[:-4], name.upper()):
                a = ask("GET", V1 + "/users?size=100&query=" + urllib.parse.quote(query), admin.access)
                check([i["id"] for i in a.json()["items"]] == [ids[name]], "%s: %r" % (query, a))
        for query in ("%%%%", "____", "\\\\\\\\", "%" + word[1:], word[:4] + "%" + word[-4:], word[:-1] + "_", ".*", word + "|x"):
            a = ask("GET", V1 + "/users?query=" + urllib.parse.quote(query), admin.access)
            check(a.json()["items"] == [], "%s finds %r" % (query, a))


@test
def what_people_are_called_is_kept_as_they_say():
    admin = Person("admin")
    for text in HOSTILE:
        p = Person()
        a = ask("PATCH", V1 + "/users/" + p.id, admin.access, {"full_name": text})
        check(a.status in (200, 422), "%r: %r" % (text, a))
        if a.status == 200:
            check(ask("GET", V1 + "/users/" + p.id, admin.access).json()["full_name"] == text, "%r became %r" % (text, a))
        for member in ("username", "email"):
            a = ask("PATCH", V1 + "/users/" + p.id, admin.access, {member: text})
            check(a.status in (422, 409) or (a.status == 200 and a.json()[member] == text), "%r: %r" % (text, a))
    check(sql("SELECT count(*) FROM pg_tables WHERE tablename = 'users'") == "1", "the table is there")


@test
def a_cursor_is_taken_only_where_it_was_given():
    admin = Person("admin")
    Person()
    first = ask("GET", V1 + "/users?size=1", admin.access).json()["next_cursor"]
    check(first is not None, "there are more")
    raw = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))
    forged = [bytes([raw[i] ^ 1 if i == n else raw[i] for i in range(len(raw))]) for n in range(len(raw))]
    forged += [raw[:-1], raw + b"\0", b"", b"\0" * len(raw), b"' OR 1=1 --" * 3, os.urandom(64), os.urandom(2000)]
    with unchanged():
        for other in ("sort_by=email&", "sort_order=asc&", "role=admin&", "is_active=true&", "query=abc&"):
            a = ask("GET", "%s/users?size=1&%scursor=%s" % (V1, other, first), admin.access)
            check((a.status, a.code()) == (422, "VALIDATION_ERROR"), "%s: %r" % (other, a))
        for path in ("/users?size=1&cursor=", "/audit?cursor="):
            for text in [base64.urlsafe_b64encode(b).decode().rstrip("=") for b in forged] + HOSTILE:
                a = ask("GET", V1 + path + urllib.parse.quote(text), admin.access)
                # A bit of the key itself may be another's place in the list: not a fault, and no way in.
                check(a.status == 422 or a.status == 200 and text not in HOSTILE and
                      set(a.json()) >= {"items", "next_cursor"}, "%s%s: %r" % (path, text[:80], a))


# --- ids -------------------------------------------------------------------------------------------

ID = "123e4567-e89b-12d3-a456-426614174000"
# PostgreSQL would take some of these.
NOT_IDS = ["x", "0", "-1", "1", "null", "me2", ID[:-1], ID + "0", ID.replace("-", ""), "{%s}" % ID, "urn:uuid:" + ID,
           " " + ID, ID + " ", ID + "\n", ID.replace("1", "g", 1), ID.replace("-", "_"), ID[:8] + ID[9:] + "-", ID + "'--",
           ID.replace("4", "\uff14"), ID + "\u0000", "00000000-0000-0000-0000", "' OR 1=1 --", "$1", "%", "*", "a" * 3000]


@test
def what_is_no_id_is_no_id_anywhere():
    admin = Person("admin")
    done = 0
    with unchanged():
        for method, path, operation in by_id():
            schema = schema_of(operation)
            body = None if schema is None else {"full_name": "Changed"}
            for text in NOT_IDS:
                a = ask(method, path.replace("{id}", urllib.parse.quote(text, safe="")), admin.access, body)
                check((a.status, a.code()) == (422, "VALIDATION_ERROR") or "\0" in text and a.status == 400,
                      "%s %s with %r: %r" % (method, path, text, a))
                done += 1
            for text in (".", "..", "../me", "%2e%2e", ID + "/../me", ID + "%2f..%2fme"):
                a = ask(method, path.replace("{id}", text), admin.access, body)
                check(a.status in (400, 404, 405, 422), "%s %s with %r: %r" % (method, path, text, a))
        for text in NOT_IDS:
            a = ask("POST", V1 + "/users/bulk", admin.access, {"user_ids": [str(uuid.uuid4()), text], "operation": "delete"})
            check(a.status == 422 and ("\0" in text or a.json()["detail"][0]["loc"] == ["body", "user_ids", 1]),
                  "%r: %r" % (text, a))
            for name in ("actor", "target"):
                a = ask("GET", "%s/audit?%s=%s" % (V1, name, urllib.parse.quote(text, safe="")), admin.access)
                check(a.status == 422, "%s=%r: %r" % (name, text, a))
    check(done > 200, "only %d were tried" % done)


@test
def one_id_has_two_spellings_and_no_more():
    admin, p = Person("admin"), Person()
    check(ask("GET", V1 + "/users/" + p.id.upper(), admin.access).json()["id"] == p.id, "in capitals")
    a = ask("POST", V1 + "/users/bulk", admin.access, {"user_ids": [admin.id.upper(), p.id], "operation": "deactivate"})
    check((a.status, a.code()) == (400, "SELF_IN_BULK"), "oneself in capitals: %r" % a)
    a = ask("POST", V1 + "/users/bulk", admin.access, {"user_ids": [p.id, p.id.upper()], "operation": "deactivate"})
    check(a.json()["requested"] == 1, "the same twice: %r" % a)
    for method, path in (("DELETE", "/users/" + admin.id.upper()), ("POST", "/users/%s/deactivate" % admin.id.upper())):
        check(ask(method, V1 + path, admin.access).status == 400, "oneself in capitals: " + path)


@test
def the_ids_of_others_open_nothing():
    a, b = Person(), Person()
    session = sql("SELECT id FROM sessions WHERE user_id = '%s'" % b.id)
    kept = [ask("POST", V1 + "/documents", b.access, {"title": "b's", "content": "own"}),
            ask("PUT", V1 + "/files/own", b.access, b"b's", "text/plain")]
    check([k.status for k in kept] == [201, 201], "%r" % kept)
    with unchanged():
        for wanted in (session, b.id, a.id, str(uuid.uuid4())):
            said = ask("DELETE", V1 + "/users/me/sessions/" + wanted, a.access)
            check((said.status, said.code()) == (404, "NOT_FOUND"), "%r" % said)
        for method, path, operation in by_id():
            if "/me/" in path:
                continue
            admins = "ADMIN_REQUIRED" in operation["responses"]["403"]["description"]
            body = None if schema_of(operation) is None else {"role": "admin"} if admins else {}
            # Who may not ask learns nothing, not even what an id looks like.
            for wanted in [b.id, a.id, str(uuid.uuid4())] + ["no-id"] * admins + [k.json()["id"] for k in kept]:
                said = ask(method, path.replace("{id}", wanted), a.access, body)
                check((said.status, said.code()) == ((403, "ADMIN_REQUIRED") if admins else (404, "NOT_FOUND")),
                      "%s %s: %r" % (method, path, said))
        said = ask("POST", V1 + "/users/bulk", a.access, {"user_ids": [b.id], "operation": "delete"})
        check(said.status == 403, "%r" % said)


# --- too much, too little --------------------------------------------------------------------------


@test
def lists_have_their_bounds():
    admin = Person("admin")
    order = lambda ids, **more: ask("POST", V1 + "/users/bulk", admin.access, ids if isinstance(ids, bytes) else
                                    {"user_ids": ids, "operation": "delete", **more})
    with unchanged():
        for ids, kind in (([], "too_short"), ([str(uuid.uuid4())] * 1001, "too_long"), (None, "list_type"),
                          ("x", "list_type"), ({}, "list_type"), (7, "list_type"), (ID, "list_type")):
            a = order(ids)
            check(a.status == 422 and a.json()["detail"][0]["type"] == kind, "%r: %r" % (kind, a))
        for element in (None, 1, True, [], {}, [ID], 1.5):
            a = order([ID, element])
            check(a.status == 422 and a.json()["detail"][0]["loc"] == ["body", "user_ids", 1], "%r: %r" % (element, a))
        million = b'{"operation":"delete","user_ids":[' + b",".join([b'"%s"' % ID.encode()] * 10 ** 6) + b"]}"
        check(order(million).status == 413, "a million ids")
        small = b'{"operation":"delete","user_ids":[' + b",".join([b"1"] * 10 ** 6) + b"]}"
        check(order(small).status == 413, "a million numbers")
        a = order(b'{"operation":"delete","user_ids":[' + b",".join([b"1"] * 30000) + b"]}")
        check(a.status == 422 and len(a.content) < 200000, "thirty thousand that are no ids: %d bytes" % len(a.content))
        for text in (b"[" * 60000, b'{"a":' * 12000, b'{"user_ids":' + b"[" * 50000 + b"]" * 5000 + b"}", b"[]", b"null",
                     b"1", b'"x"', b"", b"{", b"\xff\xfe{}", b'{"operation":"delete","user_ids":["\\ud800"]}'):
            check(order(text).status == 422, "%r" % text[:40])
    a = order([str(uuid.uuid4()) for _ in range(1000)])
    check(a.status == 200 and a.json()["failed"] == 1000 and {r["status"] for r in a.json()["results"]} == {"not_found"},
          "a thousand that are nobody: %r" % a)


@test
def versions_and_headers_are_only_compared():
    admin, p = Person("admin"), Person()
    one = V1 + "/users/" + p.id
    with unchanged():
        for text in ["\"7\" OR 1=1", "\"7\", \"8\"", "\"0\"", "W/\"1\"", "1", "\"", "\"\"", ",", "\"1", "\"99999999999999999999\"", "'*'", "\"-1\""]:
            for method, path, body in (("PATCH", one, {"full_name": "Changed"}), ("DELETE", one, None),
                                       ("PATCH", V1 + "/users/me", {"full_name": "Changed"})):
                token = p.access if path.endswith("me") else admin.access
                a = ask(method, path, token, body, headers=[("If-Match", text)])
                check((a.status, a.code()) == (412, "PRECONDITION_FAILED"), "If-Match: %s: %r" % (text, a))
    for agent in ("'; DROP TABLE sessions; --", "\\x00", "{\"a\":1}", "x" * 3000, "\xff\xfe", "$1 %s %n {0}"):
        a = ask("POST", V1 + "/auth/login", None, {"username": p.email, "password": GOOD}, headers=[
            ("User-Agent", agent), ("X-Forwarded-For", "'; --, 1.2.3.4"), ("X-Request-Id", "' OR 1=1 --")])
        check(a.status == 200, "%r: %r" % (agent, a))
    listed = ask("GET", V1 + "/users/me/sessions", p.access).json()["items"]
    check(len(listed) == 7 and all(s["ip"] in (None, "127.0.0.1") for s in listed), "%r" % listed)


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(judged(sys.argv[1:]))
