#!/usr/bin/python3
"""What many at once may not bring about, over HTTP through the whole stack.

    scripts/stack DIR python3 tests/race/run.py [name…]

Wants a stack of its own: some races need to know every admin. FULL=1 is 32 at once and 200 rounds each;
SEED repeats the order of another run, ROUNDS and WIDTH make it shorter or longer."""

import asyncio
import json
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True

import field
from field import RACES, ROUNDS, SEED, WIDTH, Failed, check, race
from people import Lost, Wrong

import accounts  # noqa: F401
import admins  # noqa: F401
import links  # noqa: F401
import rows  # noqa: F401
import tokens  # noqa: F401

# What the program notes when it met something that it should never meet.
FAULTS = {"db_fault", "db_conflict", "undeclared_error", "transaction_left_open", "worker_died", "worker_crashed"}


@race
async def and_the_program_noted_no_fault(f, n):
    if n > 0:
        return
    with open(os.environ["STATE_DIR"] + "/log/gatehouse.log", encoding="utf-8", errors="replace") as log:
        lines = [json.loads(line) for line in log if line.startswith("{")]
    noted = [line for line in lines if line.get("event") in FAULTS]
    check(lines and not noted, "%d lines, %r" % (len(lines), noted[:3]))


async def run(f, test):
    """True when all its rounds were good."""
    start, answers, overloaded = time.monotonic(), f.answers, f.overloaded
    for n in range(ROUNDS):
        try:
            await test(f, n)
        except (Failed, Wrong, Lost) as e:
            print("FAIL %s, round %d of %d: %s" % (test.__name__, n, ROUNDS, e))
            return False
        except Exception as e: # another bug than the expected one is a failure as well
            print("FAIL %s, round %d: %r" % (test.__name__, n, e))
            traceback.print_exc(file=sys.stdout)
            return False
    # Few at once for so many workers: whoever is told that it was too much has met a deadlock of ours.
    if (f.overloaded - overloaded) * 100 > f.answers - answers:
        print("FAIL %s: %d of %d answers were OVERLOADED" % (
            test.__name__, f.overloaded - overloaded, f.answers - answers))
        return False
    print("ok %s: %d answers, %d overloaded, %.1f s" % (
        test.__name__, f.answers - answers, f.overloaded - overloaded, time.monotonic() - start))
    return True


async def main(names):
    unknown = set(names) - {t.__name__ for t in RACES}
    if unknown:
        sys.exit("no such race: %s" % ", ".join(sorted(unknown)))
    print("seed %d: %d rounds of %d at once" % (SEED, ROUNDS, WIDTH))
    f = field.Field(SEED)
    passed = failed = 0
    # The one about the log comes last.
    for test in sorted(RACES, key=lambda t: t is and_the_program_noted_no_fault):
        if names and test.__name__ not in names:
            continue
        good = await run(f, test)
        passed, failed = passed + good, failed + (not good)
        sys.stdout.flush()
    deadlocks = f.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    f.sql.close()
    print("%d answers, %d of them 503 OVERLOADED, %s deadlocks seen by the database" % (
        f.answers, f.overloaded, deadlocks))
    print("%d passed, %d failed" % (passed, failed))
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    if "BASE_URL" not in os.environ:
        sys.exit("no BASE_URL: run it with scripts/stack")
    sys.exit(asyncio.run(main(sys.argv[1:])))
