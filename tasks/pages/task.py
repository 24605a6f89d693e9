"""What /tasks/<id>/ shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from agents.actor import Actor
from tasks import explain
from tasks.estimates import estimates
from tasks.models import AgentJob, Attempt, Event, ToolCall
from tasks.models.call import CallState
from tasks.pages import facts, folds, parts, search, timeline
from tasks.pages.actions import Action, actions
from tasks.pages.facts import Facts, Use
from tasks.pages.happenings import FAILURES, QUIET, Happening, happening
from tasks.pages.marks import StateMark, state_of
from tasks.pages.parts import CALL_MARKS, Tab
from tasks.pages.rows import percent_of, start_in_words
from tasks.pages.why import why, worker_name
from tasks.states import State

NEWEST = 100  # events in the list
MOST_CHANGES = 500  # events in the picture
MOST_CALL_MARKS = 100
TICK = 5  # seconds between looks at a job that is not over, besides hints: time passes without an event


@dataclass(frozen=True)
class Asked:
    tab: str = ""
    events: str = ""


@dataclass(frozen=True)
class Link:
    url: str
    title: str


@dataclass(frozen=True)
class Error:
    kind: str
    code: str
    message: str


@dataclass(frozen=True)
class Timeline:
    parts: list[timeline.Part]
    marks: list[timeline.Mark]
    ticks: list[timeline.Tick]
    summary: str
    events: list[Happening]
    count: int
    fold: str
    open: bool
    failures_only: bool
    toggle_url: str


@dataclass(frozen=True)
class Task:
    """What templates/tasks/task.html shows."""

    id: str
    title: str
    topic: str
    tick: int | None
    url: str
    list_url: str
    session: str
    session_url: str
    state: StateMark
    sentence: str
    percent: int | None
    progress_message: str
    previous: Link | None
    next: Link | None
    actions: list[Action]
    error: Error | None
    timeline: Timeline
    tabs: list[Tab]
    tab: Tab
    part: Any
    uses: list[Use]
    facts: list[Facts]


def look(job: AgentJob, actor: Actor, asked: Asked, fold: folds.Folds, now: datetime) -> Task:
    attempts = list(job.attempts.order_by("number"))
    tab = parts.choose(job, asked.tab)
    chosen = {"tab": asked.tab, "events": asked.events}

    def query(**changed: str) -> str:
        given = {name: value for name, value in {**chosen, **changed}.items() if value}
        return f"?{urlencode(given)}" if given else "?"

    url = reverse("pages:task", args=[job.id])
    tabs = parts.tabs(job, tab, query)
    running = job.state == State.RUNNING
    waiting = explain.waiting_for([job]).get(job.id)
    estimate = estimates([job]).get(job.id)
    list_url = f"{reverse('pages:tasks')}?{urlencode({'workspace': job.workspace.slug})}"
    session_url = f"{list_url}&{urlencode({'q': str(search.Term('session', (job.session.name,)))})}"
    return Task(
        id=str(job.id),
        title=job.title,
        topic=f"task:{job.id}",
        tick=None if job.is_over else TICK,
        url=url + query(),
        list_url=list_url,
        session=job.session.name,
        session_url=session_url,
        state=state_of(job),
        sentence=why(
            job, attempts, waiting.sentence if waiting else "", now, start_in_words(estimate) if estimate else ""
        ),
        percent=percent_of(job) if running else None,
        progress_message=job.progress_message if running else "",
        previous=_neighbour(job, older=True),
        next=_neighbour(job, older=False),
        actions=actions(job, actor),
        error=_error(job),
        timeline=_timeline(job, attempts, asked, fold, url, query, now),
        tabs=tabs,
        tab=next(one for one in tabs if one.current),
        part=parts.part(job, tab),
        uses=facts.uses(job, attempts, now),
        facts=facts.facts(job, attempts, now, session_url),
    )


def _neighbour(job: AgentJob, *, older: bool) -> Link | None:
    """The job of the same session that was submitted just before or after."""
    jobs = AgentJob.objects.in_workspace(job.workspace_id).filter(session=job.session_id)
    jobs = jobs.filter(pk__lt=job.pk).order_by("-pk") if older else jobs.filter(pk__gt=job.pk).order_by("pk")
    found = jobs.values_list("pk", "title").first()
    return Link(reverse("pages:task", args=[found[0]]), found[1]) if found else None


def _error(job: AgentJob) -> Error | None:
    if job.state != State.FAILED or not (job.error_code or job.error_message):
        return None
    kind = job.error_kind.replace("_", " ").capitalize() or "Failed"
    return Error(kind, job.error_code, job.error_message)


def _timeline(
    job: AgentJob,
    attempts: Sequence[Attempt],
    asked: Asked,
    fold: folds.Folds,
    url: str,
    query: Any,
    now: datetime,
) -> Timeline:
    events = Event.objects.in_workspace(job.workspace_id).filter(job_id=job.id)
    told = events.exclude(kind__in=QUIET)
    failures_only = asked.events == "failures"
    shown = told.filter(kind__in=FAILURES) if failures_only else told
    picture = timeline.scale(_changes(events), _notes(job), now)
    name = folds.name_of(job.id)
    return Timeline(
        picture.parts,
        picture.marks,
        picture.ticks,
        picture.summary,
        events=[happening(event) for event in shown.order_by("-id")[:NEWEST]],
        count=told.count(),
        fold=name,
        open=fold.is_open(name, failures_only),
        failures_only=failures_only,
        toggle_url=url + query(events="" if failures_only else "failures"),
    )


def _changes(events: Any) -> list[timeline.Change]:
    """The newest changes of state, in their order."""
    newest = [event for event in events.order_by("-id")[:MOST_CHANGES] if event.before != event.after]
    return [
        timeline.Change(
            event.at,
            event.after,
            worker_name(event.worker) if event.after == State.RUNNING else "",
            event.data.get("attempt") if event.after == State.RUNNING and isinstance(event.data, dict) else None,
        )
        for event in reversed(newest)
    ]


def _notes(job: AgentJob) -> list[tuple[datetime, str, str]]:
    calls = ToolCall.objects.in_workspace(job.workspace_id).filter(job=job).order_by("-attempt", "-index")
    return [
        (call.created_at, mark.name, f"{call.tool} {mark.word}")
        for call in calls[:MOST_CALL_MARKS]
        for mark in [CALL_MARKS[CallState(call.state)]]
    ]
