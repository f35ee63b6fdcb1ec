"""Names that two want at once, and accounts that end while something else is under way."""

from field import (NEW_PASSWORD, PASSWORD, WIDTH, Ask, allowed, check, code, exchange, one_wins, race, statuses,
                   tokens_of)

REGISTER = ("/auth/register", "/auth/signup", "/users/register")


@race
async def of_many_who_want_one_address_one_gets_it(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    email = "Wanted-%d-%s" % (n, p.email)
    asks = [Ask("POST", REGISTER[i % 3], None, {
        "email": email.upper() if i % 2 else email, "password": PASSWORD}) for i in range(WIDTH - 2)]
    asks += [Ask("POST", "/users", admin.access, {"email": email}), p.patch(email=email)]
    one_wins(await field.at_once(asks), (200, 201), (409, "EMAIL_ALREADY_REGISTERED"))
    check(field.sql("SELECT count(*) FROM users WHERE email_key = lower('%s')" % email) == "1", "one row")


@race
async def of_many_who_want_one_username_one_gets_it(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    name = "w" + p.username
    asks = [Ask("POST", REGISTER[i % 3], None, {"username": name.upper() if i % 2 else name})
            for i in range(WIDTH - 2)]
    asks += [Ask("PATCH", "/users/" + p.id, admin.access, {"username": name}), admin.patch(username=name)]
    one_wins(await field.at_once(asks), (200, 201), (409, "USERNAME_ALREADY_REGISTERED"))
    check(field.sql("SELECT count(*) FROM users WHERE username_key = lower('%s')" % name) == "1", "one row")


# Each waits for what the other holds: a deadlock, of which the client must not hear.
@race
async def two_who_swap_addresses_get_an_answer(field, n):
    a, b = await field.people(2)
    answers = await field.at_once([a.patch(email=b.email), b.patch(email=a.email)])
    allowed(answers, 200, 409)
    check(sum(x.status == 200 for x in answers) <= 1, "%r" % statuses(answers))
    check(field.sql("SELECT count(DISTINCT email_key) FROM users WHERE id IN ('%s', '%s')" % (a.id, b.id)) == "2",
          "two addresses")


# The six ways in which an account ends.
def ends(admin, p):
    bulk = lambda operation: Ask("POST", "/users/bulk", admin.access, {"user_ids": [p.id], "operation": operation})
    return [
        Ask("POST", "/users/%s/deactivate" % p.id, admin.access),
        Ask("PATCH", "/users/" + p.id, admin.access, {"is_active": False}),
        bulk("deactivate"),
        bulk("delete"),
        Ask("DELETE", "/users/me?confirm=true", p.access),
        Ask("DELETE", "/users/" + p.id, admin.access),
    ]


def whatever_people_do(p, secret, session):
    return [p.log_in(), p.renew(), p.look(), p.patch(full_name="Still There"),
            Ask("GET", "/users/me/sessions", p.access), Ask("DELETE", "/users/me/sessions/" + session, p.access),
            Ask("POST", "/users/me/secret", p.access), exchange(secret), p.log_in(),
            Ask("POST", "/users/me/change-password", p.access, {
                "current_password": PASSWORD, "new_password": NEW_PASSWORD})]


async def with_secret(field, p):
    secret = (await field.ask(Ask("POST", "/users/me/secret", p.access), 201)).json()["user_secret"]
    listed = (await field.ask(Ask("GET", "/users/me/sessions", p.access), 200)).json()["items"]
    return secret, listed[0]["id"]


@race
async def nothing_of_an_account_works_after_its_end(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    before = p.access, p.refresh
    secret, session = await with_secret(field, p)
    end = ends(admin, p)[n % 6]
    asks = [end] + whatever_people_do(p, secret, session) * max(1, WIDTH // 10)
    answers = await field.at_once(asks)
    allowed(answers, 200, 201, 204, 400, 401, 403, 404)
    if answers[0].status not in (200, 204):
        # He who ends his own account may find that his session has ended first.
        check(answers[0].status == 503 or n % 6 == 4 and code(answers[0]) in ("SESSION_ENDED", "INCORRECT_PASSWORD"),
              "%d %r" % (answers[0].status, answers[0].content))
        return
    access, refresh = tokens_of(answers)
    secrets = [a.json()["user_secret"] for a in answers if a.status == 201]
    await field.dead(p, access + [before[0]], refresh + [before[1]])
    for a in await field.at_once([p.log_in(), p.log_in(NEW_PASSWORD)] + [exchange(s) for s in secrets + [secret]]):
        check(code(a) in ("INVALID_CREDENTIALS", "ACCOUNT_DISABLED"), "logs in: %d %r" % (a.status, a.content))


def whatever_admins_do(admin, p):
    one = "/users/" + p.id
    bulk = lambda operation, **data: Ask("POST", "/users/bulk", admin.access, {
        "user_ids": [p.id], "operation": operation, **({"data": data} if data else {})})
    return [Ask("GET", one, admin.access), Ask("PATCH", one, admin.access, {"full_name": "Somebody Else"}),
            Ask("PUT", one, admin.access, {"is_active": False}), Ask("POST", one + "/activate", admin.access),
            Ask("POST", one + "/deactivate", admin.access), Ask("GET", one + "/sessions", admin.access),
            Ask("DELETE", one + "/sessions", admin.access), bulk("activate"), bulk("deactivate"),
            bulk("update_role", role="admin")]


@race
async def what_is_deleted_stays_deleted(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    before = p.access, p.refresh
    secret, session = await with_secret(field, p)
    delete = Ask("DELETE", "/users/" + p.id, admin.access)
    asks = [delete, delete] + whatever_admins_do(admin, p) + whatever_people_do(p, secret, session)
    answers = await field.at_once(asks * max(1, WIDTH // len(asks)))
    allowed(answers, 200, 201, 204, 400, 401, 403, 404)
    check(sum(a.status == 204 and x == delete for a, x in zip(answers, asks * WIDTH)) == 1, "deleted once")
    access, refresh = tokens_of(answers)
    await field.dead(p, access + [before[0]], refresh + [before[1]])
    for a in await field.at_once([Ask("GET", "/users/" + p.id, admin.access), p.log_in(), exchange(secret)]):
        check(a.status in (401, 404), "there: %d %r" % (a.status, a.content))
    left = field.row(p, "deleted_at IS NOT NULL AND NOT is_active AND num_nonnulls(email, email_key, username,"
                        " username_key, full_name, password_hash, secret_digest) = 0")
    check(left in ("t", ""), "the tombstone has kept something: " + left) # "": purged already
    await field.ask(Ask("POST", "/auth/register", None, {
        "email": p.email, "username": p.username, "password": PASSWORD}), 201)
