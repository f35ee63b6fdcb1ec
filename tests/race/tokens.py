"""Tokens that are exchanged, ended or made at the very moment of something that decides about them."""

from field import (NEW_PASSWORD, PASSWORD, WIDTH, Ask, allowed, check, exchange, look_with, race, refresh_with,
                   statuses, tokens_of)


def renewals(p, n):
    """The same token by both routes that take it."""
    form = Ask("POST", "/auth/token", None, {"grant_type": "refresh_token", "refresh_token": p.refresh})
    return [form if i % 2 else p.renew() for i in range(n)]


@race
async def a_refresh_token_has_one_successor(field, n):
    p = await field.person()
    for _ in range(2): # the second time, what is exchanged is a successor itself
        answers = await field.at_once(renewals(p, WIDTH))
        allowed(answers, 200)
        access, refresh = tokens_of(answers)
        check(len(set(refresh)) == 1, "%d successors" % len(set(refresh)))
        allowed(await field.at_once([look_with(t) for t in access]), 200)
        p.access, p.refresh = access[0], refresh[0]
    field.sessions_are(p, 1)


@race
async def a_spent_token_ends_its_session_whatever_refreshes(field, n):
    p = await field.person()
    spent = p.refresh
    for _ in range(2):
        p.take(await field.ask(p.renew(), 200))
    answers = await field.at_once([refresh_with(spent)] * 2 + renewals(p, WIDTH - 2))
    allowed(answers, 200, 401, 400)
    check(all(a.status != 200 for a in answers[:2]), "a spent token was taken: %r" % statuses(answers[:2]))
    access, refresh = tokens_of(answers)
    await field.dead(p, access + [p.access], refresh + [p.refresh])


@race
async def after_a_logout_nothing_of_the_session_lives(field, n):
    p = await field.person()
    session = (await field.ask(Ask("GET", "/users/me/sessions", p.access), 200)).json()["items"][0]["id"]
    other = await field.ask(p.log_in(), 200)
    out = [Ask("POST", "/auth/logout", p.access), Ask("POST", "/auth/logout", None, {"refresh_token": p.refresh}),
           Ask("POST", "/auth/logout?scope=all", p.access), Ask("DELETE", "/users/me/sessions", p.access),
           Ask("DELETE", "/users/me/sessions/" + session, p.access)][n % 5]
    answers = await field.at_once([out] + renewals(p, WIDTH - 1))
    allowed(answers, 200, 204, 401, 400)
    if answers[0].status != 204:
        check(answers[0].status == 503, "not logged out: %d %r" % (answers[0].status, answers[0].content))
        return
    access, refresh = tokens_of(answers)
    for a in await field.at_once([look_with(t) for t in access + [p.access]] +
                                 [refresh_with(t) for t in refresh + [p.refresh]]):
        check(a.status == 401, "alive: %d %r" % (a.status, a.content))
    # By a refresh token that was exchanged meanwhile, a logout is good for its own session only.
    field.sessions_are(p, 0 if n % 5 in (2, 3) else 1)
    check(n % 5 in (2, 3) or (await field.ask(look_with(other.json()["access_token"]))).status == 200, "the other one")


