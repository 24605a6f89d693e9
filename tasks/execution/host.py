"""What a runtime is given: output, permission and a sandbox, and nothing else of the platform."""

from __future__ import annotations

from decimal import Decimal

from agents import provider_keys
from agents.runtimes.base import Answer, Budget, Call, Credential, Log, Output
from agents.sandbox.base import Sandbox
from agents.tools.base import JSON
from tasks.execution import checkpoints, contexts
from tasks.execution.gate import Gate
from tasks.execution.ledger import Ledger, in_database_async
from tasks.execution.offspring import Offspring


class RunHost:
    """The `agents.runtimes.base.Host` of one run."""

    def __init__(self, ledger: Ledger, gate: Gate, sandbox: Sandbox, offspring: Offspring) -> None:
        self._ledger = ledger
        self._gate = gate
        self._sandbox = sandbox
        self._offspring = offspring

    @property
    def sandbox(self) -> Sandbox:
        return self._sandbox

    async def emit(self, output: Output) -> None:
        if isinstance(output, Log):
            await self._ledger.log(output)
        else:
            self._ledger.progress(output)

    async def gate(self, call: Call) -> Answer:
        return await self._gate.ask(call)

    async def record(
        self, call: Call, result: JSON = None, error: Exception | None = None, seconds: float = 0.0
    ) -> None:
        await self._gate.ended(call, result, error, seconds)

    async def waits(self, call: Call) -> None:
        await self._gate.waits(call)

    async def checkpoint(self, data: JSON, *, tokens: int = 0, cost: Decimal | None = None) -> None:
        await checkpoints.keep(self._ledger.claim, data, tokens, cost)

    async def budget(self, limits: Budget) -> Budget:
        return await self._offspring.allowed(limits)

    async def revise(self, messages: JSON) -> int | None:
        return await contexts.compressed(self._ledger.claim, messages)

    async def credential(self, provider: str, name: str) -> Credential:
        workspace = self._ledger.claim.workspace_id
        return await in_database_async(lambda: provider_keys.unlock(workspace, provider, name))
