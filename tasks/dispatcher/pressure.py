"""The leader's eye on the machines: how many slots each worker gives now, and which priorities start at all.

What it decides stands in the worker's row and the leader's, where the scheduler, pages and API read it, and each change
is an event that says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import connection

from tasks import transitions
from tasks.dispatcher.leadership import NAME
from tasks.models import PlatformState
from tasks.scheduling.adaptive import Levels, Load, Maxima, Slots, is_extreme, next_levels, next_slots, pressure
from tasks.scheduling.values import LEVELS

RECENT = "30 seconds"
OWN = ("max_cpu_percent", "max_memory_percent", "max_disk_mbs", "max_network_mbs", "min_disk_free_mb")


@dataclass(frozen=True)
class Machine:
    """A worker that is online, and the newest look at its machine."""

    worker: str
    size: int
    looked_at: datetime
    load: Load


@dataclass
class Governor:
    """Kept by the leader; a new one begins with what the rows say."""

    slots: dict[str, Slots] = field(default_factory=dict)
    levels: Levels = field(default_factory=Levels)
    _looked: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def take_over(cls) -> Governor:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, slot_limit, limited_by FROM tasks_worker WHERE slot_limit IS NOT NULL")
            slots = {worker: Slots(limit, why) for worker, limit, why in cursor.fetchall()}
            cursor.execute("SELECT open_levels, limited_by FROM tasks_leader WHERE name = %s", [NAME])
            row = cursor.fetchone() or (LEVELS, "")
        return cls(slots, Levels(*row))

    def look(self) -> bool:
        """Decide anew where a machine was looked at since; whether anything changed."""
        machines = _machines()
        fresh = [machine for machine in machines if self._looked.get(machine.worker) != machine.looked_at]
        self._looked = {machine.worker: machine.looked_at for machine in machines}
        if not fresh:
            return False
        maxima = maxima_now()
        background_first = changed = self._levels(machines, maxima)
        for machine in fresh:
            before = self.slots.get(machine.worker, Slots())
            after = next_slots(before, machine.size, machine.load, maxima, background_first=background_first)
            self.slots[machine.worker] = after
            if (after.cap, after.why) != (before.cap, before.why):
                _say_slots(machine, before, after)
                changed = True
            if is_extreme(after, self.levels):
                transitions.ask_back(machine.worker, self.levels.open, f"its machine has too much to do: {after.why}")
        return changed

    def _levels(self, machines: list[Machine], maxima: Maxima) -> bool:
        """Where every machine is over its limits, background work waits; one that is not takes it."""
        pressed = [pressure(machine.load, maxima) for machine in machines]
        before = self.levels
        self.levels = next_levels(before, pressed[0] if pressed and all(pressed) else "")
        if (before.open, before.why) == (self.levels.open, self.levels.why):
            return False
        _say_levels(before, self.levels)
        return True


def maxima_now() -> Maxima:
    """What an admin said, else what the deployment says; 0 is no limit."""
    ours = settings.INTERLOCK
    said = PlatformState.objects.first()
    values = (getattr(said, name, None) for name in OWN)
    return Maxima(
        *(
            (value if value is not None else getattr(ours, name)) or None
            for name, value in zip(OWN, values, strict=True)
        )
    )


def _machines() -> list[Machine]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT worker.id, worker.slots, sample.at, sample.cpu_percent, sample.memory_percent, sample.disk_mbs,
                   sample.network_mbs, sample.disk_free_mb, sample.running
            FROM tasks_worker worker CROSS JOIN LATERAL (
                SELECT * FROM tasks_resourcesample
                WHERE worker = worker.id AND at > clock_timestamp() - interval '{RECENT}' ORDER BY at DESC LIMIT 1
            ) AS sample
            WHERE worker.stopped_at IS NULL AND worker.lease_until > clock_timestamp()
            """
        )
        return [Machine(worker, size, at, Load(*load)) for worker, size, at, *load in cursor.fetchall()]


def _say_slots(machine: Machine, before: Slots, after: Slots) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_worker SET slot_limit = %s, limited_by = %s WHERE id = %s",
            [after.cap, after.why[:200], machine.worker],
        )
    data = {"slots": machine.size, "limit": after.cap, "before": before.cap}
    tighter = after.cap is not None and (before.cap is None or after.cap < before.cap)
    _say(tighter, after.why or before.why, data, worker=machine.worker)


def _say_levels(before: Levels, after: Levels) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tasks_leader SET open_levels = %s, limited_by = %s WHERE name = %s",
            [after.open, after.why[:200], NAME],
        )
    data = {"closed": [f"P{level}" for level in range(after.open, LEVELS)]}
    _say(after.open < before.open, after.why or before.why, data)


def _say(tighter: bool, why: str, data: Mapping[str, object], worker: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_event (kind, before, after, actor, reason, worker, data, at) "
            "VALUES (%s, '', '', 'dispatcher', %s, %s, %s, clock_timestamp())",
            ["LimitImposed" if tighter else "LimitLifted", why[:500], worker, json.dumps(data)],
        )


def note_queue(queued: int, running: int) -> None:
    """The leader's own look: how deep the queue is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks_resourcesample (worker, queued, running) VALUES ('', %s, %s)", [queued, running]
        )
