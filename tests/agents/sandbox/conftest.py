from __future__ import annotations

from pathlib import Path

import pytest

from agents.sandbox.base import Sandbox
from agents.sandbox.local import LocalSandbox


@pytest.fixture(params=["local"])
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Sandbox:
    """Every kind of sandbox; what holds for one must hold for all."""
    directory = tmp_path / "job"
    directory.mkdir()
    return LocalSandbox(directory, platform={"INTERLOCK_JOB_ID": "job-1"})
