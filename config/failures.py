"""What keeps a platform from starting."""

from __future__ import annotations

from agents.errors import InterlockError


class CannotStart(InterlockError):
    """A part of the platform cannot start here; the message says why and what to do."""

    code, status, title = "cannot_start", 503, "Interlock cannot start"
