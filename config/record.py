"""What a running platform writes into its data folder, so that commands beside it find it: one JSON file.

It holds secrets (the passwords of database and Redis, the signing key, a token): only its owner may read it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

FILE_NAME = "running.json"
DEFAULT_FOLDER = Path(".interlock")


@dataclass(frozen=True)
class Process:
    """One process as the kernel knows it: a pid alone may by now be somebody else's."""

    name: str
    pid: int
    started: float


@dataclass(frozen=True)
class Record:
    """Where a platform can be reached and what it consists of; a killed platform leaves it behind."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    url: str = ""
    token: str = field(default="", repr=False)
    parent: Process | None = None
    processes: list[Process] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Replace the folder's record at once; a reader sees the old or the new one, never a half."""
        path = folder / FILE_NAME
        scratch = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2)
        scratch.replace(path)

    @classmethod
    def read(cls, folder: Path) -> Record | None:
        """The folder's record, or None where there is none that can be read and understood."""
        try:
            content = json.loads((folder / FILE_NAME).read_text())
            known = {each.name for each in fields(cls)}
            content = {name: value for name, value in content.items() if name in known}
            content["processes"] = [Process(**each) for each in content.get("processes", [])]
            content["parent"] = Process(**content["parent"]) if content.get("parent") else None
            return cls(**content)
        except (OSError, ValueError, TypeError, AttributeError):
            return None


def folder_from(environ: Mapping[str, str]) -> Path:
    """The data folder of a command that was not told one: INTERLOCK_DATA, else `.interlock` right here."""
    return Path(environ.get("INTERLOCK_DATA") or DEFAULT_FOLDER)
