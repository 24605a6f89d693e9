"""The clean environment of a program: nothing of the platform's own but where programs are found."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

TEMPORARY = ".tmp"
"""The folder inside the job's directory that TMPDIR names."""

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def clean_environment(
    directory: Path, *, search_path: str | None, spec: Mapping[str, str], platform: Mapping[str, str]
) -> dict[str, str]:
    """What the program sees: the basics, then what the spec adds, then what the platform tells it.

    `platform` holds INTERLOCK_JOB_ID and the like; a spec cannot change these.
    """
    return {
        "PATH": search_path or os.environ.get("PATH") or DEFAULT_PATH,
        "HOME": str(directory),
        "TMPDIR": str(directory / TEMPORARY),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        **spec,
        **platform,
    }
