"""/ws/live/ tells who may know it that something changed, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.pages.conftest import People
from tests.platform import Platform

pytestmark = pytest.mark.requirement("U8", "T2")
Submit = Callable[..., dict[str, Any]]
SILENCE = 1.5  # seconds; hints take a tenth of that


@contextmanager
def socket_of(people: People, workspace: str | None, origin: str = "") -> Iterator[ClientConnection]:
    headers = {"Cookie": f"sessionid={people.session('viewer', workspace)}"} if workspace else {}
    url = people.platform.url.replace("http", "ws") + "/ws/live/"
    with connect(url, additional_headers=headers, origin=origin or people.platform.url) as socket:  # type: ignore[arg-type]
        yield socket


def id_of(platform: Platform, workspace: str) -> str:
    return str(platform.sql("SELECT id FROM agents_workspace WHERE slug = %s", [workspace])[0]["id"])


def subscribe(socket: ClientConnection, *topics: Any) -> None:
    socket.send(json.dumps({"subscribe": list(topics)}))


def test_a_change_is_a_topic_and_a_version_and_nothing_else(
    people: People, platform: Platform, api: httpx.Client, workspace: str, submit: Submit
) -> None:
    job = submit(title="Told about", command=["sleep", "60"])
    with socket_of(people, workspace) as socket:
        topics = {f"tasks:{id_of(platform, workspace)}", f"task:{job['id']}"}
        subscribe(socket, *topics)
        api.post(f"/api/tasks/{job['id']}/cancel/", json={})
        heard: set[str] = set()
        while heard != topics:
            hint = json.loads(socket.recv(timeout=15))
            assert set(hint) == {"topic", "version"}
            assert isinstance(hint["version"], int)
            heard.add(hint["topic"])


def test_another_tenants_changes_are_not_told(
    people: People, platform: Platform, workspace: str, submit: Submit
) -> None:
    job = submit(title="Not told about", command=["echo", "hello"])
    with socket_of(people, f"{workspace}-other") as socket:
        subscribe(socket, f"tasks:{id_of(platform, workspace)}", f"task:{job['id']}", f"task:{uuid4()}")
        submit(title="Another", command=["echo", "hello"])
        with pytest.raises(TimeoutError):
            socket.recv(timeout=SILENCE)


def test_what_is_no_longer_shown_is_no_longer_told(
    people: People, platform: Platform, workspace: str, submit: Submit
) -> None:
    submit(title="Before", command=["echo", "hello"])
    with socket_of(people, workspace) as socket:
        topic = f"tasks:{id_of(platform, workspace)}"
        subscribe(socket, topic)
        submit(title="Heard", command=["echo", "hello"])
        assert json.loads(socket.recv(timeout=15))["topic"] == topic
        subscribe(socket)
        socket.send("still there?")
        while True:  # what was on its way
            try:
                socket.recv(timeout=SILENCE)
            except TimeoutError:
                break
        submit(title="Not heard", command=["echo", "hello"])
        with pytest.raises(TimeoutError):
            socket.recv(timeout=SILENCE)


@pytest.mark.parametrize(
    "nonsense", ["{", "[]", "null", '{"subscribe": 7}', '{"subscribe": [7, "x", "task:", "a:b:c"]}']
)
def test_nonsense_is_passed_over(
    people: People, platform: Platform, workspace: str, submit: Submit, nonsense: str
) -> None:
    submit(title="There", command=["echo", "hello"])
    with socket_of(people, workspace) as socket:
        socket.send(nonsense)
        subscribe(socket, f"tasks:{id_of(platform, workspace)}")
        submit(title="Heard", command=["echo", "hello"])
        assert json.loads(socket.recv(timeout=15))["topic"].startswith("tasks:")


@pytest.mark.requirement("T4")
def test_who_is_not_signed_in_is_told_so(people: People, platform: Platform) -> None:
    with socket_of(people, None) as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.requirement("T4")
def test_another_sites_page_gets_no_socket(people: People, platform: Platform, workspace: str, submit: Submit) -> None:
    submit(title="There", command=["echo", "hello"])
    with pytest.raises(InvalidStatus), socket_of(people, workspace, origin="https://evil.example"):
        pass
