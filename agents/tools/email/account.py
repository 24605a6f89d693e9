"""A mail account of a workspace, as a value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    IMAP = "imap"
    GMAIL = "gmail"
    GRAPH = "graph"


class Tls(StrEnum):
    """How a connection is protected. `none` is for servers on this very machine only."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True)
class Host:
    """Where a mail server listens."""

    name: str
    port: int
    tls: Tls = Tls.TLS


@dataclass(frozen=True)
class Account:
    """`address` is what mail comes from; `secret` is a password (IMAP and SMTP) or a refresh token (the others)."""

    name: str
    kind: Kind
    address: str
    user: str = ""
    secret: str = field(default="", repr=False)
    imap: Host | None = None
    smtp: Host | None = None
    api_base: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


FindAccount = Callable[[str | None], Awaitable[Account]]
"""The account of that name, or the only one there is. Raises Failure `mail_account_unknown`."""
