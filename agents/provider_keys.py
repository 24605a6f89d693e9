"""The provider keys of a workspace: added, revoked, chosen for a job, and opened in the worker that runs it."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agents.actor import Actor
from agents.errors import Conflict, InvalidInput
from agents.models import ProviderKey, Workspace
from agents.roles import Role
from agents.runtimes.base import Credential
from agents.runtimes.llm.names import NEEDS_BASE_URL, PROVIDERS
from agents.sealing import open_sealed, seal

LONGEST_KEY = 4096
SHOWN_FROM = 12  # characters; of a shorter key the last four would tell too much
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class MissingProviderKey(InvalidInput):
    code: ClassVar[str] = "missing_provider_key"
    title: ClassVar[str] = "The workspace has no such provider key"


def add(
    actor: Actor,
    workspace: Workspace,
    provider: str,
    key: str,
    *,
    name: str = "",
    base_url: str = "",
    replace: bool = False,
) -> ProviderKey:
    """Seal and store it. `name` is the provider's unless given; `replace` revokes the one that has the name now.

    Raises InvalidInput, NotAllowed, and Conflict where the name is taken; the key stands in no message.
    """
    actor.require(Role.ADMIN, workspace.id, "add provider keys")
    row = ProviderKey(
        workspace=workspace,
        provider=_provider(provider),
        name=_name(name or provider),
        base_url=_base_url(provider, base_url),
        last4=key[-4:] if len(key) >= SHOWN_FROM else "",
        created_by=actor.name[:200],
    )
    row.ciphertext = seal(_checked(key, row.base_url), row=_row(row), secret_key=settings.SECRET_KEY)
    with transaction.atomic():
        there = _valid(workspace.id).filter(name=row.name).select_for_update().first()
        if there is not None and not replace:
            raise Conflict(f"The workspace has a provider key {row.name!r}; take another name, or say to replace it.")
        if there is not None:
            revoke(actor, there)
        row.save(force_insert=True)
        row.refresh_from_db(fields=["created_at"])
    return row


def revoke(actor: Actor, row: ProviderKey) -> None:
    """No job gets it from now on; one that holds it already keeps it to its attempt's end. The record stays."""
    actor.require(Role.ADMIN, row.workspace_id, "revoke provider keys")
    ProviderKey.objects.in_workspace(row.workspace_id).filter(pk=row.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )


def choose(workspace_id: UUID, provider: str, name: str = "") -> ProviderKey:
    """The valid key for a job; raises MissingProviderKey where there is none, or several and no name was given."""
    found = list(_valid(workspace_id).filter(provider=provider, **({"name": name} if name else {}))[:2])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(_valid(workspace_id).filter(provider=provider).values_list("name", flat=True))
        raise MissingProviderKey(
            f"The workspace has several provider keys for {provider}: {names}; name one as model_settings.key."
        )
    named = f" named {name!r}" if name else ""
    raise MissingProviderKey(
        f"The workspace has no provider key for {provider}{named}; an admin adds one with `interlock key add`."
    )


def unlock(workspace_id: UUID, provider: str, name: str = "") -> Credential:
    """The key for a job, opened. To be called in the worker that runs it, and nowhere else."""
    row = choose(workspace_id, provider, name)
    text = open_sealed(bytes(row.ciphertext), row=_row(row), secret_key=settings.SECRET_KEY)
    return Credential(provider=row.provider, name=row.name, key=text, base_url=row.base_url)


def _valid(workspace_id: UUID) -> Any:
    return ProviderKey.objects.in_workspace(workspace_id).filter(revoked_at=None)


def _row(row: ProviderKey) -> str:
    return f"{row.workspace_id}/{row.id}"


def _provider(said: str) -> str:
    if said not in PROVIDERS:
        raise InvalidInput(f"There is no provider of models {said[:60]!r}; there are {', '.join(PROVIDERS)}.")
    return said


def _name(said: str) -> str:
    if not _NAME.fullmatch(said):
        raise InvalidInput("A provider key's name has up to 60 letters, digits, dots, _ and -, such as `ollama`.")
    return said


def _base_url(provider: str, said: str) -> str:
    if not said and provider in NEEDS_BASE_URL:
        raise InvalidInput(f"{provider} needs a base URL, such as http://localhost:11434/v1.")
    parts = urlsplit(said)
    wrong = said and (parts.scheme not in ("http", "https") or not parts.hostname)
    if wrong or parts.username or parts.query or parts.fragment or len(said) > 500:
        raise InvalidInput("A base URL is like https://llm.example.org/v1: http or https, without user, ? and #.")
    return said.rstrip("/")


def _checked(key: str, base_url: str) -> str:
    """A server of one's own may take none; every other key is one line."""
    if not key and not base_url:
        raise InvalidInput("The key is empty.")
    if len(key) > LONGEST_KEY or not key.isprintable() or key != key.strip():
        raise InvalidInput(f"A provider key is one line of up to {LONGEST_KEY:,} characters, without spaces around it.")
    return key
