#!/usr/bin/python3
"""The pages that links in mails lead to, in a real browser: from the mail to what they say at the end.

Wants BASE_URL, STATE_DIR and MAIL_DIR as scripts/stack makes them; a screenshot of each page goes into the folder
SCREENSHOTS, if that is set.
"""

import base64
import email
import email.policy
import glob
import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request

from webdriver import Browser

BASE = os.environ["BASE_URL"]
LOGS = os.path.join(os.environ["STATE_DIR"], "log")
PASSWORD = "SecurePass123!"

passed = failed = 0


def check(name, good, why=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"ok {name}" if good else f"FAIL {name}: {why}", flush=True)


def ask(path, body=None, token=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


class Somebody:
    def __init__(self):
        self.email = f"pages-{secrets.token_hex(6)}@example.com"
        assert ask("/api/v1/auth/register", {"email": self.email, "password": PASSWORD})[0] == 201

    def login(self, password=PASSWORD):
        status, _, body = ask("/api/v1/auth/login", {"username": self.email, "password": password})
        self.token = json.loads(body).get("access_token")
        return status

    def link(self, page):
        """The one in the newest mail that leads to this page."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            for name in sorted(glob.glob(os.environ["MAIL_DIR"] + "/*.eml"), key=os.path.getmtime, reverse=True):
                with open(name, "rb") as f:
                    mail = email.message_from_binary_file(f, policy=email.policy.default)
                found = re.search(r"\S+/%s#token=\S+" % page, mail.get_body(("plain",)).get_content())
                if mail["To"] == self.email and found:
                    return found.group()
            time.sleep(0.05)
        raise AssertionError(f"no mail to {self.email} with {page}")


def picture(browser, name):
    if os.environ.get("SCREENSHOTS"):
        with open(os.path.join(os.environ["SCREENSHOTS"], name + ".png"), "wb") as f:
            f.write(base64.b64decode(browser.screenshot()))


def opened(browser, link):
    browser.open("about:blank")
    browser.requests()
    browser.complaints()
    browser.open(link)
    browser.wait(lambda: browser.text("h1") != "Your account", "the page to begin")


def outcome(browser):
    return browser.wait(lambda: browser.text("#outcome"), "an outcome")


def quiet(browser, name, link):
    """Nothing of the token is left behind, and nothing was asked elsewhere."""
    token = link.split("#token=")[1]
    asked = browser.requests()
    foreign = [u for u in asked if not u.startswith((BASE + "/", "data:"))]
    check(f"{name}: no request leaves the host", asked and not foreign, foreign)
    sent = [u for u in asked if token in u.split("#")[0]]
    check(f"{name}: the token is in no address that was asked for", not sent, sent)
    check(f"{name}: the token is gone from the address bar", token not in browser.script("return location.href"))
    check(f"{name}: and from the history", browser.script("return location.hash") == "")
    logs = [f for f in glob.glob(LOGS + "/**", recursive=True) if os.path.isfile(f)]
    told = [f for f in logs if token.encode() in open(f, "rb").read()]
    check(f"{name}: no log has it", logs and not told, told)


def headers(page):
    status, got, body = ask("/" + page)
    policy = got.get("Content-Security-Policy", "")
    check(f"{page}: a strict policy", status == 200 and "default-src 'none'" in policy and "unsafe" not in policy and
          "frame-ancestors 'none'" in policy, f"{status} {policy}")
    check(f"{page}: no Referer", got.get("Referrer-Policy") == "no-referrer", got)
    check(f"{page}: has a language and a noscript", b'<html lang="en">' in body and b"<noscript>" in body)
    status, got, _ = ask("/" + page, {})
    check(f"{page}: takes no POST", (status, got.get("Allow")) == (405, "GET, HEAD"), f"{status} {got}")


def labelled(browser, name):
    bare = browser.script("""return [...document.querySelectorAll('input, button')].filter((e) =>
        e.offsetParent && !(e.labels && e.labels.length) && !e.textContent.trim()).map((e) => e.id)""")
    check(f"{name}: every control has a name", not bare, bare)


def confirms(browser):
    p = Somebody()
    p.login()
    link = p.link("verify-email")
    for _ in range(3):
        opened(browser, link)
    check("verify-email: looking uses nothing up", b'"is_verified":false' in ask("/api/v1/users/me", token=p.token)[2])
    picture(browser, "verify-email")
    labelled(browser, "verify-email")
    browser.click("#go")
    check("verify-email: it says so", "is confirmed" in outcome(browser), outcome(browser))
    check("verify-email: it is so", b'"is_verified":true' in ask("/api/v1/users/me", token=p.token)[2])
    check("verify-email: what it says is read out", browser.script("return document.activeElement.id") == "outcome")
    check("verify-email: no complaints", not browser.complaints())
    quiet(browser, "verify-email", link)
    picture(browser, "verify-email-done")
    opened(browser, link)
    browser.click("#go")
    check("verify-email: once", "not good any more" in outcome(browser), outcome(browser))
    picture(browser, "link-over")


def resets(browser):
    p, new = Somebody(), "Another-Pass-456"
    ask("/api/v1/users/reset-password/request", {"email": p.email})
    link = p.link("reset-password")
    opened(browser, link)
    labelled(browser, "reset-password")
    browser.type("#password", "weak-weak-1")
    browser.type("#again", "weak-weak-2")
    browser.click("#go")
    check("reset-password: two that differ", "not the same" in outcome(browser), outcome(browser))
    browser.script("document.querySelector('#again').value = document.querySelector('#password').value")
    browser.click("#go")
    browser.wait(lambda: "Password must" in browser.text("#outcome"), "why it is refused")
    picture(browser, "reset-password")
    for i in ("#password", "#again"):
        browser.script("document.querySelector('%s').value = ''" % i)
        browser.type(i, "Aa1!" * 33)
    browser.click("#go")
    browser.wait(lambda: "at most 128" in browser.text("#outcome"), "what is too long is told, not cut off")
    browser.script("for (const i of document.querySelectorAll('input')) i.value = ''")
    browser.type("#password", new)
    browser.type("#again", new)
    browser.click("#go")
    browser.wait(lambda: "is set" in browser.text("#outcome"), "that it is set")
    check("reset-password: the new one logs in, the old one does not", (p.login(new), p.login()) == (200, 401))
    quiet(browser, "reset-password", link)


def another_in_its_place(browser):
    """A link that is over, and then a good one in the same tab, of which the browser would fetch nothing."""
    p = Somebody()
    link = p.link("verify-email")
    opened(browser, link[:-1] + ("A" if link[-1] != "A" else "B"))
    browser.click("#go")
    outcome(browser)
    browser.script("location.href = arguments[0]", link)
    browser.wait(lambda: browser.script("return location.hash === '' && !document.querySelector('#form').hidden"),
                 "the page to begin anew")
    browser.click("#go")
    check("verify-email: another link in the same tab", "is confirmed" in outcome(browser), outcome(browser))


def undoes(browser):
    p = Somebody()
    p.login()
    old, p.new = p.email, "thief-" + p.email
    status, _, body = ask("/api/v1/users/me", {"email": p.new}, p.token, "PATCH")
    check("undo-email-change: changed", status == 200, body)
    link = p.link("undo-email-change")
    opened(browser, link)
    picture(browser, "undo-email-change")
    browser.click("#go")
    check("undo-email-change: it says so", "is undone" in outcome(browser), outcome(browser))
    quiet(browser, "undo-email-change", link)
    opened(browser, p.link("reset-password"))
    browser.type("#password", PASSWORD + "x")
    browser.type("#again", PASSWORD + "x")
    browser.click("#go")
    browser.wait(lambda: "is set" in browser.text("#outcome"), "that it is set")
    check("undo-email-change: the old address logs in", p.login(PASSWORD + "x") == 200, old)


def without_token(browser):
    opened(browser, BASE + "/set-password")
    check("set-password: no token, no form", "no token" in outcome(browser) and
          not browser.script("return document.querySelector('#form').offsetParent"), outcome(browser))


for page in ("verify-email", "reset-password", "set-password", "undo-email-change"):
    headers(page)
with Browser() as b:
    confirms(b)
    another_in_its_place(b)
    resets(b)
    undoes(b)
    without_token(b)
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
