"""mark, and every edit of a plan: what it names, and not a byte besides."""

from __future__ import annotations

import difflib
import json
import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.plan.model import PlanStatus, StageStatus
from plan_worktree.plan.planfile import loads
from plan_worktree.planfiles.open_plan import open_plan
from plan_worktree.planfiles.replace import ChangedMeanwhile, replace_bytes
from plan_worktree.planfiles.statuses import declare, declared
from plan_worktree.project.refusal import Refused
from tests.support import PLANS, Repo, Stage, plan_text
from tests.world import (
    LOCK,
    PLAN_ID,
    Cli,
    claim_ref,
    refs,
    set_up,
    shop,
    start,
    wait_for,
)
from tests.world import declared as declared_in

SPOKEN = {
    StageStatus.NOT_STARTED: "Not Started",
    StageStatus.IN_PROGRESS: "In Progress",
    StageStatus.BLOCKED: "Blocked",
    StageStatus.COMPLETE: "Complete",
}


def test_mark_edits_metadata_and_body_and_nothing_else(repo: Repo, cli: Cli) -> None:
    shop(repo)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    before = path.read_text()

    result = cli("mark", PLAN_ID, "api", "blocked", cwd=repo.path)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "stage api is blocked\n"
    lines = [
        line
        for line in difflib.ndiff(before.splitlines(), path.read_text().splitlines())
        if line[0] in "+-"
    ]
    assert lines == [
        '-       "status": "not-started",',
        '+       "status": "blocked",',
        "- **Status**: Not Started",
        "+ **Status**: Blocked",
    ]
    again = cli("mark", PLAN_ID, "api", "blocked", cwd=repo.path)
    assert again.stdout == "stage api is blocked already\n"


@pytest.mark.second
@given(
    st.lists(st.sampled_from(StageStatus), min_size=1, max_size=5),
    st.data(),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.booleans(),
    st.booleans(),
)
def test_only_the_wanted_values_change_whatever_the_file_looks_like(
    statuses: list[StageStatus], data: st.DataObject, end: str, has_mark: bool, compact: bool
) -> None:
    stages = [Stage(f"s{n}", status=status) for n, status in enumerate(statuses)]
    text = plan_text(PLAN_ID, *stages, status="in-progress")
    if compact:
        above, _, below = text.partition("```json metadata\n")
        block, _, rest = below.partition("\n```")
        packed = json.dumps(json.loads(block), separators=(",", ":"))
        # The same value, written otherwise.
        packed = packed.replace('"not-started"', '"not\\u002dstarted"')
        text = f"{above}```json metadata\n{packed}\n```{rest}"
    raw = (("\ufeff" if has_mark else "") + text.replace("\n", end)).encode()
    file = loads(raw, "plan.md")
    chosen = data.draw(st.integers(0, len(stages) - 1))
    status = data.draw(st.sampled_from(StageStatus))

    new = declared(file, {f"s{chosen}": status}, frozenset())

    old = statuses[chosen]
    if status == old:
        assert new is None
        return
    assert new is not None
    assert new.document is not None
    written = "not\\u002dstarted" if compact and old is StageStatus.NOT_STARTED else old
    pieces = raw.split(b'"status"')
    place = chosen + 2 if text.index('"status"') < text.index('"stages"') else chosen + 1
    assert pieces[place].count(f'"{written}"'.encode()) >= 1
    pieces[place] = pieces[place].replace(f'"{written}"'.encode(), f'"{status}"'.encode(), 1)
    expected = b'"status"'.join(pieces)
    body = f"**Status**: {SPOKEN[old]}".encode()
    head, name, tail = expected.partition(f"**Stage ID**: `s{chosen}`".encode())
    tail = tail.replace(body, f"**Status**: {SPOKEN[status]}".encode(), 1)
    assert new.document.source.raw == head + name + tail


def test_the_style_of_the_body_is_kept(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text().replace("**Status**: Not Started", "**Status**: `not-started`", 1)
    path.write_text(text.replace("**Status**: Not Started", "**Status:** not started  "))

    cli("mark", PLAN_ID, "core", "in-progress", cwd=repo.path)
    cli("mark", PLAN_ID, "api", "complete", cwd=repo.path)

    assert "**Status**: `in-progress`\n" in path.read_text()
    assert "**Status:** complete  \n" in path.read_text()


@pytest.mark.parametrize(
    ("written", "after"),
    (
        ("Not Started **Dependencies**: None", "Blocked **Dependencies**: None"),
        ("✅ Not Started - later", "✅ Blocked - later"),
        ("`not-started`  (see `x`)", "`blocked`  (see `x`)"),
        ("Something else", "Blocked"),
        ("`open`", "`blocked`"),
    ),
)
def test_what_stands_behind_a_status_stays(repo: Repo, cli: Cli, written: str, after: str) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace("**Status**: Not Started", f"**Status**: {written}"))

    assert cli("mark", PLAN_ID, "core", "blocked", cwd=repo.path).exit_code == 0

    assert f"\n**Status**: {after}\n" in path.read_text()


