"""Files to Change as agents write it, read as a person would."""

from __future__ import annotations

import pytest

from plan_worktree.plan.document import read_document
from plan_worktree.plan.filelist import read_file_list
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.source import Source, decode
from tests.plan.file_variants import ALL, Variant

TITLES = ("**Files to Change**:", "#### Files to Change")


def source(title: str, text: str) -> Source:
    lines = (
        "### One",
        "",
        "**Stage ID**: `a`",
        "",
        title,
        "",
        text,
        "",
        "#### Validation",
        "",
        "- x",
        "",
    )
    found = decode("\n".join(lines).encode(), "plan.md")
    assert isinstance(found, Source)
    return found


def reading(text: Source) -> list[str]:
    """Return what a source's one section says of files, in the words of the table."""
    document = read_document(text)
    (section,) = read_sections(document)
    listed = read_file_list(document, section)
    placed = [
        (
            e.line,
            e.column,
            f"{e.change.value[0] if e.change != 'create-or-modify' else 'e'} {e.path}",
            e.written,
        )
        for e in listed.entries
    ]
    placed += [(u.line, u.column, f"? {u.written}", u.written) for u in listed.unread]
    for line, column, _, written in placed:
        assert text.lines[line][column:].startswith(written)
        assert written
    return [said for *_, said, _ in placed]


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.text[:60])
@pytest.mark.parametrize("title", TITLES, ids=("bold", "heading"))
def test_a_line_is_read_as_a_person_reads_it(title: str, variant: Variant) -> None:
    assert reading(source(title, variant.text)) == list(variant.reading)


def test_the_table_has_no_variant_twice() -> None:
    assert len({variant.text for variant in ALL}) == len(ALL) >= 80
