"""`email.send`: one mail, to all of its recipients or to none."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import PurePath

from pydantic import Field, field_validator, model_validator

from agents.runtimes.failure import permanent
from agents.tools.base import JSON, Effect, Tool, ToolContext
from agents.tools.email.accounts import OfAnAccount, account_of, mailbox_of
from agents.tools.email.addresses import checked, one_line, whole
from agents.tools.email.message import Attachment, Outgoing
from agents.tools.files.confinement import open_file, place
from agents.tools.files.roots import roots_of

MOST_RECIPIENTS = 100
MOST_ATTACHMENTS = 20
ATTACHED_BYTES = 20 * 1024 * 1024
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


class SendArguments(OfAnAccount):
    to: list[str] = Field(min_length=1, max_length=MOST_RECIPIENTS, description="Plain addresses of recipients.")
    cc: list[str] = Field(default=[], max_length=MOST_RECIPIENTS, description="Addresses that get a copy.")
    bcc: list[str] = Field(default=[], max_length=MOST_RECIPIENTS, description="The same, unseen by the others.")
    subject: str = Field(min_length=1, max_length=500, description="One line.")
    text: str = Field(max_length=1024 * 1024, description="The mail as plain text.")
    html: str | None = Field(default=None, max_length=1024 * 1024, description="The same as HTML, beside the text.")
    in_reply_to: str | None = Field(default=None, description="The `message_id` of the mail that this one answers.")
    attachments: list[str] = Field(
        default=[],
        max_length=MOST_ATTACHMENTS,
        description="Files of the job's directory to send along, 20 MiB together.",
    )

    @field_validator("to", "cc", "bcc")
    @classmethod
    def _addresses(cls, value: list[str]) -> list[str]:
        return [checked(each) for each in value]

    @field_validator("subject")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return one_line(value)

    @field_validator("text", "html")
    @classmethod
    def _sendable(cls, value: str | None) -> str | None:
        return value if value is None else whole(value)

    @field_validator("in_reply_to")
    @classmethod
    def _message_id(cls, value: str | None) -> str | None:
        if value is not None and _MESSAGE_ID.fullmatch(value) is None:
            raise ValueError("it must be a message id such as <a@example.org>")
        return value

    @model_validator(mode="after")
    def _not_too_many(self) -> SendArguments:
        if len(self.to) + len(self.cc) + len(self.bcc) > MOST_RECIPIENTS:
            raise ValueError(f"a mail has at most {MOST_RECIPIENTS} recipients")
        return self


async def run(context: ToolContext, arguments: SendArguments) -> JSON:
    account = await account_of(context, arguments)
    attached = await asyncio.to_thread(_attached, context, arguments.attachments) if arguments.attachments else ()
    mail = Outgoing(
        sender=account.address,
        to=tuple(arguments.to),
        cc=tuple(arguments.cc),
        bcc=tuple(arguments.bcc),
        subject=arguments.subject,
        text=arguments.text,
        html=arguments.html,
        in_reply_to=arguments.in_reply_to,
        attachments=attached,
    )
    message_id = await mailbox_of(account).send(mail)
    return {"message_id": message_id, "from": account.address, "recipients": mail.recipients}


def _attached(context: ToolContext, paths: list[str]) -> tuple[Attachment, ...]:
    found = []
    left = ATTACHED_BYTES
    for path in paths:
        with place(roots_of(context), path) as there, open(open_file(there, os.O_RDONLY), "rb") as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise permanent("attachments_too_large", f"The attachments have more than {ATTACHED_BYTES:,} bytes.")
        found.append(Attachment(_shown(PurePath(path).name), content))
    return tuple(found)


def _shown(name: str) -> str:
    """A name that is one in a header, too."""
    kept = "".join(letter if letter.isprintable() else "_" for letter in name.encode(errors="replace").decode())
    return kept[:200] or "attachment"


TOOL = Tool(
    name="email.send",
    description="Send a mail to all of its recipients, or to none of them.",
    arguments=SendArguments,
    effect=Effect.EXTERNAL,
    run=run,
)
