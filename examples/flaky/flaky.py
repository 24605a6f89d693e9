"""Fails twice and then succeeds, as a service that is just starting does.

Each attempt has a fresh directory, so what one attempt leaves for the next stands elsewhere: a file named after the
job in STATE_FOLDER, or in /tmp. Exit code 75 means "a temporary failure", which Interlock tries again after a while.
"""

import os
import sys
from pathlib import Path

TEMPORARY_FAILURE, NEEDED = 75, 3

folder = Path(os.environ.get("STATE_FOLDER") or "/tmp")
counter = folder / f"interlock-flaky-{os.environ['INTERLOCK_JOB_ID']}"
tries = int(counter.read_text()) + 1 if counter.exists() else 1
if tries < NEEDED:
    counter.write_text(str(tries))
    print(f"The service is not up yet (knocked {tries} of {NEEDED} times).", file=sys.stderr)
    sys.exit(TEMPORARY_FAILURE)
counter.unlink(missing_ok=True)
print(f"The service answered at the {tries}rd knock.")
