"""No command acts on what an unchecked plan says: hostile values in the metadata are findings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.result import Result
from tests.support import PLANS, Repo, Stage, plan_text
from tests.world import PLAN_ID, Cli, branch, refs, set_up

pytestmark = pytest.mark.thorough

PLAN = f"{PLANS}/{PLAN_ID}.md"

# Every command that changes nothing. STAGE stands for an id of the plan.
READING = (
    ("ls",),
    ("ls", "--json"),
    ("validate",),
    ("validate", PLAN, "--format", "json"),
    ("validate", PLAN_ID, "--format", "github"),
    ("show", PLAN_ID),
    ("show", PLAN, "--format", "json"),
    ("show", "--format", "mermaid"),
    ("show", "--format", "dot"),
    ("show", "--format", "html"),
    ("status", PLAN_ID),
    ("status", "--json"),
    ("ready", PLAN),
    ("ready", "--json"),
    ("brief", PLAN_ID, "STAGE"),
    ("brief", PLAN_ID, "STAGE", "--json"),
    ("conflicts", PLAN_ID),
    ("conflicts", PLAN_ID, "--json", "--uncommitted"),
    ("restore", PLAN_ID, "--list"),
    ("setup", PLAN_ID, "--dry-run"),
    ("setup", PLAN_ID, "--ready", "--dry-run", "--json"),
    ("start", PLAN_ID, "--dry-run"),
    ("start", PLAN_ID, "STAGE", "--dry-run", "--json"),
    ("complete", PLAN_ID, "STAGE", "--dry-run"),
    ("mark", PLAN_ID, "STAGE", "blocked", "--dry-run"),
    ("sync", PLAN_ID, "--dry-run"),
    ("merge", PLAN_ID, "--dry-run"),
    ("merge", PLAN_ID, "--detached", "--squash", "--dry-run"),
    ("remove", PLAN_ID, "--dry-run"),
    ("remove", PLAN_ID, "--force", "--dry-run"),
    ("remove", "--gone", "--dry-run"),
)

TEXTS = (
    *("", " ", "\n", "\0", "\ud800", "\udc80", "a\udfff", "\x1b[2J", "\u202e", "\u2028", "\ufeff"),
    *("-", "--all", "-c", "--upload-pack=touch x", "@", "@{-1}", "HEAD", "main", "refs/heads/main"),
    *("..", "../..", ".", "/", "//", "/etc", ".git", ".git/x", "../project", "../worktrees", "~/x"),
    *(
        "~nobody-of-that-name/x",
        "C:\\x",
        "a\\b",
        "$(touch x)",
        "`touch x`",
        "%00",
        "a..b",
        "a.lock",
    ),
    *(
        "*",
        "[",
        "a:b",
        "a b",
        "é",
        "\U0001d51e",
        "²",
        "2026-02-30-x",
        "2026-01-02",
        "9" * 300,
        "²" * 300,
    ),
    *("a" * 5000, "a/" * 3000, "../" * 2000 + "x", "not-started", PLAN_ID, "core", branch("core")),
)
VALUES: st.SearchStrategy[Any] = (
    st.sampled_from(TEXTS)
    | st.sampled_from((None, True, 0, -1, 1.5, 10**400, [], {}, [None], ["core"], {"a": [{}]}))
    | st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3)
    | st.text(max_size=6)
)
TOP = ("plan_id", "created", "author", "status", "base", "stages", "$schema", "x-own", "own")
OF_A_STAGE = (
    *("id", "name", "branch", "worktree_path", "status", "depends_on", "verify", "x-own", "own"),
)
FIELDS = st.sampled_from(
    [(name,) for name in TOP] + [(n, name) for n in (0, 1) for name in OF_A_STAGE]
)


@pytest.fixture
def world(repo: Repo, cli: Cli) -> Repo:
    """Return a repository whose plan is set up, with work in one stage and a claim on another."""
    set_up(repo, cli, "core", Stage("api", ("core",), verify=("true",)))
    repo.stage(PLAN_ID, "core").write("core.txt", "work\n")
    repo.stage(PLAN_ID, "core").commit()
    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    return repo


def spoilt(values: dict[tuple[Any, ...], Any], *, is_ascii: bool) -> tuple[bytes, str]:
    """Write the plan with some values of its metadata replaced; return also a stage's id."""
    text = plan_text(PLAN_ID, "core", Stage("api", ("core",), verify=("true",)))
    before, _, rest = text.partition("```json metadata\n")
    block, _, after = rest.partition("\n```")
    metadata = json.loads(block)
    for place, value in values.items():
        if len(place) == 1:
            metadata[place[0]] = value
        elif isinstance(metadata["stages"], list) and len(metadata["stages"]) == 2:
            metadata["stages"][place[0]][place[1]] = value
    written = json.dumps(metadata, indent=1, ensure_ascii=is_ascii)
    whole = f"{before}```json metadata\n{written}\n```{after}"
    return whole.encode("utf-8", "replace"), "core"


