"""The runtime `llm` against providers on this machine, through the providers' own clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.runtimes.llm.conversation import Conversation
from tests.agents.runtimes.llm.dialects import DIALECTS
from tests.agents.runtimes.llm.provider import provider


@pytest.fixture(params=sorted(DIALECTS))
def talk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Conversation]:
    """A conversation with each provider in turn."""
    with provider(DIALECTS[request.param]) as peer:
        yield Conversation(peer, tmp_path)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Conversation]:
    """A conversation with an OpenAI-compatible server, for what does not depend on the provider."""
    with provider(DIALECTS["openai-compatible"]) as peer:
        yield Conversation(peer, tmp_path)
