"""What an agent remembers: the messages of its conversation, sealed, in numbered revisions that stay.

An agent has one conversation in each session that it works in. Messages are JSON as Pydantic AI writes it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from agents.models import Agent, ContextSnapshot
from agents.models.agent import Reason
from agents.runtimes.llm.sizes import tokens_of
from agents.sealing import CannotOpen, open_sealed, seal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Context:
    """One revision, and the job that wrote it; 0, without messages, is that of an agent which has said nothing yet."""

    revision: int
    messages: list[Any]
    job: UUID | None = None


def newest(agent: Agent, session_id: UUID) -> Context:
    """Where the agent stands in the session. What was sealed under another key counts as nothing said yet."""
    try:
        return load(agent, session_id)
    except CannotOpen:
        log.warning("A context was sealed under another key, the agent begins anew", extra={"agent": str(agent.pk)})
        return Context(0, [])


def load(agent: Agent, session_id: UUID, revision: int | None = None) -> Context:
    """That revision, or the newest one; the one without messages where there is none. Raises CannotOpen."""
    rows = ContextSnapshot.objects.in_workspace(agent.workspace_id).filter(agent=agent, session_id=session_id)
    if revision is not None:
        rows = rows.filter(revision=revision)
    row = rows.order_by("-revision").first()
    if row is None:
        return Context(0, [])
    text = open_sealed(bytes(row.sealed), row=_row(agent, row.revision), secret_key=settings.SECRET_KEY)
    return Context(row.revision, json.loads(text), row.job)


def write(agent: Agent, session_id: UUID, messages: Sequence[Any], reason: Reason, job: UUID) -> ContextSnapshot:
    """One more revision; whoever calls this has locked the agent's row."""
    rows = ContextSnapshot.objects.in_workspace(agent.workspace_id).filter(agent=agent)
    revision = (rows.order_by("-revision").values_list("revision", flat=True).first() or 0) + 1
    made: ContextSnapshot = ContextSnapshot.objects.create(
        workspace_id=agent.workspace_id,
        agent=agent,
        session_id=session_id,
        revision=revision,
        reason=reason,
        job=job,
        messages=len(messages),
        tokens=tokens_of(messages),
        sealed=seal(json.dumps(list(messages)), row=_row(agent, revision), secret_key=settings.SECRET_KEY),
    )
    return made


def _row(agent: Agent, revision: int) -> str:
    return f"context of {agent.workspace_id}/{agent.pk}/{revision}"
