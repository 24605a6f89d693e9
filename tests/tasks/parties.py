"""Others who act at the same time, each with a database connection of its own, one step at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeVar

import pytest
from django.db import connection

T = TypeVar("T")

PATIENCE = 30.0
BLOCKED = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"


class Party:
    """Does what it is told in a thread of its own; a transaction that it enters stays open until it leaves."""

    def __init__(self, login: Callable[[], AbstractContextManager[None]] | None = None) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._entered = ExitStack()
        if login is not None:
            self.do(self._entered.enter_context, login())
        self._base = self._entered.pop_all()
        self.pid = self.do(_backend_pid)

    def begin(self, step: Callable[..., T], *arguments: Any, **named: Any) -> Future[T]:
        """Start a step and go on."""
        return self._thread.submit(step, *arguments, **named)

    def do(self, step: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Do a step and wait for it; raises what it raised."""
        return self.begin(step, *arguments, **named).result(PATIENCE)

    def enter(self, context: AbstractContextManager[T]) -> T:
        return self.do(self._entered.enter_context, context)

    def leave(self) -> None:
        """Leave what was entered: a transaction commits."""
        self.do(self._entered.close)

    def fail(self) -> None:
        """Leave what was entered by an exception: a transaction is rolled back."""

        def out() -> None:
            with pytest.raises(ZeroDivisionError), self._entered.pop_all():
                raise ZeroDivisionError

        self.do(out)

    def wait_until_blocked(self) -> None:
        """Return when its statement waits for somebody's lock."""

        def blocked() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(BLOCKED, [self.pid])
                row = cursor.fetchone()
                return bool(row and row[0])

        wait_for(blocked, "the other party to wait for a lock")

    def close(self) -> None:
        def end() -> None:
            self._entered.close()
            connection.close()
            self._base.close()

        self.do(end)
        self._thread.shutdown()


@contextmanager
def parties(count: int, login: Callable[[], AbstractContextManager[None]] | None = None) -> Iterator[list[Party]]:
    with ExitStack() as all_of_them:
        made = [Party(login) for _ in range(count)]
        for party in made:
            all_of_them.callback(party.close)
        yield made


def at_once(*steps: tuple[Party, Callable[[], T]]) -> list[T | Exception]:
    """Start all steps together; what each returned or raised."""
    begun = [party.begin(step) for party, step in steps]
    return [future.exception(PATIENCE) or future.result() for future in begun]  # type: ignore[misc]


def wait_for(condition: Callable[[], T], what: str = "", patience: float = PATIENCE) -> T:
    """What the condition returns as soon as that is true."""
    give_up = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < give_up, f"waited {patience:g} s in vain for {what or condition}"
        time.sleep(0.01)
    return value


def _backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
