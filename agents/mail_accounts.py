"""The mail accounts of a workspace: set up and removed by its admins inside `tenancy.as_user`, found for its jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from agents.actor import Actor
from agents.errors import Conflict, Detail, InvalidInput
from agents.models import MailAccount, Workspace
from agents.roles import Role
from agents.runtimes.failure import permanent
from agents.sealing import CannotOpen, open_sealed, seal
from agents.tools.email import addresses
from agents.tools.email.account import Account, Host, Kind, Tls

MOST_ACCOUNTS = 50
IMAP_PORTS = {Tls.TLS: 993, Tls.STARTTLS: 143, Tls.NONE: 143}
SMTP_PORTS = {Tls.TLS: 465, Tls.STARTTLS: 587, Tls.NONE: 25}
API_BASES = {Kind.GMAIL: "https://gmail.googleapis.com", Kind.GRAPH: "https://graph.microsoft.com/v1.0"}
TOKEN_URLS = {
    Kind.GMAIL: "https://oauth2.googleapis.com/token",
    Kind.GRAPH: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?\Z")


@dataclass(frozen=True)
class Asked:
    """An account as it is asked for. What is not given is what its kind usually has."""

    name: str
    kind: Kind
    address: str
    secret: str
    user: str = ""
    imap_host: str = ""
    imap_port: int | None = None
    imap_tls: Tls = Tls.TLS
    smtp_host: str = ""
    smtp_port: int | None = None
    smtp_tls: Tls = Tls.TLS
    api_base: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""


def create(actor: Actor, workspace: Workspace, asked: Asked) -> MailAccount:
    """Set it up; its secrets are sealed. Raises InvalidInput with each fault, Conflict, NotAllowed."""
    actor.require(Role.ADMIN, workspace.id, "set up mail accounts")
    faults = [Detail(message, "invalid_value", path) for path, message in _faults(asked)]
    if faults:
        raise InvalidInput(f"{faults[0].path}: {faults[0].message}", details=faults)
    there = MailAccount.objects.in_workspace(workspace.id)
    if there.filter(name=asked.name).exists():
        raise Conflict(f"There is a mail account {asked.name} already; remove it first, or take another name.")
    if there.count() >= MOST_ACCOUNTS:
        raise Conflict(f"A workspace may have {MOST_ACCOUNTS} mail accounts; remove one first.")
    made = MailAccount(
        workspace=workspace,
        name=asked.name,
        kind=asked.kind.value,
        address=asked.address,
        **(_of_servers(asked) if asked.kind is Kind.IMAP else _of_an_api(asked)),
    )
    made.secret = _sealed(made, "secret", asked.secret)
    made.client_secret = _sealed(made, "client_secret", asked.client_secret)
    made.save(force_insert=True)
    made.refresh_from_db()
    return made


def remove(actor: Actor, id: UUID | str) -> MailAccount:
    """Remove it with its secrets. Returns what it was."""
    found: MailAccount = MailAccount.objects.find(actor, id, "mail account")
    actor.require(Role.ADMIN, found.workspace_id, "remove mail accounts")
    MailAccount.objects.for_user(actor).filter(pk=found.pk).delete()
    return found


def for_jobs(workspace_id: UUID, name: str | None) -> Account:
    """The account of that name, or the only one of the workspace, with its secrets.

    Raises Failure `mail_account_unknown`, or `secret_cannot_be_opened` where SECRET_KEY has changed.
    """
    rows = list(MailAccount.objects.in_workspace(workspace_id).order_by("name"))
    known = ", ".join(row.name for row in rows)
    if not rows:
        raise permanent("mail_account_unknown", "The workspace has no mail account; an admin has to set one up.")
    if name is None and len(rows) > 1:
        raise permanent("mail_account_unknown", f"Say which mail account, as `account`; there are {known}.")
    found = next((row for row in rows if name is None or row.name == name), None)
    if found is None:
        raise permanent("mail_account_unknown", f"There is no mail account {name!r}; there are {known}.")
    try:
        return _value_of(found)
    except CannotOpen as closed:
        raise permanent(closed.code, closed.message) from None


def _value_of(row: MailAccount) -> Account:
    return Account(
        name=row.name,
        kind=Kind(row.kind),
        address=row.address,
        user=row.user,
        secret=_opened(row, "secret", row.secret),
        imap=_host(row.imap_host, row.imap_port, row.imap_tls),
        smtp=_host(row.smtp_host, row.smtp_port, row.smtp_tls),
        api_base=row.api_base,
        token_url=row.token_url,
        client_id=row.client_id,
        client_secret=_opened(row, "client_secret", row.client_secret),
    )


def _sealed(row: MailAccount, what: str, secret: str) -> bytes:
    return seal(secret, row=_name_of(row, what), secret_key=settings.SECRET_KEY) if secret else b""


def _opened(row: MailAccount, what: str, sealed: bytes | memoryview) -> str:
    return open_sealed(bytes(sealed), row=_name_of(row, what), secret_key=settings.SECRET_KEY) if sealed else ""


def _name_of(row: MailAccount, what: str) -> str:
    return f"{what} of mail account {row.workspace_id}/{row.id}"


def _host(name: str, port: int | None, tls: str) -> Host | None:
    return Host(name, port, Tls(tls)) if name and port else None


def _of_servers(asked: Asked) -> dict[str, Any]:
    return {
        "user": asked.user or asked.address,
        "imap_host": asked.imap_host,
        "imap_port": asked.imap_port or IMAP_PORTS[asked.imap_tls],
        "imap_tls": asked.imap_tls.value,
        "smtp_host": asked.smtp_host,
        "smtp_port": asked.smtp_port or SMTP_PORTS[asked.smtp_tls],
        "smtp_tls": asked.smtp_tls.value,
    }


def _of_an_api(asked: Asked) -> dict[str, Any]:
    return {
        "api_base": (asked.api_base or API_BASES[asked.kind]).rstrip("/"),
        "token_url": asked.token_url or TOKEN_URLS[asked.kind],
        "client_id": asked.client_id,
    }


def _faults(asked: Asked) -> list[tuple[str, str]]:
    """What is wrong, without a secret in any sentence."""
    found = []
    if not _NAME.match(asked.name):
        found.append(("name", "It is made of up to 40 small letters, digits and hyphens, and begins with a letter."))
    try:
        addresses.checked(asked.address)
    except ValueError:
        found.append(("address", "It must be a plain address such as ann@example.org."))
    if not asked.secret:
        found.append(("secret", "It is missing: the password, or the refresh token."))
    found += [
        (name, "It must be one line without control characters.")
        for name in ("user", "secret", "client_id", "client_secret")
        if not str(getattr(asked, name)).isprintable()
    ]
    return found + (_faults_of_servers(asked) if asked.kind is Kind.IMAP else _faults_of_an_api(asked))


def _faults_of_servers(asked: Asked) -> list[tuple[str, str]]:
    found = [
        (name, "It is for accounts of the kinds gmail and graph only.")
        for name in ("api_base", "token_url", "client_id", "client_secret")
        if getattr(asked, name)
    ]
    for what, host, port, tls in (
        ("imap", asked.imap_host, asked.imap_port, asked.imap_tls),
        ("smtp", asked.smtp_host, asked.smtp_port, asked.smtp_tls),
    ):
        if not _HOST.match(host):
            found.append((f"{what}_host", "It must be the name or address of a server."))
        elif tls is Tls.NONE and not _is_this_machine(host):
            found.append((f"{what}_tls", "Without TLS a password is for everybody on the way; take tls or starttls."))
        if port is not None and not 0 < port < 65536:
            found.append((f"{what}_port", "It is a number from 1 to 65,535."))
    return found


def _faults_of_an_api(asked: Asked) -> list[tuple[str, str]]:
    found = [
        (name, "It is for accounts of the kind imap only.")
        for name in ("user", "imap_host", "imap_port", "smtp_host", "smtp_port")
        if getattr(asked, name)
    ]
    if not asked.client_id:
        found.append(("client_id", "It is missing: the id of the application that the refresh token was made for."))
    found += [
        (name, "It begins with https:// and names a host, without a user or password.")
        for name in ("api_base", "token_url")
        if (address := getattr(asked, name)) and not _is_safe(address)
    ]
    return found


def _is_safe(address: str) -> bool:
    """Under TLS, or on this very machine."""
    try:
        parts = urlsplit(address)
        whole = bool(parts.hostname) and (parts.port or 1) > 0 and parts.username is None and parts.password is None
    except ValueError:
        return False
    if not whole or not address.isascii() or not address.isprintable() or " " in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
