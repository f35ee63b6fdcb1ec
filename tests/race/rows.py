"""Changes of the same rows: none is lost, none is made on what somebody has not seen."""

from field import WIDTH, Ask, allowed, check, code, one_wins, race, statuses


async def etag_of(field, p, path, token):
    return (await field.ask(Ask("GET", path, token), 200)).headers["etag"]


@race
async def of_many_who_saw_one_version_one_changes_it(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    etag = ("If-Match: " + await etag_of(field, p, "/users/me", p.access),)
    one = "/users/" + p.id
    asks = []
    for i in range(WIDTH):
        path, token = [("/users/me", p.access), (one, admin.access), ("/auth/me", p.access)][i % 3]
        asks.append(Ask("PUT" if i % 2 else "PATCH", path, token, {"full_name": "Name %d" % i}, etag))
    answers = await field.at_once(asks)
    one_wins(answers, (200,), (412, "PRECONDITION_FAILED"))
    won = next(a for a in answers if a.status == 200).json()["full_name"]
    check(field.row(p, "full_name, row_version") == won + "|2", "the winner's: " + field.row(p, "full_name"))


@race
async def a_delete_of_what_was_seen_or_a_change_of_it(field, n):
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    one = "/users/" + p.id
    etag = ("If-Match: " + await etag_of(field, p, one, admin.access),)
    answers = await field.at_once([Ask("DELETE", one, admin.access, None, etag),
                                   Ask("PATCH", one, admin.access, {"full_name": "New"}, etag),
                                   Ask("DELETE", "/users/me?confirm=true", p.access, None, etag)])
    allowed(answers, 200, 204, 401, 403, 404, 412)
    done = [a.status in (200, 204) for a in answers]
    check(sum(done) == 1, "%r" % statuses(answers))
    left = field.row(p, "deleted_at IS NOT NULL, full_name, is_active")
    wanted = [("", "t||f"), ("f|New|t",), ("f||f",)][done.index(True)]
    check(left in wanted, "%r, wanted %r" % (left, wanted))


@race
async def of_changes_without_a_version_none_is_lost(field, n):
    """Each moves row_version by one; what each changed is another member, and all of them hold."""
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    one = "/users/" + p.id
    bulk = Ask("POST", "/users/bulk", admin.access, {
        "user_ids": [p.id], "operation": "update_role", "data": {"role": "admin"}})
    asks = [p.patch(full_name="Theirs"), Ask("PATCH", one, admin.access, {"username": "x" + p.username}),
            Ask("PUT", one, admin.access, {"is_verified": True}), Ask("POST", "/users/me/secret", p.access), bulk, bulk]
    answers = await field.at_once(asks)
    allowed(answers, 200, 201)
    if any(a.status == 503 for a in answers):
        return
    said = sorted(a.json()["results"][0]["status"] for a in answers[4:])
    check(said == ["unchanged", "updated"], "the same twice: %r" % said)
    have = field.row(p, "full_name, username, is_verified, secret_digest IS NOT NULL, role, row_version")
    check(have == "Theirs|x%s|t|t|admin|6" % p.username, have)


@race
async def bulk_and_single_orders_agree_with_what_they_say(field, n):
    """Overlapping orders in opposite directions, and single ones in between: no deadlock is told, and each
    "updated" is one step of its row and one row of the audit log."""
    admin, *crowd = await field.people(min(WIDTH, 12))
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    ids = [p.id for p in crowd]
    order = lambda ids, operation: Ask("POST", "/users/bulk", admin.access, {"user_ids": ids, "operation": operation})
    asks = [order(ids, "deactivate"), order(ids[::-1], "activate"), order(ids[::-1], "delete"), order(ids, "activate")]
    single = [Ask("POST", "/users/%s/%s" % (p.id, field.random.choice(("activate", "deactivate"))), admin.access)
              for p in crowd]
    answers = await field.at_once(asks + single + [p.renew() for p in crowd[:3]] + [p.log_in() for p in crowd[:3]])
    allowed(answers, 200, 401, 403)
    check(all(a.status in (200, 503) for a in answers[:4 + len(single)]), "%r" % statuses(answers))
    bulk_steps = {i: 0 for i in ids}
    for a in answers[:4]:
        for r in a.json().get("results", []):
            bulk_steps[r["user_id"]] += r["status"] == "updated"
    for p in crowd:
        steps, active = field.row(p, "row_version - 1, is_active").split("|")
        told = field.sql("SELECT count(*) FROM audit WHERE target_id = '%s' AND action IN"
                         " ('user.activate', 'user.deactivate')" % p.id)
        check(steps == told, "%s steps, %s rows of audit" % (steps, told))
        check(0 <= int(steps) - bulk_steps[p.id] <= 1, "%s steps, %d of them by bulk" % (steps, bulk_steps[p.id]))
        check((int(steps) % 2 == 0) == (active == "t"), "%s steps, active %s" % (steps, active))


# A lock that is not given in time is no fault of the database: not done, say so, and serve the next one.
@race
async def who_waits_too_long_is_told_that_it_was_not_done(field, n):
    if n > 0:
        return
    admin, p = await field.people(2)
    field.sql("UPDATE users SET role = 'admin' WHERE id = '%s'" % admin.id)
    waits = {"SELECT FROM users WHERE id = '%s' FOR UPDATE" % p.id: [
                 p.patch(full_name="New"), p.log_in(), Ask("PATCH", "/users/" + p.id, admin.access, {"role": "admin"})],
             "SELECT FROM sessions WHERE user_id = '%s' FOR UPDATE" % p.id: [p.renew()],
             "SELECT FROM pg_advisory_xact_lock(7449363237540164979)": [
                 Ask("DELETE", "/users/" + p.id, admin.access), Ask("DELETE", "/users/me?confirm=true", p.access)]}
    for lock, asks in waits.items():
        before = field.row(p, "row_version, is_active"), field.overloaded
        field.sql("BEGIN; " + lock)
        answers = await field.at_once(asks)
        told = statuses(answers)
        field.sql("ROLLBACK")
        check(told == {(503, "OVERLOADED"): len(asks)}, "%s: %r" % (lock, told))
        check(field.row(p, "row_version, is_active") == before[0], "changed after all")
        field.overloaded = before[1] # these were wanted
        allowed(await field.at_once([p.look(), admin.look(), p.patch(full_name=None)] * 4), 200)
    await field.ask(p.renew(), 200)


@race
async def a_demoted_admin_has_done_his_last_act(field, n):
    """However early it was asked: what comes after his demotion is refused."""
    boss, other, p = await field.people(3)
    field.sql("UPDATE users SET role = 'admin' WHERE id IN ('%s', '%s')" % (boss.id, other.id))
    one = "/users/" + p.id
    demote = Ask("PATCH", "/users/" + other.id, boss.access, {"role": "user"})
    acts = [Ask("PATCH", one, other.access, {"full_name": "Act %d" % i}) for i in range(WIDTH - 1)]
    answers = await field.at_once([demote] + acts)
    allowed(answers, 200, 403)
    if answers[0].status == 503:
        return
    check(answers[0].status == 200, "demoted: %r" % answers[0].content)
    for a in answers[1:]:
        check(a.status != 403 or code(a) == "ADMIN_REQUIRED", "%r" % a.content)
    # A transaction gets its number with its first write, which comes after the lock: so they tell the order.
    late = field.sql("SELECT count(*) FROM audit a JOIN audit d ON d.target_id = '%s' AND d.actor_id = '%s'"
                     " WHERE a.actor_id = '%s' AND a.target_id = '%s' AND a.xmin::text::bigint > d.xmin::text::bigint"
                     % (other.id, boss.id, other.id, p.id))
    check(late == "0", "%s acts after his demotion" % late)
    before = field.row(p, "full_name, row_version")
    await field.ask(acts[0], 403)
    check(field.row(p, "full_name, row_version") == before, "changed after all")
