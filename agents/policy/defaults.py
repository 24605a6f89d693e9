"""The rules that a careful person would begin with: reads run, effects outside ask, secrets are taken out. Pure."""

from __future__ import annotations

from typing import Any

CAREFUL: tuple[dict[str, Any], ...] = (
    {
        "tool": "*",
        "verdict": "REDACT",
        "redact": {"detectors": ["keys", "tokens", "passwords", "cards"]},
        "comment": "secrets do not belong into arguments",
    },
    {
        "tool": "*",
        "when": 'effect == "pure" || effect == "idempotent"',
        "verdict": "ALLOW",
        "comment": "it changes nothing outside of the job's own directory",
    },
    {
        "tool": "*",
        "verdict": "REQUIRE_APPROVAL",
        "expires_in": 86_400,
        "comment": "it has an effect outside",
    },
)
"""In their order."""

SETS = {"careful": CAREFUL}
STEP = 10  # between the orders of rules that are added at the end
