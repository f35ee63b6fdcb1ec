#!/usr/bin/python3
"""What mails lead to, from the cause to the last click, through a mail server that writes everything down.

    MAIL_DIR= scripts/stack DIR /usr/bin/python3 tests/proc/test_flows.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more). Nothing sleeps to wait for an event."""

import asyncio
import os
import re
import socket
import sys

sys.dont_write_bytecode = True

from harness import check
from people import RUN, Connection, administrators
from smtp_sink import PASSWORD, USER, Certificate, Sink, parsed
from sql import sql
from stack import Own, Postgres, outbox_is_ours, until
from verdicts import judged_within, test

SLOW = 3 if os.environ.get("SAN") else 1
API = "/api/v1"
PUBLIC = "https://gatehouse.example/account"
FROM = "no-reply@gatehouse.example"
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted",
           "X-Auto-Response-Suppress"}


class Somebody:
    made = 0

    def __init__(self, scene):
        Somebody.made += 1
        self.scene, self.web = scene, Connection(scene.service)
        self.email = "flow%d-%s@example.org" % (Somebody.made, RUN)
        self.secret = "Correct-Horse-%d!" % Somebody.made
        self.access = self.refresh = self.id = None

    async def post(self, path, body, status=200, token=None):
        a = await self.web.ask("POST", API + path, token, body=body)
        check(a.status == status, "%s: %d %r" % (path, a.status, a.content))
        return a

    async def register(self, **more):
        a = await self.post("/auth/register", dict(email=self.email, password=self.secret, **more), 201)
        self.id = a.json()["id"]
        return self

    async def login(self, status=200, secret=None, email=None):
        a = await self.web.ask("POST", API + "/auth/login",
                               form={"username": email or self.email, "password": secret or self.secret})
        check(a.status == status, "log-in: %d %r" % (a.status, a.content))
        if status == 200:
            self.access, self.refresh = a.json()["access_token"], a.json()["refresh_token"]
        return a

    async def ready(self, **more):
        """Registered, confirmed by the link of the mail, logged in."""
        await self.register(**more)
        await self.confirm(await self.scene.token(self.email, "/verify-email"))
        await self.login()
        return self

    async def confirm(self, token, status=200, what="verify-email"):
        return await self.post("/users/%s/confirm" % what, {"token": token}, status)

    async def reset(self, token, secret, status=200):
        return await self.post("/users/reset-password/confirm", {"token": token, "new_password": secret}, status)

    async def me(self, status=200):
        a = await self.web.ask("GET", API + "/users/me", self.access)
        check(a.status == status, "me: %d %r" % (a.status, a.content))
        return a.json()

    async def change(self, **members):
        a = await self.web.ask("PATCH", API + "/users/me", self.access, body=members)
        check(a.status == 200, "change: %r" % a.content)


class Scene:
    def __init__(self, service, sink):
        self.service, self.sink = service, sink

    def mails(self, email, page=None):
        """Those to an address; with a page, those with its link."""
        return [m for m in list(self.sink.mails) if m[1] == [email]
                and (page is None or page + "#token=" in self.text(m))]

    @staticmethod
    def text(mail):
        return parsed(mail).get_body(("plain",)).get_content()

    async def mail(self, email, what, n=1):
        """The n-th one with this in its subject or text."""
        def found():
            return [m for m in self.mails(email) if what in parsed(m)["Subject"] + self.text(m)][n - 1:]
        return (await until("%s: a mail with %r" % (email, what), found, 15 * SLOW))[0]

    async def token(self, email, page, n=1):
        mail = await self.mail(email, page + "#token=", n)
        links = re.findall(r"https?://\S+", self.text(mail))
        link = [w for w in links if "#token=" in w]
        check(len(link) == 1 and link[0].startswith(PUBLIC + page + "#token="), "%r" % links)
        token = link[0].split("#token=")[1]
        check(re.fullmatch(r"[A-Za-z0-9_-]{43}", token), token)
        check(sql("SELECT count(*) FROM links WHERE encode(digest, 'escape') LIKE '%%%s%%'" % token) == "0",
              "the token itself is kept")
        return token


# --- the ways ------------------------------------------------------------------------------------


