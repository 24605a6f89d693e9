"""BullMQ from the npm registry, in a folder that git ignores: installed when it is first measured."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

PACKAGES = {"bullmq": "6.7.0", "ioredis": "5.11.1"}
"""What is compared, and the client of Redis that it is released with."""

FOLDER = Path(__file__).resolve().parents[2] / ".benchmarks" / "node"
MODULES = FOLDER / "node_modules"
PATIENCE = 180.0


class Unavailable(Exception):
    """It cannot be measured here; says why."""


def install() -> None:
    """See to it that the packages are there, in these versions. Raises Unavailable."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Unavailable(f"BullMQ is left out: there is no {program} on this machine.")
    if _installed() == PACKAGES:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}) + "\n")
    argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    try:
        done = subprocess.run(argv, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"BullMQ is left out: npm did not install it in {PATIENCE:g} s.") from None
    if done.returncode:
        said = next(iter(done.stderr.strip().splitlines()), f"exit code {done.returncode}")
        raise Unavailable(f"BullMQ is left out: npm could not install it ({said}).")


def _installed() -> dict[str, str]:
    """The versions that are in the folder."""
    manifests = {name: MODULES / name / "package.json" for name in PACKAGES}
    return {name: json.loads(path.read_text())["version"] for name, path in manifests.items() if path.exists()}
