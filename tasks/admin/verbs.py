"""Calls a verb on each chosen row and reports what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from agents.actor import Actor
from agents.admin_site import actor_in
from agents.errors import InterlockError

MOST_REFUSALS = 3


def call_for_each(request: HttpRequest, rows: Iterable[Any], verb: Callable[[Actor, Any], str]) -> None:
    """`verb` returns what became of a row in a word or two; refusals are told with their sentences, once each."""
    chosen = list(rows)
    actor = actor_in(request, {row.workspace_id for row in chosen})
    done, refused = Counter[str](), Counter[str]()
    for row in chosen:
        try:
            done[verb(actor, row)] += 1
        except InterlockError as error:
            refused[error.message] += 1
    if done:
        said = ", ".join(f"{count} {outcome}" for outcome, count in done.items())
        messages.success(request, f"{said[0].upper()}{said[1:]}.")
    for sentence, count in refused.most_common(MOST_REFUSALS):
        messages.warning(request, f"{count} refused: {sentence}")
