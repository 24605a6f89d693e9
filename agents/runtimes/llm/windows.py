"""How many tokens a model can read at once: as the task says, as is known of the model, or as most can."""

from __future__ import annotations

from genai_prices.data_snapshot import get_snapshot

from agents.runtimes.llm.names import LOCAL, NEEDS_BASE_URL, ModelName
from agents.runtimes.llm.sizes import KNOWN_NOWHERE, LOCAL_WINDOW


def window_of(name: ModelName, said: int | None) -> int:
    return said or _known(name) or KNOWN_NOWHERE


def _known(name: ModelName) -> int | None:
    if name.provider == LOCAL:
        return LOCAL_WINDOW
    if name.provider in NEEDS_BASE_URL:
        return None  # who runs the server sets its window
    try:
        _, model = get_snapshot().find_provider_model(name.model, None, name.provider, None)
    except LookupError:
        return None
    return model.context_window
