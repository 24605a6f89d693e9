"""Secrets at rest: sealed with AES-256-GCM under a key that HKDF derives from SECRET_KEY.

Each is bound to its row: a ciphertext that somebody copies to another row, or another workspace, does not open there.
Sources: NIST SP 800-38D (GCM, 96-bit random nonces), RFC 5869 (HKDF).
"""

from __future__ import annotations

import os
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agents.errors import Unavailable

PURPOSE = b"interlock provider keys v1"  # what is sealed already opens with it only
NONCE_BYTES = 12


class CannotOpen(Unavailable):
    """What was sealed under another SECRET_KEY, or for another row, or was changed."""

    code: ClassVar[str] = "secret_cannot_be_opened"
    title: ClassVar[str] = "A stored secret cannot be opened"


def seal(text: str, *, row: str, secret_key: str) -> bytes:
    """The text as nonce and ciphertext, for the row of that name only."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(secret_key).encrypt(nonce, text.encode(), row.encode())


def open_sealed(sealed: bytes, *, row: str, secret_key: str) -> str:
    """The text; raises CannotOpen."""
    try:
        return _cipher(secret_key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], row.encode()).decode()
    except (InvalidTag, ValueError):
        raise CannotOpen("The secret was stored under another SECRET_KEY; add it again.") from None


def _cipher(secret_key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode()))
