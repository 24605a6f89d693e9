"""Which account a call means, and what is behind it."""

from __future__ import annotations

from pydantic import Field

from agents.runtimes.failure import permanent
from agents.tools.base import Arguments, ToolContext
from agents.tools.email.account import Account, Kind
from agents.tools.email.gmail import GmailMailbox
from agents.tools.email.graph import GraphMailbox
from agents.tools.email.imap import ImapMailbox
from agents.tools.email.mailbox import Mailbox

_KINDS: dict[Kind, type[ImapMailbox] | type[GmailMailbox] | type[GraphMailbox]] = {
    Kind.IMAP: ImapMailbox,
    Kind.GMAIL: GmailMailbox,
    Kind.GRAPH: GraphMailbox,
}


class OfAnAccount(Arguments):
    account: str | None = Field(
        default=None, max_length=40, description="The name of the mail account; not needed where there is one only."
    )


async def account_of(context: ToolContext, arguments: OfAnAccount) -> Account:
    """Raises Failure `mail_account_unknown`."""
    if context.mail is None:
        raise permanent("mail_account_unknown", "There are no mail accounts here.")
    return await context.mail(arguments.account)


def mailbox_of(account: Account) -> Mailbox:
    return _KINDS[account.kind](account)
