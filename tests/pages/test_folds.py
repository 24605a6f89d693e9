"""What a person folded or opened stays so."""

from __future__ import annotations

from uuid import UUID

from tasks.pages.folds import name_of, read


def test_the_newest_decision_counts_and_the_rest_is_as_the_page_would_have_it() -> None:
    folds = read({"folds": "caaa.obbb.oaaa"})
    assert folds.is_open("aaa", otherwise=True) is False
    assert folds.is_open("bbb", otherwise=False) is True
    assert folds.is_open("ccc", otherwise=True) is True


def test_a_broken_cookie_decides_nothing() -> None:
    assert dict(read({"folds": "..x.zz.??"}).decided) == {}
    assert dict(read({}).decided) == {}


def test_a_name_is_the_random_end_of_the_id() -> None:
    assert name_of(UUID("01a209e4-c548-7202-af66-dad4e8ae1048")) == "dad4e8ae1048"
