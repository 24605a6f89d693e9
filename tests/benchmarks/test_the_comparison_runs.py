"""The benchmark measures every queue it names and shows them side by side. Its figures are no matter of a test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import run
from benchmarks.peers import node_packages

pytestmark = pytest.mark.requirement("O5")


@dataclass(frozen=True)
class Outcome:
    figures: dict[str, dict[str, Any]]
    printed: str


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One small run of everything."""
    folder = tmp_path_factory.mktemp("figures")
    record, printed = folder / "kept" / "latest.json", folder / "printed"
    with pytest.MonkeyPatch.context() as patch, printed.open("w") as output:
        patch.setattr(run, "RECORD", record)  # the last real one is kept
        patch.setattr(run, "console", Console(file=output, width=130))
        patch.setattr("sys.argv", ["bench", "--jobs", "6", "--probes", "2", "--slots", "1", "--batch", "3"])
        run.main()
    return Outcome(json.loads(record.read_text())["figures"], printed.read_text())


def test_every_queue_is_measured_beside_bare_celery(outcome: Outcome) -> None:
    assert set(outcome.figures) >= set(run.PEERS) - {"bullmq"}
    for peer, measured in outcome.figures.items():
        assert all(measured[name] > 0 for name in ("enqueue", "drain", "p50", "p99")), (peer, measured)
        assert all(measured[name] is None or measured[name] > 0 for name in ("batch", "batch_alone")), (peer, measured)
        assert run.PEERS[peer] in outcome.printed
    assert "1.00×" in outcome.printed


def test_bullmq_is_measured_where_node_can_be_had(outcome: Outcome) -> None:
    if "bullmq" not in outcome.figures:
        reason = next(line for line in outcome.printed.splitlines() if line.startswith("BullMQ is left out"))
        pytest.skip(f"Node and its packages cannot be had: {reason}")
    assert outcome.figures["bullmq"]["batch"] > 0


def test_each_goal_is_printed_with_whether_it_was_reached(outcome: Outcome) -> None:
    lines = [line for line in outcome.printed.splitlines() if ", asked " in line]
    assert len(lines) == (7 if "bullmq" in outcome.figures else 6)
    assert all(line.endswith(("reached", "missed")) for line in lines)


def test_without_npm_bullmq_is_left_out_with_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(node_packages.Unavailable, match="BullMQ is left out: there is no node on this machine"):
        node_packages.install()
    assert run._at_hand(["bare_celery", "bullmq"]) == ["bare_celery"]
