"""Provider keys, added and revoked on the server's own machine. A key is read, never taken as an argument."""

from __future__ import annotations

import pytest
from django.conf import settings

from agents.models import ProviderKey, Workspace
from agents.provider_keys import MissingProviderKey, unlock
from agents.sealing import CannotOpen
from tests.cli.conftest import Run

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("T6"), pytest.mark.requirement("I5")]
SECRET = "canary-sk-0123456789-x9Qa"


@pytest.fixture
def acme() -> Workspace:
    return Workspace.objects.create(slug="acme", name="Acme")


def test_a_key_is_added_listed_and_revoked(interlock: Run, acme: Workspace) -> None:
    done = interlock("key", "add", "anthropic", "-w", "acme", "--key-stdin", stdin=f"{SECRET}\n")
    assert (done.code, done.out) == (0, "Added the provider key anthropic to acme.\n")
    assert unlock(acme.id, "anthropic").key == SECRET

    listed = interlock("key", "list", "-w", "acme", "--json")
    assert [(each["name"], each["last4"], each["state"]) for each in listed.json] == [("anthropic", "x9Qa", "valid")]
    assert SECRET not in listed.out + interlock("key", "list").out

    assert interlock("key", "revoke", "anthropic", "-w", "acme").out == "Revoked the provider key anthropic of acme.\n"
    with pytest.raises(MissingProviderKey):
        unlock(acme.id, "anthropic")
    assert interlock("key", "revoke", "anthropic", "-w", "acme").code == 5


def test_a_server_of_ones_own_needs_an_address_and_no_key(interlock: Run, acme: Workspace) -> None:
    arguments = ["openai-compatible", "-w", "acme", "--name", "ollama", "--key-stdin"]
    assert interlock("key", "add", *arguments).code == 2
    done = interlock("key", "add", *arguments, "--base-url", "http://localhost:11434/v1/", "--json")
    assert done.json["base_url"] == "http://localhost:11434/v1"
    assert unlock(acme.id, "openai-compatible").key == ""


@pytest.mark.parametrize(
    ("arguments", "stdin", "code"),
    [
        (["acme", "-w", "acme", "--key-stdin"], SECRET, 2),
        (["anthropic", "-w", "nix", "--key-stdin"], SECRET, 5),
        (["anthropic", "-w", "acme"], "", 2),
        (["anthropic", "-w", "acme", "--key-stdin"], "", 2),
        (["anthropic", SECRET, "-w", "acme"], "", 2),
    ],
)
def test_what_cannot_be_added_changes_nothing(
    arguments: list[str], stdin: str, code: int, interlock: Run, acme: Workspace
) -> None:
    assert interlock("key", "add", *arguments, stdin=stdin).code == code
    assert not ProviderKey.objects.in_workspace(acme.id).exists()


def test_a_name_is_replaced_only_when_that_is_said(interlock: Run, acme: Workspace) -> None:
    add = ["key", "add", "openai", "-w", "acme", "--key-stdin"]
    assert interlock(*add, stdin=SECRET).code == 0
    assert interlock(*add, stdin="another-key-9876").code == 1
    assert unlock(acme.id, "openai").key == SECRET
    assert interlock(*add, "--replace", stdin="another-key-9876").code == 0
    assert unlock(acme.id, "openai").key == "another-key-9876"


def test_after_another_secret_key_it_must_be_added_again(
    interlock: Run, acme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    interlock("key", "add", "google", "-w", "acme", "--key-stdin", stdin=SECRET)
    monkeypatch.setattr(settings, "SECRET_KEY", "another")
    with pytest.raises(CannotOpen):
        unlock(acme.id, "google")
