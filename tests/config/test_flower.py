"""Flower's pages are there for staff, show nothing secret, change nothing, and answer nobody else."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator

import httpx
import pytest

from tests.platform import Platform
from tests.servers import SECRET_KEY

pytestmark = pytest.mark.requirement("T7")

PAGES = ["", "/", "/workers", "/tasks", "/broker", "/metrics", "/healthcheck", "/api/workers", "/static/js/flower.js"]


@pytest.fixture(scope="module")
def flower(platform: Platform) -> Iterator[Platform]:
    """The shared platform, with Flower."""
    platform.start_part("flower", "flower")
    staff = platform.browser(staff=True)
    platform.wait_for(lambda: staff.get("/admin/queues/").status_code == 200, what="Flower to answer")
    yield platform
    if platform.running["flower"].poll() is None:
        platform.end("flower")


@pytest.mark.parametrize("page", PAGES)
def test_staff_see_every_page(flower: Platform, page: str) -> None:
    assert flower.browser(staff=True).get(f"/admin/queues{page}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_sent_to_the_login(flower: Platform, page: str) -> None:
    path = f"/admin/queues{page}"
    answer = httpx.get(flower.url + path, headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/admin/login/?next={path}"
    program = httpx.get(flower.url + path, headers={"Accept": "application/json"})
    assert (program.status_code, program.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("page", PAGES)
def test_a_workspace_admin_who_is_no_staff_sees_nothing(flower: Platform, page: str) -> None:
    assert flower.browser("admin").get(f"/admin/queues{page}").status_code == 403


def test_a_token_opens_no_page_of_flower(flower: Platform) -> None:
    assert flower.api.get("/admin/queues/", headers={"Accept": "application/json"}).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nobody_changes_anything_through_it(flower: Platform, method: str) -> None:
    answer = flower.browser(staff=True).request(method, "/admin/queues/api/task/send-task/anything")
    assert answer.status_code in (403, 405)


def test_what_workers_tell_about_themselves_holds_no_secret(flower: Platform) -> None:
    staff = flower.browser(staff=True)

    def told() -> str:
        workers = staff.get("/admin/queues/api/workers", params={"refresh": "true"}).json()
        return json.dumps(workers) if any(worker.get("conf") for worker in workers.values()) else ""

    text = flower.wait_for(told, what="a worker's configuration")
    for name in json.loads(text):
        text += staff.get(f"/admin/queues/worker/{name}").text
    secrets = [SECRET_KEY, *(flower.servers.folder.secret(name) for name in ("redis", "database", "postgres"))]
    assert [secret for secret in secrets if secret in text] == []


def test_its_socket_is_behind_a_private_folder_and_a_password(flower: Platform) -> None:
    path = flower.folder.path / "flower" / "flower.sock"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://flower") as stranger:
        answers = {
            page: stranger.get(f"/admin/queues{page or '/'}").status_code for page in PAGES if "static" not in page
        }
    assert set(answers.values()) == {401}


def test_without_flower_staff_read_what_to_do(flower: Platform) -> None:
    flower.end("flower")
    answer = flower.browser(staff=True).get("/admin/queues/")
    assert answer.status_code == 503
    assert "Flower is not running" in answer.text
    assert "interlock flower" in answer.text
