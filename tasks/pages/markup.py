"""JSON and YAML as escaped HTML with a little colour."""

from __future__ import annotations

import json
import re
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tasks.spec import document

MOST = 200_000  # characters: more than anybody reads on a page
_JSON = re.compile(r'("(?:\\.|[^"\\])*")(\s*:)?|\b(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\b')
_YAML_KEY = re.compile(r"^(\s*(?:- )*)([A-Za-z0-9_.\-/]+)(:)(?= |$)")


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def json_markup(value: Any) -> SafeString:
    text = _bounded(as_json(value))
    pieces: list[str] = []
    end = 0
    for found in _JSON.finditer(text):
        pieces.append(escape(text[end : found.start()]))
        string, colon, other = found.groups()
        if string is None:
            pieces.append(_span("n", other))
        else:
            pieces.append(_span("k" if colon else "s", string) + escape(colon or ""))
        end = found.end()
    pieces.append(escape(text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped


def spec_markup(spec: dict[str, Any]) -> SafeString:
    """A stored spec, in the order in which people read: Postgres keeps the fields in another one."""
    ordered = {name: spec[name] for name in document.ORDER if name in spec}
    return yaml_markup(document.as_yaml(ordered | spec))


def yaml_markup(text: str) -> SafeString:
    lines: list[str] = []
    for line in _bounded(text).splitlines():
        key = _YAML_KEY.match(line)
        if key is None:
            lines.append(escape(line))
        else:
            lines.append(f"{escape(key[1])}{_span('k', key[2])}:{escape(line[key.end() :])}")
    return mark_safe("\n".join(lines))  # noqa: S308 - every piece is escaped


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>'


def _bounded(text: str) -> str:
    if len(text) <= MOST:
        return text
    return f"{text[:MOST]}\n… {len(text) - MOST:,} characters more; the API gives all of it."
