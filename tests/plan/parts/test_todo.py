"""Items with a box: which there are, where their boxes stand, and what each line stands for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from plan_worktree.plan.model import Plan, read_plan
from plan_worktree.plan.parts.todo import (
    Count,
    Task,
    count,
    counts,
    merging,
    overall_tasks,
    read_tasks,
    removing,
    stage_lines,
    stage_tasks,
    ticks,
)
from plan_worktree.plan.text.document import Document, read_document
from plan_worktree.plan.text.edit import edited
from plan_worktree.plan.text.source import Source, decode
from tests.plan.text.disagreements import agreed_part


def document(text: str) -> Document:
    source = decode(text.encode(), "plan.md")
    assert isinstance(source, Source)
    return read_document(source)


def tasks(text: str) -> list[Task]:
    found = document(text)
    return read_tasks(found, range(len(found.source.lines)))


def ticked(text: str, *numbers: int, done: bool = True) -> str:
    found = document(text)
    wanted = [task for task in tasks(text) if task.number in numbers]
    return edited(found.source, ticks(wanted, done)).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    (
        ("- [ ] a", "- [x] a"),
        ("* [ ] a", "* [x] a"),
        ("+ [ ] a", "+ [x] a"),
        ("1. [ ] a", "1. [x] a"),
        ("12) [ ] a", "12) [x] a"),
        ("-   [ ] a", "-   [x] a"),
        ("-\t[ ] a", "-\t[x] a"),
        ("   - [ ] a", "   - [x] a"),
        ("- [ ]\ta", "- [x]\ta"),
        ("- [ ]", "- [x]"),
        ("-\n  [ ] a", "-\n  [x] a"),
        ("> - [ ] a", "> - [x] a"),
        ("> -\n>   [ ] a", "> -\n>   [x] a"),
        ("- - [ ] a", "- - [x] a"),
        ("- 1. [ ] a", "- 1. [x] a"),
        ("- b\n  - [ ] a", "- b\n  - [x] a"),
        ("- b\n\n\t- [ ] a", "- b\n\n\t- [x] a"),
        ("- [ ] a [ ] b", "- [x] a [ ] b"),
        ("- [ ] - [ ] a", "- [x] - [ ] a"),
        ("- [ ] `[ ]`", "- [x] `[ ]`"),
        ("- [ ] ä😀", "- [x] ä😀"),
        ("- [ ] a\n  goes on", "- [x] a\n  goes on"),
    ),
)
def test_a_box_is_ticked_whatever_the_item_is_like(before: str, after: str) -> None:
    for end in ("\n", "\r\n", "\r"):
        written, wanted = (text.replace("\n", end) for text in (before, after))
        assert ticked(written, 1) == wanted
        assert ticked(wanted, 1, done=False) == written
        assert ticked("\ufeff" + written, 1) == "\ufeff" + wanted


@pytest.mark.parametrize(
    "text",
    (
        "[ ] a",
        "- a [ ]",
        "- [] a",
        "- [  ] a",
        "- [y] a",
        "- [ ]a",
        "- [x](link)",
        "- [ ]: a",
        "- \\[ ] a",
        "-      [ ] code",
        "```\n- [ ] a\n```",
        "<!--\n- [ ] a\n-->",
        "- # [ ] a",
    ),
)
def test_what_is_no_item_with_a_box(text: str) -> None:
    assert tasks(text) == []


def test_items_are_numbered_in_the_order_of_the_file_with_nested_ones_among_them() -> None:
    text = "1. [x] a\n   - [ ] b\n     goes on\n     * [X] c\n2. [ ] d\n\ntext\n\n- e\n- [ ] f\n"

    assert [(t.number, t.line, t.depth, t.done, t.text) for t in tasks(text)] == [
        (1, 0, 0, True, "a"),
        (2, 1, 1, False, "b goes on"),
        (3, 3, 2, True, "c"),
        (4, 4, 0, False, "d"),
        (5, 9, 0, False, "f"),
    ]
    assert count(tasks(text)) == Count(2, 5)


def test_what_is_ticked_stays_as_it_is_written() -> None:
    text = "- [X] a\n- [x] b\n- [ ] c\n"

    assert ticked(text, 1, 2) == text
    assert ticked(text, 3, done=False) == text
    assert ticked(text, 1, 2, 3, done=False) == "- [ ] a\n- [ ] b\n- [ ] c\n"


_LINES = st.lists(
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(("", "  ", "    ", "> ", "\t")),
            st.sampled_from(("- ", "* ", "+ ", "1. ", "2) ", "-", "", "- - ", "# ", "```")),
            st.sampled_from(("[ ] ", "[x] ", "[X] ", "[ ]", "", "[ ] [ ] ")),
            st.sampled_from(("a", "`b`", "", "ä")),
        ),
    ),
    max_size=8,
)


@given(_LINES, st.sampled_from(("\n", "\r\n", "\r")), st.booleans())
def test_ticking_all_changes_boxes_and_nothing_else(lines: list[str], end: str, done: bool) -> None:
    text = "".join(f"{line}{end}" for line in lines)
    before = tasks(text)

    after = ticked(text, *(task.number for task in before), done=done)

    assert [task._replace(done=done) for task in before] == tasks(after)
    places = [place for place, (a, b) in enumerate(zip(text, after, strict=True)) if a != b]
    assert len(places) == sum(task.done != done for task in before)
    for place in places:
        assert text[place - 1] + text[place + 1] == "[]"
        assert text[place] in (" xX" if done else "xX")
        assert after[place] == ("x" if done else " ")


@given(_LINES)
def test_an_independent_parser_finds_no_other_boxes(lines: list[str]) -> None:
    text = agreed_part("".join(f"{line}\n" for line in lines))
    tokens = MarkdownIt().parse(text)
    expected = []
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open":
            content = inline.content
            if content[:3] in ("[ ]", "[x]", "[X]") and content[3:4] in ("", " ", "\n", "\t"):
                assert inline.map
                expected.append((inline.map[0], content[1] != " "))

    assert [(task.line, task.done) for task in tasks(text)] == expected


PLAN = """\
# Plan

