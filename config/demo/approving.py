"""The person of the demo: reads what an example wants to do, and approves it with an edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.demo.examples import Example
from config.demo.letterbox import Letterbox
from tasks.cli.client import Client

JSON = dict[str, Any]
ACCOUNT = "demo"
ADDRESS = "signals@interlock.example"


def open_account(client: Client, box: Letterbox) -> None:
    """A mail account of the demo's workspace whose mail goes into the letterbox."""
    server = {"host": "127.0.0.1", "port": box.port, "tls": "none"}
    account = {"name": ACCOUNT, "kind": "imap", "address": ADDRESS, "secret": "none is asked for"}
    client.post(
        "/api/mail-accounts/",
        account | {f"{what}_{name}": value for what in ("imap", "smtp") for name, value in server.items()},
    )


def approve(client: Client, job: str, example: Example) -> list[str]:
    """Decide about what the job waits for, its arguments changed by the example's `edit`; what a person would see, line
    by line."""
    [request] = client.get("/api/approvals/", job=job, state="waiting")["results"]
    asked, edit = request["arguments"], example.edit
    client.post(
        f"/api/approvals/{request['id']}/approve/",
        {"version": request["version"], "args": asked | dict(edit), "comment": example.comment},
    )
    return [
        f"{request['requester']} asks for {request['tool']}"
        + (f" to {', '.join(asked['to'])}" if "to" in asked else ""),
        f"why a person is asked: {request['why']}",
        *(
            f"{name}: {' '.join(asked[name].split())!r} becomes {' '.join(value.split())!r}"
            for name, value in edit.items()
        ),
        f"approved with this edit, version {request['version'][:8]}, by admin: {example.comment}",
    ]


def complaint(box: Letterbox, edit: Mapping[str, str]) -> str:
    """What is not as it should be with the mail that arrived."""
    if len(box.mails) != 1:
        return f"{len(box.mails)} mails arrived, and not one"
    [mail] = box.mails
    text = mail.get_content() if mail.get_content_type() == "text/plain" else str(mail)
    arrived = {"subject": str(mail["Subject"]), "text": text}
    wrong = [name for name, value in edit.items() if arrived[name].strip() != value.strip()]
    return f"the mail arrived without the edit of its {' and '.join(wrong)}" if wrong else ""
