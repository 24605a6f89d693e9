"""What the policy decides about, and what it can say. Pure values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import translate
from functools import cached_property
from typing import Any, NamedTuple, Self

from agents.policy.conditions import Condition, InvalidCondition, condition_of
from agents.policy.redaction import NOTHING, Redacted, Redaction


class Verdict(StrEnum):
    ALLOW = "ALLOW"
    BLOCK = "BLOCK"
    REQUIRE_APPROVAL = "REQUIRE_APPROVAL"
    REDACT = "REDACT"


@dataclass(frozen=True)
class Action:
    """One call that somebody wants to make, or a submission, which is the tool `submit.<runtime>`.

    `args` are JSON, as they would run. The other facts have these keys (docs/policy.md shows them):
    `agent` has `id`, `name`, `type`; `session` has `id`, `name`; `job` has `id`, `type`, `runtime`, `title`, `priority`
    (0 to 4), `project` (its id), `tags`, `submitted_by` (such as `user:ann`). What there is not is "". `effect` is
    `pure`, `idempotent` or `external`.
    """

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    agent: Mapping[str, Any] = field(default_factory=dict)
    session: Mapping[str, Any] = field(default_factory=dict)
    job: Mapping[str, Any] = field(default_factory=dict)
    effect: str = ""


@dataclass(frozen=True)
class Approvers:
    """Who may decide where a rule asks.

    `quorum` is how many must approve, `not_requester` keeps who asked from approving, `role` is the least role that
    may, and `users` are further ones by name, whatever their role; `excluded` are those who may not. `escalate` are
    steps `{"after": seconds, "role": …, "users": […]}`: who may decide, too, when nobody has for so long.
    `when_expired` says what becomes of a submission about which nobody decides in time: `deny`, or `fail`.
    """

    quorum: int = 1
    not_requester: bool = False
    role: str = "approver"
    users: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    escalate: tuple[Mapping[str, Any], ...] = ()
    when_expired: str = "deny"

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Approvers:
        """Of what a rule keeps; what it leaves out is the default."""
        return cls(**{**value, **{name: tuple(value.get(name, ())) for name in ("users", "excluded", "escalate")}})


@dataclass(frozen=True)
class RuleValue:
    """A rule as the engine sees it. `tool` is a glob over tool names, `when` a CEL expression or nothing."""

    id: str
    order: int
    tool: str
    verdict: Verdict
    comment: str = ""
    when: str = ""
    redaction: Redaction = NOTHING
    approvers: Mapping[str, Any] = field(default_factory=dict)
    expires_in: int | None = None

    speaks_of: Callable[[str], object] = field(init=False, repr=False, compare=False)
    """Whether it is about the tool of that name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "speaks_of", re.compile(translate(self.tool)).match)

    @cached_property
    def condition(self) -> Condition | None:
        """None: whenever the tool matches. Raises InvalidCondition for one that was never checked."""
        return condition_of(self.when) if self.when else None

    @cached_property
    def reads(self) -> frozenset[tuple[str, str]]:
        """What its condition looks at: names, each with a field, or with "" for the whole."""
        try:
            return self.condition.reads if self.condition else frozenset()
        except InvalidCondition:
            return frozenset()

    @property
    def name(self) -> str:
        """How sentences call it."""
        return f"Rule {self.order} ({self.tool})"


class About(NamedTuple):
    """The rules about one tool, and all that their conditions look at."""

    rules: tuple[RuleValue, ...]
    reads: frozenset[tuple[str, str]]


class Rules(tuple[RuleValue, ...]):
    """Rules in their order. Which of them are about a tool is found once; there are but a few tools."""

    MOST_TOOLS = 1000
    _about: dict[str, About]

    def __new__(cls, rules: Iterable[RuleValue] = ()) -> Self:
        made = super().__new__(cls, rules)
        made._about = {}
        return made

    def about(self, tool: str) -> About:
        found = self._about.get(tool)
        if found is None:
            rules = tuple(rule for rule in self if rule.speaks_of(tool))
            found = About(rules, frozenset().union(*(rule.reads for rule in rules)))
            if len(self._about) >= self.MOST_TOOLS:
                self._about.clear()
            self._about[tool] = found
        return found


@dataclass(frozen=True)
class Decision:
    """What the policy says of one action.

    `verdict`: ALLOW, or REDACT where it may run with what `redact` makes of its arguments; BLOCK; REQUIRE_APPROVAL. The
    redactions go with every verdict: what is blocked or asks is written down without what they take out. `rule` is the
    one that decided (none: the default), `why` one sentence for people, without any value of the arguments. `failed`
    tells that the condition of `rule` could not be evaluated, which is why it asks.
    """

    verdict: Verdict
    rule: str | None
    why: str
    redactions: tuple[Redaction, ...] = ()
    redacted_by: tuple[str, ...] = ()
    failed: bool = False
    approvers: Mapping[str, Any] = field(default_factory=dict)
    expires_in: int | None = None

    @property
    def blocked(self) -> bool:
        return self.verdict is Verdict.BLOCK

    @property
    def asks(self) -> bool:
        return self.verdict is Verdict.REQUIRE_APPROVAL

    def redact(self, args: Mapping[str, Any]) -> Redacted:
        """The arguments without what the redactions take out, and the paths of what was changed."""
        made = Redacted(dict(args), ())
        for redaction in self.redactions:
            again = redaction.apply(made.args)
            made = Redacted(again.args, tuple(dict.fromkeys((*made.paths, *again.paths))))
        return made
