"""Secrets at rest."""

from __future__ import annotations

import pytest

from agents import encryption

pytestmark = pytest.mark.requirement("T6")


def test_what_is_sealed_is_opened_again_and_cannot_be_read_in_between() -> None:
    sealed = encryption.seal("größe hunter2")

    assert "hunter2" not in sealed
    assert sealed != encryption.seal("größe hunter2")
    assert encryption.open(sealed) == "größe hunter2"


def test_another_key_opens_nothing(settings: pytest.FixtureRequest) -> None:
    sealed = encryption.seal("hunter2")
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]

    with pytest.raises(encryption.SecretUnreadable, match="enter the secret again"):
        encryption.open(sealed)


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAA==", "ä"])
def test_what_was_changed_opens_nothing(sealed: str) -> None:
    with pytest.raises(encryption.SecretUnreadable):
        encryption.open(sealed)
