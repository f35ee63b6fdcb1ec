"""One statement in the stack's database."""

import os
import subprocess

from harness import check


def sql(text, role="DATABASE_URL"):
    """What it gives, as psql writes it: a row a line. ${role}: the variable that says who asks."""
    p = subprocess.run(["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", os.environ[role], "-c", text],
                       capture_output=True, text=True)
    check(p.returncode == 0, "psql: %s" % p.stderr)
    return p.stdout.strip()
