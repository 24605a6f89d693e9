"""What another life of a job would do with the calls on record: which results it takes, which calls it makes again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agents.policy.engine import decide
from agents.policy.rules import rules_of
from tasks import actions
from tasks.execution import journal
from tasks.execution.reuse import Entry, Use, doubt_of, use_of
from tasks.models import AgentJob, WorkArchive


class Becomes(StrEnum):
    REUSED = "reused"
    REPEATED = "repeated"
    ASKED = "asked"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Foreseen:
    """A call on record, and what would become of it; `why` is a sentence where it is asked about or blocked."""

    index: int
    tool: str
    effect: str
    state: str
    becomes: Becomes
    why: str = ""


def foresee(job: AgentJob) -> list[Foreseen]:
    """Of each call the newest record, in their order. Calls that were never made are not among them."""
    archive = WorkArchive.objects.in_workspace(job.workspace_id).filter(job=job).values_list("attempts", flat=True)
    files = frozenset(archive.first() or ())
    newest = {entry.index: entry for entry in sorted(journal.entries(job.id).values(), key=lambda each: each.attempt)}
    return [_foreseen(job, replace(newest[index], holds=False, continues=False), files) for index in sorted(newest)]


def _foreseen(job: AgentJob, entry: Entry, files: frozenset[int]) -> Foreseen:
    match use_of(entry, files):
        case Use.REUSE:
            becomes, why = Becomes.REUSED, ""
        case Use.ASK:
            becomes, why = Becomes.ASKED, doubt_of(entry)
        case _:
            decision = decide(rules_of(job.workspace_id), actions.of_step(job, entry.tool, entry.arguments))
            becomes = Becomes.BLOCKED if decision.blocked else Becomes.ASKED if decision.asks else Becomes.REPEATED
            why = "" if becomes is Becomes.REPEATED else decision.why
    return Foreseen(entry.index, entry.tool, entry.effect.value, entry.state.value, becomes, why)
