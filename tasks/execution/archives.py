"""The directory of a job that is not done, kept in the database, so that any worker can go on with it.

It is a tar, compressed, of at most `MOST_BYTES` of files. A larger directory is not kept, and the job's log says so:
then calls that worked in it run again, or ask where they had effects outside (`tasks.execution.reuse`).
"""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from agents.ids import new_id
from agents.sandbox.environment import TEMPORARY
from tasks.execution.ledger import in_database_async
from tasks.models import WorkArchive
from tasks.transitions import Claim

MOST_BYTES = 64 * 2**20
MOST_FILES = 20_000


@dataclass(frozen=True)
class Kept:
    """What an attempt left: the archive, and the attempts whose calls worked in that directory."""

    attempts: list[int]
    content: bytes


class TooLarge(Exception):
    """The directory is more than is kept."""


async def restore(claim: Claim, directory: Path) -> frozenset[int]:
    """Unpack what an earlier attempt left, if anything; the attempts whose files are there now."""
    if claim.attempt == 1:
        return frozenset()
    found = await in_database_async(lambda: WorkArchive.objects.filter(job_id=claim.id).first())
    if found is None:
        return frozenset()
    await asyncio.to_thread(_unpack, bytes(found.content), directory)
    return frozenset(found.attempts)


async def keep(claim: Claim, directory: Path, restored: Iterable[int]) -> Kept:
    """Pack the directory. Raises TooLarge."""
    content = await asyncio.to_thread(_pack, directory)
    return Kept(sorted({*restored, claim.attempt}), content)


def write(claim: Claim, kept: Kept) -> None:
    """In place of what an earlier attempt left. Called in the transaction that ends the attempt."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tasks_workarchive (id, workspace_id, job_id, attempts, content)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (job_id) DO UPDATE
            SET attempts = excluded.attempts, content = excluded.content, created_at = clock_timestamp()
            """,
            [new_id(), claim.workspace_id, claim.id, kept.attempts, kept.content],
        )


def drop(claim: Claim) -> None:
    """The job is done: nobody goes on with its files."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks_workarchive WHERE job_id = %s", [claim.id])


def _pack(directory: Path) -> bytes:
    """Plain files, directories and links; what else there is (sockets, pipes) belonged to programs that are gone."""
    left, files = MOST_BYTES, MOST_FILES
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for path in sorted(directory.rglob("*")):
            name = path.relative_to(directory)
            if name.parts[0] == TEMPORARY and len(name.parts) == 1:
                continue
            member = tar.gettarinfo(path, str(name))
            if member is None or not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
                continue
            left, files = left - member.size, files - 1
            if left < 0 or files < 0:
                raise TooLarge
            if member.isfile():
                with path.open("rb") as file:
                    tar.addfile(member, file)
            else:
                tar.addfile(member)
    return packed.getvalue()


def _unpack(content: bytes, directory: Path) -> None:
    """Nothing is written outside of the directory.

    Source: https://docs.python.org/3/library/tarfile.html#tarfile.tar_filter
    """
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        tar.extractall(directory, filter="tar")
