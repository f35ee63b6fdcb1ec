#!/usr/bin/python3
"""The outbox against mail servers that are good, down, busy, slow and mad: nothing is lost.

    MAIL_DIR= scripts/stack DIR /usr/bin/python3 tests/proc/test_mail.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more), its own outbox untouched (MAIL_DIR=).
FULL=1 kills more often. Nothing sleeps to wait for an event; every wait is bounded."""

import asyncio
import email.utils
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid

sys.dont_write_bytecode = True

from harness import check, children
from smtp_sink import PASSWORD, USER, Certificate, Mad, Sink, Tarpit, parsed
from sql import sql
from stack import Own, free_port, outbox_is_ours, until
from verdicts import Verdicts, test

FULL = os.environ.get("FULL") == "1"
SLOW = 3 if os.environ.get("SAN") else 1
KILLS = 50 if FULL else 6
FROM = "no-reply@gatehouse.example"


def queue(n=1, kind="reset_password", email=None, life=3600):
    """Rows as mail_queue() makes them, by the role that makes them; their ids."""
    parts = {"ip": "192.0.2.7"}
    if kind in ("reset_password", "verify_email", "set_password", "email_changed"):
        parts["token"] = "t0ken-" + uuid.uuid4().hex
    if kind in ("email_changed", "new_admin"):
        parts["email"] = "new@example.net"
    ids = [str(uuid.uuid4()) for _ in range(n)]
    rows = ["('%s', '%s', '%s', NULL, '%s'::text::jsonb, '%s', now() + nullif(%d, 0) * interval '1 second')"
            % (i, kind, email or "ada.%s@example.org" % i[:8], json.dumps(parts), i + "@gatehouse.example",
               life if "token" in parts else 0) for i in ids]
    sql("INSERT INTO mail (id, kind, recipient, user_id, parts, message_id, expires_at) VALUES "
        + ", ".join(rows), "APP_DATABASE_URL")
    return ids


def rows(ids):
    """id -> (state, tries, last_error)"""
    out = sql("SELECT id, state, tries, coalesce(last_error, '') FROM mail WHERE id IN (%s)"
              % ", ".join("'%s'" % i for i in ids))
    found = [line.split("|", 3) for line in out.split("\n") if line]
    return {f[0]: (f[1], int(f[2]), f[3]) for f in found}


def all_are(ids, state):
    found = rows(ids)
    return len(found) == len(ids) and all(r[0] == state for r in found.values()) and found


def due_now():
    """As if the back-off and the leases were over."""
    sql("UPDATE mail SET next_try_at = now() WHERE state = 'queued'")


def own(name, port, tls="none", **settings):
    return Own(name, READ_WORKERS=1, API_WORKERS=1, AUTH_WORKERS=1, SMTP_HOST="localhost", SMTP_PORT=port,
               SMTP_TLS=tls, EMAILS_FROM_EMAIL=FROM, EMAILS_FROM_NAME="G\u00e4tehouse, Inc.", **settings)


def background(service):
    found = service.ready_workers("background")
    return found[0] if found else None


async def sent(ids, what="the mails are sent", seconds=10):
    await until(what, lambda: all_are(ids, "sent"), seconds * SLOW)


# --- good servers --------------------------------------------------------------------------------


@test
async def starttls_and_login_deliver_within_two_seconds(scene):
    certificate = Certificate(os.environ["STATE_DIR"])
    with Sink(certificate, "starttls") as sink:
        async with own("tls", sink.port, "starttls", SMTP_USER=USER, SMTP_PASSWORD=PASSWORD,
                       SMTP_CA_FILE=certificate.cert):
            began = time.monotonic()
            first = queue()
            await until("it arrives", lambda: sink.mails, 5 * SLOW)
            took = time.monotonic() - began
            check(took < 2.5 * SLOW, "it took %.1f s" % took)
            ids = first + queue(30)
            await sent(ids)
        check(sorted(sink.ids()) == sorted(i + "@gatehouse.example" for i in ids), "each once, by its id")
        check(set(sink.passwords) == {(USER, PASSWORD)}, "it logged in")
        left = sql("SELECT count(*) FROM mail WHERE state = 'sent' AND parts IS NOT NULL")
        check(left == "0", "no token is kept")


