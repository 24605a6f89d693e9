"""Models of OpenAI, over the Responses API; and of every server that speaks its Chat Completions."""

from __future__ import annotations

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from agents.runtimes.llm.names import OPENAI, ModelName


def model(name: ModelName, url: str, key: str, http: httpx2.AsyncClient) -> Model:
    client = AsyncOpenAI(api_key=key, base_url=url, http_client=http, max_retries=0)
    client.organization = client.project = None  # the environment's, if anything
    if name.provider == OPENAI:
        return OpenAIResponsesModel(name.model, provider=OpenAIProvider(openai_client=client))
    return OpenAIChatModel(name.model, provider=OpenAICompatibleProvider(name.provider, openai_client=client))
