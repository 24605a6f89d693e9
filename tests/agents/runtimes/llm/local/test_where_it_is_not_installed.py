"""A worker without the local model fails the job for good, with the way out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents.runtimes.failure import Failure
from agents.runtimes.llm.local import installed
from agents.runtimes.llm.runtime import LlmRuntime
from tests.agents.host import Notebook, work


@pytest.mark.requirement("W6")
def test_a_worker_without_it_fails_the_job_and_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "WEIGHTS", "a_package_that_is_not_there")

    with pytest.raises(Failure) as failed:
        asyncio.run(LlmRuntime().run(work("llm", tmp_path, prompt="Hello", model="local:smollm2"), Notebook(tmp_path)))

    assert (failed.value.code, failed.value.kind.value) == ("runtime_unavailable", "permanent")
    assert "make install-local-llm" in failed.value.message
