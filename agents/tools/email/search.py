"""`email.search`: the mails of a folder that fit."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator, model_validator

from agents.tools.base import JSON, Effect, Tool, ToolContext
from agents.tools.email.accounts import account_of, mailbox_of
from agents.tools.email.addresses import one_line
from agents.tools.email.list import InAFolder
from agents.tools.email.mailbox import Query

LONGEST = 200


class SearchArguments(InAFolder):
    sender: str | None = Field(default=None, alias="from", max_length=LONGEST, description="Part of who wrote it.")
    to: str | None = Field(default=None, max_length=LONGEST, description="Part of who it was sent to.")
    subject: str | None = Field(default=None, max_length=LONGEST, description="Part of its subject.")
    text: str | None = Field(default=None, max_length=LONGEST, description="What stands anywhere in it.")
    since: str | None = Field(default=None, max_length=10, description="From this day on, such as 2026-11-27.")
    before: str | None = Field(default=None, max_length=10, description="Before this day.")
    unread: bool = Field(default=False, description="Only those that nobody has read.")

    @field_validator("sender", "to", "subject", "text")
    @classmethod
    def _one_line_each(cls, value: str | None) -> str | None:
        return value if value is None else one_line(value)

    @field_validator("since", "before")
    @classmethod
    def _a_day(cls, value: str | None) -> str | None:
        try:
            return value if value is None else date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError("it must be a day such as 2026-11-27") from None

    @model_validator(mode="after")
    def _something_to_find(self) -> SearchArguments:
        if self.query == Query():
            raise ValueError("say what to find: `from`, `to`, `subject`, `text`, `since`, `before` or `unread`")
        return self

    @property
    def query(self) -> Query:
        return Query(self.sender, self.to, self.subject, self.text, self.since, self.before, self.unread)


async def run(context: ToolContext, arguments: SearchArguments) -> JSON:
    account = await account_of(context, arguments)
    return {"mails": await mailbox_of(account).find(arguments.folder, arguments.query, arguments.limit)}


TOOL = Tool(
    name="email.search",
    description="Find mails of a folder by who wrote them, their subject, text or day; all that is given must fit.",
    arguments=SearchArguments,
    effect=Effect.PURE,
    run=run,
    needs_directory=False,
)
