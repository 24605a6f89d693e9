"""`python -m benchmarks.drive PEER`: one queue measured in a process of its own. Prints its figures as JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from benchmarks import stamps
from benchmarks.measure import Effort, measure


def main() -> None:
    peer = import_module(f"benchmarks.peers.{os.environ['BENCH_PEER']}")
    effort = Effort(**json.loads(os.environ["BENCH_EFFORT"]))
    figures = measure(peer.Peer(), stamps.Stamps(Path(os.environ[stamps.VARIABLE])), effort)
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")


if __name__ == "__main__":
    main()