@test
async def implicit_tls_delivers(scene):
    certificate = Certificate(os.environ["STATE_DIR"])
    with Sink(certificate, "tls") as sink:
        async with own("smtps", sink.port, "tls", SMTP_USER=USER, SMTP_PASSWORD=PASSWORD,
                       SMTP_CA_FILE=certificate.cert):
            await sent(queue(2))


@test
async def server_that_nobody_vouches_for_gets_no_password(scene):
    ours, theirs = (Certificate(os.environ["STATE_DIR"], n) for n in ("ours", "theirs"))
    with Sink(theirs, "starttls") as sink:
        async with own("cert", sink.port, "starttls", SMTP_USER=USER, SMTP_PASSWORD=PASSWORD,
                       SMTP_CA_FILE=ours.cert):
            ids = queue(2)
            await until("it was tried", lambda: all(r[2] for r in rows(ids).values()), 10 * SLOW)
    check(not sink.mails and not sink.passwords, "nothing was said to it")
    check(all_are(ids, "queued"), "they wait: %r" % rows(ids))


@test
async def server_without_starttls_gets_no_mail(scene):
    with Sink() as sink:
        async with own("plain", sink.port, "starttls"):
            ids = queue(2)
            await until("it was tried", lambda: all(r[2] for r in rows(ids).values()), 10 * SLOW)
    check(not sink.mails, "it never falls back")
    check(all_are(ids, "queued"), "they wait")


@test
async def wrong_password_parks_nothing(scene):
    certificate = Certificate(os.environ["STATE_DIR"])
    with Sink(certificate, "starttls") as sink:
        async with own("login", sink.port, "starttls", SMTP_USER=USER, SMTP_PASSWORD="wrong",
                       SMTP_CA_FILE=certificate.cert):
            ids = queue(2)
            await until("it was tried", lambda: all(r[2] for r in rows(ids).values()), 10 * SLOW)
    check(sink.passwords and not sink.mails, "the server refused it")
    check(all_are(ids, "queued"), "it is not the mails' fault: %r" % rows(ids))


@test
async def mail_says_what_it_should(scene):
    with Sink() as sink:
        async with own("text", sink.port, PUBLIC_URL="https://gatehouse.example", APP_NAME="A & B") as o:
            ids = [queue(1, k)[0] for k in ("verify_email", "reset_password", "set_password",
                                            "password_changed", "email_changed",
                                            "refresh_token_reused", "new_admin")]
            await sent(ids)
            sent_log = o.service.log.events("mail_sent")
    check(len(sink.mails) == len(ids), "each kind arrives")
    check("example.org" not in json.dumps(sent_log), "the log names nobody")
    for sender, recipients, raw in sink.mails:
        m = parsed(raw)
        text, html = (m.get_body((k,)).get_content() for k in ("plain", "html"))
        check(sender == FROM and recipients == [m["To"].strip("<>")], "envelope: %r" % (recipients,))
        check(m["From"] == '"G\u00e4tehouse, Inc." <%s>' % FROM, "From: %s" % m["From"])
        check(m["Auto-Submitted"] == "auto-generated", "headers: %r" % m.items())
        check(abs(time.time() - email.utils.parsedate_to_datetime(m["Date"]).timestamp()) < 120, m["Date"])
        check(b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b""), "bare LF")
        check(max(len(line) for line in raw.split(b"\r\n")) <= 200, "long lines")
        check("A & B" in text and "A &amp; B" in html and "{{" not in text + html, text)
        check("src=" not in html and "url(" not in html, "no outside resources")
        if "#token=" in text:
            link = next(w for w in text.split() if "#token=" in w)
            check(link.startswith("https://gatehouse.example/"), link)
            check('href="%s"' % link in html, "the same link in HTML")


@test
async def two_hosts_send_each_once(scene):
    with Sink() as sink:
        async with own("one", sink.port), own("two", sink.port):
            ids = queue(60)
            await sent(ids, seconds=20)
    check(sorted(sink.ids()) == sorted(i + "@gatehouse.example" for i in ids),
          "%d mails for %d" % (len(sink.mails), len(ids)))


