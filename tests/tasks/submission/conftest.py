"""Submissions come from web processes: Django is logged in as the web role, for us and for every other party."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.actor import Actor
from agents.models import Workspace
from tests.committing import logged_in_as_web
from tests.tasks.parties import Party, parties
from tests.tasks.people import member, new_workspace


@pytest.fixture
def workspace() -> Workspace:
    return new_workspace()


@pytest.fixture
def elsewhere() -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def bob(elsewhere: Workspace) -> Actor:
    """Of another workspace."""
    return member(elsewhere, name="bob")


@pytest.fixture(autouse=True)
def web(workspace: Workspace, elsewhere: Workspace) -> Iterator[None]:
    with logged_in_as_web():
        yield


@pytest.fixture
def two(web: None) -> Iterator[list[Party]]:
    """Two other web processes."""
    with parties(2, logged_in_as_web) as both:
        yield both
