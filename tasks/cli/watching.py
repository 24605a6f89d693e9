"""All jobs at a glance, again and again: a picture on a terminal, lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rich.console import Group
from rich.live import Live
from rich.text import Text

from agents import printing
from tasks.cli import showing, words
from tasks.cli.client import JSON, Client
from tasks.cli.events import print_events

EVERY_SECONDS = 1.0
WAITING = "pending_approval,blocked,queued,suspended"
OVER = ",".join(words.OVER)


def watch_all(client: Client, workspace: str) -> None:
    """Until Ctrl-C."""
    if not printing.is_terminal():
        print_events(client, follow=True, workspace=workspace)
        return
    with Live(console=printing.screen(), screen=True, auto_refresh=False) as live:
        while True:
            live.update(_picture(client, workspace, printing.screen().height), refresh=True)
            time.sleep(EVERY_SECONDS)


def _picture(client: Client, workspace: str, height: int) -> Group:
    queue = client.get("/api/queue/", workspace=workspace)
    jobs = list(_most_interesting(client, workspace, max(5, height - 4)))
    return Group(headline(queue), Text(), printing.table(showing.COLUMNS, showing.rows(jobs)))


def _most_interesting(client: Client, workspace: str, count: int) -> Iterator[JSON]:
    """What runs, then the newest of what waits, then what ended last, as many as there is room for."""
    for states in ("running", WAITING, OVER):
        if count > 0:
            page = client.get("/api/tasks/", state=states, workspace=workspace, limit=min(count, 200))["results"]
            count -= len(page)
            yield from page


def headline(queue: JSON) -> Text:
    """`3 running, 40 queued · 3 of 10 slots · 1 worker`"""
    states = [
        f"{count:,} {'needs approval' if name == 'pending_approval' else name}"
        for name, count in queue["states"].items()
        if count
    ]
    slots = queue["slots"]
    workers = f"{queue['workers_online']} worker{'' if queue['workers_online'] == 1 else 's'} online"
    parts = [", ".join(states) or "nothing to do", f"{slots['used']} of {slots['total']} slots taken", workers]
    line = Text(" · ".join(parts))
    if not queue["dispatcher"]:
        line.append(" · no dispatcher leads: nothing starts", "red")
    if queue["everything_paused"]:
        line.append(" · everything is paused", "yellow")
    elif queue["paused"]:
        line.append(f" · paused: {', '.join(queue['paused'])}", "yellow")
    return line
