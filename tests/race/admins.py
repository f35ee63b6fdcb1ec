"""AZ-08: there is always one active admin, whatever two of them do to each other or themselves at once."""

import itertools

from field import FULL, ROUNDS, WIDTH, Ask, allowed, check, race

LEFT = "SELECT count(*) FROM users WHERE role = 'admin' AND is_active AND deleted_at IS NULL"


def bulk(operation, **more):
    return lambda by, whom: Ask("POST", "/users/bulk", by.access, dict(
        user_ids=[whom.id], operation=operation, **more))


# Every path by which one administrator makes another one none.
WAYS = {
    "delete": lambda by, whom: Ask("DELETE", "/users/" + whom.id, by.access),
    "demote": lambda by, whom: Ask("PATCH", "/users/" + whom.id, by.access, {"role": "user"}),
    "switch off": lambda by, whom: Ask("PUT", "/users/" + whom.id, by.access, {"is_active": False}),
    "deactivate": lambda by, whom: Ask("POST", "/users/%s/deactivate" % whom.id, by.access),
    "bulk deactivate": bulk("deactivate"),
    "bulk delete": bulk("delete"),
    "bulk demote": bulk("update_role", data={"role": "user"}),
}


def leave(who):
    return Ask("DELETE", "/users/me", who.access, {"confirm": True})


def contests():
    """(name, what A does, what B does): each takes away another one of the two."""
    for x, y in itertools.combinations_with_replacement(WAYS, 2):
        yield "%s × %s" % (x, y), lambda a, b, x=x: WAYS[x](a, b), lambda a, b, y=y: WAYS[y](b, a)
    for x in WAYS:
        yield "leave × " + x, lambda a, b: leave(a), lambda a, b, x=x: WAYS[x](a, b)
    yield "leave × leave", lambda a, b: leave(a), lambda a, b: leave(b)


async def contest(field, name, first, second):
    field.sql("UPDATE users SET role = 'user' WHERE role = 'admin'")
    a, b = await field.people(2, "admin")
    copies = max(1, WIDTH // 4)
    answers = await field.at_once([first(a, b)] * copies + [second(a, b)] * copies)
    allowed(answers, 200, 204, 400, 401, 403, 404)
    done = [any(x.status in (200, 204) for x in half) for half in (answers[:copies], answers[copies:])]
    check(not all(done), "%s: both were let do it" % name)
    check(any(done) or any(x.status == 503 for x in answers), "%s: neither was let do it: %r" % (
        name, [x.content for x in answers]))
    check(int(field.sql(LEFT)) == (1 if any(done) else 2), "%s: %s admins are left" % (name, field.sql(LEFT)))


@race
async def of_two_admins_one_remains_whatever_they_do(field, n):
    """In the short run each pair of paths comes once; in the full one as often as rounds say."""
    every = list(contests())
    if FULL:
        for c in every:
            await contest(field, *c)
        return
    share = -(-len(every) // ROUNDS)
    for c in every[n * share:(n + 1) * share]:
        await contest(field, *c)


@race
async def of_two_who_demote_or_leave_with_others_there_nobody_is_spared(field, n):
    """The lock must not make a third one's removal fail: only the last is kept."""
    field.sql("UPDATE users SET role = 'user' WHERE role = 'admin'")
    boss, *rest = await field.people(4, "admin")
    ways = field.random.choices(list(WAYS), k=len(rest))
    answers = await field.at_once([WAYS[w](boss, r) for w, r in zip(ways, rest)])
    allowed(answers, 200, 204)
    done = sum(x.status != 503 for x in answers)
    check(int(field.sql(LEFT)) == 4 - done, "%r: %s are left" % (ways, field.sql(LEFT)))
