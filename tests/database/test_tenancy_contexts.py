"""The contexts in which application code reads tenant rows, with Django logged in as the web role."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import ProgrammingError, connection

from agents import tenancy
from agents.actor import SYSTEM, Actor, of_user
from agents.errors import NotAllowed, NotFound
from agents.ids import new_id
from agents.models import Membership, PlatformAccess, Session, Workspace
from agents.roles import Role
from tasks.models import Event

pytestmark = [pytest.mark.requirement("T3"), pytest.mark.django_db(transaction=True)]

SETTINGS = ("workspaces", "all_workspaces", "actor", "reason")


@pytest.fixture
def two() -> list[Workspace]:
    """Two workspaces with a session each."""
    made = [Workspace.objects.create(slug=slug, name=slug) for slug in ("one", "two")]
    for workspace in made:
        Session.objects.create(workspace=workspace, name=f"session of {workspace.slug}")
    return made


@pytest.fixture
def ann(two: list[Workspace]) -> Actor:
    """A member of the first workspace only."""
    return Actor("user", "1", "ann", {two[0].id: Role.OPERATOR})


@pytest.fixture(autouse=True)
def web(two: list[Workspace], ann: Actor, as_web: None) -> None:
    """The rows are there before Django logs in as the web role."""


def names() -> set[str]:
    """What a query finds that forgot its filter."""
    return set(Session.objects.values_list("name", flat=True))


def said() -> dict[str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'current_setting(%s, true) AS {name}' for name in SETTINGS)}",
                       [f"interlock.{name}" for name in SETTINGS])  # fmt: skip
        return {name: value or None for name, value in zip(SETTINGS, cursor.fetchone(), strict=True)}


def test_without_a_context_there_is_nothing() -> None:
    assert names() == set()


def test_a_query_that_forgot_its_filter_finds_the_actors_rows_only(ann: Actor) -> None:
    with tenancy.as_user(ann):
        assert names() == {"session of one"}


def test_an_actor_without_a_workspace_sees_nothing() -> None:
    with tenancy.as_user(Actor("user", "2", "bob")):
        assert names() == set()


def test_the_context_leaves_nothing_behind(ann: Actor) -> None:
    with tenancy.as_user(ann, reason="looking"):
        inside = said()
    assert inside["actor"] == "user:ann"
    assert inside["reason"] == "looking"
    assert said() == dict.fromkeys(SETTINGS)
    assert names() == set()


def test_the_context_leaves_nothing_behind_when_it_fails(ann: Actor) -> None:
    def fail_halfway() -> None:
        with tenancy.as_user(ann):
            Session.objects.create(workspace_id=ann.workspaces[0], name="half done")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert said() == dict.fromkeys(SETTINGS)
    with tenancy.as_user(ann):
        assert names() == {"session of one"}


def test_contexts_of_two_threads_know_nothing_of_each_other(ann: Actor) -> None:
    in_thread: list[str] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('interlock.actor', true), '')")
            in_thread.append(cursor.fetchone()[0])
        connection.close()

    with tenancy.as_user(ann):
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert in_thread == [""]


def test_events_name_the_actor_and_the_reason(ann: Actor) -> None:
    with tenancy.as_user(ann):
        tenancy.say_reason("lunch")
        session = Session.objects.for_user(ann).get()
        session.weight = 2
        session.save()
    with tenancy.as_user(ann):
        event = Event.objects.for_user(ann).latest("id")
        assert (event.kind, event.actor, event.reason) == ("SettingsChanged", "user:ann", "lunch")


@pytest.mark.requirement("T1")
class TestAsPlatform:
    @pytest.fixture
    def admin(self) -> Actor:
        user = get_user_model()._default_manager.create_superuser("root", password="root")
        return of_user(user)

    def test_a_platform_admin_sees_every_workspace_and_that_is_on_record(
        self, admin: Actor, two: list[Workspace]
    ) -> None:
        with tenancy.as_platform(admin, path="/admin/tasks/", reason="a complaint"):
            assert names() == {"session of one", "session of two"}
        [access] = PlatformAccess.objects.all()
        assert (access.user.get_username(), access.path, access.reason) == ("root", "/admin/tasks/", "a complaint")
        assert said() == dict.fromkeys(SETTINGS)
        assert names() == set()

    def test_what_failed_is_not_on_record_since_nothing_was_shown(self, admin: Actor) -> None:
        with pytest.raises(ZeroDivisionError), tenancy.as_platform(admin, path="/admin/"):
            raise ZeroDivisionError
        assert not PlatformAccess.objects.exists()

    def test_nobody_else_may(self, ann: Actor) -> None:
        for actor in (ann, SYSTEM):
            with pytest.raises(NotAllowed), tenancy.as_platform(actor, path="/admin/"):
                pytest.fail("the context must not open")
        assert not PlatformAccess.objects.exists()

    def test_a_superuser_who_is_not_active_may_not(self) -> None:
        user = get_user_model()._default_manager.create_superuser("gone", password="gone", is_active=False)
        with pytest.raises(NotAllowed), tenancy.as_platform(of_user(user), path="/admin/"):
            pytest.fail("the context must not open")

    def test_staff_alone_may_not(self) -> None:
        user = get_user_model()._default_manager.create_user("staff", password="staff", is_staff=True)
        with pytest.raises(NotAllowed), tenancy.as_platform(of_user(user), path="/admin/"):
            pytest.fail("the context must not open")

    def test_the_record_cannot_be_changed_or_deleted_by_the_web(self, admin: Actor) -> None:
        with tenancy.as_platform(admin, path="/admin/"):
            pass
        with pytest.raises(ProgrammingError, match="permission denied"):
            PlatformAccess.objects.update(path="/elsewhere/")
        with pytest.raises(ProgrammingError, match="permission denied"):
            PlatformAccess.objects.all().delete()


@pytest.mark.requirement("T2")
class TestQuerysets:
    def test_the_actor_of_a_person_has_the_roles_of_all_memberships(self, two: list[Workspace]) -> None:
        user = get_user_model()._default_manager.create_user("cleo", password="cleo")
        with tenancy.as_user(Actor("user", "0", "setup", dict.fromkeys([w.id for w in two], Role.ADMIN))):
            for workspace, role in zip(two, (Role.VIEWER, Role.ADMIN), strict=True):
                Membership.objects.create(workspace=workspace, user=user, role=role)
        actor = of_user(user)
        assert actor.roles == {two[0].id: Role.VIEWER, two[1].id: Role.ADMIN}
        with tenancy.as_user(actor):
            assert names() == {"session of one", "session of two"}

    @pytest.mark.parametrize("id", [new_id(), "not an id", "", "0", "%s", "\x00"])
    def test_an_id_that_is_not_there_is_not_found(self, ann: Actor, id: UUID | str) -> None:
        with tenancy.as_user(ann), pytest.raises(NotFound, match=r"There is no session"):
            Session.objects.find(ann, id, "session")

    def test_another_tenants_id_is_as_unknown_as_any(self, ann: Actor, two: list[Workspace]) -> None:
        everybody = Actor("user", "0", "setup", {two[1].id: Role.ADMIN})
        with tenancy.as_user(everybody):
            theirs = Session.objects.get()
        with tenancy.as_user(ann), pytest.raises(NotFound) as refused:
            Session.objects.find(ann, theirs.id, "session")
        with tenancy.as_user(ann), pytest.raises(NotFound) as unknown:
            Session.objects.find(ann, (nobodys := new_id()), "session")
        assert refused.value.message.replace(str(theirs.id), "") == unknown.value.message.replace(str(nobodys), "")
        assert (
            (refused.value.status, refused.value.code)
            == (unknown.value.status, unknown.value.code)
            == (404, "not_found")
        )
