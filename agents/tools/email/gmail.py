"""An account at Gmail. Source: https://developers.google.com/workspace/gmail/api/reference/rest."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from email import policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

from agents.tools.email.account import Account
from agents.tools.email.mailbox import Query
from agents.tools.email.message import SUMMARY_HEADERS, Outgoing, summary_of
from agents.tools.email.web_api import WebApi

MESSAGES = "/gmail/v1/users/me/messages"


class GmailMailbox:
    """A folder is a label, by its id: INBOX, SENT, or one of the account's own."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def find(self, folder: str, query: Query, limit: int) -> list[Mapping[str, Any]]:
        async with WebApi(self._account) as api:
            asked = {"labelIds": folder, "maxResults": limit} | ({"q": words} if (words := written(query)) else {})
            listed = (await api.get(MESSAGES, **asked)).get("messages", [])
            try:
                return [await self._summary(api, str(each["id"])) for each in listed[:limit]]
            except (KeyError, TypeError):
                raise api.odd() from None

    async def read(self, id: str) -> bytes:
        async with WebApi(self._account) as api:
            found = await api.get(f"{MESSAGES}/{quote(id, safe='')}", format="raw")
            try:
                return urlsafe_b64decode(found["raw"] + "==")
            except (KeyError, TypeError, ValueError):
                raise api.odd() from None

    async def send(self, mail: Outgoing) -> str:
        message = mail.as_message(with_bcc=True)
        raw = urlsafe_b64encode(message.as_bytes(policy=policy.SMTP)).decode()
        async with WebApi(self._account) as api:
            await api.hand_over(f"{MESSAGES}/send", json.dumps({"raw": raw}).encode(), "application/json")
        return str(message["Message-ID"])

    async def _summary(self, api: WebApi, id: str) -> Mapping[str, Any]:
        found = await api.get(
            f"{MESSAGES}/{quote(id, safe='')}", format="metadata", metadataHeaders=list(SUMMARY_HEADERS)
        )
        headers = EmailMessage()
        for each in found["payload"]["headers"]:
            if str(each["name"]).title() in {name.title() for name in SUMMARY_HEADERS}:
                del headers[each["name"]]
                headers[each["name"]] = " ".join(str(each["value"]).split())
        return summary_of(headers, id=id, bytes=found.get("sizeEstimate"), unread="UNREAD" in found.get("labelIds", []))


def written(query: Query) -> str:
    """The query in Gmail's own words; every value is in quotes, so that it stays one."""
    words = [
        f"{name}:{_quoted(value)}"
        for name, value in (("from", query.sender), ("to", query.to), ("subject", query.subject))
        if value is not None
    ]
    if query.text is not None:
        words.append(_quoted(query.text))
    for name, day in (("after", query.since), ("before", query.before)):
        if day is not None:
            words.append(f"{name}:{day.replace('-', '/')}")
    if query.unread:
        words.append("is:unread")
    return " ".join(words)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', " ") + '"'
