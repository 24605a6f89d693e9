"""What `interlock task add` was asked to submit: a file of specs, or one task from the options."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.errors import InvalidInput
from tasks.cli.client import JSON, Client, Refused
from tasks.cli.spec_file import Changes, SpecFile, without_lines


@dataclass(frozen=True)
class Asked:
    """The command line: its plain words, and the options that say what the work is."""

    words: Sequence[str]
    is_command: bool
    tool: str
    args: str
    changes: Changes

    def submit(self, client: Client, idempotency_key: str) -> list[JSON]:
        """The jobs that were made. Raises InvalidInput for words that do not fit together, and what the server says."""
        if self.is_command and self.tool:
            raise InvalidInput("A task is either a --command or a call of a --tool; give one of the two.")
        if self.args and not self.tool:
            raise InvalidInput("--args are those of a --tool; name it.")
        if self.is_command or self.tool:
            spec = self.changes.made_to(self._command() if self.is_command else self._call())
            try:
                return [client.post("/api/tasks/", spec, idempotency_key=idempotency_key)]
            except Refused as refusal:
                raise without_lines(refusal) from None
        return self._file().submit(client, self.changes, idempotency_key)

    def _command(self) -> JSON:
        if not self.words:
            raise InvalidInput("Give the command behind two dashes: `interlock task add --command -- git status`.")
        return {"command": list(self.words)}

    def _call(self) -> JSON:
        if self.words:
            raise InvalidInput(f"{self.words[0]!r} is one word too many: a tool's arguments are given as --args JSON.")
        return {"tool": self.tool, "args": _arguments(self.args)}

    def _file(self) -> SpecFile:
        if len(self.words) != 1:
            raise InvalidInput("Give one file of tasks (or - for standard input), a --command, or a --tool.")
        file = SpecFile.read(self.words[0])
        if "title" in self.changes.fields and file.is_batch:
            raise InvalidInput("--title is for a single task, and this is a batch.")
        return file


def _arguments(text: str) -> Any:
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise InvalidInput(f"--args is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidInput('--args must be a JSON object, such as {"seconds": 2}.')
    return value


def changes(
    *, session: str, priority: str, title: str, project: str, workspace: str, tags: Sequence[str], env: Sequence[str]
) -> Changes:
    """The options as changes to every task. Raises InvalidInput for an --env without an equals sign."""
    given = {"session": session, "priority": priority, "title": title, "project": project, "workspace": workspace}
    fields: dict[str, Any] = {name: value for name, value in given.items() if value}
    if priority.isdecimal():
        fields["priority"] = int(priority)
    return Changes(fields, tuple(tags), dict(_variable(each) for each in env))


def _variable(said: str) -> tuple[str, str]:
    name, equals, value = said.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--env {said!r} has no value; write NAME=VALUE.")
    return name, value
