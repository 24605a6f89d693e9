"""The reference server of the protocol itself, a Node program that has one tool of every kind."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from agents.runtimes.failure import Failure
from agents.tools.base import Effect
from agents.tools.mcp.server import STDIO, Server
from agents.tools.mcp.upstream import Upstream
from tests.agents.tools.mcp.servers import call, discovered

PROGRAM = "mcp-server-everything"
pytestmark = [
    pytest.mark.requirement("W13"),
    pytest.mark.skipif(
        shutil.which(PROGRAM) is None,
        reason=f"{PROGRAM} is missing: npm install --global @modelcontextprotocol/server-everything",
    ),
]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server("everything", STDIO, (PROGRAM, "stdio"), call_seconds=30)
    return asyncio.run(discovered(server, tmp_path_factory.mktemp("job")))


def test_effects_follow_its_annotations(everything: Server) -> None:
    tools = Upstream([everything]).tools
    effects = {name: tools.get(f"everything.{name}").effect for name in ("echo", "gzip-file-as-resource")}
    assert effects == {"echo": Effect.PURE, "gzip-file-as-resource": Effect.IDEMPOTENT}
    assert tools.get("everything.toggle-simulated-logging").effect is Effect.EXTERNAL


def test_text_and_structured_results_come_through(everything: Server, tmp_path: Path) -> None:
    assert call(everything, tmp_path, "echo", message="größe")["text"] == "Echo: größe"
    assert "5" in call(everything, tmp_path, "get-sum", a=2, b=3)["text"]
    found = call(everything, tmp_path, "get-structured-content", location="Chicago")
    assert set(found["structured"]) == {"temperature", "conditions", "humidity"}


def test_what_is_no_text_is_named_and_not_lost(everything: Server, tmp_path: Path) -> None:
    image = call(everything, tmp_path, "get-tiny-image")
    assert [part["type"] for part in image["content"]] == ["image"]
    assert "image" in image["text"]


def test_wrong_arguments_are_refused_before_it_is_asked(everything: Server, tmp_path: Path) -> None:
    failure = call(everything, tmp_path, "get-sum", a="two")
    assert isinstance(failure, Failure)
    assert failure.code == "invalid_arguments"


def test_it_sees_nothing_of_the_worker(everything: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_WORKER", "canary")
    seen = json.loads(call(everything, tmp_path, "get-env")["text"])
    assert "PATH" in seen
    assert not {"SECRET_OF_THE_WORKER", "SECRET_KEY", "DATABASE_URL", "REDIS_URL"} & set(seen)
