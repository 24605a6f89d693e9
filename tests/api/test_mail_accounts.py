"""Mail accounts of a workspace: set up over the API, used by jobs on a real worker with real mail servers."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, problem, submitted
from tests.mail.servers import ANN, BOB, PASSWORD, MailServers, mail_servers
from tests.platform import Platform

__all__ = ["mail_servers"]

pytestmark = pytest.mark.requirement("W14")
PATH = "/api/mail-accounts/"
GMAIL = {"name": "office", "kind": "gmail", "address": ANN, "secret": "hunter2", "client_id": "c"}
IMAP = {
    "name": "office",
    "kind": "imap",
    "address": ANN,
    "secret": "hunter2",
    "imap_host": "a.org",
    "smtp_host": "b.org",
}


def of(servers: MailServers, **more: Any) -> dict[str, Any]:
    where = {"imap_host": "localhost", "imap_port": servers.imap, "smtp_host": "localhost", "smtp_port": servers.smtp}
    without = {"imap_tls": "none", "smtp_tls": "none"}
    return {"name": "office", "kind": "imap", "address": ANN, "secret": PASSWORD} | where | without | more


@pytest.fixture(scope="module")
def bare(platform: Platform) -> httpx.Client:
    """The admin of a workspace that stays without accounts."""
    return platform.client("admin", "mailless")


@pytest.fixture
def fresh(platform: Platform) -> httpx.Client:
    """The admin of a workspace that lets its jobs send mail."""
    client = platform.client("admin", f"mail-{uuid.uuid4().hex[:8]}")
    assert client.post("/api/policy/rules/", json={"tool": "email.send", "verdict": "ALLOW"}).status_code == 201
    return client


@pytest.fixture
def without_rules(platform: Platform) -> httpx.Client:
    return platform.client("admin", f"mail-{uuid.uuid4().hex[:8]}")


@pytest.mark.requirement("P3")
def test_without_a_rule_a_person_is_asked_before_a_mail_goes_out(
    platform: Platform, without_rules: httpx.Client, mail_servers: MailServers
) -> None:
    mail_servers.empty()
    without_rules.post(PATH, json=of(mail_servers))
    job = submitted(without_rules, {"tool": "email.send", "args": {"to": [BOB], "subject": "s", "text": "t"}})
    waiting = {"state": "waiting", "job": job["id"]}
    [request] = platform.wait_for(lambda: without_rules.get("/api/approvals/", params=waiting).json()["results"], 30)
    assert request["why"] == "email.send asks a person where no rule speaks of it."
    assert mail_servers.delivered(BOB) == []


def test_a_job_sends_and_another_finds_it(fresh: httpx.Client, mail_servers: MailServers) -> None:
    mail_servers.empty()
    assert fresh.post(PATH, json=of(mail_servers)).status_code == 201
    steps = [
        {"tool": "files.write", "args": {"path": "report.txt", "text": "all is well"}},
        {
            "tool": "email.send",
            "args": {"to": [ANN], "subject": "Report", "text": "See it.", "attachments": ["report.txt"]},
        },
    ]

    sent = submitted(fresh, {"steps": steps}, wait=60)
    assert sent["state"] == "completed", sent["error"]
    found = submitted(
        fresh,
        {
            "steps": [
                {"id": "found", "tool": "email.search", "args": {"subject": "Report"}},
                {"tool": "email.read", "args": {"id": "${steps.found.mails.0.id}"}},
            ]
        },
        wait=60,
    )

    assert found["result"]["result"]["attachments"][0]["name"] == "report.txt"
    assert found["result"]["result"]["message_id"] == sent["result"]["result"]["message_id"]
    [_, send] = fresh.get(f"/api/tasks/{sent['id']}/calls/").json()["results"]
    assert (send["tool"], send["effect"], send["state"]) == ("email.send", "external", "done")


def test_a_send_that_nobody_confirmed_is_not_sent_twice(
    platform: Platform, fresh: httpx.Client, mail_servers: MailServers
) -> None:
    mail_servers.empty()
    fresh.post(PATH, json=of(mail_servers))
    args = {"to": [BOB, "lost@example.org"], "subject": "once", "text": "t"}

    job = submitted(fresh, {"tool": "email.send", "args": args, "limits": {"attempts": 5}}, wait=60)

    assert (job["state"], job["error"]["code"], len(job["attempts"])) == ("failed", "outcome_unknown", 1)
    [call] = fresh.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    assert call["state"] == "unknown"

    assert fresh.post(f"/api/tasks/{job['id']}/retry/").status_code == 200

    waiting = {"state": "waiting", "job": job["id"]}
    [request] = platform.wait_for(lambda: fresh.get("/api/approvals/", params=waiting).json()["results"], 30)
    assert "nobody knows how it ended" in request["why"]
    assert len(mail_servers.delivered(BOB)) == 1


def test_a_cancel_ends_a_send_in_flight(platform: Platform, fresh: httpx.Client, mail_servers: MailServers) -> None:
    fresh.post(PATH, json=of(mail_servers))
    (mail_servers.folder / "slow").unlink(missing_ok=True)

    job = submitted(fresh, {"tool": "email.send", "args": {"to": ["slow@example.org"], "subject": "s", "text": "t"}})
    platform.wait_for((mail_servers.folder / "slow").exists, 60, "the mail to be on its way")
    fresh.post(f"/api/tasks/{job['id']}/cancel/")

    def state() -> str:
        return str(fresh.get(f"/api/tasks/{job['id']}/").json()["state"])

    platform.wait_for(lambda: state() == "cancelled", 10, "the job to be cancelled")
    assert len(fresh.get(f"/api/tasks/{job['id']}/").json()["attempts"]) == 1


def test_a_call_names_its_account_where_there_are_several(fresh: httpx.Client, mail_servers: MailServers) -> None:
    call = {"tool": "email.list"}
    nobody = submitted(fresh, call, wait=60)["error"]
    fresh.post(PATH, json=of(mail_servers))
    fresh.post(PATH, json=of(mail_servers, name="home"))
    which = submitted(fresh, call, wait=60)["error"]
    unknown = submitted(fresh, call | {"args": {"account": "other"}}, wait=60)["error"]
    named = submitted(fresh, call | {"args": {"account": "home"}}, wait=60)

    assert nobody["code"] == which["code"] == unknown["code"] == "mail_account_unknown"
    assert "there are home, office" in which["message"]
    assert named["state"] == "completed"


@pytest.mark.requirement("T6")
def test_its_secrets_are_sealed_and_never_shown(platform: Platform, fresh: httpx.Client) -> None:
    made = fresh.post(PATH, json=GMAIL | {"secret": "canary-1", "client_secret": "canary-2"})
    assert made.status_code == 201
    assert made.json()["api_base"] == "https://gmail.googleapis.com"

    assert "canary" not in made.text + fresh.get(PATH).text
    [row] = platform.sql("SELECT * FROM agents_mailaccount WHERE id = %s", [made.json()["id"]])
    assert "canary" not in str(row)


def test_an_account_is_removed_and_its_name_is_free_again(fresh: httpx.Client) -> None:
    made = fresh.post(PATH, json=GMAIL).json()
    problem(fresh.post(PATH, json=GMAIL), 409, "conflict")

    assert fresh.delete(f"{PATH}{made['id']}/").json()["name"] == "office"

    assert fresh.get(PATH).json()["results"] == []
    problem(fresh.delete(f"{PATH}{made['id']}/"), 404, "not_found")
    assert fresh.post(PATH, json=GMAIL).status_code == 201


def test_only_admins_of_the_workspace_see_and_change_them(
    platform: Platform, fresh: httpx.Client, bare: httpx.Client
) -> None:
    made = fresh.post(PATH, json=GMAIL).json()
    problem(bare.delete(f"{PATH}{made['id']}/"), 404, "not_found")
    assert bare.get(PATH).json()["results"] == []
    for role in ("viewer", "operator", "approver"):
        client = platform.client(role, "mailless")
        problem(client.get(PATH), 403, "not_allowed")
        problem(client.post(PATH, json=GMAIL), 403, "not_allowed")
        problem(client.delete(f"{PATH}{UNKNOWN_ID}/"), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (GMAIL | {"name": "Office"}, "name"),
        (GMAIL | {"kind": "pop"}, "kind"),
        (GMAIL | {"address": "Ann <ann@example.org>"}, "address"),
        (GMAIL | {"address": "ann@example.org\r\nBcc: x@y.z"}, "address"),
        (GMAIL | {"secret": ""}, "secret"),
        (GMAIL | {"client_id": ""}, "client_id"),
        (GMAIL | {"api_base": "http://example.org"}, "api_base"),
        (GMAIL | {"token_url": "https://a:hunter2@example.org"}, "token_url"),
        (GMAIL | {"imap_host": "a.org"}, "imap_host"),
        (IMAP | {"imap_host": ""}, "imap_host"),
        (IMAP | {"smtp_host": "a.org/x"}, "smtp_host"),
        (IMAP | {"imap_port": 0}, "imap_port"),
        (IMAP | {"imap_tls": "none"}, "imap_tls"),
        (IMAP | {"smtp_tls": "maybe"}, "smtp_tls"),
        (IMAP | {"client_secret": "hunter2"}, "client_secret"),
        (IMAP | {"user": "ann\r\n"}, "user"),
        (IMAP | {"colour": "red"}, "colour"),
    ],
)
def test_one_that_cannot_be_is_refused_by_field(bare: httpx.Client, body: dict[str, Any], path: str) -> None:
    answer = bare.post(PATH, json=body)

    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == path
    assert "hunter2" not in answer.text
    assert bare.get(PATH).json()["results"] == []
