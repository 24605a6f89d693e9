"""The log as lines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from agents import actor as actors
from agents.models import Membership, Workspace
from agents.roles import Role
from agents.tenancy import as_platform_part, as_user
from tasks.models import AgentJob, Attempt, LogChunk
from tasks.pages import log
from tasks.spec import from_value
from tasks.submit import submit

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("W11")]


@pytest.fixture
def job() -> AgentJob:
    user = get_user_model().objects.create_user("ann", password="x")
    with as_platform_part("test"):
        workspace = Workspace.objects.create(slug="acme", name="Acme")
        Membership.objects.create(workspace=workspace, user=user, role=Role.ADMIN)
    with as_user(actors.of_user(user)) as actor:
        made = submit(actor, from_value({"command": ["true"], "title": "Prints"})).jobs[0]
    for number in (1, 2):
        began = timezone.now() - timedelta(seconds=90)
        Attempt.objects.create(
            workspace=workspace, job=made, number=number, epoch=number, worker_id=f"worker-{number}@x", started_at=began
        )
    return made


def prints(job: AgentJob, text: str, stream: str = "stdout", attempt: int = 1) -> int:
    chunk = LogChunk.objects.create(
        workspace_id=job.workspace_id, job=job, attempt=attempt, stream=stream, text=text, at=timezone.now()
    )
    return int(chunk.pk)


def test_chunks_become_lines_under_the_name_of_their_attempt(job: AgentJob) -> None:
    prints(job, "one\ntwo\n")
    prints(job, "three", "stderr")
    prints(job, "again\n", attempt=2)
    lines = log.newest(job).lines
    assert [(line.heading or line.text) for line in lines] == [
        "Attempt 1 · worker-1",
        "one",
        "two",
        "three",
        "Attempt 2 · worker-2",
        "again",
    ]
    assert lines[3].stream == "stderr"
    assert lines[1].time.startswith("01:30")


def test_what_steers_a_terminal_is_left_out(job: AgentJob) -> None:
    prints(job, "\x1b[32mgreen\x1b[0m\x1b]0;title\x07 bell\x07 back\x08 tab\t.")
    assert log.newest(job).lines[1].text == "green bell back tab\t."


def test_only_what_comes_after_is_fetched_and_no_heading_twice(job: AgentJob) -> None:
    first = prints(job, "one")
    assert log.after(job, first) == []
    prints(job, "two")
    assert [line.text for line in log.after(job, first)] == ["two"]
    prints(job, "three", attempt=2)
    assert [line.heading for line in log.after(job, first)] == ["", "Attempt 2 · worker-2", ""]


def test_the_window_holds_the_newest_lines(job: AgentJob) -> None:
    prints(job, "".join(f"{number}\n" for number in range(log.WINDOW + 10)))
    window = log.newest(job)
    assert (len(window.lines), window.earlier, window.lines[-1].text) == (log.WINDOW, True, str(log.WINDOW + 9))


@pytest.mark.parametrize("after", ["0", "", "x", "-1", "9" * 40, "1e3"])
def test_a_broken_cursor_is_the_beginning(job: AgentJob, client: Client, after: str) -> None:
    prints(job, "<one>")
    client.force_login(get_user_model().objects.get(username="ann"))
    answer = client.get(f"/tasks/{job.id}/log/", {"after": after})
    assert b"&lt;one&gt;" in answer.content


def test_nothing_new_changes_nothing(job: AgentJob, client: Client) -> None:
    client.force_login(get_user_model().objects.get(username="ann"))
    assert client.get(f"/tasks/{job.id}/log/").status_code == 204


def test_another_tenants_log_is_not_there(job: AgentJob, client: Client) -> None:
    stranger = get_user_model().objects.create_user("eve", password="x")
    client.force_login(stranger)
    prints(job, "secret")
    for path in ("log/", "log.txt", "", "cancel/"):
        assert client.get(f"/tasks/{job.id}/{path}").status_code == 404
