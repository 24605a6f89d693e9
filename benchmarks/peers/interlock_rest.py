"""Interlock as another machine calls it: over the REST API, one connection kept."""

from __future__ import annotations

import time

import httpx

from benchmarks.peers import interlock
from benchmarks.peers.interlock import ONE, PART
from benchmarks.peers.interlock_part import NOOP
from config.embedded.data_folder import free_port

JSON = {"Content-Type": "application/json"}


class Peer(interlock.Peer):
    def prepare(self) -> None:
        token = self.settle_in()
        port = free_port()
        self._workers.start(PART, "web", "--port", str(port))
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )
        self._wait_for_the_web()

    def _wait_for_the_web(self) -> None:
        give_up = time.monotonic() + 60
        while True:
            try:
                return self._check(self._http.get("/healthz"))
            except httpx.TransportError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def submit(self, count: int = 1) -> None:
        for _ in range(count):
            self._check(self._http.post("/api/tasks/", content=ONE, headers=JSON))

    def submit_many(self, count: int) -> bool:
        self._check(self._http.post("/api/tasks/batch/", json={"tasks": [{"tool": NOOP}] * count}))
        return True

    def batch_alone(self, count: int) -> float:
        self.submit()  # the first request of a process is like no other
        begun = time.perf_counter()
        self.submit_many(count)
        took = time.perf_counter() - begun
        self._check(self._http.post("/api/tasks/cancel/", json={"all": True}))
        return took

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_error:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:500]}")