# --- bad servers ---------------------------------------------------------------------------------


@test
async def server_that_was_down_gets_all_when_it_is_back(scene):
    port = free_port()
    async with own("down", port):
        ids = queue(12)
        await until("all were tried", lambda: all(r[2] for r in rows(ids).values()), 15 * SLOW)
        check(all_are(ids, "queued"), "they wait: %r" % rows(ids))
        waits = float(sql("SELECT min(extract(epoch FROM next_try_at - now())) FROM mail WHERE state = 'queued'"))
        check(10 < waits <= 36, "half a minute and some jitter, not %r" % waits)
        with Sink(port=port) as sink:
            due_now()
            await sent(ids)
    check(len(sink.mails) == len(ids), "each once")


@test
async def busy_server_is_asked_again_and_refusal_is_final(scene):
    with Sink() as sink:
        async with own("busy", sink.port) as o:
            sink.mode = "421"
            ids = queue(2)
            await until("refused for now", lambda: all("421 busy" in r[2] for r in rows(ids).values()),
                        10 * SLOW)
            sink.mode = "450"
            due_now()
            await until("refused again", lambda: all(r[2].startswith("450 5.1.1 not that one")
                                                     for r in rows(ids).values()), 10 * SLOW)
            check(all_are(ids, "queued"), "both are tried again: %r" % rows(ids))
            sink.mode = "550"
            final = queue(1)
            await until("parked at once", lambda: all_are(final, "parked"), 10 * SLOW)
            check(rows(final)[final[0]][1:] == (1, "550 5.1.1 not that one? *"), "after one try: %r" % rows(final))
            with open(o.service.log.path) as log: # what the server repeats is not ours to tell on
                check(not re.search("@example.org|#token=", log.read()), "the log names somebody")
            sink.mode = None
            due_now()
            await sent(ids)
    check(all_are(final, "parked"), "what was refused is not sent")


@test
async def poison_is_parked_after_ten_tries(scene):
    async with own("poison", free_port()):
        ids = queue(1)
        for n in range(1, 11):
            await until("try %d" % n, lambda: rows(ids)[ids[0]][1] == n and rows(ids)[ids[0]][2], 10 * SLOW)
            sql("UPDATE mail SET next_try_at = now() WHERE state = 'queued'")
        await until("parked", lambda: all_are(ids, "parked"), 5 * SLOW)


@test
async def repeat_carries_the_same_message_id(scene):
    with Sink() as sink:
        async with own("drops", sink.port):
            sink.mode = "drop"
            ids = queue(3)
            await until("each was dropped after it was taken", lambda: len(sink.dropped) >= 3 and
                        all(r[2] for r in rows(ids).values()), 10 * SLOW)
            check(all_are(ids, "queued"), "not known to have arrived: %r" % rows(ids))
            sink.mode = None
            due_now()
            await sent(ids)
    check(sorted(sink.dropped) == sorted(m[2] for m in sink.mails), "byte for byte the same mails")


# At which step it says what, what becomes of the mail, and what is told of it. A refusal parks where it is
# about the mail: its recipient, its text. Of whom the server serves, and from whom it takes mail, it says the same
# to all.
MADNESS = (
    ("CONNECT", None, "queued", ""), ("CONNECT", b"554 5.7.1 not you\r\n", "queued", ""),
    ("CONNECT", b"421 busy\r\n", "queued", ""), ("CONNECT", b"220-a\r\n220-b\r\n220 c\r\n", "sent", ""),
    ("EHLO", None, "queued", ""), ("EHLO", b"502 what?\r\n", "sent", ""),
    ("MAIL", None, "queued", ""), ("MAIL", b"451 4.3.0 later\r\n", "queued", "451 4.3.0 later"),
    ("MAIL", b"530 5.7.0 Authentication required\r\n", "queued", "530 5.7.0 Authentication required"),
    ("MAIL", b"553 5.7.1 not from there\r\n", "queued", "553 5.7.1 not from there"),
    ("RCPT", None, "queued", ""), ("RCPT", b"451 4.2.0 grey\r\n", "queued", "451 4.2.0 grey"),
    ("RCPT", b"251 ok, elsewhere\r\n", "sent", ""),
    ("RCPT", b"550-5.1.1 b\xc3\xa4d\r\n550-5.1.1 \x1b[2Jand\r\n550 5.1.1 g\xf6ne\r\n", "parked", "550 5.1.1 g?ne"),
    ("DATA", None, "queued", ""), ("DATA", b"451 no\r\n", "queued", "451 no"), ("DATA", b"554 no\r\n", "parked", "554 no"),
    (".", None, "queued", ""), (".", b"452 full\r\n", "queued", "452 full"), (".", b"552 " + b"x" * 2000 + b"\r\n", "parked", "552 x"),
    (".", b"250-took\r\n250 it\r\n", "sent", ""), (".", b"250\r\n", "sent", ""), ("QUIT", None, "sent", ""),
    ("QUIT", b"500 never\r\n", "sent", ""), ("CONNECT", Mad.FLOOD, "queued", ""), (".", Mad.FLOOD, "queued", ""),
    ("QUIT", Mad.FLOOD, "sent", ""))


