"""Secrets at rest: sealed with a key derived from SECRET_KEY, so that the database alone tells nothing."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import cache
from typing import ClassVar

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from agents.errors import InterlockError

PURPOSE = b"interlock: secrets at rest"


class SecretUnreadable(InterlockError):
    code: ClassVar[str] = "secret_unreadable"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "A stored secret cannot be read"


def seal(text: str) -> str:
    """The text encrypted and authenticated, as ASCII; each time another one."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()


def open(text: str) -> str:
    """What was sealed. Raises SecretUnreadable where SECRET_KEY is another one since, or the text was changed."""
    try:
        return _box(settings.SECRET_KEY).decrypt(text.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(
            "A stored secret cannot be read, since SECRET_KEY has changed; enter the secret again."
        ) from None


@cache
def _box(secret_key: str) -> Fernet:
    """HKDF is RFC 5869, the format of what is sealed https://github.com/fernet/spec."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(urlsafe_b64encode(key))
