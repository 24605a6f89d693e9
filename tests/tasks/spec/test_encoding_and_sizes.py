"""A document is UTF-8 and of bounded size; what is not is refused before anything is made of it."""

from __future__ import annotations

import json

import pytest

from tasks.spec import PayloadTooLarge, from_value, parse_one
from tests.tasks.spec.toolbox import TOOLS, mistake, read

pytestmark = pytest.mark.requirement("J6")
MIB = 1024 * 1024


@pytest.mark.parametrize("content_type", ["application/json", "application/yaml", None])
def test_what_is_not_utf8_is_refused_with_its_byte_and_line(content_type: str | None):
    found = mistake(b'{"command":\n ["\xff"]}', content_type)
    assert found.code == "invalid_encoding"
    assert found.line == 2
    assert found.message == "Byte 15 is not UTF-8; save the document as UTF-8."


def test_utf16_is_not_utf8():
    assert mistake("command: [ls]".encode("utf-16")).code == "invalid_encoding"


def test_a_nul_is_refused_as_a_byte_and_as_an_escape():
    assert mistake(b"command: [ls]\ntitle: a\x00b").line == 2
    for body in ('{"command": ["ls"],\n "data": {"x": ["a\\u0000b"]}}', 'command: [ls]\ndata: {x: ["a\\0b"]}'):
        found = mistake(body, None)
        assert (found.code, found.path, found.line) == ("invalid_encoding", "data.x[0]", 2)


def test_half_of_a_surrogate_pair_is_refused():
    found = mistake('{"command": ["ls"],\n "title": "\\ud83d"}', None)
    assert (found.code, found.path, found.line) == ("invalid_encoding", "title", 2)
    assert mistake('{"command": ["ls"], "data": {"\\ud83d": 1}}', None).code == "invalid_encoding"
    assert mistake("title: \ud83d").code == "invalid_encoding"


def test_a_whole_surrogate_pair_is_a_letter():
    assert read('{"command": ["ls"], "title": "\\ud83d\\ude00"}', None)[0].title == "😀"


def test_what_cannot_be_stored_is_found_in_the_right_document():
    found = mistake("command: [ls]\n---\ncommand: [ls]\ndata:\n  x: .nan")
    assert found.line == 5


def test_one_job_has_at_most_one_mebibyte():
    with pytest.raises(PayloadTooLarge) as refused:
        parse_one("x" * (MIB + 1))
    assert (refused.value.code, refused.value.status) == ("payload_too_large", 413)
    small, large = {"command": ["a"]}, {"command": ["a"], "data": {"x": "y" * MIB}}
    with pytest.raises(PayloadTooLarge, match=r"tasks\[1\].*1 MiB is the most"):
        read(json.dumps({"tasks": [small, large]}), "application/json")


@pytest.mark.requirement("J9")
def test_a_batch_has_at_most_32_mebibytes():
    with pytest.raises(PayloadTooLarge, match="32 MiB"):
        read(b" " * (32 * MIB + 1))
    with pytest.raises(PayloadTooLarge, match="32 MiB"):
        from_value({"tasks": [{"command": ["a"], "data": {"x": "y" * 900_000}}] * 40}, tools=TOOLS)


@pytest.mark.requirement("J9")
def test_defaults_cannot_be_multiplied_beyond_the_size_of_a_batch():
    with pytest.raises(PayloadTooLarge, match="Merged into each task"):
        from_value({"defaults": {"metadata": {"x": "y" * 500_000}}, "tasks": [{"command": ["a"]}] * 100}, tools=TOOLS)


@pytest.mark.requirement("J9")
def test_a_batch_has_at_most_5000_jobs():
    assert len(read(json.dumps({"tasks": [{"command": ["a"]}] * 5000}), "application/json")) == 5000
    with pytest.raises(PayloadTooLarge, match="5,000 are the most"):
        read(json.dumps({"tasks": [{"command": ["a"]}] * 5001}), "application/json")
    with pytest.raises(PayloadTooLarge, match="5,000 documents"):
        read("---\n" * 5002)


@pytest.mark.parametrize("content_type", ["application/json", "application/yaml", None])
@pytest.mark.parametrize("body", ["", "  \n", "\ufeff", "# only a comment"])
def test_an_empty_document_is_refused(body: str, content_type: str | None):
    if "#" in body and content_type == "application/json":
        assert mistake(body, content_type).code == "invalid_json"
    else:
        assert mistake(body, content_type).code == "missing_field"
