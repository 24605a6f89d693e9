"""A server shaped like the Gmail API, like Microsoft Graph, and like where both exchange refresh tokens.

`mails` are what it has, the newest first; `sent` what it took. `then` makes the next send end otherwise.
"""

from __future__ import annotations

import email
import json
import threading
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from agents.tools.email.account import Account, Kind

REFRESH, CLIENT, CLIENT_SECRET, ACCESS = "refresh-hunter2", "client-1", "client-hunter2", "access-hunter2"
ADDRESS = "ann@example.org"


@dataclass
class WebApis:
    url: str = ""
    mails: dict[str, bytes] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)
    asked: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    then: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)
    ending: threading.Event = field(default_factory=threading.Event)

    def account(self, kind: Kind, **more: str) -> Account:
        given = {"secret": REFRESH, "api_base": self.url, "token_url": f"{self.url}/token"} | more
        return Account("work", kind, ADDRESS, client_id=CLIENT, client_secret=CLIENT_SECRET, **given)

    def clear(self) -> None:
        self.mails.clear()
        self.sent.clear()
        self.asked.clear()
        self.arrived.clear()
        self.then = ""


@contextmanager
def running() -> Iterator[WebApis]:
    apis = WebApis()

    class Handler(Shaped):
        state = apis

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    apis.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield apis
    finally:
        apis.ending.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Shaped(BaseHTTPRequestHandler):
    state: WebApis

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.state.asked.append((parts.path, query))
        if self.headers.get("authorization") != f"Bearer {ACCESS}":
            self.give(401, {"error": {"message": "Invalid Credentials"}})
        elif parts.path.startswith("/gmail/v1/users/me/messages"):
            self.gmail(parts.path.removeprefix("/gmail/v1/users/me/messages").strip("/"), query)
        elif parts.path.endswith("/messages"):
            top = int(query["$top"][0])
            self.give(200, {"value": [graph_shape(id, raw) for id, raw in self.state.mails.items()][:top]})
        elif parts.path.startswith("/me/messages/") and parts.path.endswith("/$value"):
            id = unquote(parts.path.removeprefix("/me/messages/").removesuffix("/$value"))
            if id in self.state.mails:
                self.give_bytes(200, self.state.mails[id], "text/plain")
            else:
                self.give(404, {"error": {"message": "The specified object was not found in the store."}})
        else:
            self.give(404, {"error": {"message": "Not Found"}})

    def gmail(self, id: str, query: dict[str, list[str]]) -> None:
        id = unquote(id)
        if not id:
            found = [{"id": each, "threadId": each} for each in self.state.mails]
            self.give(200, {"messages": found[: int(query["maxResults"][0])]} if found else {"resultSizeEstimate": 0})
        elif id not in self.state.mails:
            self.give(404, {"error": {"message": "Requested entity was not found."}})
        elif query["format"] == ["raw"]:
            raw = urlsafe_b64encode(self.state.mails[id]).decode().rstrip("=")
            self.give(200, {"id": id, "raw": raw})
        else:
            self.give(200, gmail_shape(id, self.state.mails[id], query["metadataHeaders"]))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            good = {"refresh_token": REFRESH, "client_id": CLIENT, "client_secret": CLIENT_SECRET}
            if form == good | {"grant_type": "refresh_token"}:
                self.give(200, {"access_token": ACCESS, "expires_in": 3600, "token_type": "Bearer"})
            else:
                self.give(400, {"error": "invalid_grant"})
            return
        raw = urlsafe_b64decode(json.loads(body)["raw"] + "==") if "gmail" in self.path else b64decode(body)
        self.state.arrived.set()
        match self.state.then:
            case "refuse":
                self.give(400, {"error": {"message": "Recipient address required"}})
            case "limit":
                self.give(429, {"error": {"message": "Too many"}})
            case "fail":
                self.state.sent.append(raw)
                self.give(503, {"error": {"message": "Backend error"}})
            case "hang-up":
                self.state.sent.append(raw)
                self.close_connection = True
            case "hang":
                self.state.ending.wait(30)
            case _:
                self.state.sent.append(raw)
                self.give(200, {"id": "new"}) if "gmail" in self.path else self.give_bytes(202, b"", "text/plain")

    def give(self, status: int, value: Any) -> None:
        self.give_bytes(status, json.dumps(value).encode(), "application/json")

    def give_bytes(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def gmail_shape(id: str, raw: bytes, names: list[str]) -> dict[str, Any]:
    message = email.message_from_bytes(raw, policy=policy.default)
    headers = [{"name": name, "value": str(message[name])} for name in names if message[name] is not None]
    return {"id": id, "labelIds": ["INBOX", "UNREAD"], "sizeEstimate": len(raw), "payload": {"headers": headers}}


def graph_shape(id: str, raw: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(raw, policy=policy.default)
    return {
        "id": id,
        "subject": str(message["Subject"]),
        "isRead": False,
        "receivedDateTime": "2026-11-27T10:00:00Z",
        "internetMessageId": str(message["Message-ID"]),
        "from": {"emailAddress": {"name": "Bob", "address": str(message["From"])}},
        "toRecipients": [{"emailAddress": {"address": str(message["To"])}}],
        "ccRecipients": [],
    }
