"""A small supervisor for test_supervisor.py: `python -m tests.config.supervised FOLDER PART…`, each part a shell command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config import ending
from config.embedded.data_folder import DataFolder
from config.supervisor import Part, Supervisor, end_leftovers
from config.up import say

folder = DataFolder.at(Path(sys.argv[1]))
env = dict(os.environ) | {"INTERLOCK_DATA": str(folder.path), "INTERLOCK_PARENT": str(os.getpid())}
say(f"leftovers {end_leftovers(folder)}")
parts = [Part(f"part-{number}", ["sh", "-c", command], env) for number, command in enumerate(sys.argv[2:], 1)]
supervisor = Supervisor(folder, [], parts, say)
supervisor.changed = lambda: say("running " + " ".join(f"{each.name}={each.pid}" for each in supervisor.running()))
with ending.by_signals():
    try:
        supervisor.start()
        supervisor.watch()
    finally:
        supervisor.stop()
say("stopped")
