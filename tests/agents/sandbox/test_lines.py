"""How output becomes lines, whatever the pieces in which it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sandbox.capture import Tail
from agents.sandbox.lines import LONGEST, Lines

pytestmark = pytest.mark.requirement("W11")


def lines_of(data: bytes, cuts: list[int] | None = None) -> list[str]:
    lines = Lines()
    found: list[str] = []
    start = 0
    for end in [*sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]:
        found += lines.feed(data[start:end])
        start = end
    return found + lines.end()


def joined(lines: list[str]) -> str:
    """Lines as a reader puts them together again: one of the greatest length is continued."""
    return "".join(line if len(line) == LONGEST else line + "\n" for line in lines)


texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\0\r\n", codec="utf-8"), max_size=30),
        st.sampled_from([LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 5]).map(lambda n: "ä" * n),
    ),
    max_size=6,
)


@given(texts, st.lists(st.integers(0, 200_000), max_size=8))
def test_whatever_the_pieces_the_lines_come_out_whole(wanted: list[str], cuts: list[int]) -> None:
    data = "".join(f"{line}\n" for line in wanted)

    found = lines_of(data.encode(), cuts)

    assert joined(found) == data
    assert max(map(len, found), default=0) <= LONGEST


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_become_text_that_can_be_stored(data: bytes, cuts: list[int]) -> None:
    for line in lines_of(data, cuts):
        line.encode()
        assert "\0" not in line
        assert "\n" not in line


def test_a_line_that_was_shown_unfinished_goes_on_without_an_empty_one() -> None:
    lines = Lines()

    shown = lines.feed(b"Name: ") + lines.flush() + lines.feed(b"\nnext\n\n")

    assert shown == ["Name: ", "next", ""]


def test_a_character_that_is_half_there_waits_for_its_other_half() -> None:
    lines = Lines()
    half, other = "ü".encode()[:1], "ü".encode()[1:]

    assert lines.feed(b"f" + half) + lines.flush() == ["f"]
    assert lines.feed(other + b"r\n") == ["ür"]


@pytest.mark.parametrize(("data", "lines"), [(b"a\r\nb\r\n", ["a", "b"]), (b"10%\r20%\n", ["10%\r20%"])])
def test_windows_line_ends_are_line_ends(data: bytes, lines: list[str]) -> None:
    assert lines_of(data) == lines


@given(texts)
def test_a_tail_is_the_end_of_what_was_said(wanted: list[str]) -> None:
    tail = Tail(limit=40_000)
    for line in lines_of("".join(f"{line}\n" for line in wanted).encode()):
        tail.add(line)

    whole = "\n".join(wanted)
    assert whole.endswith(tail.text)
    assert len(tail.text) < 40_000
    assert tail.truncated == (tail.text != whole)


def test_one_line_that_is_too_long_keeps_its_end_and_is_known_to_be_cut() -> None:
    tail = Tail(limit=20_000)
    for line in lines_of(b"first\n" + b"x" * 30_000 + b"!\n"):
        tail.add(line)

    assert tail.text == "x" * 19_998 + "!"
    assert not tail.last_line_is_whole

    tail.add("next")

    assert (tail.text, tail.last_line_is_whole) == ("next", True)
