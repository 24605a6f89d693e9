"""Addresses of mail, strictly: what looks odd is refused and never repaired."""

from __future__ import annotations

import re

LONGEST = 254
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
_ADDRESS = re.compile(rf"{_LOCAL}@{_DOMAIN}")


def checked(address: str) -> str:
    """The address; raises ValueError. A plain one such as ann@example.org (RFC 5322's dot-atom), without a name."""
    if len(address) > LONGEST or _ADDRESS.fullmatch(address) is None:
        raise ValueError("it must be a plain address such as ann@example.org")
    return address


def one_line(text: str) -> str:
    """Text for a header; raises ValueError where a line could begin in it, or it holds what cannot be sent."""
    if any(ord(letter) < 32 or ord(letter) == 127 or letter in "\x85\u2028\u2029" for letter in text):
        raise ValueError("it must be one line of text without control characters")
    return whole(text)


def whole(text: str) -> str:
    """Text of several lines; raises ValueError where it holds what cannot be sent."""
    if "\0" in text:
        raise ValueError("it must not contain NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character") from None
    return text
