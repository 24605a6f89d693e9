"""What every kind of account can do, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agents.runtimes.failure import OUTCOME_UNKNOWN, Failure, permanent, transient
from agents.tools.email.message import Outgoing

LARGEST_MESSAGE = 30 * 1024 * 1024
"""Bytes of one mail that is read."""
CALL_SECONDS = 60.0


@dataclass(frozen=True)
class Query:
    """What mails to find: every field that is given must fit. Dates are days, such as 2026-11-27."""

    sender: str | None = None
    to: str | None = None
    subject: str | None = None
    text: str | None = None
    since: str | None = None
    before: str | None = None
    unread: bool = False


class Mailbox(Protocol):
    """One account. Every method raises Failure, and leaves no connection behind when it is cancelled."""

    async def find(self, folder: str, query: Query, limit: int) -> list[Mapping[str, Any]]:
        """Summaries of the newest that fit, the newest first, each with its `id`. Marks nothing as read."""
        ...

    async def read(self, id: str) -> bytes:
        """The mail as it came. Marks nothing as read."""
        ...

    async def send(self, mail: Outgoing) -> str:
        """Hand it over to all recipients or to none; its Message-ID.

        Where nobody can know whether it was taken, the Failure is `outcome_unknown`, which is never tried again.
        """
        ...


def unreachable(account: str, why: str) -> Failure:
    """Nothing was asked of it yet."""
    return transient("mail_unreachable", f"The mail account {account} cannot be reached: {why}.")


def refused(account: str, why: str) -> Failure:
    return permanent("mail_refused", f"The mail account {account} refused: {why}.")


def not_signed_in(account: str) -> Failure:
    return permanent("mail_sign_in_failed", f"The mail account {account} does not take its user and secret any more.")


def unknown_outcome(account: str, why: str) -> Failure:
    return permanent(OUTCOME_UNKNOWN, f"Whether {account} took the mail is not known: {why}. It is not sent again.")


def no_such_mail(account: str) -> Failure:
    return permanent("mail_not_found", f"The mail account {account} has no mail of this id.")
