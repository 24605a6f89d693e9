"""What browsers are told about our pages."""

from __future__ import annotations

import pytest
from django.test import Client

from config.security import policy_for

pytestmark = pytest.mark.requirement("T4")


def test_pages_load_nothing_from_elsewhere_and_run_no_inline_script() -> None:
    headers = Client().get("/healthz").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/admin/queues", "/admin/queues/workers", "/api/docs/"])
def test_foreign_pages_may_run_their_inline_scripts(path: str) -> None:
    assert "script-src 'self' 'unsafe-inline'" in policy_for(path)


@pytest.mark.parametrize("path", ["/admin/", "/admin/queuesx", "/tasks/", "/api/docsx"])
def test_a_path_that_only_looks_alike_gets_no_relaxed_policy(path: str) -> None:
    assert "unsafe" not in policy_for(path)
