"""Models of Google, over the Gemini API."""

from __future__ import annotations

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from agents.runtimes.llm.names import ModelName


def model(name: ModelName, url: str, key: str, http: httpx2.AsyncClient) -> Model:
    return GoogleModel(name.model, provider=GoogleProvider(api_key=key, base_url=url, http_client=http))
