"""BullMQ on Node, both sides: its own client submits, one worker process runs as many jobs at once as slots."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.peers.node_packages import MODULES
from benchmarks.peers.workers import LOGS, Workers

SCRIPTS = Path(__file__).with_name("node")


class Peer:
    def __init__(self) -> None:
        os.environ["NODE_PATH"] = str(MODULES)
        self._workers = Workers()

    def prepare(self) -> None:
        with (Path(os.environ[LOGS]) / f"{os.environ['BENCH_PEER']}-client.log").open("w") as log:
            self._client = subprocess.Popen(
                ["node", str(SCRIPTS / "client.cjs")],
                stdin=subprocess.PIPE,  # it ends when this is closed, so also with us
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._ask("ready")

    def submit(self, count: int = 1) -> None:
        self._ask(f"add {count}")

    def submit_many(self, count: int) -> bool:
        self._ask(f"addBulk {count}")
        return True

    def start(self, slots: int) -> None:
        self._workers.run("node", str(SCRIPTS / "worker.cjs"), str(slots))

    def finished(self) -> int:
        return int(self._ask("completed"))

    def stop(self) -> None:
        self._workers.stop()
        self._client.communicate()

    def _ask(self, command: str) -> Any:
        assert self._client.stdin is not None and self._client.stdout is not None
        self._client.stdin.write(command + "\n")
        self._client.stdin.flush()
        answer = self._client.stdout.readline()
        if not answer:
            raise RuntimeError(f"BullMQ's client ended at {command!r}")
        return json.loads(answer)
