"""Every link leads somewhere, and no page names this machine."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.markdown import anchors, links, pages
from tests.support import ROOT

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))


def test_there_are_pages_to_check() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in pages()}
    assert {"README.md", "schemas/README.md", "skills/plan-worktree/SKILL.md"} <= names


@PAGES
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    dead = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / unquote(name)).resolve() if name else page
        if (
            not target.exists()
            or not target.is_relative_to(ROOT)
            or (anchor and anchor not in anchors(target))
        ):
            dead.append(link)
    assert dead == []


@PAGES
def test_a_link_to_the_web_is_a_secure_one(page: Path) -> None:
    outside = [link for link in links(page) if re.match(r"[a-z]+:", link)]
    assert [link for link in outside if not link.startswith("https://")] == []


@PAGES
def test_a_reference_of_the_skill_names_only_what_ships_with_it(page: Path) -> None:
    skill = ROOT / "skills/plan-worktree"
    if page.is_relative_to(skill):
        inside = [link for link in links(page) if not re.match(r"[a-z]+:|#", link)]
        places = [(page.parent / link.partition("#")[0]).resolve() for link in inside]
        assert all(place.is_relative_to(skill) for place in places)
