"""What is taken out of arguments: at paths, by detectors and own patterns; twice is as good as once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.policy.detectors import NAMES, InvalidPattern, pattern
from agents.policy.paths import InvalidPath, as_text, places, steps_of
from agents.policy.redaction import MARK, Redaction

pytestmark = pytest.mark.requirement("P2")

ALL = Redaction(detectors=NAMES)
KEY = "sk-ant-api03-0123456789abcdefghij"


def redacted(redaction: Redaction, **args: Any) -> dict[str, Any]:
    return redaction.apply(args).args


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("args.headers.authorization", {"headers": {"Authorization": MARK, "x-y": "b"}, "items": [{"k": 1}, {"k": 2}]}),
        ("args.items[*].k", {"headers": {"Authorization": "a", "x-y": "b"}, "items": [{"k": MARK}, {"k": MARK}]}),
        ("args.items[1]", {"headers": {"Authorization": "a", "x-y": "b"}, "items": [{"k": 1}, MARK]}),
        ('args.headers["X-Y"]', {"headers": {"Authorization": "a", "x-y": MARK}, "items": [{"k": 1}, {"k": 2}]}),
        ("args.headers.*", {"headers": {"Authorization": MARK, "x-y": MARK}, "items": [{"k": 1}, {"k": 2}]}),
        ("args.**.k", {"headers": {"Authorization": "a", "x-y": "b"}, "items": [{"k": MARK}, {"k": MARK}]}),
        ("args.nothing.there", {"headers": {"Authorization": "a", "x-y": "b"}, "items": [{"k": 1}, {"k": 2}]}),
    ],
)
def test_what_stands_at_a_path_goes_as_a_whole(path: str, left: Any) -> None:
    args = {"headers": {"Authorization": "a", "x-y": "b"}, "items": [{"k": 1}, {"k": 2}]}
    assert redacted(Redaction(paths=(path,)), **args) == left


@pytest.mark.parametrize(
    "path", ["", "args", "headers.a", "args.", "args..a", "args[x]", "args.**", "args.a b", 'args["a]']
)
def test_a_path_that_cannot_be_read_is_refused_with_its_place(path: str) -> None:
    with pytest.raises(InvalidPath, match=r"at character \d+"):
        steps_of(path)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"use {KEY}, please", "use [redacted], please"),
        ("Authorization: Bearer abcdef.123456", "Authorization: [redacted]"),
        ("git clone https://ann:hunter2@host/r", "git clone https://[redacted]@host/r"),
        ("password=hunter2&x=1", "password=[redacted]&x=1"),
        ('{"apiToken": "hunter2", "n": 1}', '{"apiToken": "hunter2", "n": 1}'),
        ('{"token": "hunter2", "n": 1}', '{"token": "[redacted]", "n": 1}'),
        ("mail ann@example.com or bob@example.org!", "mail [redacted] or [redacted]!"),
        ("card 4111 1111 1111 1111, not 4111 1111 1111 1112", "card [redacted], not 4111 1111 1111 1112"),
        ("AKIAIOSFODNN7EXAMPLE", MARK),
        ("ghp_0123456789abcdefghij0123", MARK),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_", MARK),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb"),
        ("max_tokens: 100, a task-of-0123456789abcdefghij", "max_tokens: 100, a task-of-0123456789abcdefghij"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_only_what_is_found_in_a_text_goes(text: str, left: str) -> None:
    assert redacted(ALL, text=text) == {"text": left}


def test_the_field_or_option_that_names_a_secret_tells_enough() -> None:
    args = {
        "env": {"API_KEY": "x", "dbPassword": "y", "PIN": "z"},
        "command": ["login", "--password", "hunter2", "-v"],
        "max_tokens": 100,
        "token": 12,
        "secret": True,
    }
    assert redacted(ALL, **args) == {
        "env": {"API_KEY": MARK, "dbPassword": MARK, "PIN": "z"},
        "command": ["login", "--password", MARK, "-v"],
        "max_tokens": 100,
        "token": MARK,
        "secret": True,
    }


def test_numbers_and_names_of_fields_are_looked_at_too() -> None:
    made = ALL.apply({"n": 4111111111111111, "m": {KEY: 1, f"{KEY}x": 3, "b": 2}})
    assert made.args == {"n": MARK, "m": {MARK: 1, MARK + MARK: 3, "b": 2}}
    assert made.paths == ("args.n", 'args.m["[redacted]"]')
    assert KEY not in json.dumps(made)


def test_the_paths_of_what_changed_are_told() -> None:
    made = Redaction(("args.a.*",), ("emails",)).apply({"a": {"x": 1, "y": None}, "to": ["ann@example.com", "x"]})
    assert made.paths == ("args.a.x", "args.to[0]")


def test_of_an_own_pattern_the_first_group_goes() -> None:
    assert redacted(Redaction(patterns=(r"order (\d+)", "codeword")), t="order 17: codeword") == {
        "t": "order [redacted]: [redacted]"
    }


@pytest.mark.parametrize("text", ["(", r"(a)\1", "(?=a)", "", "a" * 501, "a{2000}"])
def test_a_pattern_that_is_none_or_could_take_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidPattern):
        pattern(text)


@pytest.mark.parametrize("own", ["(a+)+$", "(a|aa)*b", "(.*)(.*)(.*)x", "^a", "."])
def test_no_pattern_takes_long(own: str) -> None:
    begun = time.process_time()
    Redaction(detectors=NAMES, patterns=(own,)).apply({"t": "a" * 300_000, "u": "ann@example.com " * 5000})
    assert time.process_time() - begun < 10


NAMED = st.sampled_from(["a", "b", "password", "Token", "to", "x-y"]) | st.text(max_size=8)
PIECES = st.sampled_from(
    [
        KEY,
        "ann@example.com",
        "4111111111111111",
        "password=",
        "Bearer abcdef123",
        MARK,
        "://u:p@",
        "\n",
        '"',
        "ab",
        "[",
        "]",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=6).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMED, inner, max_size=4),
    max_leaves=20,
)
ARGS = st.dictionaries(NAMED, VALUES, max_size=5)
PATHS = st.sampled_from(["args.a", "args.*.b", "args.**.password", "args.b[*]", "args.a[0].to"])
OWN = st.sampled_from(["a", "^a", "a$", "[a-z]+", r"\w+", ".", "redacted", r"\[", "", "(?s).+"]).filter(bool)
REDACTIONS = st.builds(
    lambda paths, detectors, patterns: Redaction(tuple(paths), tuple(detectors), tuple(patterns)),
    st.lists(PATHS, max_size=3),
    st.lists(st.sampled_from(NAMES), max_size=5, unique=True),
    st.lists(OWN, max_size=2),
)


@given(REDACTIONS, ARGS)
@example(Redaction(patterns=("^a",)), {"a": "aaaaaaaaaaaaaaaaaaaaaaa"})
def test_twice_changes_nothing_more(redaction: Redaction, args: dict[str, Any]) -> None:
    once = redaction.apply(args)
    assert redaction.apply(once.args).args == once.args


@given(REDACTIONS, ARGS)
def test_the_arguments_that_were_given_stay_as_they_are(redaction: Redaction, args: dict[str, Any]) -> None:
    before = json.dumps(args)
    redaction.apply(args)
    assert json.dumps(args) == before


@given(ARGS, st.lists(PATHS, min_size=1, max_size=3))
def test_at_a_path_there_is_nothing_but_the_mark(args: dict[str, Any], paths: list[str]) -> None:
    made = Redaction(tuple(paths)).apply(args)
    for path in paths:
        for place in places(made.args, steps_of(path)):
            value: Any = made.args
            for key in place:
                value = value[key]
            assert value in (MARK, None)


@given(TEXTS, TEXTS)
def test_a_key_never_stays_whatever_stands_around_it(before: str, after: str) -> None:
    assert f" {KEY} " not in json.dumps(redacted(ALL, t=f"{before} {KEY} {after}", u=[{"v": f" {KEY} "}]))


@given(st.lists(st.text(max_size=5) | st.integers(0, 5), min_size=1, max_size=5))
def test_a_place_written_as_a_path_leads_there(place: list[Any]) -> None:
    value: Any = "here"
    for key in reversed(place):
        value = {key: value} if isinstance(key, str) else [None] * key + [value]
    if isinstance(value, dict):
        assert tuple(place) in places(value, steps_of(as_text(tuple(place))))
