"""Where YAML surprises people, the spec is read carefully and the sentence says what to do."""

from __future__ import annotations

import pytest

from tests.tasks.spec.toolbox import mistake, mistakes, read

pytestmark = pytest.mark.requirement("J6")


@pytest.mark.parametrize(
    "word", ["no", "NO", "yes", "on", "Off", "true", "1.10", "010", "0x1F", "1_000", "12:30:45", "-1"]
)
def test_an_unquoted_word_that_yaml_makes_something_else_of_is_to_be_quoted(word: str):
    found = mistake(f"command: [ls]\ntitle: {word}")
    assert (found.code, found.path, found.line) == ("wrong_type", "title", 2)
    assert found.message.endswith(f'put it in quotes: "{word}".')
    assert read(f'command: [ls]\ntitle: "{word}"')[0].title == word
    assert read(f"command: [ls]\ntitle: !!str {word}")[0].title == word


def test_names_of_fields_are_always_text():
    (spec,) = read("command: [ls]\nenv: {ON: a, NO: b}\ndata: {on: 1, 1: 2, null: 3, 1.5: 4}")
    assert spec.env == {"ON": "a", "NO": "b"}
    assert spec.data == {"on": 1, "1": 2, "null": 3, "1.5": 4}


def test_times_stay_the_text_that_was_written():
    (spec,) = read("command: [ls]\ndata: {day: 2026-01-31, moment: 2026-01-31T18:00:00Z}")
    assert spec.data == {"day": "2026-01-31", "moment": "2026-01-31T18:00:00Z"}


def test_values_are_read_as_yaml_reads_them():
    (spec,) = read("command: [ls]\ndata: {a: yes, b: ~, c: 0x1F, d: 1.5, e: 1_000, f: 010, g: !!int '7', h: '7', i: =}")
    assert spec.data == {"a": True, "b": None, "c": 31, "d": 1.5, "e": 1000, "f": 8, "g": 7, "h": "7", "i": "="}


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
def test_a_number_that_is_none_is_refused(number: str):
    found = mistake(f"command: [ls]\ndata:\n  x: {number}")
    assert (found.code, found.path, found.line) == ("invalid_value", "data.x", 3)


@pytest.mark.parametrize("number", ["9" * 200_000, "1:" * 200_000 + "1", "0x" + "f" * 200_000, "1_" * 200_000])
def test_a_huge_number_is_refused_without_working_it_out(number: str):
    assert "64 bits" in mistake(f"command: [ls]\ndata: {{x: {number}}}").message


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ("command: [ls]\n\ttitle: a", 2, "use spaces"),
        ("limits:\n\tattempts: 1", 2, "use spaces"),
        ("title: a: b", 1, "text with a colon in quotes"),
        ("command: [ls", 1, "not closed by ]"),
        ("limits: {attempts: 1", 1, "not closed by }"),
        ('title: "a', 1, "never closed"),
        ("title: @home", 1, "cannot begin with @"),
        ("title: `ls`", 1, "backquote"),
        ("title: %a", 1, "cannot begin with %"),
        ('title: "\\q"', 1, "backslash"),
        ('title: "\\ud800"', 1, "surrogate"),
        ("title: *unknown", 1, "*unknown stands for nothing before it"),
        ("title: &a x\ntags: *b", 2, "*b stands for nothing before it"),
        ("data: &a {x: *a}", 1, "*a stands for nothing before it"),
        ("title: !!python/object:os.system x", 1, "python/object:os.system is not known here"),
        ("title: !!timestamp 2026-01-01", 1, "is not known here"),
        ("data: !!set {a}", 1, "is not known here"),
        ("title: !mine x", 1, "The tag !mine"),
        ("title: !e!mine x", 1, "tag"),
        ("data: {x: !!int word}", 1, "not what its tag"),
        ("data: {? [a, b] : c}", 1, "names are text"),
        ("data: {{a: b}: c}", 1, "names are text"),
        ("a: &x [1]\ndata: {*x : c}", 2, "not text"),
        ("data: {<<: 5}", 1, "takes an alias of a mapping"),
        ("key: a\n command: [b]", 2, "colon"),
        ("key: a\ncommand: [b]\n tags: [c]", 3, "indentation"),
        ("command:\n  - a\n - b", 3, "indentation"),
        ("title: a\x07", 1, "control character"),
        ("key: a\nb", 2, "colon is missing"),
        ("key: a\n...\nmore: b\n...\n]", 3, "by a line ---"),
    ],
)
def test_broken_yaml_is_explained(body: str, line: int, part: str):
    found = mistake(body)
    assert found.code == "invalid_yaml"
    assert part in found.message
    assert found.line == line


def test_a_field_that_stands_twice_is_refused_with_the_line_of_the_second():
    found = mistake("command: [ls]\nlimits:\n  attempts: 1\n  attempts: 2")
    assert (found.code, found.path, found.line) == ("duplicate_field", "limits.attempts", 4)


def test_anchors_aliases_and_merges_work():
    specs = read(
        """
        tasks:
          - &base
            command: [ls]
            env: &env {A: "1", B: "2"}
            tags: [&tag night]
          - <<: *base
            title: Second
            env: {<<: *env, B: "3"}
          - {<<: [{key: own}, *base], tags: [*tag, day]}
        """
    )
    assert [spec.command for spec in specs] == [["ls"]] * 3
    assert specs[1].env == {"A": "1", "B": "3"}
    assert (specs[2].key, specs[2].tags, specs[2].env) == ("own", ["night", "day"], {"A": "1", "B": "2"})


def test_anchors_end_with_their_document():
    assert mistake("command: &c [ls]\n---\ncommand: *c").code == "invalid_yaml"


def test_a_billion_laughs_are_not_laughed():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    found = mistake(f"command: [ls]\n{bomb}data: {{x: *a9}}")
    assert found.code == "invalid_yaml"
    assert "more than 100,000 values" in found.message


def test_a_long_text_cannot_be_multiplied_by_aliases():
    body = f"command: [ls]\ndata:\n  a: &a {'x' * 100_000}\n  b: [{', '.join(['*a'] * 1000)}]"
    assert "aliases stand for more" in mistake(body).message


def test_aliases_cannot_be_stacked_beyond_the_depth():
    stacked = "".join(f"  a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200))
    assert "deeper than 64" in mistakes(f"command: [ls]\ndata:\n  a0: &a0 [x]\n{stacked}")[0].message
