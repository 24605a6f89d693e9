"""The benchmark measures every queue it names and shows them side by side. Its figures are no matter of a test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import run


@pytest.mark.requirement("O5")
def test_every_queue_is_measured_beside_bare_celery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "figures" / "latest.json"
    monkeypatch.setattr(run, "RECORD", record)  # the last real one is kept
    monkeypatch.setattr("sys.argv", ["bench", "--jobs", "6", "--probes", "2", "--slots", "1"])
    run.main()
    figures = json.loads(record.read_text())["figures"]
    assert set(figures) == set(run.PEERS)
    for peer, measured in figures.items():
        batch = measured.pop("batch")
        assert batch is None or batch > 0, peer
        assert all(value > 0 for value in measured.values()), (peer, measured)
    printed = capfd.readouterr().out
    assert all(name in printed for name in run.PEERS.values())
    assert "1.00×" in printed