@test
async def who_registers_confirms_and_logs_in(scene):
    p = await Somebody(scene).register()
    a = await p.login(403)
    check(a.json()["error_code"] == "EMAIL_NOT_VERIFIED", "%r" % a.content)
    await p.login(401, "Wrong-Horse-1!")
    a = await p.web.ask("POST", API + "/auth/token",
                        form={"grant_type": "password", "username": p.email, "password": p.secret})
    check(a.status == 400 and a.json()["error"] == "invalid_grant", "%d %r" % (a.status, a.content))
    token = await scene.token(p.email, "/verify-email")
    await p.confirm(token)
    await p.login()
    check((await p.me())["is_verified"], "confirmed")
    await p.confirm(token, 400)


@test
async def a_forgotten_password_is_replaced(scene):
    p = await Somebody(scene).ready()
    thief = Somebody(scene)
    thief.email, thief.secret = p.email, p.secret
    await thief.login()
    said = await p.post("/users/reset-password/request", {"email": p.email.upper()})
    check(said.json()["message"] == "If the email exists, a password reset link has been sent", "%r" % said.content)
    token = await scene.token(p.email, "/reset-password")
    await p.reset(token, "weak", 422)
    await p.reset(token, "Another-Horse-9!")
    await p.me(401)
    await thief.me(401)
    await thief.post("/auth/refresh", {"refresh_token": thief.refresh}, 401)
    await p.login(401)
    p.secret = "Another-Horse-9!"
    await p.login()
    await p.reset(token, "Another-Horse-10!", 400)
    await scene.mail(p.email, "Your password was changed")


@test
async def who_is_made_by_an_administrator_chooses_a_password(scene):
    admin = (await administrators(scene.service, 1))[0]
    p = Somebody(scene)
    a = await p.post("/users", {"email": p.email}, 201, admin.access)
    await p.reset(await scene.token(p.email, "/set-password"), p.secret)
    await p.login()
    await p.post("/users/%s/send-reset" % a.json()["id"], {}, 200, admin.access)
    await scene.token(p.email, "/reset-password")


@test
async def a_changed_address_is_taken_back(scene):
    p = await Somebody(scene).ready()
    thief = Somebody(scene)
    thief.email, thief.access = "thief-%s@example.net" % RUN, p.access
    await thief.change(email=thief.email)
    check(not (await thief.me())["is_verified"], "not confirmed")
    await thief.confirm(await scene.token(thief.email, "/verify-email"))
    await thief.post("/users/reset-password/request", {"email": thief.email})
    await thief.reset(await scene.token(thief.email, "/reset-password"), "Thieves-Horse-1!")
    token = await scene.token(p.email, "/undo-email-change")
    check(thief.email in scene.text(await scene.mail(p.email, "was changed")), "it says to what")
    await p.confirm(token, what="undo-email-change")
    await thief.login(401, "Thieves-Horse-1!")
    await p.login(401, "Thieves-Horse-1!")
    await p.login(401)
    await p.confirm(token, 400, "undo-email-change")
    await p.reset(await scene.token(p.email, "/reset-password"), "Owners-Horse-1!")
    await p.login(200, "Owners-Horse-1!")
    me = await p.me()
    check(me["email"] == p.email and me["is_verified"], "%r" % me)


@test
async def of_many_confirms_at_once_one_succeeds(scene):
    p = await Somebody(scene).register()
    token = await scene.token(p.email, "/verify-email")
    webs = [Connection(scene.service) for _ in range(16)]
    answers = await asyncio.gather(*[w.ask("POST", API + "/users/verify-email/confirm", body={"token": token})
                                     for w in webs])
    check(sorted(a.status for a in answers) == [200] + [400] * 15, "%r" % [a.status for a in answers])
    bodies = {re.sub(r'"(timestamp|request_id)":"[^"]*"', "", a.content.decode())
              for a in answers if a.status == 400}
    check(len(bodies) == 1, "%r" % bodies)


@test
async def what_cannot_be_stored_is_promised_to_nobody(scene):
    p, pg = await Somebody(scene).ready(), Postgres()
    for path in ("/users/reset-password/request", "/users/verify-email/request"):
        pids = pg.freeze()
        try:
            webs = [Connection(scene.service), Connection(scene.service)]
            answers = await asyncio.gather(*[w.ask("POST", API + path, body={"email": e}) for w, e in
                                             zip(webs, (p.email, "nobody-%s@example.org" % RUN))])
        finally:
            pg.thaw(pids)
        check([(a.status, a.json()["error_code"]) for a in answers] == [(503, "DATABASE_UNAVAILABLE")] * 2,
              "%r" % [a.content for a in answers])
        await until("it is back", lambda: pg.accepts(), 20)

    for _ in range(400): # as long as the workers' back-off may last
        a = await p.web.ask("POST", API + "/users/reset-password/request", body={"email": p.email})
        if a.status == 200:
            break
        await asyncio.sleep(0.05)
    await scene.token(p.email, "/reset-password")


