"""Mail as bytes: written so that no value can become a header, read whatever it is made of."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid
from typing import Any

from agents.tools.results import head, storable

TEXT_BYTES = 100 * 1024
HEADER_BYTES = 2 * 1024
MOST_ATTACHMENTS = 100
SUMMARY_HEADERS = ("From", "To", "Cc", "Subject", "Date", "Message-ID")


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """A mail to send: checked values."""

    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    text: str
    html: str | None = None
    in_reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def recipients(self) -> list[str]:
        return list(dict.fromkeys([*self.to, *self.cc, *self.bcc]))

    def as_message(self, *, with_bcc: bool) -> EmailMessage:
        """The message; `with_bcc` where the service takes the hidden recipients from it, and takes them out."""
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        for name, addresses in (("Cc", self.cc), ("Bcc", self.bcc if with_bcc else ())):
            if addresses:
                message[name] = ", ".join(addresses)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        if self.in_reply_to:
            message["In-Reply-To"] = message["References"] = self.in_reply_to
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        for each in self.attachments:
            kind = (mimetypes.guess_type(each.name)[0] or "application/octet-stream").split("/")
            message.add_attachment(each.content, maintype=kind[0], subtype=kind[1], filename=each.name)
        return message


def summary_of(headers: Message, **more: Any) -> dict[str, Any]:
    """What a list shows of a mail: its headers, each cut, and what the server knows of it."""
    shown = {name.lower().replace("-", "_"): _header(headers, name) for name in SUMMARY_HEADERS}
    return {**more, **shown}


def headers_of(raw: bytes) -> Message:
    return BytesParser(policy=policy.default).parsebytes(raw, headersonly=True)


def content_of(raw: bytes) -> dict[str, Any]:
    """What reading gives: the headers of a list, its text (from HTML where there is no other), its attachments."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    text, kind = _text(message)
    shown, cut = head(storable(text), TEXT_BYTES)
    attachments = _attachments(message)
    return {
        **summary_of(message),
        "text": shown,
        "format": kind,
        "truncated": cut or len(attachments) > MOST_ATTACHMENTS,
        "attachments": attachments[:MOST_ATTACHMENTS],
    }


def _header(message: Message, name: str) -> str:
    try:
        value = str(message.get(name, ""))
    except Exception:  # the standard library has not one way to fail on headers that strangers write
        value = "(unreadable)"
    return head(storable(" ".join(value.split())), HEADER_BYTES)[0]


def _text(message: Message) -> tuple[str, str]:
    parts = [part for part in _leaves(message) if part.get_content_disposition() != "attachment"]
    for kind in ("plain", "html"):
        for part in parts:
            if part.get_content_type() == f"text/{kind}":
                return _decoded(part), kind
    return "", "plain"


def _decoded(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("latin-1")


def _attachments(message: Message) -> list[dict[str, Any]]:
    found = []
    for part in _leaves(message):
        name = part.get_filename()
        if name is None and part.get_content_disposition() != "attachment":
            continue
        content = part.get_payload(decode=True)
        size = len(content) if isinstance(content, bytes) else 0
        shown = head(storable(name or ""), HEADER_BYTES)[0]
        found.append({"name": shown, "type": storable(part.get_content_type())[:100], "bytes": size})
    return found


def _leaves(message: Message) -> Iterable[Message]:
    """The parts without parts, in order; a mail may be nested deeper than Python's own recursion goes."""
    ahead: list[Message] = [message]
    while ahead:
        part = ahead.pop()
        payload: Any = part.get_payload()
        if part.is_multipart() and isinstance(payload, Sequence):
            ahead.extend(reversed(payload))
        else:
            yield part
