"""The fingerprint of a call: which tool, with which arguments as the runtime wished them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings

PURPOSE = b"interlock.journal"
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def digest_of(tool: str, arguments: Mapping[str, Any]) -> str:
    """A keyed HMAC of the tool and its arguments: a plain hash would let somebody guess what was redacted.

    The key is derived from SECRET_KEY. With another SECRET_KEY no recorded call is found again.
    """
    canonical = _ENCODER.encode([tool, arguments]).encode(errors="surrogatepass")
    keyed = _keyed(settings.SECRET_KEY).copy()
    keyed.update(canonical)
    return keyed.hexdigest()


@cache
def _keyed(secret: str) -> hmac.HMAC:
    """To be copied, which is quicker than to begin with the key each time."""
    key = hmac.new(secret.encode(), PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, digestmod=hashlib.sha256)
