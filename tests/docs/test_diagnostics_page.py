"""The page that explains every code, held to the code table and to the example plans."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import NamedTuple

import pytest

from plan_worktree.lint.codes import CODES
from plan_worktree.lint.explain import explain
from plan_worktree.plan.text.document import Document, Heading, read_document
from plan_worktree.plan.text.source import Source, decode
from tests.support import ROOT

PAGE = ROOT / "skills/plan-worktree/references/diagnostics.md"
EXAMPLES = ROOT / "tests/examples"


class Excerpt(NamedTuple):
    """An example on the page: good or bad, and its lines."""

    kind: str
    lines: list[str]


def read_page() -> Document:
    source = decode(PAGE.read_bytes(), PAGE.name)
    assert isinstance(source, Source)
    return read_document(source)


DOCUMENT = read_page()
LINES = DOCUMENT.source.lines
SECTIONS = [heading for heading in DOCUMENT.headings if heading.level == 3]


def end_of(heading: Heading) -> int:
    after = (
        h.line for h in DOCUMENT.headings if h.line > heading.line and h.level <= heading.level
    )
    return next(after, len(LINES))


def text_of(code: str) -> str:
    (heading,) = [heading for heading in SECTIONS if heading.text.startswith(code)]
    return "\n".join(LINES[heading.line + 1 : end_of(heading)])


def excerpts(code: str) -> list[Excerpt]:
    (heading,) = [heading for heading in SECTIONS if heading.text.startswith(code)]
    found = []
    for fence in DOCUMENT.fences:
        if heading.line < fence.line < end_of(heading):
            assert fence.closed
            label = re.match(r"(Bad|Good)\b.*:$", LINES[fence.line - 1])
            assert label, f"{PAGE.name}:{fence.line + 1} is neither bad nor good"
            found.append(Excerpt(label[1].lower(), fence.content.removesuffix("\n").split("\n")))
    return found


def stands_in(lines: list[str], text: str) -> bool:
    """Tell whether lines stand one after the other in a text, perhaps further to the right."""
    wanted = dedent("\n".join(lines))
    there = text.split("\n")
    size = len(lines)
    windows = ("\n".join(there[at : at + size]) for at in range(len(there) - size + 1))
    return any(dedent(window) == wanted for window in windows)


def examples(code: str, kind: str) -> list[str]:
    # Bytes that are not UTF-8 are written as the page writes them.
    return [
        path.read_bytes().decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        for path in sorted((EXAMPLES / code).glob(f"{kind}*.md"))
        if ".beside." not in path.name
    ]


def test_the_page_has_every_code_once_with_its_title_and_in_order() -> None:
    assert [heading.text for heading in SECTIONS] == [
        f"{code} {entry.title}" for code, entry in CODES.items()
    ]


def test_codes_are_grouped_by_their_first_digit() -> None:
    group = ""
    for heading in DOCUMENT.headings:
        if heading.level == 2:
            group = heading.text.split()[0]
        elif heading.level == 3:
            assert heading.text.startswith(group)
            assert re.fullmatch(r"PW\d", group)


def test_no_two_headings_are_equal() -> None:
    titles = [heading.text for heading in DOCUMENT.headings]

    assert sorted(set(titles)) == sorted(titles)


def test_all_fences_but_the_excerpts_are_elsewhere() -> None:
    assert sum(len(excerpts(code)) for code in CODES) == len(DOCUMENT.fences)


@pytest.mark.parametrize("code", CODES)
def test_a_section_says_the_severity_and_why_before_its_examples(code: str) -> None:
    text, _, rest = text_of(code).strip().partition("\nBad")

    assert rest
    assert text.startswith(CODES[code].severity.value.capitalize()) or code == "PW406"
    assert len(re.findall(r"[.:](?:\s|$)", text)) >= 2


@pytest.mark.parametrize("code", CODES)
def test_a_section_has_a_bad_and_a_good_example(code: str) -> None:
    assert [one.kind for one in excerpts(code)] == ["bad", "good"]


@pytest.mark.parametrize("code", CODES)
def test_an_example_on_the_page_is_part_of_a_plan_that_is_tested(code: str) -> None:
    for kind, lines in excerpts(code):
        assert any(stands_in(lines, text) for text in examples(code, kind)), (kind, lines)


@pytest.mark.parametrize("code", CODES)
def test_explain_prints_the_section_and_nothing_of_the_next(code: str) -> None:
    said = explain(code.lower())

    assert said == f"### {code} {CODES[code].title}\n{text_of(code)}".rstrip()


def test_the_page_is_linked_to_nothing_that_is_not_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", "\n".join(LINES)):
        assert (PAGE.parent / target).is_file()


def test_the_page_is_short_enough_to_be_read() -> None:
    # An excerpt of a plan takes its lines: the page may grow with each code, but not each section.
    assert len(LINES) <= 18 * len(CODES)
    assert max(map(len, LINES)) <= 125
