"""`email.read`: one mail."""

from __future__ import annotations

import asyncio

from pydantic import Field, field_validator

from agents.tools.base import JSON, Effect, Tool, ToolContext
from agents.tools.email.accounts import OfAnAccount, account_of, mailbox_of
from agents.tools.email.addresses import one_line
from agents.tools.email.message import content_of


class ReadArguments(OfAnAccount):
    id: str = Field(min_length=1, max_length=500, description="The id that email.list or email.search gave.")

    @field_validator("id")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return one_line(value)


async def run(context: ToolContext, arguments: ReadArguments) -> JSON:
    account = await account_of(context, arguments)
    raw = await mailbox_of(account).read(arguments.id)
    return {"id": arguments.id, **await asyncio.to_thread(content_of, raw)}


TOOL = Tool(
    name="email.read",
    description="Read a mail: its headers, its text, and which attachments it has; it is not marked as read.",
    arguments=ReadArguments,
    effect=Effect.PURE,
    run=run,
    needs_directory=False,
)
