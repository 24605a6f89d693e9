"""What the email tools take: no value becomes a header, an address or a command of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agents.tools import registry
from agents.tools.base import Effect
from agents.tools.email.account import Account, Kind
from tests.agents.tools.email.conftest import Desk

pytestmark = pytest.mark.requirement("W14")

GOOD: dict[str, Any] = {"to": ["bob@example.org"], "subject": "s", "text": "t"}


def test_only_sending_has_an_effect_outside() -> None:
    effects = {name: registry.get(name).effect for name in registry.names() if name.startswith("email.")}

    assert effects == {
        "email.list": Effect.PURE,
        "email.read": Effect.PURE,
        "email.search": Effect.PURE,
        "email.send": Effect.EXTERNAL,
    }


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bob",
        "bob@",
        "@example.org",
        "bob@example.org\r\nBcc: eve@example.org",
        "bob@example.org, eve@example.org",
        "Bob <bob@example.org>",
        '"bob eve"@example.org',
        "bob@exa mple.org",
        "bob@example.org>",
        "bob@-example.org",
        "bob..b@example.org",
        "b" * 250 + "@example.org",
        "bob@example.org\0",
        "böb@example.org",
    ],
)
@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_what_is_no_plain_address_is_refused(field: str, address: str) -> None:
    with pytest.raises(registry.InvalidArguments):
        registry.validate("email.send", GOOD | {field: [address]})


@pytest.mark.parametrize(
    "address", ["bob@example.org", "b.o+b_1@sub.example.org", "root@localhost", "o'neil@example.org"]
)
def test_a_plain_address_is_taken(address: str) -> None:
    registry.validate("email.send", GOOD | {"to": [address]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "s\r\nBcc: eve@example.org"},
        {"subject": "s\n"},
        {"subject": "s\u2028x"},
        {"subject": ""},
        {"subject": "\ud800"},
        {"text": "\0"},
        {"text": "\ud800"},
        {"in_reply_to": "<a@b>\r\nX: y"},
        {"in_reply_to": "a@b"},
        {"to": []},
        {"to": ["bob@example.org"] * 60, "cc": ["bob@example.org"] * 60},
        {"from": "eve@example.org"},
        {"attachments": ["f"] * 21},
    ],
)
def test_what_could_become_something_else_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(registry.InvalidArguments):
        registry.validate("email.send", GOOD | wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"subject": 'x"\r\nA1 LOGOUT'},
        {"since": "yesterday"},
        {"before": "2026-13-01"},
        {"text": "x" * 201},
        {"folder": "a\nb", "text": "x"},
    ],
)
def test_a_search_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(registry.InvalidArguments):
        registry.validate("email.search", wrong)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../secret", "outside_directory"),
        ("/etc/passwd", "outside_directory"),
        ("link", "outside_directory"),
        ("nothing", "file_not_found"),
        ("fifo", "not_a_file"),
        ("big", "attachments_too_large"),
    ],
)
def test_only_files_of_the_job_within_limits_are_attached(tmp_path: Path, path: str, code: str) -> None:
    directory = tmp_path / "job"
    directory.mkdir()
    (tmp_path / "secret").write_text("x")
    (directory / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(directory / "fifo")
    with (directory / "big").open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    desk = Desk(directory, Account("work", Kind.GMAIL, "ann@example.org", token_url="http://127.0.0.1:1/"))

    assert desk.use("email.send", **GOOD, attachments=[path]).code == code
