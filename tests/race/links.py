"""What links in mails do, at the moment of something else that decides about their account.

The tokens are planted: a link is kept as the SHA-256 of what stands in the mail."""

import os

from field import (NEW_PASSWORD, PASSWORD, WIDTH, Ask, allowed, check, code, exchange, look_with, one_wins, race,
                   refresh_with, statuses, tokens_of)


def plant(field, p, purpose, email=None):
    token = os.urandom(24).hex()
    field.sql("INSERT INTO links (digest, user_id, purpose, email, email_key, proven, expires_at) VALUES (sha256('%s'),"
              " '%s', '%s', '%s', '%s', true, now() + interval '1 hour')" % (
                  token, p.id, purpose, email or p.email, (email or p.email).lower()))
    return token


def reset(token, password=NEW_PASSWORD):
    return Ask("POST", "/users/reset-password/confirm", None, {"token": token, "new_password": password})


def verify(token):
    return Ask("POST", "/users/verify-email/confirm", None, {"token": token})


def undo(token):
    return Ask("POST", "/users/undo-email-change/confirm", None, {"token": token})


@race
async def a_link_is_good_once(field, n):
    p = await field.person()
    purpose, use = [("reset_password", None), ("verify_email", verify), ("set_password", None),
                    ("undo_email_change", undo)][n % 4]
    token = plant(field, p, purpose)
    words = ["Another-Word-%d!" % i for i in range(WIDTH)]
    answers = await field.at_once([use(token) if use else reset(token, w) for w in words])
    one_wins(answers, (200,), (400, "LINK_INVALID"))
    if use is None:
        won = words[[a.status for a in answers].index(200)]
        await field.ask(p.log_in(won), 200)


@race
async def nothing_survives_a_password_that_was_chosen_anew(field, n):
    p = await field.person()
    before = p.access, p.refresh
    secret = (await field.ask(Ask("POST", "/users/me/secret", p.access), 201)).json()["user_secret"]
    token, other = plant(field, p, "reset_password"), plant(field, p, "reset_password")
    change = Ask("POST", "/users/me/change-password", p.access, {
        "current_password": PASSWORD, "new_password": "Third-Word-9#"})
    old = [p.log_in(), p.renew(), exchange(secret), Ask("POST", "/users/me/secret", p.access), p.log_in()]
    asks = [reset(token)] + (old * WIDTH)[:WIDTH - 2] + ([change] if n % 2 else [reset(other, "Third-Word-9#")])
    answers = await field.at_once(asks)
    allowed(answers, 200, 201, 400, 401)
    done = [answers[0].status == 200, answers[-1].status == 200]
    check(sum(done) == 1 or any(a.status == 503 for a in answers), "%r" % statuses([answers[0], answers[-1]]))
    access, refresh = tokens_of(answers[1:-1])
    secrets = [a.json()["user_secret"] for a in answers if a.status == 201] + [secret]
    for a in await field.at_once([look_with(t) for t in access + [before[0]]] + [exchange(s) for s in secrets] +
                                 [refresh_with(t) for t in refresh + [before[1]]] + [p.log_in()]):
        check(not any(done) or a.status == 401, "the old password's: %d %r" % (a.status, a.content))
    if any(done):
        field.sessions_are(p, 0)
        await field.ask(p.log_in(NEW_PASSWORD if done[0] else "Third-Word-9#"), 200)
        for again in (token, other):
            check(code(await field.ask(reset(again, "Fourth-Word-1!"))) == "LINK_INVALID", "used up or void")


@race
async def a_link_proves_no_address_but_its_own(field, n):
    p = await field.person()
    new = "new-" + p.email
    links = [verify(plant(field, p, "verify_email")), reset(plant(field, p, "reset_password"))]
    answers = await field.at_once([p.patch(email=new)] + links)
    allowed(answers, 200, 400, 401)
    key, verified = field.row(p, "email_key, is_verified").split("|")
    check((key == new) == (answers[0].status == 200), "%s after %r" % (key, statuses(answers)))
    check(verified == "f" or key == p.email, "an address counts as confirmed that no link was sent to")


@race
async def a_link_brings_no_account_back(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    end = [Ask("POST", "/users/%s/deactivate" % p.id, admin.access), Ask("DELETE", "/users/" + p.id, admin.access),
           Ask("DELETE", "/users/me?confirm=true", p.access)][n % 3]
    links = [reset(plant(field, p, "reset_password")), verify(plant(field, p, "verify_email")),
             undo(plant(field, p, "undo_email_change", "old-" + p.email))]
    answers = await field.at_once([end] + links + [p.log_in(), p.renew()])
    allowed(answers, 200, 204, 400, 401, 403)
    if answers[0].status not in (200, 204): # a new password ends his own session before he does
        check(answers[0].status == 503 or n % 3 == 2 and code(answers[0]) == "SESSION_ENDED", "%r" % answers[0].content)
        return
    access, refresh = tokens_of(answers[1:])
    await field.dead(p, access + [p.access], refresh + [p.refresh])
    for a in await field.at_once([p.log_in(), p.log_in(NEW_PASSWORD)]):
        check(code(a) in ("INVALID_CREDENTIALS", "ACCOUNT_DISABLED"), "logs in: %d %r" % (a.status, a.content))
    left = field.row(p, "is_active")
    check(left in ("f", ""), "active again")


@race
async def an_address_that_was_left_is_kept_for_who_left_it(field, n):
    """Others reach for it while he leaves it, and again while he takes it back."""
    p, other = await field.people(2)
    old, new = p.email, "new-" + p.email
    others = lambda: [Ask("POST", "/auth/register", None, {"email": old, "password": PASSWORD})
                      for _ in range(WIDTH - 2)] + [other.patch(email=old)]
    answers = await field.at_once([p.patch(email=new)] + others())
    allowed(answers, 200, 409)
    if answers[0].status == 503:
        return
    check(statuses(answers[1:]).keys() <= {(409, "EMAIL_ALREADY_REGISTERED"), (503, "OVERLOADED")},
          "while he leaves: %r" % statuses(answers))
    answers = await field.at_once([undo(plant(field, p, "undo_email_change", old))] + others())
    allowed(answers, 200, 409)
    check(statuses(answers[1:]).keys() <= {(409, "EMAIL_ALREADY_REGISTERED"), (503, "OVERLOADED")},
          "while he returns: %r" % statuses(answers))
    check(answers[0].status == 503 or field.row(p, "email_key, is_verified") == old + "|t", "it is his again")
    field.sessions_are(p, 0 if answers[0].status == 200 else 1)
