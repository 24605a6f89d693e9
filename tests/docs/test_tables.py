"""The tables of the pages hold what the code holds: settings, tools, endpoints, reasons."""

from __future__ import annotations

import inspect
import re

import pytest

from agents.agent_roles import built_in
from agents.agent_types import AgentType
from agents.roles import Role
from agents.tools import registry
from agents.tools.base import Effect, Tool
from config.environment import VARIABLES, Environment
from tasks import explain
from tasks.agents import AgentState
from tasks.children import explaining
from tasks.scheduling.reasons import Code
from tasks.spec.for_agents import DATA_OF
from tasks.spec.priorities import Priority
from tests import requirements
from tests.docs import endpoints
from tests.docs.pages import ROOT, page
from tests.docs.tools_table import table

pytestmark = pytest.mark.requirement("O6")
SETTINGS, TOOLS, QUEUE = page("docs/settings.md"), page("docs/tools.md"), page("docs/queue.md")


def first_words(name: str, heading: str) -> list[str]:
    return [row[0].strip("`") for row in page(name).rows(heading)]


@pytest.mark.parametrize("name", VARIABLES)
def test_every_setting_is_shown_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| ([^|]+) \|", SETTINGS.text, re.MULTILINE)
    assert row, f"{name} is not in {SETTINGS.name}"
    default = Environment.model_fields[VARIABLES[name]].default
    if isinstance(default, int | float) and not isinstance(default, bool):
        assert row[1] == str(default)


@pytest.mark.parametrize("tool", registry.all(), ids=lambda each: each.name)
def test_every_tool_is_shown_with_its_arguments_and_its_effect(tool: Tool) -> None:
    section = TOOLS.text.split(f"\n## {tool.name}\n", 1)[1].split("\n## ", 1)[0]
    assert table(tool) in section, "run `python -m tests.docs.tools_table`"
    intro = section.split(BEGIN_OF_TABLE, 1)[0] + section.split(BEGIN_OF_TABLE, 1)[1].rpartition("|\n")[2]
    assert tool.effect.value in intro


BEGIN_OF_TABLE = "| argument |"


def test_no_tool_is_shown_that_is_not_there() -> None:
    names = re.findall(r"^## ([a-z]+(?:\.[a-z]+)?)$", TOOLS.text, re.MULTILINE)
    assert sorted(names) == registry.names()


def test_the_effects_are_those_of_the_code() -> None:
    assert first_words("docs/tools.md", "Effects") == [effect.value for effect in Effect]


def test_every_reason_to_wait_is_explained() -> None:
    sources = inspect.getsource(explain) + inspect.getsource(explaining)
    others = set(re.findall(r'Waiting\("(\w+)"', sources))
    assert set(first_words("docs/queue.md", "Why a job waits")) == {code.value for code in Code} | others


def test_the_priorities_are_those_of_the_code() -> None:
    rows = [[cell.strip("`") for cell in row[:3]] for row in QUEUE.rows("Priority")]
    assert rows == [[each.label, each.word, str(each.value + 1)] for each in Priority]


def test_the_roles_are_those_of_the_code() -> None:
    assert first_words("docs/security.md", "Who may do what") == list(Role.values)


def test_every_endpoint_is_in_the_tour_of_the_api() -> None:
    assert endpoints.table() in page("docs/api.md").text, "run `python -m tests.docs.endpoints`"


def test_every_marker_names_a_promise_and_every_row_has_a_known_status() -> None:
    rows = requirements.promises()
    assert {row.status for row in rows} == {requirements.KEPT, requirements.IN_PART, requirements.LATER}
    assert requirements.keepers().keys() <= {row.id for row in rows}
    assert len({row.id for row in rows}) == len(rows)


def test_what_is_only_promised_in_part_says_what_is_missing() -> None:
    for row in requirements.promises():
        assert ("Later:" in row.sentence) == (row.status == requirements.IN_PART), row.id


def test_every_part_of_the_procfile_is_among_the_processes() -> None:
    parts = re.findall(r"^(\w+):", (ROOT / "Procfile").read_text(), re.MULTILINE)
    assert first_words("docs/operations.md", "The processes") == parts


def test_the_roles_of_agents_are_those_of_the_code() -> None:
    rows = {row[0].strip("`"): re.findall(r"`([^`]+)`", row[2]) for row in page("docs/agents.md").rows("Roles")}
    assert rows == {type.value: list(built_in(type).tools) for type in AgentType}


def test_the_states_of_agents_are_those_of_the_code() -> None:
    assert first_words("docs/agents.md", "What it is doing") == [state.value for state in AgentState]


def test_the_data_of_jobs_about_agents_is_that_of_the_code() -> None:
    rows = {row[0].strip("`"): re.findall(r"`([^`]+)`", row[1]) for row in page("docs/agents.md").rows("Spawning one")}
    assert {job: sorted(names) for job, names in rows.items()} == {
        type.value: sorted(model.model_fields) for type, model in DATA_OF.items()
    }
