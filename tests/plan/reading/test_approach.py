"""What a plan says of the whole: goal, constraints, and how its code is to be written."""

from __future__ import annotations

import time

import pytest

from plan_worktree.plan.reading.approach import CONSTRAINTS, GOAL, conventions, part
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import Document, read_document
from plan_worktree.plan.text.source import Source, decode
from tests.support import plan_text


def read(text: str) -> Document:
    source = decode(text.encode(), "plan.md")
    assert isinstance(source, Source)
    return read_document(source)


def titles(text: str) -> list[str]:
    document = read(text)
    return [one.title for one in conventions(document, read_sections(document)).parts]


def test_the_templates_conventions_are_found_in_their_order() -> None:
    document = read(plan_text("2026-01-02-shop", "core", "api"))

    found = conventions(document, read_sections(document))

    assert [one.title for one in found.parts] == [
        "Technologies",
        "Design Patterns",
        "Existing Code to Follow",
        "Testing Strategy",
    ]
    assert found.parts[2].text == "README.md."
    assert "### Unit Tests" in found.parts[3].text
    assert not found.is_cut
    assert part(document, GOAL, 100).text == "What is built, and why it matters."
    assert "nothing leaves" in part(document, CONSTRAINTS, 1000).text


@pytest.mark.parametrize(
    "title",
    (
        "## Coding Conventions",
        "## 3. Code Style",
        "### Patterns to Follow",
        "## Tech Stack",
        "## Testing Approach",
        "## Testing",
        "## Global Constraints",
        "## Boundaries",
        "## Mandatory Reading (before you begin)",
        "## Codebase Context",
        "## Shared Interfaces",
        "Reference Implementations\n---",
        "## **Similar code**",
    ),
)
def test_other_titles_of_conventions_are_found(title: str) -> None:
    text = f"# Plan for tests\n\n{title}\n\nAs written.\n\n## Next\n\nNot this.\n"
    document = read(text)

    (found,) = conventions(document, []).parts

    assert found.text == "As written."


@pytest.mark.parametrize(
    "text",
    (
        "# Coding conventions of the shop\n\nText.\n\n## Overview\n\nMore.\n",
        "# Plan\n\n## Requirements\n\n### Interfaces\n\nText.\n",
        "# Plan\n\n## Overall TODO List\n\n### Integration & Testing\n\n- [ ] All\n",
        "# Plan\n\n## Contest\n\nText.\n",
        "# Plan\n\n## Testing Strategy\n\n<!-- nothing yet -->\n",
        "# Plan\n\n> ## Testing\n>\n> Of a quote.\n",
        "# Plan\n\n## Patterns\n\n### Stage 1\n\n**Stage ID**: `one`\n\n#### Testing\n\nIts own.\n",
    ),
)
def test_what_holds_for_no_code_is_no_convention(text: str) -> None:
    assert titles(text) == []


@pytest.mark.second
def test_conventions_are_bounded_each_and_in_all() -> None:
    long = "\n".join(f"- rule {n}" for n in range(2000))
    text = "# Plan\n\n" + "".join(f"## Patterns {n}\n\n{long}\n\n" for n in range(20))
    document = read(text)

    found = conventions(document, [])

    assert found.is_cut
    assert sum(len(one.text) for one in found.parts) <= 6_000
    assert len(found.parts) > 1


def test_very_many_headings_take_linear_time() -> None:
    text = "# Plan\n\n" + "## Patterns\n\n### Testing\n\n" * 10_000 + "**Stage ID**: `one`\n"
    document = read(text)
    sections = read_sections(document)

    began = time.process_time()
    conventions(document, sections)

    assert time.process_time() - began < 20


@pytest.mark.second
def test_very_many_short_conventions_are_bounded_too() -> None:
    document = read("# Plan\n\n" + "## Patterns\n\n<!-- x -->\n\na\n\n" * 20_000)

    began = time.process_time()
    found = conventions(document, [])

    assert found.is_cut
    assert sum(len(one.title) + len(one.text) for one in found.parts) < 6_100
    assert time.process_time() - began < 20
