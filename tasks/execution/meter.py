"""What this machine does, and what each job's processes use, read with psutil once a heartbeat."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.db import connection

from agents.sandbox.base import Usage

MEGABYTE = 2**20


@dataclass(frozen=True)
class Sample:
    """Percentages of the whole machine; rates in MB/s since the look before."""

    cpu_percent: float
    memory_percent: float
    disk_percent: float
    disk_free_mb: float
    disk_mbs: float
    network_mbs: float
    connections: int


class Meter:
    """Keeps the counters of the look before, for rates. `folder` is on the disk that jobs fill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looked_at = time.monotonic()
        self._disk, self._network = _disk_bytes(), _network_bytes()
        psutil.cpu_percent(None)  # the first answer means nothing

    def look(self) -> Sample:
        now, disk, network = time.monotonic(), _disk_bytes(), _network_bytes()
        seconds = max(0.001, now - self._looked_at)
        read, carried = disk - self._disk, network - self._network
        self._looked_at, self._disk, self._network = now, disk, network
        usage = psutil.disk_usage(str(self._folder))
        return Sample(
            cpu_percent=psutil.cpu_percent(None),
            memory_percent=psutil.virtual_memory().percent,
            disk_percent=usage.percent,
            disk_free_mb=round(usage.free / MEGABYTE, 1),
            disk_mbs=round(max(0, read) / seconds / MEGABYTE, 3),
            network_mbs=round(max(0, carried) / seconds / MEGABYTE, 3),
            connections=_connections(),
        )


def below(pids: Iterable[int]) -> dict[int, Usage]:
    """What all that was started below each of these processes uses now: processor seconds and resident memory."""
    children: dict[int, list[psutil.Process]] = defaultdict(list)
    for process in psutil.process_iter(["ppid"]):
        children[process.info["ppid"]].append(process)
    return {pid: _sum(pid, children) for pid in pids}


def write(worker: str, sample: Sample, running: int) -> None:
    values = vars(sample) | {"worker": worker, "running": running}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO tasks_resourcesample ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )


def _sum(pid: int, children: Mapping[int, list[psutil.Process]]) -> Usage:
    seconds = rss = 0.0
    left = list(children.get(pid, ()))
    while left:
        process = left.pop()
        left += children.get(process.pid, ())
        try:
            with process.oneshot():
                times = process.cpu_times()
                seconds += times.user + times.system + times.children_user + times.children_system
                rss += process.memory_info().rss / MEGABYTE
        except psutil.Error:
            continue  # it ended while we looked
    return Usage(round(seconds, 2), round(rss, 1))


def _disk_bytes() -> int:
    counters = psutil.disk_io_counters()
    return 0 if counters is None else counters.read_bytes + counters.write_bytes


def _network_bytes() -> int:
    counters = psutil.net_io_counters()
    return counters.bytes_recv + counters.bytes_sent


def _connections() -> int:
    """Established ones, of the whole machine, where the system tells (`/proc/net/sockstat`)."""
    try:
        lines = Path("/proc/net/sockstat").read_text().splitlines()
    except OSError:
        return 0
    fields = next((line.split() for line in lines if line.startswith("TCP:")), [])
    return int(fields[fields.index("inuse") + 1]) if "inuse" in fields else 0
