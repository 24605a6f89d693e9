"""What a command finds around it: which server it speaks to, and the database of the machine it runs on.

Only `config` knows either, so it hands an object of this shape to every command through Typer's context.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, cast


@dataclass(frozen=True)
class Server:
    """A running platform: the address of its web part, and the token to come with."""

    url: str
    token: str = field(repr=False)


class Surroundings(Protocol):
    def server(self) -> Server:
        """The platform that the environment or the data folder names. Raises Unavailable where neither does."""
        ...

    def open_database(self) -> None:
        """Wake Django for commands that work on the database directly, on the server's own machine."""
        ...


def of(context: Any) -> Surroundings:
    """What was handed to this command."""
    return cast(Surroundings, context.obj)
