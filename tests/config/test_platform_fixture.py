"""The platform that other tests stand on."""

from __future__ import annotations

import pytest

from tests.platform import Platform


@pytest.mark.requirement("O7")
def test_a_shared_platform_is_ready_and_knows_its_people(platform: Platform) -> None:
    assert platform.api.get("/readyz").json()["status"] == "ready"
    assert platform.token("viewer", "elsewhere") != platform.token("viewer", "default")
    assert [row["slug"] for row in platform.sql("SELECT slug FROM agents_workspace WHERE slug = 'elsewhere'")]


@pytest.mark.requirement("W2")
def test_a_fault_platform_survives_the_restart_of_its_servers(fault_platform: Platform) -> None:
    fault_platform.start()
    fault_platform.restart_postgres(kill=True)
    fault_platform.restart_redis()
    fault_platform.wait_until_ready()
    fault_platform.kill("worker")
    fault_platform.start_worker()
    fault_platform.wait_until_ready()
