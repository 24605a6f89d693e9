"""What `make fairness` prints: small agents hardly wait behind a flood, and the flood as a whole loses little."""

from __future__ import annotations

import pytest

from benchmarks.fairness import LENGTHS, Waited, simulate, work

pytestmark = pytest.mark.requirement("Q3")


def longest(waits: list[Waited], who: str) -> float:
    return max(each.seconds for each in waits if each.who.startswith(who))


def test_fifty_workers_with_fairness_off_and_on() -> None:
    submitted = work()
    off, on = (simulate(submitted, fair=fair) for fair in (False, True))
    assert len(off) == len(on) == len(submitted)
    assert longest(off, "agent") > 100
    assert longest(on, "agent") <= LENGTHS[1]
    assert longest(on, "the flood") < 1.3 * longest(off, "the flood")
