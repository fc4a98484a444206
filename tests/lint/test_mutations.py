"""Plans damaged at random where people damage them: fences, fields and lists; or crowded.

Nothing crashes; what `--fix` mends stays mended and nothing else changes; and what is said to be a
fence is one for an independent parser, before a mend that we make only in mind, and after it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from plan_worktree.authoring.fix import fix
from plan_worktree.lint.check import check
from plan_worktree.lint.codes import FIXABLE
from plan_worktree.plan.planfile import PlanFile, loads
from plan_worktree.plan.text.document import Document
from tests.plan.text.disagreements import known_disagreement
from tests.support import plan_text

ORACLE = MarkdownIt("commonmark")
NESTED = "```markdown\n# Usage\n\n```sh\nmake\n```\n\nRun it.\n```\n"
CODE = "```python\nx = 1\n```\n"
SOUND = plan_text("2026-01-02-shop", "core", "api:core", "page:core,api").replace(
    "#### What\n", f"#### What\n\n{CODE}\n"
)
NEST = SOUND.replace("#### Why\n", f"#### Why\n\n{NESTED}\n", 1)
PLANS = (SOUND, NEST, NEST.replace("```", "~~~").replace("~~~json", "```json"))

MARK = re.compile(r"\s*(?:[-*+] |\d\. |> )*(?:```|~~~)")
FIELD = re.compile(r"stage.?id|branch|status|depend", re.IGNORECASE)
ITEM = re.compile(r"\s*[-*+] ")
INTERESTING = (MARK, FIELD, ITEM)

Edit = Callable[[random.Random, list[str], int], None]


def delete(rng: random.Random, lines: list[str], at: int) -> None:
    del lines[at]


def double(rng: random.Random, lines: list[str], at: int) -> None:
    lines.insert(at, lines[at])


def join(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at : at + 2] = [rng.choice((" ", "  ", " | ", ", ")).join(lines[at : at + 2])]


def swap(rng: random.Random, lines: list[str], at: int) -> None:
    other = rng.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def indent(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at] = rng.choice(("  ", "    ", "- ", "> ", "1. ", "   ")) + lines[at]


def add_mark(rng: random.Random, lines: list[str], at: int) -> None:
    mark = rng.choice(("```", "```", "````", "~~~"))
    lines.insert(at, mark + rng.choice(("", "", "sh", "markdown", " x y")))


def other_marks(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at] = re.sub(r"`{3,}|~{3,}", rng.choice(("```", "````", "~~~", "``")), lines[at])


def without_marks(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at] = lines[at].replace(rng.choice(("**", "`", ":")), "")


def colon_inside(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at] = lines[at].replace("**:", ":**")


def other_value(rng: random.Random, lines: list[str], at: int) -> None:
    name, colon, _ = lines[at].partition(": ")
    value = rng.choice(("", "Done", "`main`", "None", "core and api", "?", "`x` (note)"))
    lines[at] = f"{name}{colon}{value}"


def as_row(rng: random.Random, lines: list[str], at: int) -> None:
    name, _, value = lines[at].partition(": ")
    lines[at : at + 1] = ["", f"| {name} | {value} |", "| --- | --- |"]


def comment(rng: random.Random, lines: list[str], at: int) -> None:
    lines.insert(
        at, rng.choice(("<!--", "-->", "<!-- x -->", "<!-- plan-worktree: ignore PW403 x -->"))
    )


EDITS: tuple[Edit, ...] = (
    *(delete, double, join, swap, indent, add_mark, add_mark, other_marks),
    *(without_marks, colon_inside, other_value, as_row, comment),
)


def damaged(seed: int) -> str:
    rng = random.Random(seed)  # noqa: S311
    lines = rng.choice(PLANS).split("\n")
    body = next(number for number, line in enumerate(lines) if line == "## Overview")
    for _ in range(rng.randint(1, 5)):
        wanted = rng.choice(INTERESTING)
        places = [
            n for n, line in enumerate(lines) if n >= body and wanted.match(line.strip("*_ "))
        ]
        if wanted is FIELD or not places:
            places = [n for n, line in enumerate(lines) if n >= body and FIELD.search(line)]
        if places:
            rng.choice(EDITS)(rng, lines, rng.choice(places))
    return "\n".join(lines)


VALUES = {
    "Stage ID": ("core", "`api`", "page", "`page`", "nobody"),
    "Branch": ("`feature/2026-01-02-shop-core`", "feature/2026-01-02-shop-api", "x", ""),
    "Status": ("Not Started", "`complete`", "Done", ""),
    "Dependencies": ("None", "core", "`core`, `api`", "?", ""),
}
FORMS = ("**{}**: {}", "**{}:** {}", "{}: {}", "- **{}**: {}", "> **{}**: {}", "| {} | {} |")
JOINTS = (*["\n"] * 14, "\n\n", "\n\n", " ", " ", " | ", " | ", "\n\n### Next\n\n")


def crowded(seed: int) -> str:
    """Return a plan with ids and fields of several stages under one heading, in any order."""
    rng = random.Random(seed)  # noqa: S311
    form = rng.choice(FORMS)
    rows = "| Field | Value |\n| --- | --- |\n" if form.startswith("|") else ""
    for number in range(rng.randint(2, 9)):
        name = rng.choice(("Stage ID", *VALUES))
        written = rng.choice((form, form, form, form, rng.choice(FORMS[:4])))
        joint = rng.choice(JOINTS) if number else ""
        rows += joint + written.format(name, rng.choice(VALUES[name]))
    before, _, stages = SOUND.partition("### Stage 1")
    behind = stages[stages.index("\n## ") :]
    return f"{before}### Stages\n\n{rows}\n\n#### What\n\nText.\n{behind}"


def codes(file: PlanFile) -> Counter[str]:
    return Counter(one.code for one in check(file, None))


def fences(document: Document) -> list[tuple[int, str]]:
    return [(fence.line, fence.content) for fence in document.fences if fence.depth == 0]


def fences_the_oracle_sees(text: str) -> Iterator[tuple[int, str]]:
    for token in ORACLE.parse(text):
        if token.type == "fence" and token.level == 0:
            assert token.map
            yield token.map[0], token.content


def rest(raw: bytes) -> list[str]:
    """Return the lines that no mend may touch."""
    lines = raw.decode().split("\n")
    return [line for line in lines if not (MARK.match(line) or FIELD.search(line))]


def hold(seed: int, path: Path, made: Callable[[int], str] = damaged) -> None:
    text = made(seed)
    path.write_text(text)
    file = loads(text.encode(), "plan.md")
    found = check(file, None)
    assert file.document
    for one in found:
        line = file.document.source.lines[one.line - 1]
        assert 1 <= one.column <= len(line) + 1
    fix(path, file, found)
    raw = path.read_bytes()
    after = loads(raw, "plan.md")
    left = check(after, None)
    assert rest(raw) == rest(text.encode())
    assert after.plan == file.plan
    # While a fence or comment is never closed, one mend can bring the next one's cause to light.
    if not any(one.code < "PW2" and one.severity == "error" for one in found):
        assert not {one.code for one in left} - {one.code for one in found}
        assert not [one for one in left if one.code in FIXABLE]
        fix(path, after, left)
        assert path.read_bytes() == raw
    is_plain = not any(one.code == "PW003" for one in left)
    whole = raw.decode() if raw.endswith(b"\n") else f"{raw.decode()}\n"
    if is_plain and known_disagreement(whole) is None:
        assert after.document
        assert fences(after.document) == list(fences_the_oracle_sees(whole))


@pytest.mark.parametrize("start", range(4))
def test_a_damaged_plan_is_mended_once_and_nowhere_else(start: int, tmp_path: Path) -> None:
    for seed in range(start * 100, start * 100 + 40):
        hold(seed, tmp_path / "plan.md")


@pytest.mark.parametrize("start", range(2))
def test_fields_of_several_stages_under_one_heading_are_mended_once(
    start: int, tmp_path: Path
) -> None:
    for seed in range(start * 1000, start * 1000 + 60):
        hold(seed, tmp_path / "plan.md", crowded)


@pytest.mark.soak
def test_three_thousand_crowded_plans_are_mended_once(tmp_path: Path) -> None:
    for seed in range(3000):
        hold(seed, tmp_path / "plan.md", crowded)


@pytest.mark.soak
@pytest.mark.parametrize("start", range(10))
def test_ten_thousand_damaged_plans_are_mended_once_and_nowhere_else(
    start: int, tmp_path: Path
) -> None:
    for seed in range(start * 1000, start * 1000 + 1000):
        hold(seed, tmp_path / "plan.md")
