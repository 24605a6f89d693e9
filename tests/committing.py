"""Tests that commit: what they leave in the platform's own tables is gone when they end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connections

from agents.database_role import WEB_ROLE, web_role_password

OURS = ["agents", "tasks", "approvals"]

commits = pytest.mark.django_db(transaction=True, available_apps=OURS)
"""Real transactions, and only our tables emptied afterwards: a fraction of what emptying all of them takes."""


@contextmanager
def logged_in_as_web() -> Iterator[None]:
    """Django, in this thread, is logged in as the web role, as in a web process."""
    ours = connections["default"]
    webs = ours.copy()
    webs.settings_dict |= {"USER": WEB_ROLE, "PASSWORD": web_role_password(settings.SECRET_KEY)}
    connections["default"] = webs
    try:
        yield
    finally:
        webs.close()
        connections["default"] = ours
