"""The same submission twice makes its jobs once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from uuid import UUID

from django.utils.crypto import salted_hmac

from agents.errors import Conflict, InvalidInput
from tasks.models import IdempotencyKey
from tasks.spec.model import TaskSpec

LONGEST_KEY = 200


class KeyUsedForSomethingElse(Conflict):
    code, title = "idempotency_conflict", "The idempotency key was used for something else"


class InvalidKey(InvalidInput):
    code = "invalid_idempotency_key"


def reserve(workspace: UUID, key: str, specs: Sequence[TaskSpec]) -> list[UUID] | None:
    """None where the key is new and now ours; else the jobs that its first submission made.

    Of two submissions at once the second waits here for the first's transaction. Raises KeyUsedForSomethingElse
    where the key came with another body.
    """
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise InvalidKey(f"The Idempotency-Key may have up to {LONGEST_KEY} printable characters.")
    asked = digest(specs)
    row = IdempotencyKey(workspace_id=workspace, key=key, digest=asked)
    IdempotencyKey.objects.bulk_create([row], ignore_conflicts=True)
    kept = IdempotencyKey.objects.in_workspace(workspace).get(key=key)
    if kept.id == row.id:
        return None
    if kept.digest != asked:
        raise KeyUsedForSomethingElse(
            f"The Idempotency-Key {key!r} was already used for another submission; use a new key for a new one."
        )
    return list(kept.jobs)


def fill(workspace: UUID, key: str, jobs: list[UUID]) -> None:
    """Note which jobs the submission made, before its transaction commits."""
    IdempotencyKey.objects.in_workspace(workspace).filter(key=key).update(jobs=jobs)


def digest(specs: Sequence[TaskSpec]) -> str:
    """A digest of what was asked, however it was written; keyed, so that it confirms no guess at what is redacted."""
    documents = [spec.as_document() for spec in specs]
    key = salted_hmac(__name__, b"", algorithm="sha256").digest()
    return hmac.new(key, json.dumps(documents, sort_keys=True).encode(), hashlib.sha256).hexdigest()
