"""A canary in every kind of argument: after a rule that redacts it, it is in no table, no event and no log line."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection

from agents import provider_keys, tenancy
from agents.actor import Actor
from agents.models import Rule, Workspace
from agents.roles import Role
from tests.committing import commits
from tests.tasks.people import member, new_workspace, submitted

pytestmark = [pytest.mark.requirement("P2"), commits]

CANARY = "canary7f3e9b"
TASKS: list[dict[str, Any]] = [
    {
        "command": [f"./{CANARY}", "--key", CANARY, f"a{CANARY}b"],
        "env": {"KEY": CANARY, "URL": f"https://u:{CANARY}@h/"},
    },
    {"command": ["true"], "title": f"uses {CANARY}", "description": f"it is\n{CANARY}", "tags": [CANARY]},
    {"command": ["true"], "data": {"a": [{"b": CANARY}]}, "metadata": {CANARY: {"deep": [CANARY]}}, "files": [CANARY]},
    {"tool": "echo", "args": {"text": f"say {CANARY}"}},
    {
        "tool": "http.request",
        "args": {"url": f"https://h/?k={CANARY}", "headers": {"X": CANARY}, "json": {"k": [CANARY]}},
    },
    {
        "steps": [
            {"tool": "files.write", "args": {"path": f"{CANARY}.txt", "text": CANARY}},
            {"tool": "shell.run", "args": {"command": ["echo", CANARY], "env": {"K": CANARY}}},
            {"tool": "echo", "args": {"text": f"${{steps.0.path}} {CANARY}"}},
        ]
    },
    {"prompt": f"the password is {CANARY}", "instructions": f"never say {CANARY}", "model": "anthropic:scripted-1"},
    {"type": "spawn-agent", "data": {"name": "x", "role_prompt": CANARY}},
]


@pytest.fixture
def workspace() -> Workspace:
    """One that may have a model do work."""
    made = new_workspace()
    admin = member(made, role=Role.ADMIN, name="eve")
    with tenancy.as_user(admin):
        provider_keys.add(admin, made, "anthropic", "sk-of-a-test-0123456789")
    return made


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


def everything() -> dict[str, str]:
    """Each table of the database as one text. As its owner, whom row-level security does not bind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            cursor.execute(f"SELECT coalesce(string_agg(row::text, E'\\n'), '') FROM {name} AS row")
            found[name] = str(cursor.fetchone()[0])
    return found


def planted(ann: Actor, workspace: Workspace, redact: dict[str, Any], *others: tuple[str, str]) -> list[Any]:
    with tenancy.as_user(ann):
        for place, (tool, verdict) in enumerate(others):
            Rule.objects.create(workspace=workspace, order=place, tool=tool, verdict=verdict)
        Rule.objects.create(workspace=workspace, order=50, tool="*", verdict="REDACT", redact=redact)
    return submitted(ann, *TASKS, key="once").jobs


@pytest.mark.parametrize("others", [(), (("submit.*", "BLOCK"),), (("submit.*", "REQUIRE_APPROVAL"),)])
def test_it_is_in_no_table_and_no_log(
    ann: Actor, workspace: Workspace, caplog: pytest.LogCaptureFixture, others: tuple[Any, ...]
) -> None:
    caplog.set_level(logging.DEBUG)
    # The pattern stands in the rule's own row, so it must not be the canary itself.
    jobs = planted(ann, workspace, {"patterns": ["canary[0-9a-f]{6}"]}, *others)
    assert all(job.redacted_fields for job in jobs)
    found = everything()
    assert json.loads(json.dumps([job.spec for job in jobs]))
    assert found["public.tasks_agentjob"].count("[redacted]") > 20
    assert "canary[0-9a-f]" in found["public.agents_rule"]
    assert found["public.tasks_event"] and found["public.tasks_idempotencykey"]
    assert [name for name, text in found.items() if CANARY in text] == []
    assert CANARY not in caplog.text


def test_without_the_rule_the_search_would_have_found_it(ann: Actor) -> None:
    submitted(ann, *TASKS)
    found = everything()
    assert CANARY in found["public.tasks_agentjob"]


def test_the_same_submission_again_is_still_known_as_the_same(ann: Actor, workspace: Workspace) -> None:
    first = planted(ann, workspace, {"patterns": ["canary[0-9a-f]{6}"]})
    again = submitted(ann, *TASKS, key="once")
    assert again.repeated
    assert [job.id for job in again.jobs] == [job.id for job in first]