### Stage 1: Storage

**Stage ID**: `storage`

#### TODO for Stage 1

- [x] one
- [ ] two

### Stage 2: Search

**Stage ID**: `search`

#### Validation

- [ ] Run `true`

### Again

**Stage ID**: `storage`

#### TODO

- [ ] of a second section

## Overall TODO List

{overall}

## References

- [ ] Stage 1: Storage
"""


def plan(*stages: tuple[str, str]) -> Plan:
    return read_plan({"stages": [{"id": one, "name": name} for one, name in stages]})


STAGES = plan(("storage", "Storage"), ("search", "Find: words"))


def test_the_items_of_a_stage_are_those_under_todo_in_its_first_section() -> None:
    found = stage_tasks(document(PLAN))

    assert {stage: [task.text for task in of] for stage, of in found.items()} == {
        "storage": ["one", "two"],
        "search": [],
    }
    assert counts(document(PLAN)) == {"storage": (1, 2), "search": (0, 0)}


@pytest.mark.parametrize(
    ("item", "stage"),
    (
        ("Stage 1: Storage - See Stage 1 TODO above", "storage"),
        ("Stage 2: [Component Name] - See Stage 2 TODO above", "search"),
        ("Stage 1", "storage"),
        ("**Stage 1**: something else", "storage"),
        ("[Stage 1: Storage](#stage-1-storage)", "storage"),
        ("stage 1 (storage)", "storage"),
        ("Stage 1 \N{EM DASH} Storage", "storage"),
        ("Stage 1 - Storage", "storage"),
        ("Stage 1. Storage", "storage"),
        ("`search`: see above", "search"),
        ("Stage search: see above", "search"),
        ("search - see above", "search"),
        ("Storage", "storage"),
        ("Find: words - see above", "search"),
        ("Find: words", "search"),
        ("Stage 7: Find: words (see above)", "search"),
        ("Stage 2: Storage", "search"),  # the number is surer than the name
        ("Stage 3: Storage and more", None),
        ("Stage 1 and Stage 2 are reviewed", None),
        ("Stage 1, Stage 2: reviewed", None),
        ("Stage 10: Storage of old notes", None),
        ("Stage 1.5: Between", None),
        ("Stage 1-2: reviewed", None),
        ("Storage is reviewed", None),
        ("search-index is built", None),
        ("Review stage 1: Storage", None),
        ("", None),
    ),
)
def test_which_stage_a_line_of_the_overall_list_stands_for(item: str, stage: str | None) -> None:
    found = stage_lines(document(PLAN.format(overall=f"- [ ] {item}")), STAGES)

    assert list(found) == ([stage] if stage else [])


def test_of_several_lines_of_a_stage_the_first_counts() -> None:
    overall = "### Implementation\n\n- [ ] Stage 1: build\n- [ ] Stage 1: again\n- [x] search"
    text = PLAN.format(overall=overall)

    found = stage_lines(document(text), STAGES)

    lines = text.split("\n")
    assert {stage: lines[task.line] for stage, task in found.items()} == {
        "storage": "- [ ] Stage 1: build",
        "search": "- [x] search",
    }


def test_a_section_of_a_stage_that_the_metadata_lacks_names_nothing() -> None:
    text = PLAN.format(overall="- [ ] Stage 1: Storage\n- [ ] Stage 2: Search")

    assert list(stage_lines(document(text), plan(("search", "Search")))) == ["search"]


def test_a_name_that_two_stages_share_stands_for_neither() -> None:
    stages = plan(("a", "Same"), ("b", "Same"), ("c", "Same"), ("d", "Other"))
    text = "## Overall TODO List\n\n- [ ] Same\n- [ ] Other\n- [ ] b\n"

    assert list(stage_lines(document(text), stages)) == ["d", "b"]


@pytest.mark.parametrize(
    "heading",
    ("## Overall TODO List", "## 11. Overall TODO list", "## **Overall Todo**", "# Overall TODO"),
)
def test_the_overall_list_ends_at_the_next_heading_of_its_level(heading: str) -> None:
    text = PLAN.replace("## Overall TODO List", heading)
    text = text.format(overall="### Before\n\n- [ ] a\n\n### After\n\n- [ ] b")
    found = overall_tasks(document(text + "\n# End\n\n- [ ] c\n"))

    assert [task.text for task in found][:2] == ["a", "b"]
    assert "c" not in [task.text for task in found]


def test_a_plan_without_an_overall_list_has_no_items_there() -> None:
    text = "# Plan\n\n- [ ] Stage 1: Storage\n- [ ] Merge all stages\n"

    assert (overall_tasks(document(text)), merging(document(text))) == ([], [])
    assert stage_lines(document(text), STAGES) == {}


@pytest.mark.parametrize(
    ("item", "kinds"),
    (
        ("Merge all stage branches", "merge"),
        ("Merge all stage branches, in dependency order", "merge"),
        ("**Merge** all stages into `main`", "merge"),
        ("Land the stages", "merge"),
        ("Merge branches", "merge"),
        ("Merge every stage", "merge"),
        ("Merge the pull request", ""),
        ("Review and merge all stages", ""),
        ("Run full integration tests", ""),
        ("Remove the worktrees (run `plan-worktree remove x --merged`)", "remove"),
        ("Remove worktrees", "remove"),
        ("Clean up all stage worktrees", "remove"),
        ("Delete merged worktrees and branches", "remove"),
        ("Set up worktrees for stages", ""),
        ("Remove the old endpoint", ""),
    ),
)
def test_which_lines_stand_for_merging_and_removing(item: str, kinds: str) -> None:
    found = document(PLAN.format(overall=f"- [ ] {item}"))

    assert [bool(merging(found)), bool(removing(found))] == [kinds == "merge", kinds == "remove"]


@pytest.mark.parametrize(
    "item",
    (
        "- [ ] " + "a: " * 20_000,
        "- [ ] Stage " + "1." * 20_000,
        "- [ ] " + "- " * 20_000,
        "- [ ] a" + " -" * 20_000,
        "- [ ] a" + " " * 40_000 + "-" * 40_000,
        "- [ ] merge " + "all " * 20_000,
        "- [ ] remove " + "the " * 20_000,
    ),
    ids=range(7),
)
def test_a_hostile_line_takes_no_time(item: str) -> None:
    found = document(PLAN.format(overall=item))
    begin = time.process_time()

    stage_lines(found, STAGES)
    merging(found)
    removing(found)

    assert time.process_time() - begin < 20


@pytest.mark.second
def test_a_thousand_stages_take_no_time() -> None:
    stages = plan(*((f"s{n}", f"Name {n}") for n in range(1000)))
    sections = "".join(f"### Stage {n}: Name\n\n**Stage ID**: `s{n}`\n\n" for n in range(1000))
    lines = "".join(f"- [ ] Stage {n}: Name {n} - See above\n" for n in range(1000))
    found = document(f"{sections}## Overall TODO List\n\n{lines}")
    begin = time.process_time()

    assert len(stage_lines(found, stages)) == 1000

    assert time.process_time() - begin < 20
