"""`email.list`: the newest mails of a folder."""

from __future__ import annotations

from pydantic import Field, field_validator

from agents.tools.base import JSON, Effect, Tool, ToolContext
from agents.tools.email.accounts import OfAnAccount, account_of, mailbox_of
from agents.tools.email.addresses import one_line
from agents.tools.email.mailbox import Query

FOLDER = "The folder: INBOX, or what the account calls its others (a label of Gmail, a folder of Microsoft 365)."


class InAFolder(OfAnAccount):
    folder: str = Field(default="INBOX", min_length=1, max_length=200, description=FOLDER)
    limit: int = Field(default=20, ge=1, le=100, description="How many mails to give at most, the newest first.")

    @field_validator("folder")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return one_line(value)


class ListArguments(InAFolder):
    unread: bool = Field(default=False, description="Only those that nobody has read.")


async def run(context: ToolContext, arguments: ListArguments) -> JSON:
    account = await account_of(context, arguments)
    query = Query(unread=arguments.unread)
    return {"mails": await mailbox_of(account).find(arguments.folder, query, arguments.limit)}


TOOL = Tool(
    name="email.list",
    description="List the newest mails of a folder, with their ids; nothing is marked as read.",
    arguments=ListArguments,
    effect=Effect.PURE,
    run=run,
    needs_directory=False,
)