# --- notices -------------------------------------------------------------------------------------


@test
async def what_happens_to_an_account_is_told(scene):
    p = await Somebody(scene).ready()
    old = p.refresh
    for token in (old, None):
        a = await p.post("/auth/refresh", {"refresh_token": token or p.refresh})
        p.refresh = a.json()["refresh_token"]
    sql("UPDATE sessions SET rotated_at = rotated_at - interval '1 minute' WHERE user_id = '%s'" % p.id)
    a = await p.post("/auth/refresh", {"refresh_token": old}, 401)
    check(a.json()["error_code"] == "REFRESH_TOKEN_REUSED", "%r" % a.content)
    await scene.mail(p.email, "logged out for safety")
    await p.login()
    await p.post("/users/me/change-password", {"current_password": p.secret, "new_password": "Another-Horse-8!"},
                 200, p.access)
    await scene.mail(p.email, "Your password was changed")


@test
async def a_new_administrator_is_told_and_so_are_the_others(scene):
    admin = (await administrators(scene.service, 1))[0]
    p = await Somebody(scene).ready()
    a = await p.web.ask("PATCH", API + "/users/" + p.id, admin.access, body={"role": "admin"})
    check(a.status == 200, "%r" % a.content)
    await scene.mail(p.email, p.email + " is an administrator")
    await scene.mail(admin.email, p.email + " is an administrator")
    # What is there already is told nobody.
    before = len(scene.mails(admin.email))
    await p.web.ask("PATCH", API + "/users/" + p.id, admin.access, body={"role": "admin"})
    q = await Somebody(scene).register()
    await scene.token(q.email, "/verify-email") # queued later, arrived
    check(len(scene.mails(admin.email)) == before, "told again")


# --- what is sent in -----------------------------------------------------------------------------


def raw(scene, lines, body=b""):
    """Bytes that no client of good faith sends; the status of the answer, 0 for none."""
    with socket.create_connection((scene.service.host, scene.service.port), timeout=10) as s:
        s.sendall("\r\n".join(lines + ["Content-Length: %d" % len(body), "Connection: close", "", ""]).encode()
                  + body)
        answer = b""
        try:
            while chunk := s.recv(65536):
                answer += chunk
        except OSError:
            pass
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@test
async def no_header_gets_into_a_link(scene):
    p = await Somebody(scene).ready()
    path, kind = API + "/users/reset-password/request", "Content-Type: application/json"
    body = b'{"email":"%s"}' % p.email.encode()
    forged = [["Host: evil.example"], ["Host: test", "X-Forwarded-Host: evil.example"],
              ["Host: test", "Forwarded: host=evil.example;proto=http"], ["Host: gatehouse.example:@evil.example"],
              ["Host: test", "X-Original-URL: https://evil.example/", "X-Rewrite-URL: /evil.example"],
              ["Host: evil.example", "X-Forwarded-Proto: ftp", "X-Forwarded-Port: 1", "Origin: https://evil.example",
               "Referer: https://evil.example/"]]
    sent = 0
    for lines in forged + [None]:
        target = path if lines else "http://evil.example" + path
        # So that none is withheld because of those before it.
        sql("UPDATE links SET created_at = created_at - interval '2 hours' WHERE user_id = '%s'" % p.id)
        status = raw(scene, ["POST %s HTTP/1.1" % target] + (lines or ["Host: evil.example"]) + [kind], body)
        check(status in (0, 200, 400, 421), "%r: %d" % (lines, status))
        sent += status == 200
        if status == 200:
            await scene.token(p.email, "/reset-password", sent) # which demands PUBLIC_URL
    check(sent >= 4, "only %d got that far" % sent)
    for mail in scene.mails(p.email):
        check(b"evil" not in mail[2], "%r" % mail[2])


