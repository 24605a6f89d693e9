"""The commands of docs/api.md do what the page says, one after the other, on a real platform."""

from __future__ import annotations

import re
import shlex
import uuid

import httpx
import pytest

from tests.docs.pages import page
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I1", "O6")


def curls() -> list[str]:
    """Each `curl` of the page, with its continuation lines."""
    blocks = "".join(page("docs/api.md").blocks("sh"))
    return re.findall(r"^curl (?:[^'\n\\]|\\\n|'[^']*')*", blocks, re.MULTILINE)


def request_of(curl: str, variables: dict[str, str]) -> httpx.Request:
    """What curl would send: the options that the page uses, and no others."""
    words = [_filled(word, variables) for word in shlex.split(curl.replace("\\\n", ""))[1:]]
    method, url, content, headers = "", "", "", {}
    while words:
        word = words.pop(0)
        match word:
            case "-s":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d" | "--data-binary":
                content = words.pop(0)
            case _:
                url = word
    return httpx.Request(method or ("POST" if content else "GET"), url, headers=headers, content=content)


def _filled(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: variables[match[1]], text)


def test_the_tour_can_be_followed(platform: Platform) -> None:
    token = platform.token("operator", f"tour-{uuid.uuid4().hex[:8]}")
    variables = {
        "INTERLOCK_URL": platform.url,
        "auth": f"Authorization: Bearer {token}",
        "json": "Content-Type: application/json",
    }
    answers: list[tuple[str, httpx.Response]] = []
    with httpx.Client(timeout=60) as client:
        for curl in curls():
            answer = client.send(request_of(curl, variables))
            answers.append((curl, answer))
            if answer.status_code == 201 and "sleep" in answer.text:
                variables["ID"] = answer.json()["results"][-1]["id"]  # it waits for the sleeper
    assert len(answers) == 12
    assert [curl for curl, answer in answers if answer.is_error] == []
    hello = next(answer.json() for curl, answer in answers if '"hello"' in curl)
    assert hello["state"] == "completed"
    assert hello["result"]["result"] == {"text": "hello"}
