"""What the comparison is asked to show, and whether a run of it did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.measure import Figures

OURS = "interlock"
OVER_HTTP = "interlock_rest"
YARDSTICK = "bare_celery"
DRAINS = (
    (YARDSTICK, "bare Celery", 3.0),
    ("celery_results", "Celery with django-celery-results", 10.0),
    ("procrastinate", "Procrastinate", 10.0),
    ("bullmq", "BullMQ", 0.8),
)
BATCH_PER_SECOND = 5000.0
P50_RATIO = 2.5
P99_SECONDS = 0.040


@dataclass(frozen=True)
class Goal:
    """`measured` is None where one of its queues was not measured."""

    what: str
    asked: str
    measured: str | None = None
    reached: bool = False

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.what}: asked {self.asked}, not measured"
        return f"{self.what}: {self.measured}, asked {self.asked}, {'reached' if self.reached else 'missed'}"


def judge(found: Mapping[str, Figures]) -> list[Goal]:
    """Every goal of the comparison, with the figures of the queues that were measured."""
    ours, yardstick, over_http = (found.get(peer) for peer in (OURS, YARDSTICK, OVER_HTTP))
    goals = [
        at_least(f"drain beside {name}", ours.drain / beside.drain if ours and beside else None, asked, "{:.2f}×")
        for peer, name, asked in DRAINS
        for beside in [found.get(peer)]
    ]
    batch = over_http.batch_alone if over_http else None
    p50 = ours.p50 / yardstick.p50 if ours and yardstick else None
    p99 = ours.p99 * 1000 if ours else None
    return [
        *goals,
        at_least("one batch over HTTP, by itself", batch, BATCH_PER_SECOND, "{:,.0f}/s"),
        at_most("idle start p50 beside bare Celery", p50, P50_RATIO, "{:.2f}×"),
        at_most("idle start p99", p99, P99_SECONDS * 1000, "{:.1f} ms"),
    ]


def at_least(what: str, value: float | None, asked: float, form: str) -> Goal:
    """`form` writes the value and what was asked of it, as "{:.2f}×" does."""
    if value is None:
        return Goal(what, f"≥ {form.format(asked)}")
    return Goal(what, f"≥ {form.format(asked)}", form.format(value), value >= asked)


def at_most(what: str, value: float | None, asked: float, form: str) -> Goal:
    if value is None:
        return Goal(what, f"≤ {form.format(asked)}")
    return Goal(what, f"≤ {form.format(asked)}", form.format(value), value <= asked)
