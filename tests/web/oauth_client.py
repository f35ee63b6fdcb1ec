#!/usr/bin/python3
"""A stock OAuth2 client, requests-oauthlib, logs in and refreshes by itself.

Against the running service of BASE_URL, over plain HTTP on this host. Nothing here knows more of
Gatehouse than a token URL; whatever the library minds, a user's program would mind. Ends with
"N passed, N failed".
"""

import os
import sys
import traceback
import uuid

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # before the import: read when it is used

import requests
from oauthlib.oauth2 import (
    BackendApplicationClient,
    InvalidClientError,
    InvalidGrantError,
    LegacyApplicationClient,
    UnsupportedGrantTypeError,
)
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

BASE = os.environ["BASE_URL"].rstrip("/") + "/api/v1"
ME = BASE + "/users/me"
TOKEN_URLS = [BASE + "/auth/token", BASE + "/auth/login"]


def person():
    """A new account's address and password."""
    email = f"{uuid.uuid4()}@test.example"
    password = f"Aa1!{uuid.uuid4().hex}"
    answer = requests.post(
        BASE + "/auth/register", json={"email": email, "password": password}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return email, password


def log_in(token_url, client_id=None, secret=None, **more):
    email, password = person()
    session = OAuth2Session(client=LegacyApplicationClient(client_id=client_id), **more)
    token = session.fetch_token(
        token_url,
        username=email,
        password=password,
        client_id=client_id,
        client_secret=secret,
        include_client_id=client_id is not None,
    )
    return session, token, email


def shows(session, email):
    answer = session.get(ME, timeout=30)
    assert answer.status_code == 200 and answer.json()["email"] == email, answer.text


def logs_in_without_a_client_id():
    for url in TOKEN_URLS:
        session, token, email = log_in(url)
        assert token["token_type"] == "bearer" and token["expires_in"] == 1800, token
        shows(session, email)


def logs_in_with_a_client_id():
    for url in TOKEN_URLS:
        session, _, email = log_in(url, client_id="any-client")
        shows(session, email)


def logs_in_with_a_client_secret():
    """The library then speaks HTTP Basic, or puts both into the form."""
    for url in TOKEN_URLS:
        session, _, email = log_in(url, client_id="any-client", secret="any-secret")
        shows(session, email)


def asks_for_a_scope():
    for url in TOKEN_URLS:
        session, _, email = log_in(url, scope=["profile", "e-mail"])
        shows(session, email)


def refreshes_by_itself(client_id=None):
    """The library refreshes when its clock says that the token has expired."""
    for url in TOKEN_URLS:
        kept = []
        session, token, email = log_in(
            url,
            client_id=client_id,
            auto_refresh_url=TOKEN_URLS[0],
            auto_refresh_kwargs={"client_id": client_id} if client_id else {},
            token_updater=kept.append,
        )
        old = dict(token)
        for turn in (1, 2, 3):
            session.token = {**session.token, "expires_in": -30, "expires_at": 1}
            shows(session, email)
            assert len(kept) == turn, kept
            assert kept[-1]["refresh_token"] != old["refresh_token"], "not rotated"
            assert kept[-1]["access_token"] != old["access_token"], "not renewed"
            old = dict(kept[-1])
            session.token = old


def refreshes_by_itself_with_a_client_id():
    refreshes_by_itself("any-client")


def refreshes_when_told():
    session, token, email = log_in(TOKEN_URLS[0])
    fresh = session.refresh_token(TOKEN_URLS[0], refresh_token=token["refresh_token"])
    assert fresh["refresh_token"] != token["refresh_token"]
    shows(session, email)


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def understands_a_wrong_password():
    email, _ = person()
    session = OAuth2Session(client=LegacyApplicationClient(client_id=None))
    error = raises(
        InvalidGrantError,
        lambda: session.fetch_token(TOKEN_URLS[0], username=email, password="Wrong-pass-1"),
    )
    assert error.description == "Incorrect email or password", error.description


def understands_a_spent_refresh_token():
    session, token, _ = log_in(TOKEN_URLS[0])
    spent = token["refresh_token"]
    for _ in range(2):
        session.refresh_token(TOKEN_URLS[0])
    raises(
        InvalidGrantError, lambda: session.refresh_token(TOKEN_URLS[0], refresh_token=spent)
    )
    # The replay ended the session: nothing of it is good any more.
    assert session.get(ME, timeout=30).status_code == 401
    raises(InvalidGrantError, lambda: session.refresh_token(TOKEN_URLS[0]))


def understands_an_unknown_grant():
    class Other(LegacyApplicationClient):
        grant_type = "no_such_grant"

    session = OAuth2Session(client=Other(client_id=None))
    raises(
        UnsupportedGrantTypeError,
        lambda: session.fetch_token(TOKEN_URLS[0], username="x", password="y"),
    )


def machine():
    """A new account's username and user secret."""
    name = f"u{uuid.uuid4()}"
    answer = requests.post(BASE + "/auth/register", json={"username": name}, timeout=30)
    assert answer.status_code == 201, answer.text
    return name, answer.json()["user_secret"]


def by_basic(name, secret):
    return {"auth": HTTPBasicAuth(name, secret)}


def by_basic_with_its_id(name, secret):
    return {"auth": HTTPBasicAuth(name, secret), "include_client_id": True}


def in_the_body(name, secret):
    return {"client_id": name, "client_secret": secret, "include_client_id": True}


def by_default(name, secret):
    return {"client_id": name, "client_secret": secret}


def fetch(client_id, how):
    session = OAuth2Session(client=BackendApplicationClient(client_id=client_id))
    return session, session.fetch_token(TOKEN_URLS[0], **how)


def a_machine_gets_in():
    for way in (by_basic, by_basic_with_its_id, in_the_body, by_default):
        name, secret = machine()
        session, token = fetch(name, way(name, secret))
        assert token["token_type"] == "bearer" and "refresh_token" not in token, token
        answer = session.get(ME, timeout=30)
        assert answer.status_code == 200 and answer.json()["username"] == name, answer.text


def a_machine_understands_a_wrong_secret():
    for way in (by_basic, by_basic_with_its_id, in_the_body, by_default):
        name, _ = machine()
        raises(InvalidClientError, lambda: fetch(name, way(name, "ghs_" + "A" * 43)))


TESTS = [
    logs_in_without_a_client_id,
    logs_in_with_a_client_id,
    logs_in_with_a_client_secret,
    asks_for_a_scope,
    refreshes_by_itself,
    refreshes_by_itself_with_a_client_id,
    refreshes_when_told,
    understands_a_wrong_password,
    understands_a_spent_refresh_token,
    understands_an_unknown_grant,
    a_machine_gets_in,
    a_machine_understands_a_wrong_secret,
]


def main():
    failed = 0
    for test in TESTS:
        try:
            test()
        except Exception:  # the next one may tell more
            failed += 1
            print(f"FAILED {test.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
