"""No page leads nowhere, and every page can be found from the first."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, Page, all_pages, page

pytestmark = pytest.mark.requirement("O6")
PAGES = all_pages()


@pytest.mark.parametrize("this", PAGES, ids=lambda each: each.name)
def test_every_link_leads_to_a_file_and_to_a_heading_that_is_there(this: Page) -> None:
    for link in this.links:
        path, _, anchor = link.partition("#")
        target = (this.path.parent / path).resolve() if path else this.path
        assert target.exists(), f"{this.name} links to {link}, which is not there"
        if anchor and target.suffix == ".md":
            assert anchor in Page(target).anchors, f"{this.name} links to {link}; the page has no such heading"


@pytest.mark.parametrize("this", PAGES, ids=lambda each: each.name)
def test_every_file_that_is_named_is_there(this: Page) -> None:
    """Paths of the repository in backticks, such as `tasks/submit.py`."""
    named = re.findall(r"`((?:config|tasks|agents|approvals|tests|docs|examples|benchmarks)/[\w/.-]*)`", this.prose)
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing, f"{this.name} names {missing}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    ahead, seen = [page("README.md")], set()
    while ahead:
        this = ahead.pop()
        if this.path in seen:
            continue
        seen.add(this.path)
        targets = [(this.path.parent / link.partition("#")[0]).resolve() for link in this.links]
        ahead += [Page(target) for target in targets if target.suffix == ".md"]
    assert {each.path for each in PAGES} <= seen


@pytest.mark.parametrize("image", sorted((ROOT / "docs" / "images").glob("*")), ids=lambda each: each.name)
def test_images_are_small_and_shown_somewhere(image: object) -> None:
    path = ROOT / str(image)
    assert path.stat().st_size < 300_000
    assert any(path.name in each.text for each in PAGES)
