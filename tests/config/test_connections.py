"""What DATABASE_URL and REDIS_URL mean."""

from __future__ import annotations

import pytest

from config.connections import database_settings, redis_places, with_login, without_password


def test_a_database_url_becomes_django_settings_with_escapes_undone() -> None:
    found = database_settings("postgresql://us%40er:p%2Fw@db.example:5433/in%20terlock?sslmode=require")
    assert found == {
        "NAME": "in terlock",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_socket_folder_can_be_the_host() -> None:
    assert database_settings("postgresql:///interlock?host=/run/postgresql")["HOST"] == "/run/postgresql"


def test_another_login_keeps_server_and_database() -> None:
    url = with_login("postgresql://owner:a@h:5432/db?sslmode=require", "interlock_web", "p@ss/word")
    assert url == "postgresql://interlock_web:p%40ss%2Fword@h:5432/db?sslmode=require"
    assert database_settings(url)["PASSWORD"] == "p@ss/word"


def test_a_url_can_be_shown_without_its_password() -> None:
    assert without_password("postgresql://owner:secret@h:5432/db?password=secret") == "postgresql://owner@h:5432/db"
    assert without_password("redis://:secret@h:6379/0") == "redis://h:6379/0"


@pytest.mark.requirement("O3")
@pytest.mark.parametrize("url", ["redis://:x@h:1", "redis://:x@h:1/", "redis://:x@h:1/0"])
def test_broker_channels_and_cache_get_databases_of_their_own(url: str) -> None:
    places = redis_places(url)
    assert [places.broker[-2:], places.channels[-2:], places.cache[-2:]] == ["/0", "/1", "/2"]


def test_a_named_database_is_used_for_all() -> None:
    places = redis_places("redis://h:1/7")
    assert {places.broker, places.channels, places.cache} == {"redis://h:1/7"}
