"""What the policy says of a job at the door. What it redacts is gone from the row before anybody writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agents.policy.engine import DEFAULT, decide, sure_of
from agents.policy.paths import ROOT
from agents.policy.redaction import MARK
from agents.policy.types import Decision, Rules, Verdict
from agents.runtimes.references import has_references
from tasks import actions
from tasks.models import AgentJob
from tasks.rows import kind_of_work
from tasks.spec import work
from tasks.spec.model import TaskSpec

LONGEST = {"title": 500, "tags": 100, "files": 1000, "redacted_fields": 500}


def permit(rules: Rules, job: AgentJob) -> Decision:
    """The decision about the submission; the row loses what the rules redact, and tells where in `redacted_fields`.

    A step of a plan that is blocked blocks the plan, where that can be known before it runs: without references to
    results that are not there yet, or by rules that look at no arguments.
    """
    tool = actions.submission_tool(job)
    decision = DEFAULT
    if rules.about(tool).rules:
        decision = decide(rules, actions.of_submission(job))
        if decision.redactions:
            _redact(job, decision)
    steps = job.work.get("steps", ())
    for number, step in enumerate(steps):
        if not rules.about(step["tool"]).rules:
            continue
        known = sure_of(rules, step["tool"]) if has_references(step["args"]) else rules
        of_step = decide(known, actions.of_step(job, step["tool"], step["args"]))
        if of_step.redactions:
            _redact_step(job, number, of_step)
        if of_step.blocked and not decision.blocked:
            decision = replace(of_step, why=f"Step {number + 1} of {len(steps)}: {of_step.why}")
    if job.redacted_fields and decision.verdict is Verdict.ALLOW:
        decision = replace(decision, verdict=Verdict.REDACT)
    return decision


def _redact(job: AgentJob, decision: Decision) -> None:
    """Take it out of everything that holds the submitter's words: the columns, the work, and the spec."""
    columns = [name for name in actions.CONTENT if name != "title" or name in job.spec]  # else it follows from the work
    before = {name: getattr(job, name) for name in columns} | _without_names(job.work)
    after, changed = decision.redact(before)
    if not changed:
        return
    content = {name: _shaped(value, after.get(name)) for name, value in before.items()}
    for name in columns:
        setattr(job, name, _cut(name, content[name]))
    job.work = job.work | {name: content[name] for name in job.work if name in content}
    if "steps" in job.work:
        job.work["steps"] = _steps(before["steps"], content["steps"])
    _tell(job, changed)
    _name_anew(job)
    _rewrite_spec(job)


def _redact_step(job: AgentJob, number: int, decision: Decision) -> None:
    step = job.work["steps"][number]
    after, changed = decision.redact(step["args"])
    if not changed:
        return
    steps = list(job.work["steps"])
    steps[number] = step | {"args": after}
    job.work = job.work | {"steps": steps}
    _tell(job, [f"{ROOT}.steps[{number}].args{path.removeprefix(ROOT)}" for path in changed])
    _rewrite_spec(job)


def _without_names(of_work: dict[str, Any]) -> dict[str, Any]:
    """The work without what names something of the platform or a provider: redacting that would be another work."""
    return {name: value for name, value in of_work.items() if name != "model"}


def _steps(before: list[dict[str, Any]], after: list[Any]) -> list[dict[str, Any]]:
    """The same tools in the same order, with arguments that lost what was taken out."""
    made = []
    for place, step in enumerate(before):
        found = after[place] if place < len(after) and isinstance(after[place], dict) else {}
        made.append(step | {"args": _shaped(step["args"], found.get("args"))})
    return made


def _shaped(before: Any, after: Any) -> Any:
    """Where all of a list or an object went, there is still one."""
    if isinstance(before, list) and not isinstance(after, list):
        return [MARK]
    if isinstance(before, dict) and not isinstance(after, dict):
        return {MARK: MARK}
    return after


def _cut(name: str, value: Any) -> Any:
    """A mark may be longer than what it stands for, and columns are as long as they are."""
    longest = LONGEST.get(name)
    if longest is None:
        return value
    return [str(each)[:longest] for each in value] if isinstance(value, list) else value[:longest]


def _tell(job: AgentJob, changed: Any) -> None:
    said = [path[: LONGEST["redacted_fields"]] for path in changed]
    job.redacted_fields = list(dict.fromkeys([*job.redacted_fields, *said]))


def _name_anew(job: AgentJob) -> None:
    """Title and kind follow from the work where nobody gave them."""
    if "title" not in job.spec and ("command" in job.work or "prompt" in job.work):
        said = {name: job.work[name] for name in ("command", "prompt") if name in job.work}
        job.title = work.derived_title(TaskSpec.model_construct(**said))
    job.kind = kind_of_work(job.type, job.work)


def _rewrite_spec(job: AgentJob) -> None:
    """The spec as it was accepted, without what was taken out."""
    document = dict(job.spec)
    now = {name: getattr(job, name) for name in actions.CONTENT} | job.work
    document |= {name: value for name, value in now.items() if name in document}
    if job.tool:
        [step] = job.work["steps"]
        job.arguments = step["args"]
        if "args" in document:
            document["args"] = step["args"]
    job.spec = document