@test
async def whatever_a_server_says_at_any_step_parks_only_what_it_refuses(scene):
    wrong = []
    with Mad() as mad:
        async with own("mad", mad.port) as o:
            pid = background(o.service)
            for step, said, state, why in MADNESS:
                mad.step, mad.said = step, said
                ids = queue()
                found = (await until("%s %r" % (step, said), lambda: [r for r in rows(ids).values() if r[2] or
                                                                      r[0] != "queued"], 20 * SLOW))[0]
                if found[0] != state or not found[2].startswith(why) or (state != "sent") != bool(found[2]):
                    wrong.append((step, said, found))
                sql("DELETE FROM mail")
            check(background(o.service) == pid, "the process lives on")
    check(not wrong, "%r" % wrong)
    check(mad.hello == {"gatehouse.example"}, "some servers refuse who says less than a domain: %r" % mad.hello)


async def tarpit(greeting):
    with Tarpit(greeting) as pit:
        async with own("tarpit", pit.port) as o:
            pid = background(o.service)
            ids = queue(8)
            await until("it swallows what it can", lambda: len(pit.taken) >= 4, 10 * SLOW)
            began = time.monotonic() # longer than the supervisor lets a worker be stuck
            await until("11 s", lambda: time.monotonic() - began > 11, 20)
            check(background(o.service) == pid, "the process lives on")
            check(not o.service.log.events("worker_stuck"), "nobody was stuck")
            began = time.monotonic()
            await o.stop(o.program, signal.SIGTERM)
            check(time.monotonic() - began < 2.5 * SLOW, "it leaves at once")
    check(all_are(ids, "queued"), "none is lost: %r" % rows(ids))
    check(len([r for r in rows(ids).values() if r[2] == "the program was stopped meanwhile"]) == 4,
          "cut off and queued again: %r" % rows(ids))
    with Sink() as sink:
        async with own("after", sink.port):
            due_now()
            await sent(ids)


@test
async def silent_server_holds_up_nobody(scene):
    await tarpit(b"")


@test
async def server_that_only_greets_holds_up_nobody(scene):
    await tarpit(b"220 come in\r\n")


@test
async def other_jobs_go_on_beside_a_silent_server(scene):
    with Tarpit() as pit:
        async with own("beside", pit.port):
            queue(8)
            await until("it swallows what it can", lambda: len(pit.taken) >= 4, 10 * SLOW)
            sql("UPDATE mail SET expires_at = now()")
            await until("links expire", lambda: sql("SELECT count(*) FROM mail WHERE parts IS NOT NULL") == "0",
                        70)


