"""The email tools over a real IMAP and a real SMTP server."""

from __future__ import annotations

import email
from email import policy
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.tools.email.account import Host, Tls
from tests.agents.sandbox.probes import until
from tests.agents.tools.email.conftest import Desk
from tests.mail.servers import ANN, BOB, MailServers, free_port

pytestmark = pytest.mark.requirement("W14")


def mail(subject: str, body: str = "Hello", sender: str = BOB, **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    text = f"From: {sender}\r\nTo: {ANN}\r\nSubject: {subject}\r\nMessage-ID: <{subject.split()[0]}@example.org>\r\n"
    return (text + more + "\r\n" + body + "\r\n").encode()


def received(servers: MailServers, address: str = BOB) -> Any:
    [raw] = servers.delivered(address)
    return email.message_from_bytes(raw, policy=policy.default)


def subjects(result: Any) -> list[str]:
    return [each["subject"] for each in result["mails"]]


def test_what_is_sent_arrives_and_can_be_found_and_read(desk: Desk, mail_servers: MailServers, tmp_path: Path) -> None:
    (tmp_path / "report ä.csv").write_text("a,b\n1,2\n")
    sent = desk.use(
        "email.send", to=[ANN], subject="Zahlen für März", text="Grüße\n.\nvon Ann", attachments=["report ä.csv"]
    )
    assert sent["recipients"] == [ANN]

    [found] = desk.use("email.search", subject="März")["mails"]
    read = desk.use("email.read", id=found["id"])

    assert (found["subject"], found["unread"], found["message_id"]) == ("Zahlen für März", True, sent["message_id"])
    assert read["text"].replace("\r\n", "\n") == "Grüße\n.\nvon Ann\n"
    assert read["attachments"] == [{"name": "report ä.csv", "type": "text/csv", "bytes": 8}]
    assert desk.use("email.list", unread=True)["mails"] == [found], "nothing was marked as read"


def test_a_list_has_the_newest_first(desk: Desk, mail_servers: MailServers) -> None:
    for number in range(5):
        mail_servers.put(mail(f"n{number}"), name=f"{number}")

    assert subjects(desk.use("email.list", limit=3)) == ["n4", "n3", "n2"]
    assert subjects(desk.use("email.list")) == ["n4", "n3", "n2", "n1", "n0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"from": "carol"}, ["two"]),
        ({"subject": "one"}, ["one"]),
        ({"text": "größer"}, ["two"]),
        ({"text": "größer", "from": "bob"}, []),
        ({"to": ANN}, ["two", "one"]),
        ({"since": "2020-01-01", "before": "2100-01-01"}, ["two", "one"]),
        ({"before": "2020-01-01"}, []),
        ({"text": 'x" ALL'}, []),
        ({"text": "back\\slash"}, []),
    ],
)
def test_a_search_finds_what_fits_all_that_is_given(
    desk: Desk, mail_servers: MailServers, query: dict[str, str], found: list[str]
) -> None:
    mail_servers.put(mail("one"), name="1")
    mail_servers.put(
        mail("two", "viel größer", sender="carol@example.org", Content_Type="text/plain; charset=utf-8"), name="2"
    )

    assert subjects(desk.use("email.search", **query)) == found


def test_all_recipients_get_it_and_the_hidden_ones_are_not_shown(desk: Desk, mail_servers: MailServers) -> None:
    desk.use("email.send", to=["carol@example.org"], cc=["dora@example.org"], bcc=[BOB, BOB], subject="s", text="t")

    message = received(mail_servers)

    assert (message["From"], message["To"], message["Cc"]) == (ANN, "carol@example.org", "dora@example.org")
    assert message["Bcc"] is None


def test_an_answer_names_the_mail_that_it_answers(desk: Desk, mail_servers: MailServers) -> None:
    desk.use("email.send", to=[BOB], subject="Re: s", text="t", html="<p>t</p>", in_reply_to="<one@example.org>")

    message = received(mail_servers)

    assert (message["In-Reply-To"], message["References"]) == ("<one@example.org>", "<one@example.org>")
    assert message.get_body(("html",)).get_content().strip() == "<p>t</p>"


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_it_works_under_tls_with_a_certificate_that_is_trusted(
    mail_servers: MailServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: Tls
) -> None:
    mail_servers.empty()
    monkeypatch.setenv("SSL_CERT_FILE", str(mail_servers.folder / "cert.pem"))
    desk = Desk(tmp_path, mail_servers.account(tls))

    desk.use("email.send", to=[ANN], subject="under tls", text="t")

    assert subjects(desk.use("email.list")) == ["under tls"]


@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
@pytest.mark.parametrize("tool", ["email.list", "email.send"])
def test_a_certificate_that_is_not_trusted_is_no_connection(
    mail_servers: MailServers, tmp_path: Path, tls: Tls, tool: str
) -> None:
    mail_servers.empty()
    desk = Desk(tmp_path, mail_servers.account(tls))

    failure = desk.use(tool, **({"to": [BOB], "subject": "s", "text": "t"} if tool == "email.send" else {}))

    assert failure.code == "mail_unreachable"
    assert mail_servers.delivered(BOB) == []


