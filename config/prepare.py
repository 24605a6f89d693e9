"""`python -m config.prepare`: what a database needs before the parts start. Prints what it made as one line of JSON.

A process of its own, so that the parent which only supervises never loads Django.
"""

from __future__ import annotations

import json
import secrets
import sys
import traceback
from typing import Any

from config import parts

ADMIN = "admin"


def main(demo_data: bool) -> dict[str, Any]:
    """Tables, then a first admin, then (if wanted) the demo's workspace with a token."""
    parts.migrate()
    made: dict[str, Any] = {"admin_password": _first_admin()}
    if demo_data:
        from agents.bootstrap import ensure_demo

        made["token"] = ensure_demo()
    return made


def _first_admin() -> str:
    """The password of the admin that was made now, or nothing where there is one already."""
    from django.contrib.auth import get_user_model

    users = get_user_model()._default_manager
    if users.filter(is_superuser=True).exists():
        return ""
    password = secrets.token_urlsafe(12)
    users.create_superuser(ADMIN, password=password)
    return password


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr  # what migrate says goes to the log
    try:
        out.write(json.dumps(main(demo_data="--demo-data" in sys.argv)) + "\n")
        out.flush()  # nobody else does, now that it is not sys.stdout any more
    except Exception as error:
        traceback.print_exc()
        cause = (str(error).strip().splitlines() or [""])[0]
        sys.stderr.write(f"{type(error).__name__}: {cause}\n")  # the last line is what `up` shows
        raise SystemExit(1) from None
