"""A document's parts, in its own order, each block in exactly one of them."""

from __future__ import annotations

from hypothesis import given

from plan_worktree.output.page.parts import About, open_and_answered, parts_of, title_of
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.document import read_document
from plan_worktree.plan.text.markdown import parse_state
from tests.plan.text.documents import documents
from tests.support import Stage, plan_text

BLOCK = '```json metadata\n{"plan_id": "x"}\n```\n'


def parts(text: str) -> list[tuple[About, str, list[str]]]:
    file = loads(text.encode(), "plan.md")
    assert file.document is not None
    assert file.metadata is not None
    tokens = parse_state(file.document.source.text).tokens
    found = parts_of(tokens, read_sections(file.document), file.metadata)
    return [(p.about, p.stage, [t["type"] for t in p.tokens]) for p in found]


def test_a_plans_parts_are_told_apart() -> None:
    found = parts(plan_text("2026-01-02-x", Stage("a"), Stage("b")))

    assert [(about, stage) for about, stage, _ in found] == [
        (About.GOAL, ""),
        (About.REST, ""),
        (About.STAGE, "a"),
        (About.STAGE, "b"),
        (About.REST, ""),
        (About.QUESTIONS, ""),
        (About.REST, ""),
    ]


def test_text_before_the_first_heading_is_kept_and_title_and_metadata_are_left_out() -> None:
    assert parts(f"# T\n\nbefore\n\n{BLOCK}\nbehind\n\n    code\n") == [
        (About.REST, "", ["paragraph", "paragraph", "block_code"])
    ]


def test_a_second_title_is_text() -> None:
    assert parts(f"# T\n\n{BLOCK}\n# U\n") == [(About.REST, "", ["heading"])]


@given(documents(max_lines=30))
def test_every_block_is_in_one_part(text: str) -> None:
    text = f"{BLOCK}\n{text}"
    file = loads(text.encode(), "plan.md")
    assert file.metadata is not None
    document = read_document(file.metadata.document.source)
    tokens = parse_state(document.source.text).tokens

    found = parts_of(tokens, read_sections(document), file.metadata)

    kept = [id(token) for part in found for token in part.tokens]
    left_out = (title_of(tokens), tokens[0])
    assert kept == [
        id(token)
        for token in tokens
        if token["type"] != "blank_line" and not any(token is one for one in left_out)
    ]


def test_questions_are_counted_by_their_boxes() -> None:
    text = "text\n\n- [ ] a\n- [x] b\n  - [ ] part of b\n- c\n\n1. [X] d\n"

    assert open_and_answered(parse_state(text).tokens) == (2, 2)
    assert open_and_answered(parse_state("None.\n").tokens) == (0, 0)
