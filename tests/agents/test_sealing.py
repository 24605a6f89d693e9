"""Secrets at rest open only with the platform's key, in their own row, as they were."""

from __future__ import annotations

import pytest

from agents.sealing import CannotOpen, open_sealed, seal

pytestmark = pytest.mark.requirement("T6")
CANARY = "canary-4711-\u00e9"


def test_what_was_sealed_opens_and_shows_nothing() -> None:
    sealed = seal(CANARY, row="a/1", secret_key="key")

    assert open_sealed(sealed, row="a/1", secret_key="key") == CANARY
    assert b"canary" not in sealed
    assert seal(CANARY, row="a/1", secret_key="key") != sealed, "a nonce of its own each time"


@pytest.mark.parametrize(("row", "key"), [("a/2", "key"), ("b/1", "key"), ("a/1", "another key")])
def test_another_row_or_another_key_opens_nothing(row: str, key: str) -> None:
    with pytest.raises(CannotOpen, match="add it again"):
        open_sealed(seal(CANARY, row="a/1", secret_key="key"), row=row, secret_key=key)


def test_what_was_changed_opens_nothing() -> None:
    sealed = bytearray(seal(CANARY, row="a/1", secret_key="key"))
    sealed[-1] ^= 1
    for changed in (bytes(sealed), b"", b"short"):
        with pytest.raises(CannotOpen):
            open_sealed(changed, row="a/1", secret_key="key")
