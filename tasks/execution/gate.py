"""Before each tool call: what the policy says, written into the journal. It knows nothing of people."""

from __future__ import annotations

import time
from dataclasses import replace

from agents.policy.engine import decide
from agents.policy.rules import known_under, rules_of, rules_under
from agents.policy.types import Decision, Rules
from agents.runtimes.base import Answer, Call
from agents.tools.base import Effect
from tasks.actions import of_call
from tasks.execution.ledger import Ledger, in_database_async
from tasks.execution.records import CallRecord
from tasks.models.call import CallState
from tasks.transitions import Claim

RULES_SECONDS = 1.0
NOBODY_ASKED = "Nobody can be asked in the middle of a run yet, so it is refused."


class Gate:
    """The policy of one run. Rules that change while it runs bind its next call, a second later at most."""

    def __init__(self, claim: Claim, ledger: Ledger) -> None:
        self._claim = claim
        self._ledger = ledger
        self._rules: Rules | None = None
        self._read_at = claim.claimed_at
        self._decisions: dict[int, Decision] = {}

    async def ask(self, call: Call) -> Answer:
        decision = self._decisions[call.index] = decide(await self._current_rules(), of_call(self._claim, call))
        call = replace(call, arguments=decision.redact(call.arguments).args)
        if decision.blocked or decision.asks:
            why = f"{decision.why} {NOBODY_ASKED}" if decision.asks else decision.why
            await self._ledger.ended(self._record(call, CallState.REFUSED, error=why), at_once=False)
            return Answer(proceed=False, refusal=why)
        if call.effect is not Effect.PURE:
            await self._ledger.began(self._record(call, CallState.BEGAN))
        return Answer(proceed=True, arguments=call.arguments)

    async def ended(self, call: Call, result: object, error: Exception | None, seconds: float) -> None:
        state = CallState.FAILED if error else CallState.DONE
        record = self._record(call, state, result=result, error=str(error) if error else "", seconds=seconds)
        await self._ledger.ended(record, at_once=call.effect is Effect.EXTERNAL)

    def _record(
        self, call: Call, state: CallState, *, result: object = None, error: str = "", seconds: float | None = None
    ) -> CallRecord:
        decision = self._decisions[call.index]
        return CallRecord(
            index=call.index,
            tool=call.tool,
            arguments=call.arguments,
            effect=call.effect.value,
            verdict=decision.verdict.value,
            rule=decision.rule or "",
            state=state,
            result=result,
            error=error,
            seconds=seconds,
        )

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
