"""Output that suits a terminal, and stays whole in a pipe."""

from __future__ import annotations

import pytest
from rich.text import Text

from agents import printing

pytestmark = pytest.mark.requirement("I5")


def test_in_a_pipe_columns_are_aligned_whole_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    long = "a title that is longer than any terminal is wide " * 4
    printing.print_columns(("id", "state", "title"), [["1", Text("failed", "red"), long], ["2000", "ok", "日本"]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ID    STATE   TITLE"
    assert lines[1] == f"1     failed  {long}".rstrip()
    assert lines[2] == "2000  ok      日本"


def test_a_cell_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    printing.print_columns(("a", "b"), [["one\ntwo", "x"]])
    assert capsys.readouterr().out == "A        B\none two  x\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – text\twith tab\n", "plain – text\twith tab\n"),
        ("\x1b]0;evil\x07", "\\x1b]0;evil\\x07"),
        ("back\x08space\r", "back\\x08space\\r"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
@pytest.mark.requirement("W12")
def test_text_of_jobs_cannot_steer_the_terminal(text: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printing.harmless(text) == shown
    printing.say("> ", text)
    assert "\x1b" not in capsys.readouterr().out


def test_on_a_terminal_there_are_colours_and_a_last_column_that_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = printing.Console(highlight=False, markup=False, force_terminal=True, width=40, color_system="standard")
    monkeypatch.setattr(printing, "is_terminal", lambda: True)
    monkeypatch.setattr(printing, "screen", lambda: screen)
    printing.print_columns(("id", "title"), [[Text("1", "red"), "word " * 30]])
    printing.say(Text("red", "red"), " [not markup] \x1b[0m")
    out = capsys.readouterr().out
    assert "\x1b[31m1" in out
    assert "…" in out
    assert "[not markup] \\x1b[0m" in out
