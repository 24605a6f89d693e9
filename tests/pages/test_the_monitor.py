"""What stands on /tasks/: which sessions, which of their jobs, in pages, and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from agents import actor as actors
from agents.models import Membership, Project, Workspace
from agents.roles import Role
from agents.tenancy import as_platform_part, as_user
from tasks import sessions
from tasks.models import AgentJob
from tasks.operations.cancel import cancel
from tasks.pages import listing, monitor, reading
from tasks.pages.folds import Folds
from tasks.pages.places import Place
from tasks.spec import from_value
from tasks.submit import submit

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("U1")]
User = get_user_model()


class Desk:
    """A person in a workspace, who submits and looks."""

    def __init__(self, slug: str, role: Role = Role.ADMIN) -> None:
        self.user = User.objects.create_user(f"{role}-{slug}", password="x")
        with as_platform_part("test"):
            self.workspace = Workspace.objects.create(slug=slug, name=slug.title())
        self.join(self.workspace, role)

    def join(self, workspace: Workspace, role: Role) -> None:
        Membership.objects.create(workspace=workspace, user=self.user, role=role)
        self.actor = actors.of_user(self.user)

    def submit(self, *tasks: dict[str, Any]) -> list[AgentJob]:
        usual = {"workspace": self.workspace.slug}
        specs = from_value({"tasks": [usual | ({} if "tool" in one else {"command": ["true"]}) | one for one in tasks]})
        with as_user(self.actor) as actor:
            return submit(actor, specs).jobs

    def look(self, q: str = "", project: Project | None = None, **asked: str) -> monitor.Monitor:
        place = Place(self.workspace, project, self.actor)
        with as_user(self.actor):
            return monitor.look(reading.read(place, reading.Asked(q=q, **asked), Folds(), timezone.now()))


@pytest.fixture
def desk() -> Desk:
    return Desk("acme")


def titles(seen: monitor.Monitor) -> list[str]:
    return [row.title for group in seen.groups for row in group.rows]


def numbered(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"title": f"Task {number:03d}", **more} for number in range(count)]


def cursor(url: str) -> str:
    return url.rpartition("after=")[2]


def test_sessions_come_fifty_a_page_and_each_once(desk: Desk) -> None:
    desk.submit(*({"title": f"T{n}", "session": f"s{n:03d}"} for n in range(listing.PAGE + 7)))
    first = desk.look()
    second = desk.look(after=cursor(first.pager.next))
    names = [group.name for group in first.groups + second.groups]
    assert len(first.groups) == listing.PAGE
    assert sorted(names) == [f"s{n:03d}" for n in range(listing.PAGE + 7)]
    assert not second.pager.next
    assert second.pager.previous


def test_sessions_whose_work_is_over_come_last(desk: Desk) -> None:
    [old] = desk.submit({"title": "Still open", "session": "old"})
    [new] = desk.submit({"title": "Over", "session": "new"})
    with as_user(desk.actor) as actor:
        cancel(actor, new.id)
    assert [group.name for group in desk.look().groups] == ["old", "new"]
    assert old.state == "queued"


def test_one_session_shows_its_jobs_fifty_a_page_newest_first(desk: Desk) -> None:
    desk.submit(*numbered(listing.PAGE + 3, session="big"))
    first = desk.look("session:big")
    second = desk.look("session:big", after=cursor(first.pager.next))
    assert titles(first) + titles(second) == [f"Task {n:03d}" for n in reversed(range(listing.PAGE + 3))]
    assert first.groups[0].total == "53"
    assert not first.groups[0].more


def test_an_open_session_shows_some_rows_and_how_many_more_there_are(desk: Desk) -> None:
    desk.submit(*numbered(30, session="big"))
    group = desk.look().groups[0]
    assert [row.title for row in group.rows] == [f"Task {n:03d}" for n in range(5)]  # those that start next
    assert [row.place for row in group.rows] == ["#1", "#2", "#3", "#4", "#5"]
    assert group.more == "25 more tasks in this session"
    assert "session%3Abig" in group.more_url


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("state:blocked", ["C"]),
        ("-state:blocked", ["A", "B"]),
        ("agent:qa", ["B"]),
        ("tag:db", ["A"]),
        ("tag:db,web", ["A", "B"]),
        ("priority:p4", ["B"]),
        ("priority:5", ["B"]),
        ("session:one,two", ["A", "B", "C"]),
        ("-session:two", ["A", "C"]),
        ("since:1h", ["A", "B", "C"]),
        ("since:2099-01-01", []),
        ("runtime:plan", ["C"]),
        ("tool:echo", ["C"]),
        ("key:b", ["B"]),
        ("type:execute-task", ["A", "B", "C"]),
        ("by:admin-acme", ["A", "B", "C"]),
        ("MIGRATE", ["A"]),
        ("migrate tables", ["A"]),
        ("migrate nothing", []),
        ("tag:db state:blocked", []),
    ],
)
def test_the_search_finds(desk: Desk, q: str, found: list[str]) -> None:
    desk.submit(
        {"title": "A", "key": "a", "session": "one", "tags": ["db"], "description": "Migrate the tables"},
        {"title": "B", "key": "b", "session": "two", "tags": ["web"], "agent_type": "qa", "priority": "P4"},
        {"title": "C", "session": "one", "depends_on": ["a"], "tool": "echo", "args": {"value": 1}},
    )
    assert sorted(titles(desk.look(q))) == found


def test_a_session_with_a_name_of_two_words_is_found(desk: Desk) -> None:
    desk.submit({"title": "A", "session": "two words"}, {"title": "B", "session": "other"})
    assert titles(desk.look('session:"two words"')) == ["A"]


def test_tabs_count_what_the_search_leaves(desk: Desk) -> None:
    desk.submit({"title": "A", "key": "a", "tags": ["x"]}, {"title": "B", "depends_on": ["a"]}, {"title": "C"})
    counts = {tab.name: tab.count for tab in desk.look().tabs}
    assert (counts["all"], counts["queued"], counts["blocked"], counts["failed"]) == ("3", "2", "1", "0")
    assert {tab.name: tab.count for tab in desk.look("tag:x").tabs}["all"] == "1"


def test_counts_stop_at_a_thousand(desk: Desk) -> None:
    desk.submit(*numbered(1001))
    assert [tab.count for tab in desk.look().tabs][:3] == ["1,000+", "0", "1,000+"]


def test_what_is_newer_than_the_last_look_is_counted_and_held_back(desk: Desk) -> None:
    desk.submit({"title": "Old", "session": "one"})
    before = desk.look()
    desk.submit({"title": "New here", "session": "one"}, {"title": "New there", "session": "two"})
    after = desk.look(seen=before.seen)
    assert (titles(after), after.new, after.seen) == (["Old"], "2", before.seen)
    assert after.groups[0].total == "2"  # what is counted is always true
    assert sorted(titles(desk.look())) == ["New here", "New there", "Old"]


def test_on_an_empty_page_the_first_task_is_shown_at_once(desk: Desk) -> None:
    [elsewhere] = desk.submit({"title": "Elsewhere", "tags": ["other"]})
    desk.submit({"title": "First", "tags": ["db"]})
    seen = desk.look("tag:db", seen=str(elsewhere.id))
    assert (titles(seen), seen.new) == (["First"], "")


def test_a_project_narrows_the_page(desk: Desk) -> None:
    with as_user(desk.actor):
        project = Project.objects.create(workspace=desk.workspace, slug="site", name="Site")
    desk.submit({"title": "In it", "project": "site"}, {"title": "Outside"})
    seen = desk.look(project=project)
    assert titles(seen) == ["In it"]
    assert seen.groups[0].total == "1"
    assert seen.is_filtered


def test_another_workspace_is_not_there(desk: Desk) -> None:
    desk.submit({"title": "Theirs", "session": "shared-name"})
    other = Desk("other")
    other.submit({"title": "Ours", "session": "shared-name"})
    assert titles(other.look()) == ["Ours"]
    assert titles(other.look("session:shared-name")) == ["Ours"]


def test_what_may_be_done_depends_on_role_and_state(desk: Desk) -> None:
    desk.submit({"title": "A", "session": "one"})
    assert [action.label for action in desk.look().groups[0].actions] == ["Pause", "Close…"]
    with as_user(desk.actor) as actor:
        session = sessions.pause(actor, AgentJob.objects.for_user(actor).get().session_id)
    paused = desk.look().groups[0]
    assert [action.label for action in paused.actions] == ["Resume", "Close…"]
    assert "session one is paused" in paused.rows[0].detail
    viewer = Desk("viewers", Role.VIEWER)
    viewer.join(desk.workspace, Role.VIEWER)
    viewer.workspace = desk.workspace
    seen = viewer.look().groups[0]
    assert seen.actions == []
    assert not seen.rows[0].can_cancel
    with as_user(desk.actor) as actor:
        sessions.close(actor, session.id, mode="cancel")
    closed = desk.look().groups[0]
    assert (closed.note, closed.actions) == ("closed", [])
    assert closed.rows[0].can_retry


@pytest.mark.parametrize("after", ["x", "0.", "7.00000000000070008000000000000000", "0.zz", "1", "ffff", "%00"])
def test_a_broken_cursor_shows_the_first_page(desk: Desk, after: str) -> None:
    desk.submit({"title": "A", "session": "one"})
    assert titles(desk.look(after=after)) == ["A"]
    assert titles(desk.look("session:one", after=after)) == ["A"]
    assert titles(desk.look(seen=after)) == ["A"]


@pytest.fixture
def client(desk: Desk, client: Client) -> Client:
    client.force_login(desk.user)
    return client


def texts(pages: Iterable[Any]) -> str:
    return "".join(page.content.decode() for page in pages)


def test_a_page_asks_for_its_live_part_alone(desk: Desk, client: Client) -> None:
    desk.submit({"title": "A <script>"})
    whole = client.get("/tasks/")
    part = client.get("/tasks/", headers={"HX-Request": "true"})
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert part.content.lstrip().startswith(b"<section")
    assert "A &lt;script&gt;" in texts([whole])
    assert "no-store" in part["Cache-Control"]


def test_the_place_stands_in_the_address_and_is_remembered(desk: Desk, client: Client) -> None:
    other = Desk("second")
    desk.join(other.workspace, Role.VIEWER)
    other.submit({"title": "There"})
    desk.submit({"title": "Here"})
    assert b"There" in client.get("/tasks/?workspace=second").content
    assert b"There" in client.get("/tasks/").content
    assert b"Here" in client.get("/tasks/?workspace=acme").content
    assert client.get("/tasks/?workspace=nowhere").status_code == 404
    assert client.get("/tasks/?project=nowhere").status_code == 404


@pytest.mark.requirement("T4")
def test_who_is_not_signed_in_is_led_to_sign_in(db: None) -> None:
    assert Client().get("/tasks/?state=failed")["Location"] == "/login/?next=/tasks/%3Fstate%3Dfailed"
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks/?q=x"}
    part = Client().get("/tasks/", headers=headers)
    assert (part.status_code, part["HX-Redirect"]) == (204, "/login/?next=/tasks/%3Fq%3Dx")


def test_who_belongs_to_no_workspace_is_told_so(client: Client, desk: Desk) -> None:
    Membership.objects.filter(user=desk.user).delete()
    assert client.get("/tasks/").status_code == 403


def test_a_change_without_a_token_is_refused(desk: Desk) -> None:
    [job] = desk.submit({"title": "A"})
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk.user)
    assert strict.post(f"/tasks/{job.id}/cancel/").status_code == 403
    with as_user(desk.actor) as actor:
        assert AgentJob.objects.find(actor, job.id).state == "queued"


def test_without_a_script_the_forms_work_too(desk: Desk, client: Client) -> None:
    [job] = desk.submit({"title": "A plain form"})
    assert b"Cancel \xe2\x80\x9cA plain form\xe2\x80\x9d?" in client.get(f"/tasks/{job.id}/cancel/").content
    answer = client.post(f"/tasks/{job.id}/cancel/", {"reason": "no need"}, follow=True)
    assert answer.redirect_chain == [(f"/tasks/{job.id}/", 302)]
    assert "was cancelled before it started" in texts([answer])
    assert "no need" in texts([answer])
    again = client.post(f"/tasks/{job.id}/cancel/", follow=True)
    assert "there is nothing to cancel" in texts([again])
    assert "waits to be tried again" in texts([client.post(f"/tasks/{job.id}/retry/", follow=True)])


def test_a_refusal_to_a_part_of_a_page_is_a_problem(desk: Desk, client: Client) -> None:
    [job] = desk.submit({"title": "A"})
    answer = client.post(f"/tasks/{job.id}/retry/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["code"] == "not_retriable"


def test_old_work_is_told_apart_by_age(desk: Desk) -> None:
    [job] = desk.submit({"title": "Old"})
    with as_platform_part("test"):
        AgentJob.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=3))
    assert titles(desk.look("since:2d")) == []
    assert titles(desk.look("since:4d")) == ["Old"]
