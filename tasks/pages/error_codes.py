"""/docs/errors/: docs/errors.md for whoever follows the `type` of a problem, with an anchor for each code. Public."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tasks.pages.page import theme_of

SOURCE = settings.BASE_DIR / "docs" / "errors.md"
HERE = ("#", "/", "https://")
"""How links begin that lead somewhere from this page: the other documents are not served."""


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    return render(request, "docs/errors.html", {"theme": theme_of(request), "document": document()})


@cache
def document() -> SafeString:
    """The document as HTML. A code in the first cell of a row is an anchor; of two rows with one code, the first is."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(SOURCE.read_text(encoding="utf-8"))
    _name_the_rows(tokens)
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.children:
            token.children = list(_without_dead_links(token.children))
    return mark_safe(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S308 - of our own file, without HTML


def _name_the_rows(tokens: list[Token]) -> None:
    named = set()
    for row, cell, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        first = inline.children[0] if row.type == "tr_open" and cell.type == "td_open" and inline.children else None
        if first and first.type == "code_inline" and first.content not in named:
            named.add(first.content)
            row.attrSet("id", first.content)
            link = Token("link_open", "a", 1, attrs={"href": f"#{first.content}"})
            inline.children = [link, first, Token("link_close", "a", -1), *(inline.children or [])[1:]]


def _without_dead_links(children: list[Token]) -> Iterator[Token]:
    alive = True
    for token in children:
        if token.type == "link_open":
            alive = str(token.attrGet("href")).startswith(HERE)
        if alive or not token.type.startswith("link_"):
            yield token
