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
class Answer:
    """A button that sends the form; `value` tells the view which one it was."""

    label: str
    value: str = ""
    danger: bool = False


@dataclass(frozen=True)
class Question:
    """What templates/components/ask.html shows. `no` is the button that changes nothing."""

    url: str
    back_url: str
    title: str
    sentences: list[str]
    no: str
    answers: list[Answer]
    reason_label: str = "Reason (optional)"


def cancel_task(job: AgentJob) -> Question:
    running = job.state == State.RUNNING
    return Question(
        url=reverse("pages:cancel", args=[job.id]),
        back_url=reverse("pages:task", args=[job.id]),
        title=f"Cancel “{job.title}”?",
        sentences=[_stopping("It") if running else "It has not started, and then never will.", *_dependants(job)],
        no="Keep it",
        answers=[Answer("Stop it" if running else "Cancel it", danger=True)],
    )


def close_session(session: Session, counts: Mapping[str, int]) -> Question:
    running = counts.get(State.RUNNING, 0)
    total = sum(counts.get(state, 0) for state in OPEN)
    sentences = ["It takes no more tasks from then on, and cannot be opened again."]
    if total:
        parts = [(total - running, "waits", "wait"), (running, "runs", "run")]
        sentences.append(" and ".join(_are(*part) for part in parts if part[0]).capitalize() + " in it.")
    if running:
        sentences.append(_stopping("What runs, if you cancel,"))
    answers = [Answer("Let them end", "drain"), Answer(f"Cancel {counted(total, 'task')}", "cancel", danger=True)]
    return Question(
        url=reverse("pages:close-session", args=[session.id]),
        back_url=reverse("pages:tasks"),
        title=f"Close {session.name}?",
        sentences=sentences,
        no="Keep it open",
        answers=answers if total else [Answer("Close it", "drain", danger=True)],
    )


def _are(number: int, one: str, many: str) -> str:
    return f"{counted(number, 'task')} {one if number == 1 else many}"


def _stopping(who: str) -> str:
    return f"{who} is told to stop at once, and killed after {times.span(settings.INTERLOCK.cancel_grace_seconds)}."


def _dependants(job: AgentJob) -> list[str]:
    number = job.dependants.filter(job__state=State.BLOCKED).count()
    return [f"{_are(number, 'waits', 'wait')} for it."] if number else []
