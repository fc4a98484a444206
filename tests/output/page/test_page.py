"""The whole page: what stands where, and that no plan makes it more than text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.output.page.hostile import EVIL, hostile
from tests.pages import Page, page_of
from tests.plan.text.documents import documents
from tests.sampling import sampled
from tests.support import ROOT, Stage, plan_text

NAME = "2026-01-02-shop"
EXAMPLE = (ROOT / "skills/plan-worktree/references/example-plan.md").read_text()
TEMPLATE = ROOT / "skills/plan-worktree/assets/plan-template.md"


def test_what_is_to_be_decided_comes_first() -> None:
    page = Page(page_of(plan_text(NAME, "core", "api:core")))

    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", page_of(plan_text(NAME, "core", "api:core")))
    assert heads[:5] == ["1 open question", "Goal", "Progress", "What waits for what", "Files"]
    assert heads[5:8] == ["Requirements", "Technical Approach", "Implementation Stages"]
    assert "Open Questions" not in page.text()
    assert "Is anything still open?" in page.text()
    assert page.text("h1") == f"Implementation Plan: {NAME}"
    assert "0 of 2 stages are done." in page.text()
    assert "2026-01-02 03:04 UTC" in page.text()


@pytest.mark.parametrize(
    ("section", "said", "is_marked"),
    (
        ("- [x] a", "No open questions, 1 answered", False),
        ("- [ ] a\n- [ ] b\n- [x] c", "2 open questions, 1 answered", True),
        ("None.", "No open questions", False),
    ),
)
def test_open_questions_are_counted(section: str, said: str, is_marked: bool) -> None:
    text = plan_text(NAME).replace("- [ ] Is anything still open?", section)

    shown = page_of(text)

    assert f'<h2 id="questions-head">{said}</h2>' in shown
    assert ('<section class="questions"' in shown) is is_marked


def test_a_fence_that_ends_too_early_is_shown_as_it_was_meant() -> None:
    nested = "```markdown\nSay:\n```bash\nmake\n```\nand more\n```\n\n**Files to Change**:"
    text = plan_text(NAME, "core", "api:core").replace("**Files to Change**:", nested, 1)

    shown = page_of(text)

    assert {held["id"] for held in Page(shown).of("section")} >= {"stage-1", "stage-2"}
    assert "The plan does not explain this stage." not in shown
    assert "Say:\n```bash\nmake\n```\nand more" in shown


def test_every_stage_has_its_section_also_one_that_the_body_forgets() -> None:
    text = plan_text(NAME, Stage("core", verify=("make test",)), "api:core")
    start = text.index("### Stage 2")
    forgotten = text[:start] + text[text.index("## Testing") :]

    whole, part = page_of(text), page_of(forgotten)

    for shown in (whole, part):
        assert {held["id"] for held in Page(shown).of("section")} == {
            "questions", "stage-1", "stage-2"
        }  # fmt: skip
        assert "<code>make test</code>" in shown
    assert "The plan does not explain this stage." not in whole
    assert "The plan does not explain this stage." in part


def test_a_section_of_no_stage_and_one_that_comes_twice_are_shown() -> None:
    text = plan_text(NAME, "core", "api:core")
    section = text[text.index("### Stage 2") : text.index("## Testing")]
    odd = text.replace("## Testing", f"{section}{section.replace('`api`', '`gone`')}## Testing", 1)

    page = Page(page_of(odd))

    assert len(page.of("section")) == 3
    assert page.text("h3").count("Stage 2: Api") == 3


def test_a_stage_section_without_a_heading_gets_its_name() -> None:
    text = plan_text(NAME, Stage("core", name="The core"))
    heading = "### Stage 1: The core\n"
    assert heading in text

    shown = page_of(text.replace(heading, "").replace("## Implementation Stages\n", "", 1))

    assert 'id="stage-1"' in shown


def test_a_plan_without_title_and_overview_says_what_it_is() -> None:
    text = plan_text(NAME).replace(f"# Implementation Plan: {NAME}\n", "")

    page = Page(page_of(text.replace("## Overview", "")))

    assert page.text("h1") == NAME
    assert "The plan has no section Overview." in page.text()


def test_the_metadata_can_be_read_as_it_is() -> None:
    page = Page(page_of(plan_text(NAME, "core")))

    assert json.loads(page.text("pre"))["plan_id"] == NAME


def test_headings_are_a_tree_and_every_link_in_the_page_leads_somewhere() -> None:
    page = Page(page_of(EXAMPLE))

    levels = list(page.levels())
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(level <= above + 1 for above, level in pairwise(levels))
    ids = {held["id"] for _, held in page.elements if "id" in held}
    assert {held["href"][1:] for held in page.of("a") if held["href"][0] == "#"} <= ids


def test_the_policy_forbids_all_but_the_one_style_sheet() -> None:
    shown = page_of(EXAMPLE)

    found = re.search(r"<style>(.*?)</style>", shown, re.DOTALL)
    assert found
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    policy = next(held["content"] for held in Page(shown).of("meta") if "http-equiv" in held)
    assert policy == (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{digest}'"
    )
    assert shown.index("Content-Security-Policy") < shown.index("<style>")


@pytest.mark.parametrize("evil", EVIL)
def test_a_hostile_plan_is_text_wherever_it_stands(evil: str) -> None:
    shown = page_of(hostile(evil))

    page = Page(shown)  # which looks at every element and attribute
    assert not re.search("[\u202e\u2066\u200b\x1b\x07]", shown)
    leads = {held["href"] for held in page.of("a") if held["href"].startswith("http")}
    assert leads <= {"http://a.example"}


@given(documents(max_lines=20), st.text(st.characters(exclude_characters="\0"), max_size=20))
def test_no_document_breaks_the_page(body: str, name: str) -> None:
    text = plan_text(NAME, Stage("core", name=name or "x"), "api:core")

    Page(page_of(text.replace("## Testing", f"{body}\n## Testing", 1).encode("utf-8", "replace")))


@sampled("path", sorted((ROOT / "tests/examples").glob("PW[4-6]*/*.md")), one_in=5)
def test_every_example_has_a_page(path: Path) -> None:
    Page(page_of(path.read_bytes()))


def test_the_template_has_a_page() -> None:
    shown = page_of(TEMPLATE.read_text())

    assert "1 open question" in shown
    assert "A stage that hangs on an open question" not in shown
    assert "Comment: " not in shown
    assert "&lt;!--" not in shown


BOMBS = {
    "brackets": "[" * 60_000,
    "stars": "*a " * 60_000,
    "underscores": "_" * 60_000 + "a",
    "backticks": "".join("`" * n + " " for n in range(500)),
    "quotes": "> " * 20_000 + "a",
    "tags": "<a " * 60_000,
    "comments": "<!-- " * 40_000,
    "links": "[a](" * 40_000,
    "images": "![" * 40_000,
    "entities": "&#x" * 60_000,
    "pipes": "|" * 60_000 + "\n|" + "-|" * 60_000,
    "strikes": "~~a" * 50_000,
    "bold": "**a" * 50_000,
    "definitions": "[a]: <" * 40_000,
    "headings": "# a\n" * 20_000,
    "autolinks": "<http://" * 40_000,
    "lists": "- " * 20_000 + "a",
}


@pytest.mark.thorough
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_page_of_a_bomb_takes_time_in_proportion(bomb: str) -> None:
    text = plan_text(NAME).replace("## Testing", f"{bomb}\n\n## Testing", 1)
    began = time.process_time()

    page_of(text)

    assert time.process_time() - began < 30


def test_ticked_items_are_counted_for_each_stage_that_has_some() -> None:
    text = plan_text(NAME, "core", "api:core")
    ticked = page_of(text.replace("- [ ] Write it.", "- [x] Write it.", 1))

    assert '<th scope="col">TODO</th>' in ticked
    assert "<td>1/2</td>" in ticked
    assert "<td>0/2</td>" in ticked
