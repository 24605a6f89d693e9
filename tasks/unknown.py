"""What a spec names and is not there."""

from __future__ import annotations

from agents.errors import Detail, InvalidInput


class UnknownPlace(InvalidInput):
    code, title = "unknown_reference", "The spec names something that is not there"

    @classmethod
    def at(cls, field: str, message: str) -> UnknownPlace:
        return cls(message, details=[Detail(message, cls.code, path=field)])
