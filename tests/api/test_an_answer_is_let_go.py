"""What was answered is not kept by the view and the request, which hold each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api.views import ApiView

pytestmark = pytest.mark.requirement("O5")


class Answers(ApiView):
    authentication_classes: Any = []
    permission_classes: Any = []

    def get(self, request: Request) -> Response:
        return Response({"said": "hello"})


def test_the_data_goes_when_it_has_been_written() -> None:
    answer: Any = Answers.as_view()(RequestFactory().get("/"))
    assert answer.data == {"said": "hello"}

    written = answer.render().content

    assert json.loads(written) == {"said": "hello"}
    assert answer.data is None
