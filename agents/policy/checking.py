"""What a rule may be. API, command, admin and named sets all ask here before they keep one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from agents.errors import Detail, InterlockError, InvalidInput
from agents.policy import detectors, paths
from agents.policy.conditions import condition_of
from agents.policy.types import Approvers, Verdict

CODE = "invalid_value"
HIGHEST_ORDER = 2**31 - 1
LONGEST_TOOL, LONGEST_COMMENT, LONGEST_NAME = 200, 500, 150
MOST_OF_A_KIND, MOST_USERS, HIGHEST_QUORUM = 50, 100, 20
MOST_STEPS = 10
WHEN_EXPIRED = ("deny", "fail")
WHO = {"role", "users"}
STEP = {"after", *WHO}
LONGEST_EXPIRY = 90 * 86_400
NAMES = f"It is a list of up to {MOST_USERS} names of users."
ROLES = ("operator", "approver", "admin")


class InvalidRule(InvalidInput):
    """`details` names each field that is wrong, such as `when` or `redact.paths[1]`."""

    code, title = "invalid_rule", "The rule is not valid"


def checked(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a rule as they are kept: `order`, `tool`, `when`, `verdict`, `redact`, `approvers`, `expires_in`,
    `comment`. Raises InvalidRule with everything that is wrong."""
    kept = {
        "order": rule.get("order"),
        "tool": rule.get("tool", ""),
        "when": rule.get("when") or "",
        "verdict": rule.get("verdict", ""),
        "redact": rule.get("redact") or {},
        "approvers": rule.get("approvers") or {},
        "expires_in": rule.get("expires_in"),
        "comment": rule.get("comment") or "",
    }
    if details := [*_plain_faults(kept), *_faults_of_redaction(kept), *_faults_of_approval(kept)]:
        first = details[0]
        message = f"{first.path}: {first.message}" if first.path else first.message
        raise InvalidRule(message, details=details)
    if kept["approvers"]:
        kept["approvers"] = {**asdict(Approvers()), "users": [], "excluded": [], "escalate": [], **kept["approvers"]}
    return kept


def _plain_faults(rule: Mapping[str, Any]) -> Iterator[Detail]:
    if not _is_number(rule["order"], 0, HIGHEST_ORDER):
        yield _wrong("order", f"It is a whole number from 0 to {HIGHEST_ORDER:,}.")
    if not _is_line(rule["tool"], LONGEST_TOOL):
        yield _wrong("tool", f"It is a glob over tool names, such as files.*, of 1 to {LONGEST_TOOL} characters.")
    if rule["verdict"] not in set(Verdict):
        yield _wrong("verdict", f"It is one of {', '.join(Verdict)}.")
    if not (isinstance(rule["comment"], str) and (not rule["comment"] or _is_line(rule["comment"], LONGEST_COMMENT))):
        yield _wrong("comment", f"It is one line of up to {LONGEST_COMMENT} characters.")
    if not isinstance(rule["when"], str):
        yield _wrong("when", "It is a CEL expression, as a text.")
    elif rule["when"]:
        yield from _raised("when", condition_of, rule["when"])


def _faults_of_redaction(rule: Mapping[str, Any]) -> Iterator[Detail]:
    redact = rule["redact"]
    kinds: dict[str, Callable[[str], Any]] = {
        "paths": paths.steps_of,
        "detectors": _known_detector,
        "patterns": detectors.pattern,
    }
    if not isinstance(redact, dict):
        yield _wrong("redact", f"It is an object with {', '.join(kinds)}.")
        return
    if rule["verdict"] == Verdict.REDACT and not any(redact.values()):
        yield _wrong("redact", f"A rule that redacts says what: {', '.join(kinds)}.")
    if rule["verdict"] != Verdict.REDACT and any(redact.values()):
        yield _wrong("redact", "Only a rule with the verdict REDACT redacts; make it a rule of its own.")
    for name, values in redact.items():
        if name not in kinds:
            yield _wrong(f"redact.{str(name)[:40]}", f"There is no such field here; there are {', '.join(kinds)}.")
        elif not isinstance(values, list) or len(values) > MOST_OF_A_KIND:
            yield _wrong(f"redact.{name}", f"It is a list of up to {MOST_OF_A_KIND} texts.")
        else:
            for place, value in enumerate(values):
                if isinstance(value, str):
                    yield from _raised(f"redact.{name}[{place}]", kinds[name], value)
                else:
                    yield _wrong(f"redact.{name}[{place}]", "It is a text.")