def test_a_body_that_disagrees_is_made_to_agree(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace("**Status**: Not Started", "**Status**: Complete"))

    result = cli("mark", PLAN_ID, "core", "not-started", cwd=repo.path)

    assert result.stdout == "stage core is not-started\n"
    assert "**Status**: Not Started" in path.read_text()
    assert cli("validate", cwd=repo.path).exit_code == 0


def test_a_draft_that_a_killed_edit_has_left_is_deleted(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    left = repo.write(f"{PLANS}/.{PLAN_ID}.md.abc123xy.plan-worktree", "half")
    other = repo.write(f"{PLANS}/.{PLAN_ID}.md.swp", "an editor's")

    cli("mark", PLAN_ID, "core", "blocked", cwd=repo.path)

    assert not left.exists()
    assert other.exists()


def test_a_linked_plan_stays_a_link_and_keeps_its_mode(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    real = path.rename(repo.path / "real.md")
    real.chmod(0o640)
    path.symlink_to("../../real.md")

    assert cli("mark", PLAN_ID, "core", "complete", cwd=repo.path).exit_code == 0

    assert path.is_symlink()
    assert '"complete"' in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("before", "status", "after"), (
    ("draft", "in-progress", "in-progress"),
    ("approved", "complete", "in-progress"),
    ("approved", "blocked", "approved"),
    ("complete", "in-progress", "in-progress"),
    ("complete", "complete", "complete"),
    ("abandoned", "in-progress", "abandoned"),
))  # fmt: skip
def test_the_plans_own_status_follows_its_stages(
    repo: Repo, cli: Cli, before: str, status: str, after: str
) -> None:
    shop(repo, "core", "api", status=before)

    cli("mark", PLAN_ID, "core", status, cwd=repo.path)

    assert declared_in(repo)[""] == after


def test_not_started_and_complete_end_a_claim(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    for status, ends in (("blocked", False), ("in-progress", False), ("not-started", True)):
        cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
        result = cli("mark", PLAN_ID, "core", status, cwd=repo.path)
        assert (claim_ref("core") not in refs(repo)) == ends
        assert ("the claim of ada has ended" in result.stdout) == ends


def test_a_dry_run_writes_nothing(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    before = path.read_bytes(), refs(repo)

    result = cli("mark", PLAN_ID, "core", "complete", "--dry-run", cwd=repo.path)

    assert "stage core would be complete" in result.stdout
    assert "the claim of ada would end" in result.stdout
    assert (path.read_bytes(), refs(repo)) == before


@pytest.mark.parametrize("args", (("core", "done"), ("nothing", "complete"), ("core",)))
def test_what_does_not_exist_is_wrong_usage(repo: Repo, cli: Cli, args: tuple[str, ...]) -> None:
    shop(repo, "core")

    assert cli("mark", PLAN_ID, *args, cwd=repo.path).exit_code == 2


def test_a_plan_that_is_no_plan_is_refused(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace('"branch"', '"brunch"'))
    before = path.read_bytes()

    result = cli("mark", PLAN_ID, "core", "complete", cwd=repo.path)

    assert result.exit_code == 1
    assert path.read_bytes() == before


@pytest.mark.thorough
def test_sixteen_marks_at_once_lose_none(repo: Repo) -> None:
    stages = [f"s{n:02}" for n in range(16)]
    shop(repo, *stages)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    before = path.read_text()

    processes = [start("mark", PLAN_ID, s, "blocked", cwd=repo.path) for s in stages]
    for process in processes:
        assert process.wait(60) == 0
        process.communicate()

    assert set(declared_in(repo).values()) == {"draft", "blocked"}
    expected = before.replace('"not-started"', '"blocked"').replace("Not Started", "Blocked")
    assert path.read_text() == expected
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_edit_by_a_person_in_between_is_kept(repo: Repo) -> None:
    shop(repo, "core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    with FileLock(repo.path / ".git" / LOCK):
        process = start("mark", PLAN_ID, "core", "complete", cwd=repo.path)
        assert process.stderr
        assert "waiting" in process.stderr.readline()
        path.write_text(path.read_text().replace("What is built", "What a person wrote"))
    assert process.wait(20) == 0
    process.communicate()

    assert "What a person wrote" in path.read_text()
    assert declared_in(repo)["core"] == "complete"


@pytest.mark.parametrize("times", (1, 3, 1000))
def test_a_file_that_changes_under_the_pen_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    path = tmp_path / "plan.md"
    path.write_text(plan_text(PLAN_ID, "core"))
    opened = open_plan("plan.md", tmp_path)
    count = 0

    def replaced(where: Path, old: bytes, new: bytes) -> None:
        nonlocal count
        count += 1
        if count <= times:
            path.write_text(path.read_text() + f"edit {count}\n")
        replace_bytes(where, old, new)

    monkeypatch.setattr("plan_worktree.planfiles.statuses.replace_bytes", replaced)
    monkeypatch.setattr("plan_worktree.planfiles.statuses._TRIES", 5)
    if times > 5:
        with pytest.raises(ChangedMeanwhile):
            declare(opened, {"core": StageStatus.COMPLETE})
        assert '"complete"' not in path.read_text()
    else:
        written = declare(opened, {"core": StageStatus.COMPLETE})
        assert written
        assert written.plan.status == PlanStatus.IN_PROGRESS
        assert path.read_text().endswith(f"edit {times}\n")
    assert [p.name for p in tmp_path.iterdir()] == ["plan.md"]


@pytest.mark.parametrize(
    ("text", "why"),
    (
        ("", "the plan has errors"),
        ("# no plan\n", "the plan has errors"),
        (plan_text(PLAN_ID, Stage("core", branch="-rf")), "the plan has errors"),
        (plan_text(PLAN_ID, Stage("core", worktree_path="\0")), "the plan has errors"),
        (plan_text(PLAN_ID, "core", author=7), "the plan has errors"),
        (plan_text(PLAN_ID, "other"), "was changed meanwhile"),
    ),
)
def test_a_plan_that_was_broken_or_lost_the_stage_meanwhile_is_not_written(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "plan.md"
    path.write_text(plan_text(PLAN_ID, "core"))
    opened = open_plan("plan.md", tmp_path)
    path.write_text(text)

    with pytest.raises(Refused, match=why):
        declare(opened, {"core": StageStatus.COMPLETE})
    assert path.read_text() == text


@pytest.mark.skipif(sys.platform == "win32", reason="files cannot be closed there")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_3(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    (repo.path / PLANS).chmod(0o555)

    assert cli("mark", PLAN_ID, "core", "complete", cwd=repo.path).exit_code == 3
    (repo.path / PLANS).chmod(0o755)


@pytest.mark.thorough
def test_a_reader_never_sees_half_a_plan(repo: Repo) -> None:
    shop(repo, *(f"s{n}" for n in range(8)))
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    processes = [start("mark", PLAN_ID, f"s{n}", "blocked", cwd=repo.path) for n in range(8)]

    def looked() -> bool:
        assert declared_in(repo)
        assert path.read_text().endswith("\n")
        return all(process.poll() is not None for process in processes)

    wait_for(looked, 60)
    for process in processes:
        process.communicate()


def test_why_a_stage_is_blocked_is_said_until_it_is_complete(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    note = "the key   is missing"
    mark = ("mark", PLAN_ID, "core", "blocked", "--note", note)
    assert cli(*mark, "--dry-run", cwd=repo.path).stdout == "stage core would be blocked\n"
    assert "blocked/core" not in str(refs(repo))
    assert cli(*mark, cwd=repo.path).stdout == "stage core is blocked\n"
    said = "stage core is blocked: the key is missing\n"
    assert said in cli("status", PLAN_ID, cwd=repo.path).stderr
    assert "blocked: the key is missing" in cli("brief", PLAN_ID, "core", cwd=repo.path).stdout
    cli("mark", PLAN_ID, "core", "in-progress", cwd=repo.path)
    assert said not in cli("status", PLAN_ID, cwd=repo.path).stderr
    brief = cli("brief", PLAN_ID, "core", cwd=repo.path).stdout
    assert "> This stage was blocked before: the key is missing" in brief
    cli("mark", PLAN_ID, "core", "complete", cwd=repo.path)
    assert "blocked/core" not in str(refs(repo))


@pytest.mark.parametrize(
    "words", (("core", "complete", "--note", "x"), ("core", "blocked", "--note", " "))
)
def test_a_note_is_a_line_that_goes_with_blocked(
    repo: Repo, cli: Cli, words: tuple[str, ...]
) -> None:
    shop(repo, "core")
    done = cli("mark", PLAN_ID, *words, cwd=repo.path)
    assert (done.exit_code, "--note" in done.stderr) == (2, True)