@test
async def nothing_typed_becomes_a_header_or_an_address(scene):
    before = len(scene.sink.mails)
    admin = (await administrators(scene.service, 1))[0]
    web = Connection(scene.service)
    bad = ["a@example.org\r\nBcc: evil@example.net", "a@example.org\nBcc:evil@example.net", "a@example.org%0d%0aBcc:x@y.zz",
           "=?utf-8?q?evil=40example.net?=@example.org", "=?x?q?evil=40example.net=3e=20?=@example.org", "a@example.org\u2028Bcc: x", "<evil@example.net>a@example.org",
           "a@example.org,evil@example.net", "a@example.org evil@example.net", "\"a\r\n\"@example.org",
           "quac\u212a@example.org", "a@ex\u0430mple.org", "a@example.org\u0000", "a@[127.0.0.1]"]
    for email in bad:
        for path in ("/users/reset-password/request", "/users/verify-email/request", "/auth/register"):
            body = {"email": email}
            if path == "/auth/register":
                body["password"] = "Correct-Horse-1!"
            a = await web.ask("POST", API + path, body=body)
            check(a.status == 422, "%s of %r: %d %r" % (path, email, a.status, a.content))
        a = await web.ask("PATCH", API + "/users/" + (await me_id(web, admin)), admin.access, body={"email": email})
        check(a.status == 422, "PATCH %r: %r" % (email, a.content))
    p = Somebody(scene)
    for name in ("x\r\nBcc: evil@example.net", "x\u2028Bcc: evil@example.net", "\u202egnp.exe"):
        await p.post("/auth/register", {"email": p.email, "password": p.secret, "full_name": name}, 422)
    await p.register(full_name="=?utf-8?q?Bcc:_evil?= <b>x</b> \u00e4 {{link}}", username="f%d-%s" % (Somebody.made, RUN))
    await scene.token(p.email, "/verify-email")
    for mail in scene.sink.mails[before:]:
        well_formed(mail)
    evil = [m for m in scene.sink.mails if any("evil@example.net" in r for r in m[1])]
    check(not evil, "somebody else got one: %r" % evil)


async def me_id(web, admin):
    return (await web.ask("GET", API + "/users/me", admin.access)).json()["id"]


def well_formed(mail):
    """As the bytes came over the wire."""
    sender, recipients, content = mail
    check(sender == FROM and len(recipients) == 1, "%r %r" % (sender, recipients))
    check(b"\n" not in content.replace(b"\r\n", b""), "a bare LF")
    check(b"\r" not in content.replace(b"\r\n", b""), "a bare CR")
    check(all(len(line) <= 998 for line in content.split(b"\r\n")), "a line too long")
    head = content.split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    check(len(names) == len(set(names)), "a header twice: %r" % names)
    check(set(names) <= HEADERS, "headers of ours only: %r" % names)
    check(all(byte < 128 for byte in head), "ASCII")


@test
async def a_typed_address_never_gets_a_mail_that_folds_to_it(scene):
    """U+212A KELVIN SIGN folds to k."""
    sign = Somebody(scene)
    sign.email = "quack-%s@example.org" % RUN
    await sign.ready()
    typed = sign.email.replace("k", "\u212a")
    for path in ("/users/reset-password/request", "/users/verify-email/request"):
        await sign.post(path, {"email": typed}, 422)
    await sign.post("/users/reset-password/request", {"email": sign.email.upper()})
    await scene.token(sign.email, "/reset-password")
    check(all(r.isascii() for m in scene.sink.mails for r in m[1]), "%r" % [m[1] for m in scene.sink.mails])
    check(not scene.mails(sign.email.upper()), "as stored, not as typed")


async def main(names):
    certificate = Certificate(os.environ["STATE_DIR"])
    with Sink(certificate, "starttls") as sink:
        async with Own("flows", SMTP_HOST="localhost", SMTP_PORT=sink.port, SMTP_TLS="starttls", SMTP_USER=USER,
                       SMTP_PASSWORD=PASSWORD, SMTP_CA_FILE=certificate.cert, EMAILS_FROM_EMAIL=FROM,
                       PUBLIC_URL=PUBLIC, REQUIRE_VERIFIED_EMAIL="true", DEBUG="true", YESCRYPT_COST=1) as own:
            return await judged_within(300, names, Scene(own.service, sink))


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    outbox_is_ours()
    sys.exit(asyncio.run(main(sys.argv[1:])))
