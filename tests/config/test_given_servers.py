"""Servers that DATABASE_URL and REDIS_URL name are looked at, and a wrong one is named in a sentence."""

from __future__ import annotations

import pytest

from config import given_servers
from config.embedded import Servers
from config.embedded.data_folder import free_port
from config.failures import CannotStart

pytestmark = pytest.mark.requirement("O4")


def test_servers_that_answer_are_accepted(servers: Servers) -> None:
    given_servers.check_database(servers.database_url)
    given_servers.check_redis(servers.redis_url)


def test_a_wrong_password_is_named_and_not_shown(servers: Servers) -> None:
    secret = servers.folder.secret("database")
    with pytest.raises(CannotStart) as refusal:
        given_servers.check_database(servers.database_url.replace(secret, "guessed"))
    assert "password authentication failed" in refusal.value.message
    assert "guessed" not in refusal.value.message
    assert f"127.0.0.1:{servers.postgres.port}" in refusal.value.message


def test_a_database_that_does_not_exist_is_named(servers: Servers) -> None:
    with pytest.raises(CannotStart, match='database "nowhere" does not exist'):
        given_servers.check_database(servers.database_url.rpartition("/")[0] + "/nowhere")


def test_an_address_where_nobody_listens_is_named() -> None:
    port = free_port()
    with pytest.raises(
        CannotStart, match=rf"127\.0\.0\.1:{port}/x cannot be used: Connection refused \(DATABASE_URL\)"
    ):
        given_servers.check_database(f"postgresql://u:secret@127.0.0.1:{port}/x")
    with pytest.raises(CannotStart, match=rf"127\.0\.0\.1:{port}.* cannot be used: .*\(REDIS_URL\)"):
        given_servers.check_redis(f"redis://:secret@127.0.0.1:{port}/0")


def test_a_postgres_that_is_too_old_is_refused(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_servers, "OLDEST_POSTGRES", 99)
    with pytest.raises(CannotStart, match="is Postgres 18; Interlock needs 99 or newer"):
        given_servers.check_database(servers.database_url)


def test_a_wrong_redis_password_is_named_and_not_shown(servers: Servers) -> None:
    with pytest.raises(CannotStart) as refusal:
        given_servers.check_redis(servers.redis_url.replace(servers.folder.secret("redis"), "guessed"))
    assert "guessed" not in refusal.value.message
