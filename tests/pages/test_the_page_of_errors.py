"""/docs/errors/, where the `type` of every problem leads."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest

import agents
import approvals
import tasks
from agents.api.problems import Problem
from agents.errors import InterlockError
from tasks.pages import error_codes
from tasks.spec.errors import Code
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1", "O6")

NOT_OVER_HTTP = {"error", "ambiguous_id", "unknown_runtime"}
"""The root of the tree, and what only the command or a worker tells."""


def codes() -> set[str]:
    """All that an answer of the API may carry: its own code, and those of the places in a spec."""
    for package in (agents, tasks, approvals):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("_worker"):
                importlib.import_module(module.name)
    ours = {
        error.code for error in tree(InterlockError) if error.__module__.startswith(("agents.", "tasks.", "approvals."))
    }
    return (ours | {code.value for code in Code}) - NOT_OVER_HTTP


def tree(error: type[InterlockError]) -> Iterator[type[InterlockError]]:
    for child in error.__subclasses__():
        yield child
        yield from tree(child)


def anchors(page: str) -> list[str]:
    return re.findall(r' id="([^"]+)"', page)


def test_every_code_that_the_api_can_answer_has_an_anchor() -> None:
    found = anchors(error_codes.document())
    assert len(found) == len(set(found))
    assert codes() <= set(found)


def test_a_type_leads_to_the_row_of_its_code() -> None:
    row = re.search(r'<tr id="not_retriable">.*?</tr>', error_codes.document(), re.DOTALL)
    assert row
    assert '<a href="#not_retriable"><code>not_retriable</code></a>' in row[0]
    assert "Only failed and cancelled jobs can be retried." in row[0]
    type = Problem("not_retriable", 409, "", "").as_dict()["type"]
    assert type == "/docs/errors/#not_retriable"


def test_a_code_of_both_tables_leads_to_the_whole_answer() -> None:
    row = re.search(r'<tr id="invalid_json">.*?</tr>', error_codes.document(), re.DOTALL)
    assert row and "<td>400</td>" in row[0]


def test_no_link_leads_to_a_document_that_is_not_served() -> None:
    page = error_codes.document()
    targets = re.findall(r'href="([^"]+)"', page)
    assert targets and all(target.removeprefix("#") in anchors(page) for target in targets)
    assert "see YAML, read with care." in page


def test_whoever_has_a_problem_can_read_it_without_signing_in(platform: Platform) -> None:
    refused = httpx.get(f"{platform.url}/api/me/")
    answer = httpx.get(urljoin(str(refused.url), refused.json()["type"]))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'id="unauthenticated"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert httpx.post(f"{platform.url}/docs/errors/").status_code in (403, 405)
    dark = httpx.get(f"{platform.url}/docs/errors/", headers={"Cookie": "theme=dark"})
    assert 'data-theme="dark"' in dark.text
