"""validate --fix: what it mends, in which plans, and that it mends it once."""

from __future__ import annotations

import difflib

import pytest

from tests.sampling import sampled
from tests.support import PLANS, Repo, plan_text
from tests.world import PLAN_ID, Cli

NESTED = "```markdown\n# Usage\n\n```bash\npip install x\n```\n\nRun it.\n```\n"
CODE = "```python\ndef f(): ...\n```\n"


def misread() -> str:
    """Return a plan in which a fence hides the section of the stage behind it."""
    text = plan_text(PLAN_ID, "core", "api")
    first, second, rest = text.partition("### Stage 2")
    first = first.replace("#### Validation\n", f"{NESTED}\n#### Validation\n", 1)
    return first + second + rest.replace("#### Validation\n", f"{CODE}\n#### Validation\n", 1)


def changes(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return [line for line in lines if line[0] in "+-"]


def write(repo: Repo, text: str) -> str:
    repo.write(f"{PLANS}/{PLAN_ID}.md", text.encode())
    return PLAN_ID


def written(repo: Repo) -> str:
    return (repo.path / PLANS / f"{PLAN_ID}.md").read_bytes().decode()


@pytest.mark.parametrize("end", ("\n", "\r\n"))
def test_a_fence_that_is_too_short_is_one_finding_and_is_widened(
    repo: Repo, cli: Cli, end: str
) -> None:
    text = misread().replace("\n", end)
    plan = write(repo, text)

    found = cli("validate", "--strict", plan, cwd=repo.path)
    assert found.exit_code == 1
    assert [line.split()[2] for line in found.stdout.splitlines()] == ["PW008"]

    fixed = cli("validate", "--strict", "--fix", plan, cwd=repo.path)

    assert (fixed.exit_code, fixed.stdout) == (0, "")
    assert "1 finding fixed" in fixed.stderr
    assert changes(text.replace(end, "\n"), written(repo).replace(end, "\n")) == [
        "- ```markdown",
        "+ ````markdown",
        "- ```",
        "+ ````",
    ]
    after = written(repo)
    cli("validate", "--fix", plan, cwd=repo.path)
    assert written(repo) == after


def test_fields_behind_a_misread_fence_are_mended_with_it(repo: Repo, cli: Cli) -> None:
    text = misread()
    branch = f"**Branch**: `feature/{PLAN_ID}-api`\n"
    assert branch in text
    plan = write(repo, text.replace(branch, ""))

    result = cli("validate", "--strict", "--fix", plan, cwd=repo.path)

    assert result.exit_code == 0
    assert "2 findings fixed" in result.stderr
    assert branch in written(repo)


CORE = ("Stage ID: core", f"Branch: feature/{PLAN_ID}-core", "Status: Not Started")
API = ("Stage ID: api", f"Branch: feature/{PLAN_ID}-api", "Status: Not Started")
NEEDS = "Dependencies: None"


@sampled(
    ("before", "after"),
    (
        # The id of a stage below the fields of another.
        ((*API, NEEDS, "", CORE[0]), (*API, NEEDS, "", *CORE, NEEDS)),
        # A second id above that of another stage.
        ((CORE[0], *API, NEEDS), (*CORE, NEEDS, *API, NEEDS)),
        # The ids of two stages above the fields of one, some of them missing.
        ((CORE[0], API[0], *API[2:], NEEDS), (*CORE, NEEDS, *API, NEEDS)),
        # Every id below its fields; what is missing is not written above it.
        (
            (*CORE[1:], NEEDS, CORE[0], API[1], API[0]),
            (*CORE[1:], NEEDS, CORE[0], API[1], API[0], API[2], NEEDS),
        ),
        # Two stages on one line.
        (
            (f"{CORE[0]} | {API[0]}",),
            (f"{CORE[0]} | {CORE[1]} | {CORE[2]} | {NEEDS} | {' | '.join(API)} | {NEEDS}",),
        ),
    ),
    one_in=2,
)
def test_what_stages_under_one_heading_lack_is_written_once(
    repo: Repo, cli: Cli, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    plan = write(repo, sharing(before))

    cli("validate", "--fix", plan, cwd=repo.path)

    assert written(repo) == sharing(after)
    cli("validate", "--fix", plan, cwd=repo.path)
    assert written(repo) == sharing(after)


def sharing(lines: tuple[str, ...]) -> str:
    """Return a plan of two stages whose fields are these lines under one heading."""
    top, _, stages = plan_text(PLAN_ID, "core", "api").partition("### Stage 1")
    below = stages[stages.index("#### What") : stages.index("### Stage 2")]
    rest = stages[stages.index("\n## ") :]
    return "\n".join((top, "### Both", "", *lines, "", below, rest))


@sampled(
    ("before", "after"),
    (
        ("**Branch**: **Status**: Done", "**Branch**: feature/x **Status**: Not Started"),
        ("**Branch**:  **Status**: ", "**Branch**: feature/x **Status**: Not Started"),
        ("**Status:** **Branch:**", "**Status:** Not Started **Branch:** feature/x"),
        ("**Branch**:\n**Status**:", "**Branch**: feature/x\n**Status**: Not Started"),
        ("Branch:\n| a | b |\nStatus:", "Branch: feature/x\n| a | b |\nStatus: Not Started"),
        ("Status: Done\n_Branch:_", "Status: Not Started\n_Branch:_ feature/x"),
    ),
    one_in=3,
)
def test_a_value_is_written_apart_from_what_stands_beside_it(
    repo: Repo, cli: Cli, before: str, after: str
) -> None:
    text = plan_text(PLAN_ID, "core")
    old = f"**Branch**: `feature/{PLAN_ID}-core`\n**Status**: Not Started"
    assert old in text
    plan = write(repo, text.replace(old, before))

    cli("validate", "--fix", plan, cwd=repo.path)

    assert written(repo) == text.replace(old, after.replace("/x", f"/{PLAN_ID}-core"))


def test_a_fence_is_widened_where_it_hides_the_metadata(repo: Repo, cli: Cli) -> None:
    plan = plan_text(PLAN_ID, "core")
    path = f"{PLANS}/{PLAN_ID}.md"
    write(repo, NESTED + plan)

    result = cli("validate", "--fix", path, cwd=repo.path)

    assert result.exit_code == 0
    assert result.stdout == ""
    assert written(repo).endswith(plan)


def test_nothing_of_metadata_with_errors_is_written(repo: Repo, cli: Cli) -> None:
    text = misread().replace(f"**Branch**: `feature/{PLAN_ID}-core`\n", "")
    plan = write(repo, text.replace('"author"', '"autor"'))

    result = cli("validate", "--fix", f"{PLANS}/{plan}.md", cwd=repo.path)

    assert result.exit_code == 1
    assert "PW407" in result.stdout
    assert "PW008" not in result.stdout
    assert "**Branch**: `feature/2026-01-02-shop-core`" not in written(repo)


def test_what_is_left_out_of_the_report_is_not_mended(repo: Repo, cli: Cli) -> None:
    text = misread()
    plan = write(repo, text)

    cli("validate", "--fix", "--ignore", "PW008", plan, cwd=repo.path)

    assert written(repo) == text


def test_commands_act_on_a_plan_with_a_misread_fence(repo: Repo, cli: Cli) -> None:
    plan = write(repo, misread())

    assert cli("mark", plan, "api", "blocked", cwd=repo.path).exit_code == 0

    assert changes(misread(), written(repo)) == [
        '-       "status": "not-started",',
        '+       "status": "blocked",',
        "- **Status**: Not Started",
        "+ **Status**: Blocked",
    ]
    assert " draft " in cli("ls", cwd=repo.path).stdout
