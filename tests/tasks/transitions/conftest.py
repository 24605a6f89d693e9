"""A workspace, somebody in it, and the platform's own processes, which log in as the owner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.actor import Actor
from agents.models import Workspace
from tests.tasks.desk import Desk
from tests.tasks.parties import Party, parties
from tests.tasks.people import member, new_workspace


@pytest.fixture
def workspace(db: None) -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    return member(workspace)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


@pytest.fixture
def two(workspace: Workspace) -> Iterator[list[Party]]:
    """Two other processes of the platform."""
    with parties(2) as both:
        yield both
