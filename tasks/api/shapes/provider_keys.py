"""Keys for providers of language models, without the keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from agents.runtimes.llm.names import PROVIDERS
from tasks.api.shapes.base import Page, Shape
from tasks.api.shapes.job import one_of


class ProviderKey(Shape):
    """A provider key, without what it takes to use it."""

    id: UUID
    provider: Annotated[str, one_of(*PROVIDERS)]
    name: str = Field(description="What tasks call it.", examples=["anthropic"])
    base_url: str = Field(description="Empty: the provider's own.")
    last4: str = Field(description="Its last four characters; empty for a short one.", examples=["x9Qa"])
    workspace: str
    created_by: str = Field(examples=["user:ann"])
    created_at: datetime
    revoked_at: datetime | None


class ProviderKeyPage(Page[ProviderKey]):
    """Provider keys, the newest first."""
