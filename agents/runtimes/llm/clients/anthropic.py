"""Models of Anthropic, over the Messages API."""

from __future__ import annotations

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from agents.runtimes.llm.names import ModelName


def model(name: ModelName, url: str, key: str, http: httpx2.AsyncClient) -> Model:
    client = AsyncAnthropic(api_key=key, base_url=url, http_client=http, max_retries=0)
    return AnthropicModel(name.model, provider=AnthropicProvider(anthropic_client=client))
