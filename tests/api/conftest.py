from __future__ import annotations

import httpx
import pytest

from tests.platform import Platform


@pytest.fixture
def api(platform: Platform) -> httpx.Client:
    """The default workspace's admin."""
    return platform.api


@pytest.fixture
def own(platform: Platform) -> httpx.Client:
    """The admin of a workspace where tests count the jobs."""
    return platform.client("admin", "counted")


@pytest.fixture
def stranger(platform: Platform) -> httpx.Client:
    """The admin of another workspace."""
    return platform.client("admin", "strangers")
