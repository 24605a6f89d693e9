"""What a runtime gives to be kept: sealed, under the epoch of its attempt, and given back to the next attempt."""

from __future__ import annotations

import json
import logging
from decimal import Decimal

from django.conf import settings
from django.db import connection

from agents.ids import new_id
from agents.sealing import CannotOpen, open_sealed, seal
from agents.tools.base import JSON
from tasks.execution.ledger import in_database_async
from tasks.models import Checkpoint
from tasks.spec.choices import RuntimeName
from tasks.transitions import IN_STATE, Claim

log = logging.getLogger(__name__)


async def restore(claim: Claim) -> JSON:
    """What an earlier attempt kept last; None where there is nothing to go on from."""
    if claim.attempt == 1 or claim.runtime != RuntimeName.LLM:
        return None
    return await in_database_async(lambda: kept_by(claim))


def kept_by(claim: Claim) -> JSON:
    """What the job has kept; None where it is nothing, or cannot be opened any more."""
    found = Checkpoint.objects.filter(job_id=claim.id).first()
    if found is None:
        return None
    try:
        return json.loads(open_sealed(bytes(found.sealed), row=_row(claim), secret_key=settings.SECRET_KEY))
    except CannotOpen:
        log.warning("A checkpoint was sealed under another key, the job begins anew", extra={"job": str(claim.id)})
        return None


async def keep(claim: Claim, data: JSON, tokens: int = 0, cost: Decimal | None = None) -> None:
    """In place of what was kept before, with what the job's models have used; nothing where the lease is lost."""
    sealed = seal(json.dumps(data), row=_row(claim), secret_key=settings.SECRET_KEY)
    await in_database_async(lambda: _write(claim, sealed, tokens, cost or Decimal()))


def drop(claim: Claim) -> None:
    """The job is done. Called in the transaction that says so."""
    if claim.runtime == RuntimeName.LLM:
        Checkpoint.objects.filter(job_id=claim.id).delete()


def _write(claim: Claim, sealed: bytes, tokens: int, cost: Decimal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH held AS (
                SELECT workspace_id, id FROM tasks_agentjob
                WHERE id = %(job)s AND epoch = %(epoch)s AND {IN_STATE} 'running'
            ), spent AS (
                INSERT INTO tasks_spending (id, workspace_id, job_id, tokens, cost)
                SELECT %(spending)s, workspace_id, id, %(tokens)s, %(cost)s FROM held
                ON CONFLICT (job_id) DO UPDATE SET tokens = excluded.tokens, cost = excluded.cost
            )
            INSERT INTO tasks_checkpoint (id, workspace_id, job_id, sealed)
            SELECT %(checkpoint)s, workspace_id, id, %(sealed)s FROM held
            ON CONFLICT (job_id) DO UPDATE SET sealed = excluded.sealed, created_at = clock_timestamp()
            """,
            {
                "job": claim.id,
                "epoch": claim.epoch,
                "spending": new_id(),
                "tokens": tokens,
                "cost": cost,
                "checkpoint": new_id(),
                "sealed": sealed,
            },
        )


def _row(claim: Claim) -> str:
    return f"checkpoint of {claim.workspace_id}/{claim.id}"
