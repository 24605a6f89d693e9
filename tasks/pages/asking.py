"""The questions before a danger: how many it is about, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from agents.models import Session
from tasks.models import AgentJob
from tasks.pages import times
from tasks.pages.marks import counted
from tasks.states import OPEN, State


@dataclass(frozen=True)
class Question:
    """What templates/components/ask.html shows."""

    url: str
    back_url: str
    title: str
    sentences: list[str]
    yes: str
    no: str
    reason_label: str = "Reason (optional)"


def cancel_one(job: AgentJob) -> Question:
    running = job.state == State.RUNNING
    return Question(
        url=reverse("pages:cancel", args=[job.id]),
        back_url=reverse("pages:task", args=[job.id]),
        title=f"Cancel “{job.title}”?",
        sentences=[_it_stops() if running else "It has not started, and never will.", *_dependants(job)],
        yes="Stop it" if running else "Cancel it",
        no="Keep it",
    )


def cancel_session(session: Session, counts: Mapping[str, int]) -> Question:
    running = counts.get(State.RUNNING, 0)
    total = sum(counts.get(state, 0) for state in OPEN)
    waiting = total - running
    title = f"Cancel {counted(waiting, 'queued task')}?" if waiting else f"Stop {counted(running, 'running task')}?"
    sentences = [f"In {session.name}, {counted(waiting, 'task')} never start."] if waiting else []
    if running:
        sentences.append(f"{counted(running, 'task')} that run{'s' if running == 1 else ''} now: {_it_stops().lower()}")
    sentences.append("What is over stays as it is. Cancelled tasks can be retried one by one.")
    return Question(
        url=reverse("pages:cancel-session", args=[session.id]),
        back_url=reverse("pages:tasks"),
        title=title,
        sentences=sentences,
        yes=f"Cancel {counted(total, 'task')}",
        no="Keep them",
    )


def _it_stops() -> str:
    grace = times.span(settings.INTERLOCK.cancel_grace_seconds)
    return f"Its process is told to stop at once, and killed after {grace}."


def _dependants(job: AgentJob) -> list[str]:
    number = job.dependants.filter(job__state=State.BLOCKED).count()
    return [f"{counted(number, 'task')} wait for it, and will not get what they wait for."] if number else []
