"""Users, tokens and workspaces, made on the server's own machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from knox.auth import TokenAuthentication

from agents.models import ApiToken, Membership, Workspace
from tests.cli.conftest import Run

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("I5"), pytest.mark.requirement("T4")]


@pytest.fixture
def acme() -> Workspace:
    return Workspace.objects.create(slug="acme", name="Acme")


def user(name: str) -> Any:
    return get_user_model()._default_manager.get(username=name)


def test_a_user_is_made_with_the_password_that_was_given(interlock: Run, acme: Workspace) -> None:
    arguments = ["ann", "--password-stdin", "--workspace", "acme", "--role", "approver"]
    done = interlock("user", "create", *arguments, stdin="a good password\n")
    assert (done.code, done.out) == (0, "Created the user ann, approver in acme.\n")
    assert user("ann").check_password("a good password")
    assert Membership.objects.get(user=user("ann")).role == "approver"
    assert not user("ann").is_superuser


def test_a_superuser_may_enter_the_admin_pages(interlock: Run) -> None:
    done = interlock("user", "create", "root", "--password-stdin", "--superuser", "--json", stdin="a good password")
    assert done.json["superuser"] is True
    assert user("root").is_staff


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "part"),
    [
        (["ann", "--password-stdin"], "short", 2, "password is too short"),
        (["ann"], "", 2, "--password-stdin"),
        (["a b/c", "--password-stdin"], "a good password", 2, "cannot be made"),
        (["ann", "--password-stdin", "--workspace", "nix"], "a good password", 5, "there are acme"),
        (["ann", "--password-stdin", "--role", "king", "--workspace", "acme"], "a good password", 2, "no role"),
    ],
)
def test_a_user_that_cannot_be_is_refused_and_nothing_is_made(
    arguments: list[str], stdin: str, code: int, part: str, interlock: Run, acme: Workspace
) -> None:
    before = get_user_model()._default_manager.count()
    done = interlock("user", "create", *arguments, stdin=stdin)
    assert done.code == code
    assert part in done.err
    assert get_user_model()._default_manager.count() == before


def test_a_name_that_is_taken_is_refused(interlock: Run) -> None:
    assert interlock("user", "create", "ann", "--password-stdin", stdin="a good password").code == 0
    done = interlock("user", "create", "ann", "--password-stdin", stdin="a good password")
    assert (done.code, "already" in done.err) == (1, True)


def test_token_create_prints_the_token_and_nothing_else(interlock: Run, acme: Workspace) -> None:
    done = interlock("token", "create", "--workspace", "acme", "--role", "operator", "--expires-in", "30d")
    text = done.out.removesuffix("\n")
    assert text.isalnum()
    owner, token = TokenAuthentication().authenticate_credentials(text.encode())
    assert (token.workspace, token.role, token.name) == (acme, "operator", "operator of acme")
    assert abs(token.expiry - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert not owner.has_usable_password()


def test_a_token_of_a_user_may_no_more_than_the_user(interlock: Run, acme: Workspace) -> None:
    interlock("user", "create", "ann", "--password-stdin", "--workspace", "acme", stdin="a good password")
    assert interlock("token", "create", "--workspace", "acme", "--role", "operator", "--user", "ann").code == 0
    done = interlock("token", "create", "--workspace", "acme", "--role", "admin", "--user", "ann")
    assert done.code == 4
    assert "ann is operator of acme" in done.err
    assert interlock("token", "create", "--workspace", "acme", "--role", "viewer", "--user", "bob").code == 5


@pytest.mark.parametrize("said", ["soon", "0d", "30", "5y", "-1d"])
def test_a_lifetime_that_is_none_is_refused(said: str, interlock: Run, acme: Workspace) -> None:
    done = interlock("token", "create", "--workspace", "acme", "--role", "viewer", f"--expires-in={said}")
    assert done.code == 2
    assert ApiToken.objects.count() == 0


def test_tokens_are_listed_without_what_it_takes_to_use_them_and_revoked(interlock: Run, acme: Workspace) -> None:
    text = interlock("token", "create", "-w", "acme", "--role", "viewer", "--name", "ci").out.strip()
    listed = interlock("token", "list", "--json")
    assert text not in listed.out
    (entry,) = listed.json
    assert (entry["name"], entry["workspace"], entry["state"]) == ("ci", "acme", "valid")
    assert interlock("token", "revoke", entry["key"]).code == 0
    assert interlock("token", "list", "-w", "acme").out.splitlines()[1].split()[-2:] == ["revoked", "ci"]
    assert interlock("token", "revoke", "nix").code == 5


def test_workspaces_are_made_and_listed(interlock: Run) -> None:
    assert interlock("workspace", "create", "acme", "--name", "Acme Inc.").code == 0
    assert interlock("workspace", "create", "acme").code == 1
    assert interlock("workspace", "create", "no good").code == 2
    assert interlock("workspace", "create", "other", "--json").json["slug"] == "other"
    assert interlock("workspace", "list").out.splitlines()[1] == "acme   Acme Inc."
    assert {each["slug"] for each in interlock("workspace", "list", "--json").json} >= {"acme", "other"}
