"""An account at Microsoft 365. Source: https://learn.microsoft.com/en-us/graph/api/resources/message."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from agents.tools.email.account import Account
from agents.tools.email.mailbox import Query
from agents.tools.email.message import Outgoing, summary_of
from agents.tools.email.web_api import WebApi

SELECT = "id,from,toRecipients,ccRecipients,subject,receivedDateTime,internetMessageId,isRead"


class GraphMailbox:
    """A folder is one of the well-known names (inbox, sentitems, drafts, …) or an id."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def find(self, folder: str, query: Query, limit: int) -> list[Mapping[str, Any]]:
        asked = {"$select": SELECT, "$top": limit}
        if words := written(query):
            asked["$search"] = f'"{words}"'
        else:
            asked["$orderby"] = "receivedDateTime desc"
        if query.unread and not words:
            # Graph takes no order beside a filter on another property.
            asked["$filter"] = "isRead eq false"
            del asked["$orderby"]
        async with WebApi(self._account) as api:
            found = await api.get(f"/me/mailFolders/{quote(folder.lower(), safe='')}/messages", **asked)
            try:
                mails = [_summary(each) for each in found["value"][:limit]]
            except (KeyError, TypeError, ValueError):
                raise api.odd() from None
        fitting = [each for each in mails if each["unread"] or not query.unread]
        return sorted(fitting, key=lambda each: str(each["date"]), reverse=True)

    async def read(self, id: str) -> bytes:
        async with WebApi(self._account) as api:
            return await api.content(f"/me/messages/{quote(id, safe='')}/$value")

    async def send(self, mail: Outgoing) -> str:
        message = mail.as_message(with_bcc=True)
        async with WebApi(self._account) as api:
            # A mail as MIME is sent in base64, as text.
            await api.hand_over("/me/sendMail", b64encode(message.as_bytes(policy=policy.SMTP)), "text/plain")
        return str(message["Message-ID"])


def _summary(found: Mapping[str, Any]) -> Mapping[str, Any]:
    headers = EmailMessage()
    for name, value in (
        ("From", _address(found.get("from"))),
        ("To", ", ".join(map(_address, found.get("toRecipients") or ()))),
        ("Cc", ", ".join(map(_address, found.get("ccRecipients") or ()))),
        ("Subject", str(found.get("subject") or "")),
        ("Message-ID", str(found.get("internetMessageId") or "")),
    ):
        headers[name] = " ".join(value.split())
    summary = summary_of(headers, id=str(found["id"]), bytes=None, unread=found.get("isRead") is False)
    return summary | {"date": str(found.get("receivedDateTime") or "")[:40]}


def _address(party: Any) -> str:
    return str(((party or {}).get("emailAddress") or {}).get("address") or "")


def written(query: Query) -> str:
    """The query in KQL, to stand inside of quotes: what could end these, or a value, is taken out."""
    words = [
        f"{name}:{_plain(value)}"
        for name, value in (("from", query.sender), ("to", query.to), ("subject", query.subject))
        if value is not None
    ]
    if query.text is not None:
        words.append(_plain(query.text))
    for sign, day in ((">=", query.since), ("<", query.before)):
        if day is not None:
            words.append(f"received{sign}{date.fromisoformat(day).isoformat()}")
    return " AND ".join(words)


def _plain(text: str) -> str:
    """Letters, digits and what stands in addresses; KQL gives the rest a meaning."""
    kept = "".join(letter if letter.isalnum() or letter in "@.-_+ " else " " for letter in text)
    return " ".join(word if word not in ("AND", "OR", "NOT", "NEAR") else word.lower() for word in kept.split())
