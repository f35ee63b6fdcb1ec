"""Runs of tests in the order they are written, and what came of them."""

import asyncio
import contextlib
import sys
import traceback

from harness import Failed

TESTS = []


def test(f):
    TESTS.append(f)
    return f


class Verdicts:
    """Of all that are a @test, or of those that are named; all of the names must be."""

    def __init__(self, names):
        unknown = set(names) - {t.__name__ for t in TESTS}
        if unknown:
            sys.exit("no such test: %s" % ", ".join(sorted(unknown)))
        self.tests = [t for t in TESTS if not names or t.__name__ in names]
        self.passed = self.failed = 0

    @contextlib.contextmanager
    def of(self, t):
        try:
            yield
            self.passed += 1
            print("ok " + t.__name__)
        except (Failed, AssertionError) as e:
            self.failed += 1
            print("FAIL %s: %s" % (t.__name__, e))
        except Exception as e: # another bug than the expected one is a failure as well
            self.failed += 1
            print("FAIL %s: %r" % (t.__name__, e))
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()

    def status(self):
        """Prints the line that scripts/test reads; the exit status."""
        print("%d passed, %d failed" % (self.passed, self.failed))
        return 0 if self.failed == 0 and self.passed > 0 else 1


def judged(names):
    verdicts = Verdicts(names)
    for t in verdicts.tests:
        with verdicts.of(t):
            t()
    return verdicts.status()


async def judged_within(seconds, names, *given):
    """Each test has so many seconds, and what is ${given}."""
    verdicts = Verdicts(names)
    for t in verdicts.tests:
        with verdicts.of(t):
            await asyncio.wait_for(t(*given), seconds)
    return verdicts.status()
