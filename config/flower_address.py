"""Where Flower listens, and the password it asks for: what its process and the web process both must know."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import tempfile
from pathlib import Path

from config.environment import Environment

PREFIX = "admin/queues"
USER = "interlock"
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 104 or 108 bytes
UNIX = "unix:"


def address(settings: Environment) -> str:
    """`host:port`, or `unix:PATH` of a socket in a folder that only our own user can enter."""
    return settings.flower_address or UNIX + str(_folder(settings.data.absolute()) / "flower.sock")


def password(settings: Environment) -> str:
    """Given, or derived from SECRET_KEY, which both processes know."""
    derived = hmac.new(settings.secret_key.encode(), b"flower", "sha256").hexdigest()
    return settings.flower_key or derived


def authorization(settings: Environment) -> str:
    """The header that Flower's door opens for."""
    return "Basic " + base64.b64encode(f"{USER}:{password(settings)}".encode()).decode()


def make_room(path: Path) -> None:
    """The socket's folder, private, without a socket that an earlier Flower left in it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.parent.chmod(0o700)  # fails if it is somebody else's
    path.unlink(missing_ok=True)


def _folder(data: Path) -> Path:
    inside = data / "flower"
    if len(str(inside)) <= LONGEST_SOCKET_PATH - len("/flower.sock"):
        return inside
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"interlock-{os.geteuid()}-{digest}"
