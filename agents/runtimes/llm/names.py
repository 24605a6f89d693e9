"""How a task names its model: `PROVIDER:MODEL`. Pure and light, since every submission reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from agents.errors import InvalidInput

ANTHROPIC, OPENAI, GOOGLE, OPENAI_COMPATIBLE = "anthropic", "openai", "google", "openai-compatible"
LOCAL = "local"
PROVIDERS = (ANTHROPIC, OPENAI, GOOGLE, OPENAI_COMPATIBLE)
"""Those for which a workspace has keys."""
SMOLLM2 = "smollm2"
LOCAL_MODELS = (SMOLLM2,)
_CLIENTS = {ANTHROPIC: "anthropic", OPENAI: "openai", GOOGLE: "google", OPENAI_COMPATIBLE: "openai", LOCAL: "openai"}
NEEDS_BASE_URL = frozenset({OPENAI_COMPATIBLE})
"""Their name alone does not say where they are."""

EXAMPLES = {
    ANTHROPIC: "anthropic:claude-sonnet-5-5",
    OPENAI: "openai:gpt-5.6-terra",
    GOOGLE: "google:gemini-3.8-flash",
    OPENAI_COMPATIBLE: "openai-compatible:qwen3:8b",
    LOCAL: f"{LOCAL}:{SMOLLM2}",
}
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")


class UnknownModel(InvalidInput):
    code: ClassVar[str] = "unknown_model"
    title: ClassVar[str] = "There is no such model"


@dataclass(frozen=True)
class ModelName:
    """A model of a provider; `model` is what the provider calls it."""

    provider: str
    model: str

    @property
    def client(self) -> str:
        """The module of its provider's client."""
        return f"agents.runtimes.llm.clients.{_CLIENTS[self.provider]}"

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


def parse(said: str | None) -> ModelName:
    """The model that a task names; raises UnknownModel with what to write instead."""
    if not said:
        raise UnknownModel(f"The task names no model; write one such as {EXAMPLES[ANTHROPIC]}.")
    provider, colon, model = said.partition(":")
    if not colon:
        raise UnknownModel(f"{said[:60]!r} does not say whose model it is; write it like {EXAMPLES[ANTHROPIC]}.")
    if provider not in EXAMPLES:
        there_are = ", ".join(EXAMPLES)
        raise UnknownModel(f"There is no provider of models {provider[:60]!r}; there are {there_are}.")
    if not _MODEL.fullmatch(model):
        raise UnknownModel(f"{model[:60]!r} cannot be a model's name; write it like {EXAMPLES[provider]}.")
    if provider == LOCAL and model not in LOCAL_MODELS:
        raise UnknownModel(f"There is no local model {model[:60]!r}; write {EXAMPLES[LOCAL]}.")
    return ModelName(provider, model)
