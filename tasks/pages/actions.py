"""What may be done about a job now, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from agents.actor import Actor
from agents.roles import Role
from tasks.models import AgentJob
from tasks.pages.marks import WORDS
from tasks.states import RETRIABLE


@dataclass(frozen=True, slots=True)
class Action:
    """A button. With a `reason` it is disabled; one that `asks` opens a dialog first."""

    name: str
    label: str
    url: str
    key: str
    asks: bool = False
    danger: bool = False
    reason: str = ""


def actions(job: AgentJob, actor: Actor) -> list[Action]:
    role = "" if actor.may(Role.OPERATOR, job.workspace_id) else "This takes the role operator; yours only reads."
    return [
        Action(
            "cancel",
            "Cancel",
            reverse("pages:cancel", args=[job.id]),
            "c",
            asks=True,
            danger=True,
            reason=role or _why_not_cancel(job),
        ),
        Action("retry", "Retry", reverse("pages:retry", args=[job.id]), "r", reason=role or _why_not_retry(job)),
    ]


def _why_not_cancel(job: AgentJob) -> str:
    if job.is_over:
        return f"It is over ({WORDS[job.state].lower()}): there is nothing to stop."
    return "It is being stopped already." if job.is_cancelling else ""


def _why_not_retry(job: AgentJob) -> str:
    if job.state in RETRIABLE:
        return ""
    return f"Only what failed or was cancelled can be retried; this is {WORDS[job.state].lower()}."
