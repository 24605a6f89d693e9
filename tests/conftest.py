"""Fixtures for every test; see CONTRIBUTING.md for what each costs."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from config.embedded import Servers

pytest_plugins = ["tests.platform"]


def pytest_configure(config: pytest.Config) -> None:
    # A runner that is told to stop puts its servers away, as with Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # How long an example takes says how busy the machine is.
    hypothesis_settings.register_profile(
        "interlock", hypothesis_settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    hypothesis_settings.load_profile("interlock")


def pytest_unconfigure(config: pytest.Config) -> None:
    settings.RESERVATION.release()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """This run's Postgres and Redis, started. A test with the database has them already; one that uses Redis alone
    asks for them by this name."""
    with settings.RESERVATION.started() as running:
        yield running


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Servers) -> None:
    """pytest-django's hook before it makes the test database: the server must be there by then."""
