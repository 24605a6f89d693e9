"""Looks at machines, read back as means over steps; old ones are dropped; what a process tree uses is summed up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tasks import resources, retention
from tasks.execution import meter
from tasks.execution.meter import Meter
from tasks.models import ResourceSample
from tasks.places import now
from tasks.resources import Span

pytestmark = pytest.mark.requirement("R1")


@pytest.mark.django_db
def test_means_over_steps_by_worker() -> None:
    start = now().replace(second=0, microsecond=0)
    for seconds, cpu in ((1, 10.0), (6, 30.0), (11, 50.0)):
        ResourceSample.objects.create(worker="w", at=start + timedelta(seconds=seconds), cpu_percent=cpu)
    ResourceSample.objects.create(worker="", at=start + timedelta(seconds=1), queued=7)
    span = Span.over(start, start + timedelta(minutes=1), 10)
    found = resources.looks(span)
    assert [(look["at"], look["cpu_percent"]) for look in found["w"]] == [
        (start, 20.0),
        (start + timedelta(seconds=10), 50.0),
    ]
    assert found[""][0]["queued"] == 7
    assert found[""][0]["cpu_percent"] is None
    assert resources.looks(span, "w").keys() == {"w"}
    assert resources.looks(Span.over(start - timedelta(hours=2), start - timedelta(hours=1))) == {}


def test_there_are_never_more_steps_than_a_chart_has_room_for() -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    assert Span.over(until - timedelta(days=1), until, 5).step == 360
    assert Span.over(until - timedelta(minutes=1), until).step == 5


@pytest.mark.django_db
def test_old_looks_are_dropped() -> None:
    ResourceSample.objects.create(worker="w", at=now() - timedelta(days=15))
    kept = ResourceSample.objects.create(worker="w")
    assert retention.clean_samples() == 1
    assert list(ResourceSample.objects.values_list("pk", flat=True)) == [kept.pk]


@pytest.mark.django_db
def test_a_look_at_this_machine_is_kept(tmp_path: Path) -> None:
    sample = Meter(tmp_path).look()
    assert 0 <= sample.cpu_percent <= 100
    assert 0 < sample.memory_percent <= 100
    assert sample.disk_free_mb > 0
    meter.write("w", sample, 3)
    row = ResourceSample.objects.get()
    assert (row.worker, row.running, row.memory_percent) == ("w", 3, sample.memory_percent)


@pytest.fixture
def family() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose child holds fifty megabytes and says so."""
    child = "x = bytearray(50 << 20); print('here', flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        yield process
        for each in psutil.Process(process.pid).children(recursive=True):
            each.kill()


def test_the_whole_tree_below_a_process_counts(family: subprocess.Popen[bytes]) -> None:
    ours = meter.below([os.getpid()])[os.getpid()]
    below = meter.below([family.pid])[family.pid]
    assert below.max_rss_mb > 50
    assert below.cpu_seconds > 0
    assert ours.max_rss_mb > below.max_rss_mb
