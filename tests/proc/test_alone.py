#!/usr/bin/python3
"""What can only be seen in a database that nobody else uses: the last admin, and what a log-in touches.

    scripts/stack DIR python3 tests/proc/test_alone.py [name…]

Wants the environment that scripts/stack makes (BASE_URL and more)."""

import concurrent.futures
import os
import sys

sys.dont_write_bytecode = True

from ask import ask
from harness import check, until
from sql import sql
from verdicts import judged, test

PASSWORD = "Correct-Horse-7!"
LOGINS = 30


class Person:
    def __init__(self, role="user"):
        self.email = "%s@example.com" % os.urandom(8).hex()
        status, made = ask("POST", "/auth/register", body={"email": self.email, "password": PASSWORD})
        check(status == 201, "registered: %r" % made)
        self.id = made["id"]
        if role != "user":
            sql("UPDATE users SET role = '%s' WHERE id = '%s'" % (role, self.id))
        self.log_in()

    def log_in(self):
        status, tokens = ask("POST", "/auth/login", body={"username": self.email, "password": PASSWORD})
        check(status == 200, "logged in: %r" % tokens)
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]

    def refresh_tokens(self):
        status, tokens = ask("POST", "/auth/refresh", body={"refresh_token": self.refresh})
        check(status == 200, "refreshed: %r" % tokens)
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]

    def leave(self):
        status, said = ask("DELETE", "/users/me?confirm=true", self.access)
        return status, said.get("error_code")

    def is_there(self):
        return ask("GET", "/users/me", self.access)[0] == 200


def counters():
    """Updates of users, of user_stats, HOT ones of those, of sessions; sizes of the indexes of users."""
    updates = sql("SELECT string_agg(n_tup_upd || ' ' || n_tup_hot_upd, ' ' ORDER BY relname) FROM"
                  " pg_stat_user_tables WHERE relname IN ('sessions', 'user_stats', 'users')")
    sessions, _, stats, hot, users, _ = (int(n) for n in updates.split())
    sizes = sql("SELECT string_agg(indexrelname || pg_relation_size(indexrelid), ' ' ORDER BY 1) FROM"
                " pg_stat_user_indexes WHERE relname = 'users'")
    return {"users": users, "stats": stats, "hot": hot, "sessions": sessions, "sizes": sizes}


# The first one: what the others change would be counted too, and counters come late. But those of one
# connection come together: with the last log-in an update of the users row would be there as well.
@test
def log_ins_and_refreshes_leave_the_users_row_where_it_is():
    rows = lambda: sql("SELECT xmin, ctid, row_version, updated_at FROM users ORDER BY id")
    start = counters()
    grown = lambda name: counters()[name] - start[name]
    people = [Person() for _ in range(3)]
    before, sizes = rows(), counters()["sizes"]
    for n in range(LOGINS):
        people[n % 3].log_in()
        people[n % 3].refresh_tokens()
    # A log-in counts itself, a refresh only says when.
    until("the counters", lambda: grown("stats") == 2 * LOGINS + 3 and grown("sessions") == LOGINS, 30)
    check(rows() == before, "the rows have moved: %r, %r" % (before, rows()))
    check(grown("users") == 0, "updates of users: %r, %r" % (start, counters()))
    check(counters()["sizes"] == sizes, "indexes of users: %r, %r" % (sizes, counters()))
    check(grown("hot") >= 2 * LOGINS * 9 // 10, "not HOT: %r, %r" % (start, counters()))
    check(sql("SELECT sum(login_count) FROM user_stats WHERE user_id IN (%s)" %
              ", ".join("'%s'" % p.id for p in people)) == str(LOGINS + 3), "they were counted")


LAST = (400, "LAST_ADMIN")


def nobody_else_is_admin():
    sql("UPDATE users SET role = 'user' WHERE role = 'admin'")


@test
def the_last_admin_cannot_leave():
    nobody_else_is_admin()
    admin, user = Person("admin"), Person()
    before = ask("GET", "/users/me", admin.access)
    check(admin.leave() == LAST, "refused")
    check(ask("GET", "/users/me", admin.access) == before, "nothing has changed: %r" % (before,))
    admin.refresh_tokens()
    check(sql("SELECT count(*) FROM audit WHERE action = 'user.deactivate' AND target_id = '%s'" % admin.id) == "0",
          "what was not done was not written down")
    check(user.leave() == (200, None), "others may")
    sql("UPDATE users SET is_active = false WHERE id = '%s'" % Person("admin").id)
    check(admin.leave() == LAST, "one that is not active does not count")
    Person("admin")
    check(admin.leave() == (200, None), "nor is it he any more")


# AZ-08: counting and then acting leaves none.
@test
def of_two_last_admins_who_leave_at_once_one_stays():
    nobody_else_is_admin()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for n in range(15):
            two = Person("admin"), Person("admin")
            said = sorted(pool.map(Person.leave, two))
            check(said == [(200, None), LAST], "round %d: %r" % (n, said))
            check(sorted(p.is_there() for p in two) == [False, True], "one is left")
            nobody_else_is_admin()


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(judged(sys.argv[1:]))
