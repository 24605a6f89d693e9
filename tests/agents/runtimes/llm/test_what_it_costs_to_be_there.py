"""Nobody pays for Pydantic AI and the providers' clients who does not use them; and every failure is documented."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT, page

HEAVY = ("pydantic_ai", "anthropic", "openai", "google.genai", "httpx2", "cryptography")
LIGHT = ("agents.runtimes.registry", "config.cli", "tasks.spec", "agents.cli_keys")


@pytest.mark.requirement("I5")
@pytest.mark.parametrize("module", LIGHT)
def test_it_is_imported_when_a_job_needs_it(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.requirement("O6")
def test_every_failure_of_the_runtime_is_documented() -> None:
    sources = [path.read_text() for path in (ROOT / "agents" / "runtimes" / "llm").rglob("*.py")]
    raised = {code for text in sources for code in re.findall(r'(?:permanent|transient|timed_out)\(\s*"(\w+)"', text)}
    documented = {row[0].strip("`") for row in page("docs/errors.md").rows("Codes of a model's job")}

    assert raised | {"missing_provider_key", "secret_cannot_be_opened"} == documented
