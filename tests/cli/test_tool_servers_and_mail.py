"""`interlock tool-server` and `interlock mail`, against a real platform."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable

import pytest

from tests.cli.conftest import Done, Run
from tests.platform import Platform

CLOCK = ("--", sys.executable, "-m", "mcp_server_time", "--local-timezone", "UTC")
Cli = Callable[..., Done]


@pytest.fixture
def cli(interlock: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("INTERLOCK_URL", platform.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", platform.token("admin", f"cli-{uuid.uuid4().hex[:8]}"))
    return interlock


@pytest.mark.requirement("W13")
def test_a_server_is_added_listed_used_switched_refreshed_and_removed(cli: Cli) -> None:
    assert "There are no tool servers yet" in cli("tool-server", "list").err

    added = cli("tool-server", "add", "clock", "--env", "API_KEY=@MY_KEY", *CLOCK, MY_KEY="hunter2")
    assert added.code == 0, added.err
    assert "clock.convert_time" in added.out and "pure" in added.out

    [listed] = cli("tool-server", "list", "--json").json
    assert (listed["env"], len(listed["tools"])) == (["API_KEY"], 2)
    call = ("task", "add", "--wait", "--tool", "clock.get_current_time", "--args", '{"timezone": "UTC"}')
    assert cli(*call).code == 0
    assert "(off)" in cli("tool-server", "disable", "clock").out
    assert "switched the server clock off" in cli(*call).err
    assert cli("tool-server", "enable", "clock").code == 0
    assert "clock.convert_time" in cli("tool-server", "refresh", "clock").out
    assert "Removed clock" in cli("tool-server", "remove", listed["id"]).out
    gone = cli("tool-server", "remove", "clock")
    assert (gone.code, "There is no tool server 'clock'" in gone.err) == (5, True)


@pytest.mark.requirement("W13")
@pytest.mark.parametrize("said", ["API_KEY", "=x", "API_KEY=@NOT_SET"])
def test_a_secret_that_cannot_be_read_is_wrong_usage(cli: Cli, said: str) -> None:
    refused = cli("tool-server", "add", "clock", "--env", said, *CLOCK)

    assert refused.code == 2
    assert "NAME=@VARIABLE" in refused.err or "NOT_SET, which is not set" in refused.err


@pytest.mark.requirement("W14")
def test_a_mail_account_is_added_listed_and_removed(cli: Cli) -> None:
    assert "There are no mail accounts yet" in cli("mail", "list").err
    where = ("--imap", "imap.example.org", "--smtp", "smtp.example.org:587", "--smtp-tls", "starttls")

    added = cli("mail", "add", "office", "--address", "office@example.org", *where, stdin="hunter2\n")
    assert added.code == 0, added.err
    [listed] = cli("mail", "list", "--json").json
    assert (listed["imap_port"], listed["smtp_port"], listed["smtp_tls"]) == (993, 587, "starttls")
    assert "hunter2" not in str(listed) + added.out
    assert "imap.example.org" in cli("mail", "list").out
    assert "Removed office" in cli("mail", "remove", "office").out
    assert cli("mail", "remove", "office").code == 5


@pytest.mark.requirement("W14")
def test_a_mail_account_that_cannot_be_is_wrong_usage(cli: Cli) -> None:
    where = ("--address", "a@example.org", "--secret", "x")

    assert "HOST:PORT" in cli("mail", "add", "office", *where, "--imap", "a.org:imap").err
    refused = cli("mail", "add", "office", *where, "--imap", "a.org", "--smtp", "b.org", "--tls", "none")
    assert (refused.code, "take tls or starttls" in refused.err) == (2, True)
