"""Tests that commit: what they leave in the platform's own tables is gone when they end."""

from __future__ import annotations

import pytest

OURS = ["agents", "tasks", "approvals"]

commits = pytest.mark.django_db(transaction=True, available_apps=OURS)
"""Real transactions, and only our tables emptied afterwards: a fraction of what emptying all of them takes."""
