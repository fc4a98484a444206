"""Lines that repeat the metadata: which are left out of a stage's section, and which stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given

from plan_worktree.output.page.repeated import repeated, without
from plan_worktree.plan.model import Stage
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.markdown import Token, parse_state
from tests.pages import page_of
from tests.plan.text.documents import documents
from tests.support import plan_text

NAME = "2026-01-02-shop"
API = Stage(1, "api", "Api", f"feature/{NAME}-api", "../api", "not-started", ("core", "db"), ())
BRANCH = f"feature/{NAME}-api"
FIELDS = (
    f"**Stage ID**: `api`\n**Branch**: `{BRANCH}`\n**Status**: Not Started\n"
    "**Dependencies**: core, db"
)


def kept(fields: str, stage: Stage = API) -> list[str]:
    """Return what is left of the text between a stage's heading and its first part."""
    file = loads(f"### Stage 1\n\n{fields}\n\n#### What\n\nMore.\n".encode(), "plan.md")
    assert file.document is not None
    (section, *_) = read_sections(file.document)
    lines = repeated(section, stage, file.document.source.lines)
    shown = without(parse_state(file.document.text).tokens, lines)
    first, *others, part, last = _texts(list(shown))
    assert (first, part, last) == ("Stage 1", "What", "More.")
    return others


def _texts(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        yield from [token["text"].strip()] if "text" in token else []
        yield from _texts(token.get("children", ()))


@pytest.mark.parametrize(
    "fields",
    (
        FIELDS,
        FIELDS.replace("\n", "  \n"),
        FIELDS.replace("\n", "\\\n"),
        FIELDS.replace("\n", "\n\n"),
        FIELDS.replace("\n", " "),
        FIELDS.replace("\n", ", "),
        FIELDS.replace("`", ""),
        FIELDS.replace("core, db", "`db`,\n`core`"),
        FIELDS.replace("core, db", "\n  core, db"),
        FIELDS.replace("**", ""),
        FIELDS.replace("Not Started", "not-started"),
        re.sub("^", "- ", FIELDS, flags=re.MULTILINE),
        re.sub("^", "* ", FIELDS, flags=re.MULTILINE).replace("\n", "\n\n"),
    ),
)
def test_fields_that_say_the_same_are_left_out_in_every_form(fields: str) -> None:
    assert kept(fields) == []


@pytest.mark.parametrize("none", ("None", "none", "-", ""))
def test_no_dependencies_are_said_in_several_ways(none: str) -> None:
    fields = FIELDS.replace("core, db", none)

    assert kept(fields, API._replace(depends_on=())) == []


@pytest.mark.parametrize(
    ("fields", "left"),
    (
        (FIELDS.replace("core, db", "core"), "**Dependencies**: core"),
        (FIELDS.replace("core, db", "None"), "**Dependencies**: None"),
        (FIELDS.replace("core, db", "core, db, ui"), "**Dependencies**: core, db, ui"),
        (FIELDS.replace("core, db", "core (its API), db"), "**Dependencies**: core (its API), db"),
        (FIELDS.replace("Not Started", "Complete"), "**Status**: Complete"),
        (FIELDS.replace("Started", "Started (wait)"), "**Status**: Not Started (wait)"),
        (FIELDS.replace("Started", "Started <!-- x -->"), "**Status**: Not Started <!-- x -->"),
        (FIELDS.replace(f"{BRANCH}`", "main`"), "**Branch**: `main`"),
        (f"{FIELDS}\n**Branch**: `main`", "**Branch**: `main`"),
        (f"{FIELDS}\n**Owner**: ada", "**Owner**: ada"),
        (f"Read this.\n{FIELDS}", "Read this."),
        (f"{FIELDS}\n\n**Branch**: `{BRANCH}`", f"**Branch**: `{BRANCH}`"),
    ),
)
def test_what_says_anything_else_stays(fields: str, left: str) -> None:
    assert kept(fields) == [left]


def test_a_line_of_several_fields_stays_whole_when_one_of_them_disagrees() -> None:
    line = FIELDS.replace("\n", " ").replace("Not Started", "Blocked")

    assert kept(line) == [line]


def test_a_table_stays() -> None:
    rows = FIELDS.replace("**: ", "** | ").replace("\n", " |\n| ")

    assert len(kept(f"| Field | Value |\n|---|---|\n| {rows} |")) == 1


def test_a_quote_stays() -> None:
    assert len(kept(re.sub("^", "> ", FIELDS, flags=re.MULTILINE))) == 1


@given(documents(max_lines=30))
def test_where_no_line_is_left_out_every_block_stays(text: str) -> None:
    tokens = parse_state(text).tokens

    assert list(without(tokens, ())) == tokens


@given(documents(max_lines=30))
def test_only_lines_of_fields_are_left_out(text: str) -> None:
    file = loads(text.encode(), "plan.md")
    if file.document is None:
        return
    document = read_document(file.document.source)
    for section in read_sections(document):
        stage = API._replace(id=section.stage_id, depends_on=())
        lines = repeated(section, stage, document.source.lines)
        fields = {field.line for field in (section.id_field, *section.fields.values())}
        rows = {line for f in section.fields.values() for line, _ in f.rows}
        rows |= {line for line, _ in section.id_field.rows}
        assert lines <= fields | rows


def test_the_page_says_each_field_once_and_what_disagrees_twice() -> None:
    text = plan_text(NAME, "core", "api:core")
    same = page_of(text)
    other = page_of(text.replace(f"**Branch**: `{BRANCH}`", "**Branch**: `main`"))

    for field in ("Stage ID", "Branch", "Status", "Dependencies"):
        assert f"<strong>{field}</strong>" not in same, field
    assert same.count("<dt>Stage ID</dt>") == 2
    assert f"<dt>Branch</dt><dd><code>{BRANCH}</code></dd>" in other
    assert "<strong>Branch</strong>: <code>main</code>" in other


def test_a_section_that_begins_with_its_fields_keeps_the_heading_of_its_first_part() -> None:
    text = (
        plan_text(NAME, "core")
        .replace("### Stage 1: Core\n", "")
        .replace("## Implementation Stages\n", "")
    )

    assert re.search(r"<h\d[^>]*>What</h\d>", page_of(text))
