"""Jobs by what people call them: a whole id, or enough of one."""

from __future__ import annotations

import re
from itertools import islice

from agents.errors import Conflict, InvalidInput, NotFound
from tasks.cli.client import JSON, PAGE, Client

WHOLE = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
PART = re.compile(r"[0-9a-f-]{6,36}", re.IGNORECASE)
RECENT = 5 * PAGE
"""Parts of ids are looked for among as many of the newest jobs."""


class Ambiguous(Conflict):
    code, title = "ambiguous_id", "Several have such an id"


def whole_id(client: Client, said: str) -> str:
    """The id of the job that `said` means: a whole id, or six or more characters of its beginning or end.

    Raises InvalidInput, NotFound, or Ambiguous with the ids that it could be.
    """
    said = said.strip().lower()
    if WHOLE.fullmatch(said):
        return said
    if not PART.fullmatch(said):
        raise InvalidInput(f"{said!r} is no id of a job; give it whole, or at least the last six characters of it.")
    recent = islice(client.every("/api/agent-jobs/", limit=PAGE), RECENT)
    found = [job["id"] for job in recent if job["id"].endswith(said) or job["id"].startswith(said)]
    if not found:
        raise NotFound(f"None of the newest {RECENT:,} jobs has an id with {said!r} at its end; give the whole id.")
    if len(found) > 1:
        raise Ambiguous(f"{said!r} could be {', '.join(found[:5])}{' …' if len(found) > 5 else ''}; give more of it.")
    return str(found[0])


def find(client: Client, said: str) -> JSON:
    """The job itself."""
    return client.get(path_of(whole_id(client, said)))


def path_of(id: str, part: str = "") -> str:
    return f"/api/agent-jobs/{id}/" if not part else f"/api/tasks/{id}/{part}/"
