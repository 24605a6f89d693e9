"""The tabs of a job's page and what each shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from tasks.api.presenting import present_one
from tasks.models import AgentJob, LogChunk, ToolCall
from tasks.models.call import CallState
from tasks.pages import log, markup
from tasks.pages.marks import MARKS, StateMark
from tasks.states import State

MOST_CALLS = 200
SHORT = 120
CALL_MARKS = {
    CallState.ASKED: StateMark(State.PENDING_APPROVAL, "asks"),
    CallState.GRANTED: StateMark(State.QUEUED, "allowed"),
    CallState.DENIED: StateMark(State.CANCELLED, "denied"),
    CallState.BEGAN: StateMark(State.RUNNING, "began"),
    CallState.WAITS: StateMark(State.SUSPENDED, "waits"),
    CallState.UNKNOWN: StateMark(State.PENDING_APPROVAL, "outcome unknown"),
    CallState.DONE: StateMark(State.COMPLETED, "done"),
    CallState.FAILED: StateMark(State.FAILED, "failed"),
    CallState.REFUSED: StateMark(State.CANCELLED, "refused"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    template: str
    url: str
    count: str
    current: bool


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    title: str
    markup: SafeString
    url: str = ""
    url_label: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    name: str
    documents: list[Document]
    note: str = ""


@dataclass(frozen=True, slots=True)
class LogPart:
    running: bool
    lines: list[log.Line]
    earlier: bool
    note: str
    topic: str
    url: str
    download_url: str


@dataclass(frozen=True, slots=True)
class CallRow:
    id: str
    number: str
    tool: str
    state: StateMark
    short: str
    arguments: SafeString
    result: SafeString | str
    error: str
    verdict: str
    effect: str
    seconds: str


@dataclass(frozen=True, slots=True)
class Calls:
    calls: list[CallRow]
    note: str = "No tool was called. Plans and agents call tools; a command only prints."


def log_part(job: AgentJob) -> LogPart:
    window = log.newest(job)
    running = job.state == State.RUNNING
    note = "Waiting for more" if running else f"It has printed nothing ({MARKS[job.state].word.lower()})."
    return LogPart(
        running,
        window.lines,
        window.earlier,
        note,
        f"task:{job.id}",
        reverse("pages:log", args=[job.id]),
        reverse("pages:log-file", args=[job.id]),
    )


def calls_part(job: AgentJob) -> Calls:
    found = ToolCall.objects.in_workspace(job.workspace_id).filter(job=job).order_by("-attempt", "-index")
    return Calls([_call(job, call) for call in found[:MOST_CALLS]])


def input_part(job: AgentJob) -> Documents:
    documents = [Document("spec", "Spec", markup.spec_markup(job.spec))]
    if job.description:
        documents.insert(0, Document("description", "Description", SafeString(markup.escape(job.description))))
    return Documents("input", documents)


def result_part(job: AgentJob) -> Documents:
    documents = []
    if job.error_message:
        documents.append(Document("error", "Error", SafeString(markup.escape(job.error_message))))
    if job.state == State.COMPLETED and job.result_purged_at is None:
        documents.append(Document("result", "Result", markup.json_markup(job.result)))
    return Documents("result", documents, _no_result(job))


def _no_result(job: AgentJob) -> str:
    if job.result_purged_at is not None:
        return "The result was deleted when its time was over; the task asked for that with result_ttl."
    return f"There is no result: the task is {MARKS[job.state].word.lower()}." if job.is_over else "No result yet."


def raw_part(job: AgentJob) -> Documents:
    shown = present_one(job).model_dump(mode="json")
    return Documents("raw", [Document("raw", f"As /api/tasks/{job.id}/ gives it", markup.json_markup(shown))])


PARTS: dict[str, tuple[str, str, Callable[[AgentJob], Any]]] = {
    "log": ("Log", "tasks/parts/log.html", log_part),
    "calls": ("Tool calls", "tasks/parts/calls.html", calls_part),
    "input": ("Input", "tasks/parts/document.html", input_part),
    "result": ("Result", "tasks/parts/document.html", result_part),
    "raw": ("Raw", "tasks/parts/document.html", raw_part),
}


def choose(job: AgentJob, wanted: str) -> str:
    """The tab that was asked for, else the one that tells most about this job."""
    if wanted in PARTS:
        return wanted
    if job.runtime == "plan" and not LogChunk.objects.in_workspace(job.workspace_id).filter(job=job).exists():
        return "calls"
    return "log" if job.attempt else "input"


def tabs(job: AgentJob, current: str, query: Callable[..., str]) -> list[Tab]:
    calls = ToolCall.objects.in_workspace(job.workspace_id).filter(job=job).count()
    counts = {"calls": f"{calls:,}" if calls else ""}
    url = reverse("pages:task", args=[job.id])
    return [
        Tab(name, label, template, url + query(tab=name), counts.get(name, ""), name == current)
        for name, (label, template, _) in PARTS.items()
    ]


def part(job: AgentJob, name: str) -> Any:
    return PARTS[name][2](job)


def _call(job: AgentJob, call: ToolCall) -> CallRow:
    unknown = call.state == CallState.BEGAN and (call.epoch != job.epoch or job.state != State.RUNNING)
    number = f"{call.index + 1}" if job.attempt < 2 else f"{call.attempt}.{call.index + 1}"
    short = ", ".join(f"{name}: {_plain(value)}" for name, value in call.arguments.items())
    return CallRow(
        id=call.id.hex,
        number=number,
        tool=call.tool,
        state=CALL_MARKS[CallState.UNKNOWN if unknown else CallState(call.state)],
        short=short if len(short) <= SHORT else f"{short[:SHORT]}…",
        arguments=markup.json_markup(call.arguments),
        result="" if call.result is None else markup.json_markup(call.result),
        error=call.error,
        verdict=_verdict(call),
        effect=call.effect,
        seconds="" if call.seconds is None else f"{call.seconds:.2f}",
    )


def _verdict(call: ToolCall) -> str:
    words = {"ALLOW": "allowed", "BLOCK": "blocked", "REQUIRE_APPROVAL": "asks", "REDACT": "redacted"}
    verdict = words.get(call.verdict.upper(), call.verdict.lower())
    return f"{verdict}, rule {call.rule}" if call.rule else verdict


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else markup.json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())
