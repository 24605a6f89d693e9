"""Procrastinate as its documentation runs it."""

from __future__ import annotations

import os

from procrastinate import App, PsycopgConnector

from benchmarks.stamps import stamp

app = App(connector=PsycopgConnector(conninfo=os.environ["BENCH_DATABASE_URL"]))


@app.task
async def noop() -> None:
    stamp()