@pytest.mark.parametrize("tool", ["email.list", "email.send"])
def test_a_wrong_secret_fails_for_good_and_is_not_told(mail_servers: MailServers, tmp_path: Path, tool: str) -> None:
    desk = Desk(tmp_path, mail_servers.account(secret="canary-77"))

    failure = desk.use(tool, **({"to": [BOB], "subject": "s", "text": "t"} if tool == "email.send" else {}))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "mail_sign_in_failed")
    assert "canary-77" not in failure.message + repr(desk.account)


@pytest.mark.parametrize("tool", ["email.list", "email.send"])
def test_a_server_that_is_not_there_may_come_back(mail_servers: MailServers, tmp_path: Path, tool: str) -> None:
    account = mail_servers.account()
    nowhere = Host("localhost", free_port(), Tls.NONE)
    desk = Desk(tmp_path, type(account)(**{**account.__dict__, "imap": nowhere, "smtp": nowhere}))

    failure = desk.use(tool, **({"to": [BOB], "subject": "s", "text": "t"} if tool == "email.send" else {}))

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "mail_unreachable")


@pytest.mark.parametrize(
    ("other", "kind", "code", "says"),
    [
        ("refused@example.org", FailureKind.PERMANENT, "mail_refused", "no such mailbox"),
        ("later@example.org", FailureKind.TRANSIENT, "mail_deferred", "come back later"),
        ("full@example.org", FailureKind.PERMANENT, "mail_refused", "mailbox full"),
    ],
)
def test_where_one_recipient_is_refused_nobody_gets_it(
    desk: Desk, mail_servers: MailServers, other: str, kind: FailureKind, code: str, says: str
) -> None:
    failure = desk.use("email.send", to=[BOB, other], subject="s", text="t")

    assert (failure.kind, failure.code) == (kind, code)
    assert says in failure.message
    assert mail_servers.delivered(BOB) == []


def test_a_send_that_nobody_confirmed_is_never_tried_again(desk: Desk, mail_servers: MailServers) -> None:
    failure = desk.use("email.send", to=[BOB, "lost@example.org"], subject="s", text="t")

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "outcome_unknown")
    assert len(mail_servers.delivered(BOB)) == 1, "it was taken, as it happens"


def test_a_cancel_ends_a_send_in_flight_at_once(desk: Desk, mail_servers: MailServers) -> None:
    seconds = desk.cancel_when(
        lambda: until((mail_servers.folder / "slow").exists),
        "email.send",
        to=["slow@example.org"],
        subject="s",
        text="t",
    )

    assert seconds < 1


@pytest.mark.parametrize(
    "id", ["1.1.INBOX", "0.99.INBOX", "nonsense", "1.1", "a.b.INBOX", '1.1.x" LOGOUT', "99999999999.1.INBOX"]
)
def test_a_mail_that_is_not_there_is_not_found(desk: Desk, id: str) -> None:
    failure = desk.use("email.read", id=id)

    assert isinstance(failure, Failure)
    assert failure.code in ("mail_not_found", "mail_refused"), failure


def test_a_folder_that_is_not_there_is_named(desk: Desk) -> None:
    failure = desk.use("email.list", folder="Entwürfe & mehr")

    assert (failure.code, "Entwürfe & mehr" in failure.message) == ("mail_refused", True)


HEADER = "From: eve@example.org\r\nSubject: odd\r\n"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\x00\xff\xfe", ""),
        (HEADER.encode() + b"Content-Type: text/plain; charset=klingon\r\n\r\nnuq\xe4", "nuqä"),
        (HEADER.encode() + b"Content-Type: text/html\r\n\r\n<p>only html</p>", "<p>only html</p>"),
        (HEADER.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n!!!", None),
        (b"Subject: " + b"x" * 100_000 + b"\r\n\r\nlong", "long"),
        (b"From: =?utf-8?b?////?=\r\nTo: ,,;<\r\nDate: then\r\n\r\nbad headers", "bad headers"),
        (HEADER.encode() + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nno parts", ""),
    ],
)
def test_whatever_a_stranger_writes_can_be_listed_and_read(
    desk: Desk, mail_servers: MailServers, raw: bytes, text: str | None
) -> None:
    mail_servers.put(raw, name="odd")

    [found] = desk.use("email.list")["mails"]
    read = desk.use("email.read", id=found["id"])

    assert not isinstance(read, Failure)
    assert text is None or read["text"].strip("\r\n\x00\ufffd") == text


def test_a_long_mail_is_cut_and_says_so(desk: Desk, mail_servers: MailServers) -> None:
    mail_servers.put(mail("long", "x" * 500_000))

    read = desk.use("email.read", id=desk.use("email.list")["mails"][0]["id"])

    assert (read["truncated"], len(read["text"]) < 110_000) == (True, True)
