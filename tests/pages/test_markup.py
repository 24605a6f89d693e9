"""Documents with a little colour, and nothing of them that a browser would run."""

from __future__ import annotations

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from tasks.pages.markup import as_json, json_markup, spec_markup, yaml_markup

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def text_of(markup: str) -> str:
    assert set(re.findall(r"<[^>]*>", markup)) <= {
        '<span class="k">',
        '<span class="s">',
        '<span class="n">',
        "</span>",
    }
    return html.unescape(re.sub(r"</?span[^>]*>", "", markup))


@given(JSON)
def test_json_keeps_its_text_and_carries_no_markup_of_its_own(value: object) -> None:
    assert json.loads(text_of(json_markup(value))) == value
    assert text_of(json_markup(value)) == as_json(value)


@given(st.text())
def test_yaml_keeps_its_lines(text: str) -> None:
    assert text_of(yaml_markup(text)) == "\n".join(text.splitlines())


def test_a_spec_is_shown_in_the_order_in_which_people_read() -> None:
    stored = {"limits": {"timeout": "5s"}, "command": ["echo", "a: b"], "title": "First"}
    assert text_of(spec_markup(stored)) == "title: First\ncommand:\n- echo\n- 'a: b'\nlimits:\n  timeout: 5s"


def test_keys_strings_and_numbers_are_told_apart() -> None:
    assert json_markup({"a": ["<b>", 1, None]}).count("<span") == 4
    assert "&lt;b&gt;" in json_markup(["<b>"])


def test_a_document_that_nobody_would_read_is_cut() -> None:
    markup = json_markup("x" * 300_000)
    assert len(markup) < 210_000
    assert "characters more" in markup