@test
async def killed_at_any_moment_loses_nothing(scene):
    with Sink() as sink:
        async with own("kill", sink.port) as o:
            ids, kills = [], 0
            while kills < KILLS:
                ids += queue(10)
                at = time.monotonic() + random.uniform(0, 1.5)
                await until("a moment", lambda: time.monotonic() > at)
                pid = await until("there is one to kill", lambda: background(o.service), 20 * SLOW)
                os.kill(pid, signal.SIGKILL)
                kills += 1
                await until("it is replaced", lambda: background(o.service) not in (None, pid), 20 * SLOW)
                due_now()
            end = time.monotonic() + 60 * SLOW
            while not all_are(ids, "sent"):
                check(time.monotonic() < end, "not sent: %r" % [r for r in rows(ids).items() if r[1][0] != "sent"][:5])
                await asyncio.sleep(1)
                due_now()
            await until("nobody is left behind", lambda: not orphans(o), 5)
    got = sink.ids()
    check(set(got) == {i + "@gatehouse.example" for i in ids}, "all arrived under their names")
    print("   %d kills, %d mails, %d repeats" % (kills, len(ids), len(got) - len(ids)))


def orphans(o):
    """Senders whose background process is gone."""
    mine = set(children(o.program.pid))
    return [c for w in mine for c in children(w) if w not in mine]


# --- no server -----------------------------------------------------------------------------------


def file_owner(folder):
    if os.getuid() == 0:
        subprocess.run(["chown", "www-data:", folder], check=True)


@test
async def files_are_written_where_there_is_no_server(scene):
    folder = os.environ["STATE_DIR"] + "/mails"
    subprocess.run(["rm", "-rf", folder], check=True)
    os.mkdir(folder)
    file_owner(folder)
    async with Own("files", READ_WORKERS=1, API_WORKERS=1, AUTH_WORKERS=1, MAIL_DIR=folder):
        ids = queue(20)
        await sent(ids)
        files = sorted(os.listdir(folder))
        check(len(files) == 20 and all(f.endswith(".eml") for f in files), "%r" % files)
        for f in files:
            path = folder + "/" + f
            check(os.stat(path).st_mode & 0o777 == 0o600, "for nobody else")
            with open(path, "rb") as mail:
                m = parsed(mail.read())
            check(m["Message-ID"].strip("<>").split("@")[0] in ids, "%s" % m["Message-ID"])
            check("#token=t0ken-" in m.get_body(("plain",)).get_content(), "the link is in it")
        os.chmod(folder, 0o500)
        if os.getuid() == 0:
            subprocess.run(["chown", "root:", folder], check=True)
        later = queue(1)
        await until("it says why", lambda: rows(later)[later[0]][2] == "Permission denied", 10 * SLOW)
        os.chmod(folder, 0o700)
        file_owner(folder)
        due_now()
        await sent(later)


@test
async def own_texts_replace_the_built_in_ones(scene):
    folder = os.environ["STATE_DIR"] + "/texts"
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/reset_password.txt", "w") as f:
        f.write("Neues Kennwort f\u00fcr {{app_name}}\n\nBitte hier w\u00e4hlen: {{public_url}}/x?t={{token}}\n")
    with Sink() as sink:
        async with own("texts", sink.port, MAIL_TEMPLATES=folder, PUBLIC_URL="https://gatehouse.example"):
            await sent(queue(1))
    m = parsed(sink.mails[0])
    check(m["Subject"] == "Neues Kennwort f\u00fcr Gatehouse", m["Subject"])
    check("w\u00e4hlen: https://gatehouse.example/x?t=t0ken-" in m.get_body(("plain",)).get_content(),
          m.get_body(("plain",)).get_content())


@test
async def expired_link_is_not_sent(scene):
    with Sink() as sink:
        ids = queue(1, life=1)
        await until("it expires", lambda: sql("SELECT expires_at <= now() FROM mail WHERE id = '%s'" % ids[0]) == "t")
        async with own("expired", sink.port):
            await until("parked", lambda: all_are(ids, "parked"), 10 * SLOW)
    check(not sink.mails, "nobody gets a dead link")
    check(sql("SELECT parts IS NULL FROM mail WHERE id = '%s'" % ids[0]) == "t", "the token is forgotten")


async def main(names):
    verdicts = Verdicts(names)
    for t in verdicts.tests:
        sql("DELETE FROM mail")
        with verdicts.of(t):
            await asyncio.wait_for(t(None), 600)
    return verdicts.status()


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    outbox_is_ours()
    sys.exit(asyncio.run(main(sys.argv[1:])))
