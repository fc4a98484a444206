"""PW406: what is a placeholder, and what only looks like one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.check import check
from plan_worktree.lint.suppress import Selection
from plan_worktree.plan.planfile import loads
from tests.sampling import sampled
from tests.support import ROOT, plan_text

PLAN_ID = "2026-01-02-shop"
TEMPLATE = ROOT / "skills/plan-worktree/assets/plan-template.md"


def findings(text: str) -> list[Diagnostic]:
    return list(check(loads(text.encode(), "plan.md"), None, selection=Selection(("PW406",))))


def saying(text: str, status: str = "draft") -> list[Diagnostic]:
    """Check a plan whose overview is the text."""
    overview = "What is built, and why it matters."
    return findings(plan_text(PLAN_ID, "core", status=status).replace(overview, text))


def tokens(text: str) -> list[str]:
    pattern = re.compile(r"(?<!\[)placeholder (.+?) is still here")
    return [found[1] for one in saying(text) if (found := pattern.search(one.message))]


@pytest.mark.parametrize(
    ("text", "found"),
    (
        ("[NAME]", ["[NAME]"]),
        (
            "- [ ] [First task, small enough for one commit]",
            ["[First task, small enough for one commit]"],
        ),
        (
            "**Language**: [language and oldest version supported]",
            ["[language and oldest version supported]"],
        ),
        ("See [link], [ticket].", ["[link]", "[ticket]"]),
        ("Done by YYYY-MM-DD.", ["YYYY-MM-DD"]),
        ("YYYY-MM-DD-short-slug", ["YYYY-MM-DD-short-slug"]),
        ("Storage: TBD", ["TBD"]),
        ("(TBD) and TBD.", ["TBD", "TBD"]),
        ("TODO:", ["TODO:"]),
        ("- [ ] TODO:  ", ["TODO:"]),
        ("> TODO:", ["TODO:"]),
        ("Limits: **TBD**", ["TBD"]),
        ("| a | TBD |\n|---|-----|", ["TBD"]),
        ("#### TBD", ["TBD"]),
        (
            "- [ ] [First task, small\n  enough for one commit]",
            ["[First task, small enough for one commit]"],
        ),
    ),
)
def test_a_placeholder(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    "text",
    (
        *("- [ ] open", "- [x] done", "- [X] done", "[ ]", "arr[0]", "arr[NAME]", "map[link]"),
        *("[link](https://example.org)", "[guide][link]", "[link][]", "![link](a.png)"),
        *("[^1] and [^link]", "[link]: https://example.org", "\\[NAME\\]", "![NAME]"),
        *("`[NAME]`", "``TBD ` TODO:``", "    [NAME] in indented code", "<!-- [NAME] TBD -->"),
        *("```\n[NAME] TBD\nTODO:\n```", "~~~\nYYYY-MM-DD\n~~~", "<div>\nTBD\n</div>"),
        *("[whatever the author writes in brackets]", "[a", "a]", "[]", "[name]", "[TITLES]"),
        *("TODO: write it", "TODO list", "TODOs:", "TBDs", "TBDX", "tbd", "todo:"),
        *("yyyy-mm-dd", "YYYY-MM", "2026-01-02", "XYYYY-MM-DD", "YYYY-MM-DDTHH:MM"),
    ),
)
def test_no_placeholder(text: str) -> None:
    assert tokens(text) == []


@pytest.mark.parametrize("status", ("approved", "in-progress", "complete", "abandoned"))
def test_a_placeholder_is_an_error_once_the_plan_is_no_draft(status: str) -> None:
    assert [one.severity for one in saying("TBD", status)] == [Severity.ERROR]
    assert [one.severity for one in saying("TBD")] == [Severity.WARNING]


def test_every_bracket_of_the_template_is_found_where_it_stands() -> None:
    text = TEMPLATE.read_text()
    lines = text.split("\n")

    found = findings(text)

    for one in found:
        token = re.search(r"placeholder (.+) is still here", one.message)
        assert token
        assert lines[one.line - 1][one.column - 1 :].lstrip('"').startswith(token[1])
    places = {(one.line, one.column) for one in found}
    assert len(places) == len(found)
    # Only what the metadata holds besides author and name is left to the rules for its values.
    fence = range(lines.index("```json metadata"), lines.index("```") + 1)
    missed = [
        line
        for number, line in enumerate(lines)
        if re.search(r"\[[^ x]", line)
        and number not in fence
        and not any(place[0] == number + 1 for place in places)
    ]
    # Brackets in code marks or in a fence are code.
    assert all("`feature/[plan-id]" in line or line.startswith("[The interface") for line in missed)


@given(
    st.lists(
        st.sampled_from(
            ("TBD", "[NAME]", "YYYY-MM-DD", "`TBD`", "ü", "word", "<!-- TBD -->", "\n")
        ),
        max_size=12,
    ),
    st.sampled_from(("", "> ", "- ", "- [ ] ", "1. ", "> - ", "#### ")),
)
def test_every_placeholder_stands_where_it_says(words: list[str], prefix: str) -> None:
    go_on = "> " if prefix.startswith(">") else "  "
    rows = " ".join(words).split("\n")
    kept = [prefix + rows[0], *(f"{go_on}{row}" for row in rows[1:] if row.strip())]
    text = plan_text(PLAN_ID, "core").replace("What is built, and why it matters.", "\n".join(kept))
    lines = text.split("\n")

    for one in findings(text):
        shown = lines[one.line - 1][one.column - 1 :]
        token = one.message.split()[1]
        assert shown.startswith(token), (one, shown)
        before = lines[one.line - 1][: one.column - 1]
        assert before.count("`") % 2 == 0
        assert before.count("<!--") == before.count("-->")


def test_a_heading_that_repeats_a_placeholder_has_each_at_its_own_column() -> None:
    assert [one.column for one in saying("###### TBD TBD TBD")] == [8, 12, 16]


def test_a_heading_with_a_placeholder_in_code_points_at_the_other() -> None:
    assert [one.column for one in saying("###### `TBD` TBD")] == [14]


def test_a_placeholder_in_the_second_line_of_a_heading_is_found() -> None:
    (found,) = saying("Some words\nTBD\n===")

    assert found.column == 1


def test_a_part_called_todo_is_no_placeholder() -> None:
    text = plan_text(PLAN_ID, "core")

    for form in ("**TODO:**", "#### TODO:"):
        assert findings(text.replace("#### TODO for Stage 1", form)) == []


def test_a_shortcut_link_that_is_defined_is_no_placeholder() -> None:
    assert tokens("See [link].\n\n[link]: https://example.org") == []


@pytest.mark.second
@sampled(
    "text",
    (
        "[" * 1_000_000,
        "[a" * 500_000,
        "[" + "a " * 500_000,
        "]" * 500_000 + "[" * 500_000,
        "TODO:" + " *" * 500_000 + "x",
        "TODO: " * 150_000,
        "TBD " * 50_000,
        "TBD\n" * 50_000,
        "`TBD` " * 100_000,
        "YYYY-" * 200_000,
        "<!-- TBD " * 100_000,
        "- TBD\n" * 10_000,
        "#### TBD\n" * 10_000,
    ),
    one_in=3,
    ids=lambda text: text[:10].strip(),
)
def test_hostile_texts_do_not_hang_it(text: str) -> None:
    saying(text)
