"""Tokens: made, shown once, listed, revoked; and what a token that is over is told."""

from __future__ import annotations

import httpx
import pytest

from tests.api.work import problem
from tests.platform import Platform

pytestmark = pytest.mark.requirement("T4")


def asking(platform: Platform, token: str) -> httpx.Response:
    return httpx.get(f"{platform.url}/api/me/", headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_shown_once_and_works(platform: Platform, api: httpx.Client) -> None:
    made = api.post("/api/tokens/", json={"name": "ci", "role": "viewer", "expires_in": "30d"})
    assert made.status_code == 201
    token = made.json()
    assert token["expires_at"] and token["role"] == "viewer"
    assert asking(platform, token["token"]).json()["workspaces"][0]["role"] == "viewer"
    listed = api.get("/api/tokens/").json()["results"]
    assert token["id"] in {each["id"] for each in listed}
    assert token["token"] not in api.get("/api/tokens/").text
    digest = platform.sql("SELECT digest FROM agents_apitoken WHERE token_key = %s", [token["id"]])[0]["digest"]
    assert token["token"] not in digest
    assert digest not in api.get("/api/tokens/").text


def test_a_revoked_token_is_told_so_and_its_record_stays(platform: Platform, api: httpx.Client) -> None:
    token = api.post("/api/tokens/", json={"name": "leaked", "role": "operator"}).json()
    assert api.delete(f"/api/tokens/{token['id']}/").json()["revoked_at"]
    answer = asking(platform, token["token"])
    assert "'leaked'" in problem(answer, 401, "token_revoked")["detail"]
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="interlock", error="invalid_token"'
    assert token["id"] in {each["id"] for each in api.get("/api/tokens/").json()["results"]}
    assert api.delete(f"/api/tokens/{token['id']}/").status_code == 200


def test_an_expired_token_is_told_so_and_its_record_stays(platform: Platform, api: httpx.Client) -> None:
    token = api.post("/api/tokens/", json={"name": "old", "role": "operator", "expires_in": "1h"}).json()
    platform.sql("UPDATE agents_apitoken SET expiry = now() - interval '1 second' WHERE token_key = %s", [token["id"]])
    problem(asking(platform, token["token"]), 401, "token_expired")
    assert platform.sql("SELECT 1 FROM agents_apitoken WHERE token_key = %s", [token["id"]])


def test_the_token_of_somebody_who_was_locked_out_does_not_work(platform: Platform) -> None:
    token = platform.token("operator", "locked-out")
    platform.sql("UPDATE auth_user SET is_active = false WHERE username = 'operator-of-locked-out'")
    problem(asking(platform, token), 401, "unauthenticated")


@pytest.mark.parametrize("token", ["", "nonsense", "a b", "x" * 5000, "\u00e9\u00e9", "'; --"])
def test_a_token_that_nobody_has_is_refused(platform: Platform, token: str) -> None:
    answer = httpx.get(f"{platform.url}/api/me/", headers={"Authorization": f"Bearer {token}".strip().encode()})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="interlock"'


def test_a_token_in_the_address_is_no_sign_in(platform: Platform) -> None:
    problem(httpx.get(f"{platform.url}/api/me/?token={platform.token()}"), 401, "unauthenticated")


def test_only_admins_see_and_make_tokens(platform: Platform) -> None:
    for role in ("viewer", "operator", "approver"):
        client = platform.client(role)
        problem(client.get("/api/tokens/"), 403, "not_allowed")
        problem(client.post("/api/tokens/", json={"name": "mine", "role": "admin"}), 403, "not_allowed")
        problem(client.delete("/api/tokens/abc/"), 403, "not_allowed")


def test_another_workspaces_token_is_not_there(platform: Platform, api: httpx.Client, stranger: httpx.Client) -> None:
    token = stranger.post("/api/tokens/", json={"name": "theirs", "role": "viewer"}).json()
    problem(api.delete(f"/api/tokens/{token['id']}/"), 404, "not_found")
    assert token["id"] not in api.get("/api/tokens/").text
    problem(api.post("/api/tokens/", json={"name": "x", "role": "viewer", "workspace": "strangers"}), 404, "not_found")
    assert asking(platform, token["token"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "viewer"}, "name"),
        ({"name": "a", "role": "boss"}, "role"),
        ({"name": "a", "role": 5}, "role"),
        ({"name": "a", "role": "viewer", "expires_in": "soon"}, "expires_in"),
        ({"name": "a", "role": "viewer", "expires_in": 0}, "expires_in"),
        ({"name": "a\nb", "role": "viewer"}, "name"),
        ({"name": "a", "role": "viewer", "colour": "red"}, "colour"),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_field(api: httpx.Client, body: dict[str, object], field: str) -> None:
    assert problem(api.post("/api/tokens/", json=body), 400, "invalid_input")["errors"][0]["path"] == field


@pytest.mark.parametrize("id", ["nonsense", "%00", "%ff", "x" * 300])
def test_a_token_that_is_not_there_cannot_be_revoked(api: httpx.Client, id: str) -> None:
    problem(api.delete(f"/api/tokens/{id}/"), 404, "not_found")
