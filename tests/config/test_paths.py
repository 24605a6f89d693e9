"""Every path works with and without its last slash, and keeps the body that was posted to it."""

from __future__ import annotations

import asyncio

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.method} {request.path} ".encode() + request.body)


urlpatterns = [path("with/", echo), path("without", echo)]

pytestmark = pytest.mark.requirement("O6")


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("asked", "known"),
    [("/with/", "/with/"), ("/with", "/with/"), ("/without", "/without"), ("/without/", "/without")],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_both_spellings_answer_every_method_without_a_redirect(asked: str, known: str, method: str) -> None:
    answer = Client().generic(method, asked, "the body", "text/plain")
    assert answer.status_code == 200
    assert answer.content.decode() == f"{method} {known} the body"


@override_settings(ROOT_URLCONF=__name__)
def test_the_same_holds_for_async_requests() -> None:
    answer = asyncio.run(AsyncClient().post("/with", "the body", "text/plain"))
    assert answer.content == b"POST /with/ the body"


@override_settings(ROOT_URLCONF=__name__)
def test_an_unknown_path_stays_unknown() -> None:
    assert Client().get("/nowhere").status_code == 404
    assert Client().get("/nowhere/").status_code == 404
