from __future__ import annotations

import pytest

from agents.actor import Actor
from agents.models import Workspace
from tests.approvals.asking import decider
from tests.tasks.desk import Desk
from tests.tasks.people import member, new_workspace


@pytest.fixture
def workspace(db: None) -> Workspace:
    return new_workspace()


@pytest.fixture
def ann(workspace: Workspace) -> Actor:
    """Who submits."""
    return member(workspace)


@pytest.fixture
def olga(workspace: Workspace) -> Actor:
    """Who may decide."""
    return decider(workspace)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()
