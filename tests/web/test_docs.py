#!/usr/bin/python3
"""The interactive documentation in a real browser: Authorize, try /users/me, 200, nothing leaves the host.

Wants BASE_URL; a screenshot goes to SCREENSHOT, if that is set.
"""

import base64
import json
import os
import secrets
import sys
import urllib.request

from webdriver import Browser

BASE = os.environ["BASE_URL"]
EMAIL = f"docs-{secrets.token_hex(6)}@example.com"
PASSWORD = "SecurePass123!"
OPERATION = "#operations-me-me_read"

passed = failed = 0


def check(name, good, why=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"ok {name}" if good else f"FAIL {name}: {why}", flush=True)


def register():
    body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    request = urllib.request.Request(BASE + "/api/v1/auth/register", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 201


def authorize(browser):
    browser.click(".btn.authorize")
    browser.type("#oauth_username", EMAIL)
    browser.type("#oauth_password", PASSWORD)
    browser.click(".auth-container .btn.modal-btn.auth.authorize")
    browser.wait(lambda: "Logout" in browser.text(".dialog-ux .modal-ux-content"), "to be logged in")
    browser.click(".close-modal")


def try_me(browser):
    browser.click(f"{OPERATION} .opblock-summary-control")
    browser.click(f"{OPERATION} .try-out__btn")
    browser.click(f"{OPERATION} .btn.execute")
    row = f"{OPERATION} .live-responses-table tbody"
    return browser.text(f"{row} .response-col_status"), browser.text(f"{row} .response-col_description")


def visit(browser, path):
    browser.open("about:blank")
    browser.requests()  # the browser's own start page
    browser.open(BASE + path)
    authorize(browser)
    status, answer = try_me(browser)
    check(f"{path}: try /users/me gives 200", status.startswith("200"), status)
    check(f"{path}: the answer is the one who authorized", EMAIL in answer, answer[:300])
    if os.environ.get("SCREENSHOT"):
        with open(os.environ["SCREENSHOT"], "wb") as f:
            f.write(base64.b64decode(browser.screenshot()))
    asked = browser.requests()
    check(f"{path}: something was asked for at all", len(asked) > 4, asked)
    foreign = [u for u in asked if not u.startswith((BASE + "/", "data:", "blob:"))]
    check(f"{path}: no request leaves the host", not foreign, foreign)
    complaints = browser.complaints()
    check(f"{path}: the console has no errors", not complaints, complaints)


register()
with Browser() as b:
    for docs in ("/docs", "/api/v1/docs"):
        visit(b, docs)
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
