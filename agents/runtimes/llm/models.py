"""A provider's model, ready to be asked, with the workspace's key and a connection pool of its own."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module

import httpx2
from pydantic_ai.models import Model

from agents.runtimes.base import Credential, Host
from agents.runtimes.llm import names
from agents.runtimes.llm.local.serving import served
from agents.runtimes.llm.names import ModelName

CONNECT_SECONDS = 10.0
OWN_URLS = {
    names.ANTHROPIC: "https://api.anthropic.com",
    names.OPENAI: "https://api.openai.com/v1",
    names.GOOGLE: "https://generativelanguage.googleapis.com",
}
NO_KEY = "none"  # the clients insist on one, servers of one's own do not look at it


@asynccontextmanager
async def credential_for(name: ModelName, key: str, host: Host) -> AsyncIterator[Credential]:
    """What the provider wants to see: the workspace's key of that name, or that of a local model's own server."""
    if name.provider != names.LOCAL:
        yield await host.credential(name.provider, key)
        return
    async with served() as (url, secret):
        yield Credential(name.provider, name.model, secret, url)


@asynccontextmanager
async def opened(name: ModelName, credential: Credential, *, silence: float) -> AsyncIterator[Model]:
    """The model; `silence` is how many seconds the provider may send nothing.

    Address and key come from the credential alone: what the worker's environment says of providers is of the worker,
    and must not go to an address that a workspace chose. The clients retry nothing, since whoever waits must be told.
    """
    url, key = credential.base_url or OWN_URLS[name.provider], credential.key or NO_KEY
    timeout = httpx2.Timeout(silence, connect=CONNECT_SECONDS)
    async with httpx2.AsyncClient(timeout=timeout, verify=_certificates()) as http:
        model: Model = import_module(name.client).model(name, url, key, http)
        yield model


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes longer than many a request."""
    return httpx2.create_ssl_context()
