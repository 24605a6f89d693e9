"""Secrets as options: `NAME=VALUE`, or `NAME=@VARIABLE` so that the value is in no history and no list of processes."""

from __future__ import annotations

import os
from collections.abc import Sequence

from agents.errors import InvalidInput

HOW = "NAME=VALUE, or NAME=@VARIABLE to take it from the environment"


def named(said: Sequence[str] | None, option: str) -> dict[str, str]:
    """Each option's name with its value. Raises InvalidInput, without the value."""
    found = {}
    for each in said or ():
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise InvalidInput(f"{option} is {HOW}.")
        found[name] = value(text, option)
    return found


def value(text: str, option: str) -> str:
    """The text, or the value of the variable that `@VARIABLE` names."""
    if not text.startswith("@"):
        return text
    if text[1:] not in os.environ:
        raise InvalidInput(f"{option} names the variable {text[1:]}, which is not set.")
    return os.environ[text[1:]]
