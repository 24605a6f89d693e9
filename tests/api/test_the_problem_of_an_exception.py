"""Which problem an exception is to a client, and that a conflict inside the database is tried once more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404
from rest_framework import exceptions

from agents.actor import Actor
from agents.api.problems import of_exception
from agents.api.views import ApiView

KNOWN: list[tuple[Exception, int, str]] = [
    (exceptions.NotAuthenticated(), 401, "unauthenticated"),
    (exceptions.AuthenticationFailed(), 401, "unauthenticated"),
    (exceptions.PermissionDenied(), 403, "not_allowed"),
    (PermissionDenied(), 403, "not_allowed"),
    (exceptions.NotFound(), 404, "not_found"),
    (Http404(), 404, "not_found"),
    (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    (RequestDataTooBig(), 413, "too_large"),
    (exceptions.Throttled(wait=2.4), 429, "throttled"),
    (exceptions.Throttled(), 429, "throttled"),
    (SuspiciousOperation(), 400, "invalid_input"),
    (OperationalError("gone"), 503, "unavailable"),
    (InterfaceError("gone"), 503, "unavailable"),
]


@pytest.mark.requirement("I1")
@pytest.mark.parametrize(("error", "status", "code"), KNOWN, ids=lambda value: type(value).__name__)
def test_a_known_exception_has_its_code(error: Exception, status: int, code: str) -> None:
    problem = of_exception(error)
    assert problem is not None
    assert (problem.status, problem.code) == (status, code)
    assert ("Retry-After" in problem.headers) == (status in (429, 503))
    assert ("WWW-Authenticate" in problem.headers) == (status == 401)


@pytest.mark.requirement("I1")
def test_a_mistake_of_ours_is_none_of_them() -> None:
    assert of_exception(ZeroDivisionError()) is None


class Conflict:
    """Work that the database refuses so many times, as it does to resolve a deadlock."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.done = 0

    def __call__(self, actor: Actor) -> str:
        self.done += 1
        if self.left:
            self.left -= 1
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40P01'; END $$")
        return "done"


@pytest.fixture
def view(transactional_db: None) -> ApiView:
    found: Any = ApiView()
    found.request = SimpleNamespace(auth=Actor("user", "1", "ann"))
    view: ApiView = found
    return view


@pytest.mark.requirement("Q12")
def test_a_conflict_inside_the_database_is_tried_once_more(view: ApiView) -> None:
    work = Conflict(times=1)
    assert view.inside(work) == "done"
    assert work.done == 2


@pytest.mark.requirement("Q12")
def test_a_second_conflict_is_told(view: ApiView) -> None:
    work = Conflict(times=2)
    with pytest.raises(OperationalError) as raised:
        view.inside(work)
    problem = of_exception(raised.value)
    assert problem is not None
    assert (problem.code, problem.retry_after) == ("unavailable", 1)
    assert work.done == 2
