"""Before each tool call: what earlier attempts recorded, then what the policy says, written into the journal.

It knows nothing of people: a call that somebody must decide about is written as `asked`, and its answer is `waits`.
"""

from __future__ import annotations

import time
from dataclasses import replace

from agents.policy.engine import decide, where_no_rule_speaks
from agents.policy.rules import known_under, rules_of, rules_under
from agents.policy.types import Decision, Rules
from agents.runtimes.base import Answer, Call
from agents.runtimes.failure import OUTCOME_UNKNOWN, Failure, transient
from agents.tools.base import Effect
from tasks import actions
from tasks.execution import outcome as outcomes
from tasks.execution import session_grants
from tasks.execution.digest import digest_of
from tasks.execution.journal import Journal
from tasks.execution.ledger import Ledger, in_database_async
from tasks.execution.records import CallRecord
from tasks.execution.reuse import Entry, Use, doubt_in, doubt_of, use_of, works_in_directory
from tasks.models.call import CallState
from tasks.transitions import Claim

RULES_SECONDS = 1.0


class Gate:
    """The policy of one run. Rules that change while it runs bind its next call, a second later at most."""

    def __init__(self, claim: Claim, ledger: Ledger, attempts_with_files: frozenset[int] = frozenset()) -> None:
        self._claim = claim
        self._ledger = ledger
        self._rules: Rules | None = None
        self._read_at = claim.claimed_at
        self._journal = Journal(claim)
        self._with_files = attempts_with_files
        self._calls: dict[int, CallRecord] = {}
        self.worked_in_files: Effect | None = None
        """The strongest effect of a call of this attempt that ended well and worked in the job's directory."""

    async def ask(self, call: Call) -> Answer:
        digest = digest_of(call.tool, call.arguments)
        entry = await self._journal.find(call, digest)
        use = use_of(entry, self._with_files) if entry else Use.AGAIN
        if entry and use is Use.REUSE:
            return Answer(proceed=True, recorded_result=entry.result, has_recorded_result=True)
        if entry and use is Use.DENIED:
            return Answer(proceed=False, refusal=entry.error)
        if entry and use is Use.GO_ON:
            self._calls[call.index] = _as_it_was(entry)
            return Answer(proceed=True, arguments=entry.arguments)
        arguments = entry.arguments if entry and use is Use.GRANTED else call.arguments
        doubt = _doubt(entry, use)
        wished = call if arguments is call.arguments else replace(call, arguments=arguments)
        decision = outcomes.with_doubt(await self._decide(wished), doubt)
        arguments = decision.redact(arguments).args
        outcome = outcomes.fingerprint(decision, doubt)
        record = self._calls[call.index] = CallRecord(
            index=call.index,
            tool=call.tool,
            arguments=arguments,
            effect=call.effect.value,
            verdict=decision.verdict.value,
            rule=decision.rule or "",
            state=CallState.BEGAN,
            attempt=entry.attempt if entry and use is Use.GRANTED else None,
            digest=digest,
            outcome=outcome,
            why=decision.why[:500] if decision.asks else "",
            asks=entry.asks if entry and use is Use.GRANTED else 0,
        )
        if decision.blocked:
            await self._ledger.ended(replace(record, state=CallState.REFUSED, error=decision.why), at_once=False)
            return Answer(proceed=False, refusal=decision.why)
        if decision.asks and not await self._is_granted(entry, use, call.tool, outcome, doubt):
            asked = replace(record, state=CallState.ASKED, asks=record.asks + 1)
            await self._ledger.ended(asked, at_once=False)
            return Answer(proceed=False, waits=True)
        if call.effect is not Effect.PURE and not await self._ledger.began(record):
            raise transient("lease_lost", "The lease was lost before the call began.")
        return Answer(proceed=True, arguments=arguments)

    async def waits(self, call: Call) -> None:
        waiting = replace(self._calls[call.index], state=CallState.WAITS, effect=call.effect.value)
        await self._ledger.ended(waiting, at_once=False)

    async def ended(self, call: Call, result: object, error: Exception | None, seconds: float) -> None:
        record = self._calls[call.index]
        record.state, record.effect = _state_after(error), call.effect.value
        record.result, record.error, record.seconds = result, str(error) if error else "", seconds
        if not error and works_in_directory(call.tool) and self.worked_in_files is not Effect.EXTERNAL:
            self.worked_in_files = call.effect
        await self._ledger.ended(record, at_once=call.effect is Effect.EXTERNAL)

    async def _decide(self, call: Call) -> Decision:
        rules = await self._current_rules()
        if not rules.about(call.tool).rules:
            return where_no_rule_speaks(call.tool)
        return decide(rules, actions.of_call(self._claim, call))

    async def _is_granted(self, entry: Entry | None, use: Use, tool: str, outcome: str, doubt: str) -> bool:
        """Whether somebody allowed this very call, or such calls in this session, under the outcome of now."""
        if entry and use is Use.GRANTED:
            return entry.outcome == outcome
        if doubt:
            return False
        return await in_database_async(lambda: session_grants.covers(self._claim.session_id, tool, outcome))

    async def _current_rules(self) -> Rules:
        """The rules as they were a second ago at most; first those of the revision that the claim told."""
        workspace, revision = self._claim.workspace_id, self._claim.rules_revision
        if time.monotonic() - self._read_at > RULES_SECONDS:
            self._rules = await in_database_async(lambda: rules_of(workspace))
            self._read_at = time.monotonic()
        elif self._rules is None:
            self._rules = known_under(workspace, revision)
        if self._rules is None:
            self._rules = await in_database_async(lambda: rules_under(workspace, revision))
        return self._rules


def _as_it_was(entry: Entry) -> CallRecord:
    """Of a call that goes on where an earlier attempt left it."""
    return CallRecord(
        index=entry.index,
        tool=entry.tool,
        arguments=entry.arguments,
        effect=entry.effect.value,
        verdict=entry.verdict,
        rule=entry.rule,
        state=entry.state,
        attempt=entry.attempt,
        digest=entry.digest,
        outcome=entry.outcome,
        why=entry.why,
        asks=entry.asks,
    )


def _state_after(error: Exception | None) -> CallState:
    """A tool that cannot know whether its effect was made says so; another run of that call asks first."""
    if error is None:
        return CallState.DONE
    is_unknown = isinstance(error, Failure) and error.code == OUTCOME_UNKNOWN
    return CallState.UNKNOWN if is_unknown else CallState.FAILED


def _doubt(entry: Entry | None, use: Use) -> str:
    """Why a call must be asked about whatever the rules say; also of one that was granted because of it."""
    if entry is None:
        return ""
    if use is Use.ASK:
        return doubt_of(entry)
    return doubt_in(entry.why) if use is Use.GRANTED else ""