@race
async def nothing_made_with_the_old_password_survives_the_new_one(field, n):
    p = await field.person()
    before = p.access, p.refresh
    secret = (await field.ask(Ask("POST", "/users/me/secret", p.access), 201)).json()["user_secret"]
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    change = [Ask("POST", "/users/me/change-password", p.access, body),
              p.patch(password=NEW_PASSWORD, current_password=PASSWORD)][n % 2]
    old = [p.log_in(), p.renew(), exchange(secret), Ask("POST", "/users/me/secret", p.access), p.log_in()]
    old = (old * WIDTH)[:WIDTH - 3]
    answers = await field.at_once([change] + old + [p.log_in(NEW_PASSWORD)] * 2)
    allowed(answers, 200, 201, 401)
    if answers[0].status == 503:
        return
    check(answers[0].status == 200, "not changed: %d %r" % (answers[0].status, answers[0].content))
    access, refresh = tokens_of(answers[1:-2])
    new_access, new_refresh = tokens_of(answers[-2:])
    secrets = [a.json()["user_secret"] for a in answers if a.status == 201] + [secret]
    for a in await field.at_once([look_with(t) for t in access + [before[0]]] + [exchange(s) for s in secrets] +
                                 [refresh_with(t) for t in refresh + [before[1]]] + [p.log_in()]):
        check(a.status == 401, "the old password's: %d %r" % (a.status, a.content))
    field.sessions_are(p, len(new_refresh))
    allowed(await field.at_once([look_with(t) for t in new_access] + [p.log_in(NEW_PASSWORD)]), 200)


@race
async def of_two_new_passwords_the_one_that_was_told_holds(field, n):
    p = await field.person()
    words = ["Another-Word-%d!" % i for i in range(max(2, WIDTH // 4))]
    answers = await field.at_once([Ask("POST", "/users/me/change-password", p.access, {
        "current_password": PASSWORD, "new_password": w}) for w in words])
    allowed(answers, 200, 400, 401)
    won = [w for w, a in zip(words, answers) if a.status == 200]
    check(len(won) <= 1 and (won or any(a.status == 503 for a in answers)), "%r" % statuses(answers))
    logged_in = [(await field.ask(p.log_in(w), 200, 401)).status == 200 for w in words]
    check([w for w, yes in zip(words, logged_in) if yes] == won, "another one holds")


@race
async def a_replaced_secret_ends_with_all_its_tokens(field, n):
    p = await field.person()
    make, drop = Ask("POST", "/users/me/secret", p.access), Ask("DELETE", "/users/me/secret", p.access)
    old = (await field.ask(make, 201)).json()["user_secret"]
    changes = [make] * max(2, WIDTH // 4) if n % 2 else [drop]
    named = Ask("POST", "/auth/token", None, {
        "grant_type": "client_credentials", "client_id": p.username, "client_secret": old})
    answers = await field.at_once(changes + ([exchange(old), named] * WIDTH)[:WIDTH - len(changes)])
    allowed(answers, 200, 201, 204, 401)
    done = [a for a in answers[:len(changes)] if a.status in (201, 204)]
    check(len(done) == len(changes) or any(a.status == 503 for a in answers), "%r" % statuses(answers))
    access, _ = tokens_of(answers)
    for a in await field.at_once([look_with(t) for t in access] + [exchange(old)]):
        check(not done or a.status == 401, "the old secret's: %d %r" % (a.status, a.content))
    new = await field.at_once([exchange(a.json()["user_secret"]) for a in done if a.status == 201])
    check(sum(a.status == 200 for a in new) == (1 if new else 0), "of the new ones hold: %r" % statuses(new))
    await field.ask(p.look(), 200)


# A log-in at the limit ends the session that was idle longest, which is just being refreshed.
@race
async def no_more_sessions_than_the_limit(field, n):
    p = await field.person()
    field.sql("INSERT INTO sessions (id, user_id, seed, expires_at, ends_at) SELECT gen_random_uuid(), user_id, seed,"
              " expires_at, ends_at FROM sessions, generate_series(1, 49) WHERE user_id = '%s'" % p.id)
    field.sql("UPDATE sessions SET last_used_at = now() - interval '1 hour' WHERE generation = 0 AND user_id = '%s'"
              " AND ip IS NOT NULL" % p.id)
    field.sessions_are(p, 50)
    answers = await field.at_once([p.log_in() for _ in range(WIDTH // 2)] + renewals(p, WIDTH - WIDTH // 2))
    allowed(answers, 200, 401, 400)
    check(all(a.status in (200, 503) for a in answers[:WIDTH // 2]), "%r" % statuses(answers))
    field.sessions_are(p, 50)