def _known_detector(name: str) -> None:
    if name not in detectors.NAMES:
        raise InvalidInput(f"There is no such detector; there are {', '.join(detectors.NAMES)}.")


def _faults_of_approval(rule: Mapping[str, Any]) -> Iterator[Detail]:
    approvers, asks = rule["approvers"], rule["verdict"] == Verdict.REQUIRE_APPROVAL
    if not isinstance(approvers, dict):
        yield _wrong("approvers", f"It is an object with {', '.join(_APPROVERS)}.")
        return
    if not asks and (approvers or rule["expires_in"] is not None):
        field = "approvers" if approvers else "expires_in"
        yield _wrong(field, "Only a rule with the verdict REQUIRE_APPROVAL has it.")
    if rule["expires_in"] is not None and not _is_number(rule["expires_in"], 1, LONGEST_EXPIRY):
        yield _wrong("expires_in", f"It is a number of seconds, up to {LONGEST_EXPIRY:,}.")
    for name, value in approvers.items():
        if name not in _APPROVERS:
            known = ", ".join(_APPROVERS)
            yield _wrong(f"approvers.{str(name)[:40]}", f"There is no such field here; there are {known}.")
        elif not _APPROVERS[name][0](value):
            yield _wrong(f"approvers.{name}", _APPROVERS[name][1])
        elif name == "escalate":
            yield from _faults_of_steps(value)


def _faults_of_steps(steps: list[Any]) -> Iterator[Detail]:
    for place, step in enumerate(steps):
        path = f"approvers.escalate[{place}]"
        if not (isinstance(step, dict) and step.keys() <= STEP and step.keys() & WHO):
            yield _wrong(path, "It is an object with after, and with role, users or both.")
        elif not _is_number(step.get("after"), 1, LONGEST_EXPIRY):
            yield _wrong(f"{path}.after", f"It is a number of seconds, up to {LONGEST_EXPIRY:,}.")
        elif step.get("role") and step["role"] not in ROLES:
            yield _wrong(f"{path}.role", f"It is one of {', '.join(ROLES)}.")
        elif not _are_names(step.get("users", [])):
            yield _wrong(f"{path}.users", NAMES)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_USERS and all(_is_line(each, LONGEST_NAME) for each in value)


_APPROVERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "quorum": (lambda value: _is_number(value, 1, HIGHEST_QUORUM), f"It is a number from 1 to {HIGHEST_QUORUM}."),
    "not_requester": (lambda value: isinstance(value, bool), "It is true or false."),
    "role": (lambda value: value in ROLES, f"It is one of {', '.join(ROLES)}."),
    "users": (_are_names, NAMES),
    "excluded": (_are_names, NAMES),
    "when_expired": (lambda value: value in WHEN_EXPIRED, f"It is {' or '.join(WHEN_EXPIRED)}."),
    "escalate": (
        lambda value: isinstance(value, list) and len(value) <= MOST_STEPS,
        f"It is a list of up to {MOST_STEPS} steps.",
    ),
}


def _raised(path: str, check: Callable[[str], Any], value: str) -> Iterator[Detail]:
    try:
        check(value)
    except InterlockError as error:
        found = error.details[0] if error.details else Detail(error.message, CODE)
        yield Detail(found.message, found.code, path, found.line)


def _is_number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_line(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() and bool(value.strip())


def _wrong(path: str, message: str) -> Detail:
    return Detail(message, CODE, path)
