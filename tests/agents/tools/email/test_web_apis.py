"""The email tools over servers shaped like the Gmail API and Microsoft Graph."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email import policy
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.failure import FailureKind
from agents.tools.email import gmail, graph
from agents.tools.email.account import Kind
from agents.tools.email.mailbox import Query
from tests.agents.sandbox.probes import until
from tests.agents.tools.email.conftest import Desk
from tests.mail import web_apis
from tests.mail.servers import free_port
from tests.mail.web_apis import WebApis

pytestmark = pytest.mark.requirement("W14")

RAW = (
    b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: =?utf-8?q?f=C3=BCr?= Ann\r\n"
    b"Message-ID: <1@example.org>\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
)


@pytest.fixture(scope="module")
def running() -> Iterator[WebApis]:
    with web_apis.running() as apis:
        yield apis


@pytest.fixture
def apis(running: WebApis) -> WebApis:
    running.clear()
    return running


@pytest.fixture(params=[Kind.GMAIL, Kind.GRAPH])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.param)


@pytest.fixture
def desk(apis: WebApis, kind: Kind, tmp_path: Path) -> Desk:
    return Desk(tmp_path, apis.account(kind))


def send(desk: Desk, **more: Any) -> Any:
    return desk.use("email.send", **({"to": ["bob@example.org"], "subject": "s", "text": "t"} | more))


def test_mails_are_listed_and_read(desk: Desk, apis: WebApis) -> None:
    apis.mails.update({"AAMk/+=1": RAW, "2": RAW})

    found = desk.use("email.list")["mails"]
    read = desk.use("email.read", id=found[0]["id"])

    assert {each["id"] for each in found} == {"AAMk/+=1", "2"}
    assert (found[0]["subject"], found[0]["from"], found[0]["unread"]) == ("für Ann", "bob@example.org", True)
    assert found[0]["message_id"] == "<1@example.org>"
    assert read["text"].strip() == "Grüße"
    assert len(desk.use("email.list", limit=1)["mails"]) == 1


def test_an_empty_folder_has_no_mails(desk: Desk) -> None:
    assert desk.use("email.list") == {"mails": []}


def test_what_is_sent_is_taken_as_it_is(desk: Desk, apis: WebApis, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))

    result = send(desk, subject="für Bob", text="Grüße", bcc=["eve@example.org"], attachments=["a.bin"])

    [raw] = apis.sent
    message: Any = email.message_from_bytes(raw, policy=policy.default)
    assert (message["Subject"], message["Bcc"], message["From"]) == ("für Bob", "eve@example.org", "ann@example.org")
    assert message["Message-ID"] == result["message_id"]
    assert message.get_body().get_content().strip() == "Grüße"
    assert next(iter(message.iter_attachments())).get_content() == bytes(range(256))


def test_what_a_search_looks_for_is_asked_in_the_words_of_the_service(apis: WebApis, tmp_path: Path) -> None:
    arguments = {"from": 'a"b', "subject": "plan", "since": "2026-11-01"}
    Desk(tmp_path, apis.account(Kind.GMAIL)).use("email.search", **arguments)
    Desk(tmp_path, apis.account(Kind.GRAPH)).use("email.search", **arguments)

    (_, of_gmail), (where, of_graph) = apis.asked
    assert of_gmail["q"] == ['from:"a b" subject:"plan" after:2026/11/01']
    assert of_graph["$search"] == ['"from:a b AND subject:plan AND received>=2026-11-01"']
    assert where == "/me/mailFolders/inbox/messages"


def test_no_value_leaves_its_place_in_a_query() -> None:
    query = Query(text='x" OR is:starred "', subject="a AND NOT b)")

    assert gmail.written(query).count('"') == 4
    assert graph.written(query) == "subject:a and not b AND x or is starred"


@pytest.mark.parametrize("wrong", [{"secret": "canary-77"}, {"client_id": "other"}])
def test_a_secret_that_is_not_taken_fails_for_good_and_is_not_told(
    apis: WebApis, kind: Kind, tmp_path: Path, wrong: dict[str, str]
) -> None:
    account = apis.account(kind)
    failure = Desk(tmp_path, type(account)(**{**account.__dict__, **wrong})).use("email.list")

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "mail_sign_in_failed")
    assert "canary-77" not in failure.message
    assert "hunter2" not in repr(account)


@pytest.mark.parametrize(
    ("then", "kind_of_failure", "code"),
    [
        ("refuse", FailureKind.PERMANENT, "mail_refused"),
        ("limit", FailureKind.TRANSIENT, "mail_deferred"),
        ("fail", FailureKind.PERMANENT, "outcome_unknown"),
        ("hang-up", FailureKind.PERMANENT, "outcome_unknown"),
    ],
)
def test_only_what_was_surely_not_taken_may_be_sent_again(
    desk: Desk, apis: WebApis, then: str, kind_of_failure: FailureKind, code: str
) -> None:
    apis.then = then

    failure = send(desk)

    assert (failure.kind, failure.code) == (kind_of_failure, code)
    assert "hunter2" not in failure.message


def test_a_cancel_ends_a_send_in_flight_at_once(desk: Desk, apis: WebApis) -> None:
    apis.then = "hang"

    seconds = desk.cancel_when(
        lambda: until(apis.arrived.is_set), "email.send", to=["bob@example.org"], subject="s", text="t"
    )

    assert seconds < 1
    assert apis.sent == []


def test_a_service_that_is_not_there_may_come_back(apis: WebApis, kind: Kind, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for wrong in ({"token_url": nowhere}, {"api_base": nowhere}):
        account = apis.account(kind)
        desk = Desk(tmp_path, type(account)(**{**account.__dict__, **wrong}))
        for failure in (desk.use("email.list"), send(desk)):
            assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "mail_unreachable")


def test_a_mail_that_is_not_there_is_not_found(desk: Desk) -> None:
    assert desk.use("email.read", id="../../elsewhere?x=1").code == "mail_not_found"
