"""The right column of a job's page: what it may use and has used, where it runs, what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tasks.models import AgentJob, Attempt, Child, Spending, Worker
from tasks.pages import times
from tasks.pages.marks import MARKS, PRIORITIES
from tasks.pages.rows import tries_of
from tasks.pages.why import worker_name
from tasks.states import State

MOST_CHILDREN = 20
NEARLY = 90  # percent of a limit at which its bar warns


@dataclass(frozen=True, slots=True)
class Use:
    """Something limited: how much of it, in words and percent."""

    label: str
    words: str
    percent: int | None = None

    @property
    def css(self) -> str:
        return "is-failed" if self.percent is not None and self.percent >= NEARLY else ""


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    url: str = ""
    mono: bool = False
    copy: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    title: str
    facts: list[Fact]


def uses(job: AgentJob, attempts: Sequence[Attempt], now: datetime) -> list[Use]:
    limit = job.timeout_ms / 1000
    found = [_time(job, attempts, limit, now)]
    if attempts:
        tries = tries_of(job)
        found.append(Use("Attempts", f"{tries} of {job.max_attempts}", _percent(tries, job.max_attempts)))
    else:
        found.append(Use("Attempts", f"up to {job.max_attempts}"))
    if job.max_rss_mb is not None or job.memory_mb is not None:
        found.append(_memory(job))
    if job.cpu_seconds is not None:
        found.append(Use("CPU", times.span(job.cpu_seconds)))
    return found + _of_models(job)


def _of_models(job: AgentJob) -> list[Use]:
    """What language models have used in it, and may."""
    spending = Spending.objects.in_workspace(job.workspace_id).filter(job=job).first()
    if spending is None:
        return []
    most = job.token_budget or 0
    found = [Use("Tokens", f"{spending.tokens:,} of {most:,}", _percent(spending.tokens, most))]
    if job.cost_budget:
        words = f"${spending.cost:.4f} of ${job.cost_budget:.4f}"
        found.append(Use("Cost", words, _percent(float(spending.cost), float(job.cost_budget))))
    elif spending.cost:
        found.append(Use("Cost", f"${spending.cost:.4f}"))
    return found


def _time(job: AgentJob, attempts: Sequence[Attempt], limit: float, now: datetime) -> Use:
    if not attempts:
        return Use("Time", f"up to {times.span(limit)} an attempt")
    last = attempts[-1]
    used = ((last.ended_at or now) - last.started_at).total_seconds()
    return Use("Time", f"{times.span(used)} of {times.span(limit)}", _percent(used, limit))


def _memory(job: AgentJob) -> Use:
    if job.memory_mb is None:
        return Use("Memory", f"{job.max_rss_mb:,.0f} MB at most")
    if job.max_rss_mb is None:
        return Use("Memory", f"up to {job.memory_mb:,} MB")
    return Use("Memory", f"{job.max_rss_mb:,.0f} of {job.memory_mb:,} MB", _percent(job.max_rss_mb, job.memory_mb))


def _percent(used: float, limit: float) -> int:
    return min(100, round(used / limit * 100)) if limit else 0


def facts(job: AgentJob, attempts: Sequence[Attempt], now: datetime, session_url: str) -> list[Facts]:
    where, children = _where(job, attempts, now), _children(job)
    return [
        *([children] if children else []),
        *([Facts("Where it runs" if job.state == State.RUNNING else "Where it ran", where)] if where else []),
        Facts("What it is", _what(job, now, session_url)),
        Facts("When", _when(job, now)),
    ]


def _where(job: AgentJob, attempts: Sequence[Attempt], now: datetime) -> list[Fact]:
    if not attempts:
        return []
    id = attempts[-1].worker_id
    worker = Worker.objects.filter(pk=id).first()
    found = [Fact("Worker", worker_name(id))]
    if worker is not None:
        found.append(Fact("Host", worker.host))
        if job.state == State.RUNNING:
            found.append(Fact("Heartbeat", times.ago(worker.heartbeat_at, now), at=worker.heartbeat_at))
    found.append(Fact("Sandbox", job.isolation or "local"))
    return found


def _what(job: AgentJob, now: datetime, session_url: str) -> list[Fact]:
    priority = PRIORITIES[job.priority]
    found = [
        Fact("Id", str(job.id), mono=True, copy="id"),
        Fact("Session", job.session.name, url=session_url),
        Fact("Type", job.type),
        Fact("Runtime", job.runtime),
        Fact("Agent", f"{job.agent.name} ({job.agent_type})" if job.agent else job.agent_type),
        Fact("Priority", f"{priority.label} {priority.word}"),
        Fact("Project", job.project.name or job.project.slug if job.project else ""),
        Fact("Key", job.key, mono=True),
        Fact("Tool", job.tool, mono=True),
        Fact("By", job.submitted_by_label),
        Fact("Policy", _policy(job)),
        Fact("Redacted", ", ".join(job.redacted_fields), mono=True),
        Fact("Files", ", ".join(job.files), mono=True),
        Fact("Tags", ", ".join(job.tags)),
    ]
    found += [Fact("Submitted by", other.title, url=reverse("pages:task", args=[other.id])) for other in _parent(job)]
    found += [Fact("Needs", other.title, url=reverse("pages:task", args=[other.id])) for other in _required(job)]
    found += [Fact("Needed by", other.title, url=reverse("pages:task", args=[other.id])) for other in _dependants(job)]
    return [fact for fact in found if fact.value]


def _when(job: AgentJob, now: datetime) -> list[Fact]:
    moments = [
        ("Submitted", job.created_at),
        ("Queued", job.queued_at if job.queued_at != job.created_at else None),
        ("Started", job.started_at),
        ("Ended", job.completed_at),
        ("Not before", job.available_at if job.available_at and job.available_at > now else None),
        ("Deadline", job.deadline),
    ]
    found = [Fact(label, _when_words(at, now), at=at if at <= now else None) for label, at in moments if at]
    if job.wait_seconds is not None:
        found.append(Fact("Waited", times.span(job.wait_seconds)))
    return found


def _when_words(at: datetime, now: datetime) -> str:
    return times.ago(at, now) if at <= now else f"in {times.span((at - now).total_seconds())}"


def _policy(job: AgentJob) -> str:
    verdict = job.policy_verdict.lower().replace("_", " ")
    return f"{verdict}, rule {job.policy_rule}" if job.policy_rule else verdict


def _parent(job: AgentJob) -> list[AgentJob]:
    rows = Child.objects.in_workspace(job.workspace_id).filter(job=job)
    return [row.parent for row in rows.select_related("parent")]


def _children(job: AgentJob) -> Facts | None:
    """The jobs that it submitted, the newest of many."""
    rows = Child.objects.in_workspace(job.workspace_id).filter(parent=job)
    count = rows.count()
    shown = [row.job for row in rows.select_related("job").order_by("-job_id")[:MOST_CHILDREN]]
    if not shown:
        return None
    found = [
        Fact(MARKS[other.state].word, other.title, url=reverse("pages:task", args=[other.id]))
        for other in reversed(shown)
    ]
    of_all = f" ({len(found)} of {count:,})" if count > len(found) else ""
    return Facts(f"Jobs it submitted{of_all}", found)


def _required(job: AgentJob) -> list[AgentJob]:
    return [row.requires for row in job.dependencies.select_related("requires").order_by("requires_id")[:10]]


def _dependants(job: AgentJob) -> list[AgentJob]:
    return [row.job for row in job.dependants.select_related("job").order_by("job_id")[:10]]