def check(result: Result) -> None:
    """Expect of a command that it did what it should, or that it says what is wrong."""
    assert result.exit_code in (0, 1, 2), result.output
    said = result.stdout + result.stderr
    if result.exit_code == 1:
        assert "PW" in said or "refused: " in said, result.output
    if result.exit_code == 2:
        assert result.stderr.startswith("Error: "), result.output


def test_no_value_of_the_metadata_makes_a_reading_command_fail(world: Repo, cli: Cli) -> None:
    plan = world.path / PLAN
    before, there = refs(world), sorted(world.path.parent.iterdir())

    @given(
        st.dictionaries(FIELDS, VALUES, min_size=1, max_size=3),
        st.sampled_from(READING),
        st.booleans(),
    )
    def spoil(values: dict[tuple[Any, ...], Any], words: tuple[str, ...], is_ascii: bool) -> None:
        raw, stage = spoilt(values, is_ascii=is_ascii)
        plan.write_bytes(raw)
        typed = tuple(stage if word == "STAGE" else word for word in words)
        check(cli(*typed, cwd=world.path))

    spoil()
    assert refs(world) == before
    assert sorted(world.path.parent.iterdir()) == there


@pytest.mark.parametrize("value", ("\0", "\ud800"), ids=("NUL", "half a pair"))
def test_a_path_that_no_file_can_have_is_a_finding_for_every_command(
    world: Repo, cli: Cli, value: str
) -> None:
    raw, stage = spoilt({(0, "worktree_path"): value}, is_ascii=True)
    (world.path / PLAN).write_bytes(raw)

    for words in READING:
        typed = [stage if word == "STAGE" else word for word in words]
        result = cli(*typed, cwd=world.path)
        if words[0] != "ls" and "--gone" not in words:
            assert result.exit_code == 1, words
            assert "PW304" in result.output, words


@pytest.mark.parametrize("plan_id", ("9" * 300, "²" * 100, "a" * 5000))
def test_a_plan_id_that_is_too_long_for_any_file_is_a_finding(
    repo: Repo, cli: Cli, plan_id: str
) -> None:
    repo.write(PLAN, spoilt({("plan_id",): plan_id}, is_ascii=True)[0])

    for words in (("validate",), ("setup", PLAN), ("status", PLAN)):
        result = cli(*words, cwd=repo.path)
        assert result.exit_code == 1
        assert ": error PW104 " in result.output


@pytest.mark.parametrize("select", ((), ("--select", "PW4"), ("--ignore", "PW1")))
@pytest.mark.parametrize("stage_id", ("a\n# b", "a\0b", "a\ud800", "a\x1b[2J"))
def test_fix_writes_nothing_of_metadata_with_errors_whatever_is_selected(
    repo: Repo, cli: Cli, stage_id: str, select: tuple[str, ...]
) -> None:
    text = plan_text(PLAN_ID, "core", "api")
    text = text.replace('"id": "core"', f'"id": {json.dumps(stage_id)}')
    first, second, third = text.partition('"depends_on": []\n    },')
    third = third.replace('"depends_on": []', f'"depends_on": [{json.dumps(stage_id)}]')
    plan = repo.write(PLAN, first + second + third)
    before = plan.read_bytes()

    result = cli("validate", PLAN_ID, "--fix", *select, cwd=repo.path)

    assert "PW403" in result.stdout
    assert plan.read_bytes() == before
