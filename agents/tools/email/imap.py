"""An account whose mail is read over IMAP (RFC 3501) and sent over SMTP (RFC 5321)."""

from __future__ import annotations

import imaplib
import re
import socket
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

from agents.runtimes.classify import text_of
from agents.tools.email.account import Account, Host, Tls
from agents.tools.email.blocking import Line, on_a_line
from agents.tools.email.mailbox import (
    CALL_SECONDS,
    LARGEST_MESSAGE,
    Query,
    no_such_mail,
    not_signed_in,
    refused,
    unreachable,
)
from agents.tools.email.message import Outgoing, headers_of, summary_of
from agents.tools.email.smtp import send

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ID = re.compile(r"(\d{1,10})\.(\d{1,10})\.(.+)\Z", re.DOTALL)
_FOREIGN = re.compile(r"[^ -~]+")
_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_HEADERS = "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM TO CC SUBJECT DATE MESSAGE-ID)])"


class ImapMailbox:
    """An id of its mails is `uidvalidity.uid.folder`: what a folder that was made anew holds has other ids."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def find(self, folder: str, query: Query, limit: int) -> list[Mapping[str, Any]]:
        return await self._ask(lambda client: _find(client, folder, query, limit, self._account.name))

    async def read(self, id: str) -> bytes:
        return await self._ask(lambda client: _read(client, id, self._account.name))

    async def send(self, mail: Outgoing) -> str:
        return await send(self._account, mail)

    async def _ask(self, question: Any) -> Any:
        account = self._account

        def work(line: Line) -> Any:
            with _signed_in(account, line) as client:
                return question(client)

        try:
            return await on_a_line(work, CALL_SECONDS)
        except TimeoutError:
            raise unreachable(account.name, f"it did not answer within {CALL_SECONDS:g} s") from None
        except imaplib.IMAP4.abort as problem:
            raise unreachable(account.name, text_of(problem) or "it broke off") from problem
        except imaplib.IMAP4.error as problem:
            raise refused(account.name, text_of(problem)) from problem
        except OSError as problem:
            raise unreachable(account.name, text_of(problem) or type(problem).__name__) from problem


class _Client(imaplib.IMAP4):
    """The standard library's, on our own connection, and with a bound on what one answer may hold."""

    def __init__(self, line: Line, host: Host) -> None:
        self._line, self._where = line, host
        super().__init__(host.name, host.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._line.connect(self._where)

    def read(self, size: int) -> bytes:
        if size > LARGEST_MESSAGE:
            raise self.error(f"the mail has {size:,} bytes; at most {LARGEST_MESSAGE:,} are read")
        return super().read(size)


@contextmanager
def _signed_in(account: Account, line: Line) -> Iterator[_Client]:
    assert account.imap is not None
    client = _Client(line, account.imap)
    try:
        if account.imap.tls is Tls.STARTTLS:
            client.starttls(line.trust)
        try:
            client.login(account.user, account.secret)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as problem:
            if "[UNAVAILABLE]" in str(problem).upper():  # RFC 5530: it cannot tell right now
                raise unreachable(account.name, text_of(problem)) from problem
            raise not_signed_in(account.name) from None
        yield client
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            client.logout()
        with suppress(OSError):
            client.shutdown()


def _find(client: _Client, folder: str, query: Query, limit: int, account: str) -> list[Mapping[str, Any]]:
    validity = _open(client, folder, account)
    words = criteria(query)
    charset = [b"CHARSET", b"UTF-8"] if any(not word.isascii() for word in words) else []
    uids = _answer(client, account, "SEARCH", *charset, *words)[0].split()[-limit:]
    if not uids:
        return []
    parts = _answer(client, account, "FETCH", b",".join(uids), _HEADERS)
    found = [_summary(part, folder, validity) for part in parts if isinstance(part, tuple)]
    return sorted(found, key=lambda each: int(each["id"].split(".")[1]), reverse=True)


def _summary(part: Any, folder: str, validity: int) -> Mapping[str, Any]:
    said, raw = part[0], part[1]
    uid, size, flags = _UID.search(said), _SIZE.search(said), _FLAGS.search(said)
    return summary_of(
        headers_of(raw),
        id=f"{validity}.{int(uid[1]) if uid else 0}.{folder}",
        bytes=int(size[1]) if size else None,
        unread=b"\\Seen" not in (flags[1] if flags else b""),
    )


def _read(client: _Client, id: str, account: str) -> bytes:
    match = _ID.match(id)
    if match is None or _open(client, match[3], account) != int(match[1]):
        raise no_such_mail(account)
    for part in _answer(client, account, "FETCH", match[2].encode(), "(BODY.PEEK[])"):
        if isinstance(part, tuple):
            raw: bytes = part[1]
            return raw
    raise no_such_mail(account)


def _open(client: _Client, folder: str, account: str) -> int:
    """Look into the folder without changing anything; its UIDVALIDITY."""
    kind, _ = client.select(_quoted(encoded(folder)).decode(), readonly=True)
    if kind != "OK":
        raise refused(account, f"there is no folder {folder[:100]!r}")
    validity = client.response("UIDVALIDITY")[1]
    return int(validity[0]) if validity and validity[0] else 0


def _answer(client: _Client, account: str, command: str, *arguments: Any) -> list[Any]:
    kind, said = client.uid(command, *arguments)
    if kind != "OK":
        raise refused(account, text_of(Exception(str(said[0]))))
    return said if said and said[0] is not None else [b""]


def criteria(query: Query) -> list[bytes]:
    """The words of a SEARCH; every value is quoted, so that it stays one."""
    words: list[bytes] = []
    for name, value in (("FROM", query.sender), ("TO", query.to), ("SUBJECT", query.subject), ("TEXT", query.text)):
        if value is not None:
            words += [name.encode(), _quoted(value)]
    for name, day in (("SINCE", query.since), ("BEFORE", query.before)):
        if day is not None:
            when = date.fromisoformat(day)
            words += [name.encode(), f"{when.day}-{MONTHS[when.month - 1]}-{when.year:04}".encode()]
    if query.unread:
        words.append(b"UNSEEN")
    return words or [b"ALL"]


def encoded(folder: str) -> str:
    """The name of a folder in modified UTF-7 (RFC 3501, 5.1.3)."""
    return _FOREIGN.sub(_in_base64, folder.replace("&", "&-"))


def _in_base64(match: re.Match[str]) -> str:
    return f"&{b64encode(match[0].encode('utf-16-be')).decode().rstrip('=').replace('/', ',')}-"


def _quoted(text: str) -> bytes:
    return b'"' + text.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
