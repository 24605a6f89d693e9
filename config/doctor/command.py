"""The command itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from agents import printing
from config import environment
from config.doctor import machine
from config.doctor.check import Check, wrong

FAILED = 1
WIDTH = 17


def doctor(
    data: Annotated[
        Path | None, typer.Option(help="The folder of the platform's state. Default: INTERLOCK_DATA or .interlock")
    ] = None,
    mend: Annotated[
        bool, typer.Option("--mend", help="Put right what can be: jobs that nobody runs, attempts of no run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Check this machine and the platform on it, line by line, and say what to do; exit code 1 if something is wrong.

    Runs where the servers can be reached. Changes nothing without `--mend`; a dispatcher that takes over mends too.
    """
    if data is not None:
        os.environ["INTERLOCK_DATA"] = str(data)
    checks = []
    for check in _checks(mend):
        checks.append(check)
        if not as_json:
            _print(check)
    if as_json:
        ok = all(check.ok for check in checks)
        printing.print_json({"ok": ok, "checks": [vars(check) for check in checks]})
    if not all(check.ok for check in checks):
        raise typer.Exit(FAILED)


def _checks(mend: bool) -> Iterator[Check]:
    settings = environment.read()
    yield from machine.python()
    yield from machine.data_folder(settings)
    found = list(machine.postgres(settings))
    yield from found
    yield from machine.redis_server(settings)
    if all(check.ok for check in found) and settings.secret_key:
        yield from _with_database(settings, mend)
    elif all(check.ok for check in found):
        yield wrong("secret key", "SECRET_KEY is not set.", "Set the one that the platform's parts have.")


def _with_database(settings: environment.Environment, mend: bool) -> Iterator[Check]:
    os.environ["INTERLOCK_PROCESS"] = "manage"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from config.doctor import database, parts  # they import models

    tables = list(database.migrations())
    yield from tables
    if not all(check.ok for check in tables):
        return
    yield from database.guards()
    yield from database.web_role()
    yield from parts.dispatcher()
    yield from parts.workers()
    yield from parts.web(settings)
    if mend:
        yield from parts.mended()
    yield from parts.in_order()


def _print(check: Check) -> None:
    mark = Text("✓ ", "green") if check.ok else Text("✗ ", "red")
    printing.say(mark, f"{check.name:<{WIDTH}}", check.sentence)
    if check.remedy:
        printing.say(Text(" " * (WIDTH + 2) + f"→ {check.remedy}", "yellow"))
