"""How many jobs a loaded machine takes, and which priorities: additive increase, multiplicative decrease. Pure.

After D. Chiu and R. Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance" (1989).
Background work goes first: while machines are over their limits, P4 starts nowhere, then P3, and only then the slots
of a loaded machine shrink, to 70 % at each look. Where that does not help, background work that runs is asked back.
When the load is gone, slots come back one at a look, and P3 and P4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tasks.scheduling.values import LEVELS

DECREASE = 0.7
INCREASE = 1
LEAST_SLOTS = 1
LEAST_LEVELS = 3  # P0 to P2 are never closed
CALM_LOOKS = 3  # looks without pressure before anything grows back
PATIENT_LOOKS = 3  # looks under pressure, with all closed that can be, before running background work is asked back


@dataclass(frozen=True)
class Maxima:
    """What a machine may use; None: no limit. `min_disk_free_mb` is what must stay free for jobs to start."""

    cpu_percent: float | None = None
    memory_percent: float | None = None
    disk_mbs: float | None = None
    network_mbs: float | None = None
    min_disk_free_mb: float | None = None


@dataclass(frozen=True)
class Load:
    """One look at a worker's machine."""

    cpu_percent: float = 0.0
    memory_percent: float = 0.0
    disk_mbs: float = 0.0
    network_mbs: float = 0.0
    disk_free_mb: float = float("inf")
    running: int = 0


def pressure(load: Load, maxima: Maxima) -> str:
    """The first limit that is passed, in words; nothing where none is."""
    measured = (
        ("memory", load.memory_percent, maxima.memory_percent, "%"),
        ("CPU", load.cpu_percent, maxima.cpu_percent, "%"),
        ("disk", load.disk_mbs, maxima.disk_mbs, "MB/s"),
        ("network", load.network_mbs, maxima.network_mbs, "MB/s"),
    )
    for name, used, limit, unit in measured:
        if limit is not None and used > limit:
            return f"{name} at {used:.0f} {unit}, of at most {limit:.0f} {unit}"
    return ""


def full_disk(load: Load, maxima: Maxima) -> str:
    """Why nothing may start there; nothing where it may."""
    least = maxima.min_disk_free_mb
    if least is not None and load.disk_free_mb < least:
        return f"its disk has {load.disk_free_mb:,.0f} MB free, and {least:,.0f} MB must stay free"
    return ""


@dataclass(frozen=True)
class Slots:
    """What one worker may run now. `cap` None: all that it has."""

    cap: int | None = None
    why: str = ""
    calm: int = 0
    pressed: int = 0


@dataclass(frozen=True)
class Levels:
    """How many levels of priority start at all: 5 is P0 to P4."""

    open: int = LEVELS
    why: str = ""
    calm: int = 0


def next_levels(levels: Levels, pressed: str) -> Levels:
    """After a look at all machines; `pressed` says which limit is passed where every one of them is over its limits."""
    if pressed:
        return Levels(max(LEAST_LEVELS, levels.open - 1), pressed)
    if levels.open == LEVELS:
        return Levels()
    calm = levels.calm + 1
    if calm < CALM_LOOKS:
        return replace(levels, calm=calm)
    opened = levels.open + 1
    return Levels() if opened == LEVELS else Levels(opened, levels.why)


def next_slots(slots: Slots, size: int, load: Load, maxima: Maxima, *, background_first: bool) -> Slots:
    """After a look at this worker's machine, which has `size` slots. `background_first`: a priority was closed at
    this look, and may suffice."""
    if disk := full_disk(load, maxima):
        return Slots(0, disk)
    if pressed := pressure(load, maxima):
        if background_first:
            return replace(slots, calm=0, pressed=0)
        now = min(size if slots.cap is None else slots.cap, max(load.running, LEAST_SLOTS))
        return Slots(max(LEAST_SLOTS, int(now * DECREASE)), pressed, pressed=slots.pressed + 1)
    if slots.cap is None:
        return Slots()
    calm = slots.calm + 1
    if calm < CALM_LOOKS and slots.cap > 0:
        return replace(slots, calm=calm, pressed=0)
    grown = slots.cap + INCREASE
    return Slots() if grown >= size else Slots(grown, slots.why, calm)


def is_extreme(slots: Slots, levels: Levels) -> bool:
    """Whether closing background work and taking slots has not helped: then one such job is asked back at each look."""
    return levels.open == LEAST_LEVELS and slots.pressed > PATIENT_LOOKS
