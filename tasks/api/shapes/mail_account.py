"""Mail accounts of a workspace."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from tasks.api.shapes.base import Page, Shape


class MailAccount(Shape):
    """A mail account that jobs read and send with. Its secrets are never shown."""

    id: UUID
    name: str = Field(examples=["office"])
    workspace: str = Field(description="The workspace's slug.", examples=["default"])
    kind: str = Field(description="`imap`, `gmail` or `graph`.", examples=["imap"])
    address: str = Field(description="What its mail comes from.", examples=["office@example.org"])
    user: str = Field(description="Who signs in; empty but for `imap`.")
    imap_host: str
    imap_port: int | None
    imap_tls: str
    smtp_host: str
    smtp_port: int | None
    smtp_tls: str
    api_base: str
    token_url: str
    client_id: str
    created_at: datetime


class MailAccountPage(Page[MailAccount]):
    """Mail accounts, by name."""
