"""status --line: one line that agrees with what status says, and takes little to import."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.support import PLANS, Repo, Stage, run
from tests.world import PLAN_ID, Cli, finish, merge, refs, set_up, shop, work


def line(cli: Cli, folder: Path, *words: str) -> str:
    """Return the one line, or the empty text, that the command writes."""
    result = cli("status", *words, "--line", cwd=folder)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") <= 1
    return result.stdout.removesuffix("\n")


def test_a_line_tells_of_the_stage_whose_worktree_it_is(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, Stage("core", verify=("true",)), "api:core", "last:api")
    core, api, last = (repo.stage(PLAN_ID, name).path for name in ("core", "api", "last"))

    assert line(cli, core) == "core ready"
    assert line(cli, api) == "api waiting, waits for core (ready)"
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    assert line(cli, core) == "core in-progress (ada), gates not passed"
    assert line(cli, api) == "api waiting, waits for core (in-progress, ada)"
    finish(repo, cli, "core")
    assert line(cli, core / "src") == "core complete, gates passed"
    assert line(cli, api) == "api ready"
    assert line(cli, last) == "last waiting, waits for api (ready)"
    work(repo, "core", "more.txt")
    assert line(cli, core) == "core complete, gates not passed"
    merge(repo, "core")
    assert line(cli, core) == "core merged, gates not passed"


@pytest.mark.second
def test_a_line_says_the_same_as_status(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, status="in-progress")
    finish(repo, cli, "core")
    merge(repo, "core")
    finish(repo, cli, "api")
    work(repo, "ui")
    cli("start", PLAN_ID, "docs", "--owner", "bob", cwd=repo.path)
    cli("mark", PLAN_ID, "search", "blocked", cwd=repo.path)

    told = json.loads(cli("status", "--json", cwd=repo.path).stdout)["stages"]

    assert [stage["state"] for stage in told] == [
        "merged", "complete", "in-progress", "in-progress", "blocked", "waiting"
    ]  # fmt: skip
    for stage in told:
        said = line(cli, Path(stage["worktree"])).split(", waits")[0].split(" (")[0]
        assert said == f"{stage['id']} {stage['state']}"
    whole = f"{PLAN_ID}: 1 merged, 1 complete, 2 in-progress (bob), 1 waiting, 1 blocked"
    assert line(cli, repo.path) == whole
    assert line(cli, repo.path, "shop") == whole


@pytest.mark.parametrize("setting", (None, "docs/plans"))
def test_home_has_a_line_where_one_plan_is_under_way(
    repo: Repo, cli: Cli, setting: str | None
) -> None:
    shop(repo, "core", status="approved")
    if setting:
        (repo.path / "docs").mkdir()
        (repo.path / PLANS).rename(repo.path / setting)
        repo.git("config", "planWorktree.plans", setting)

    assert line(cli, repo.path) == f"{PLAN_ID}: 1 ready"
    text = (repo.path / (setting or PLANS) / f"{PLAN_ID}.md").read_text(encoding="utf-8")
    other = text.replace(PLAN_ID, "2026-01-03-other")
    repo.write(f"{setting or PLANS}/2026-01-03-other.md", other)
    assert line(cli, repo.path) == ""
    assert line(cli, repo.path, PLAN_ID) == f"{PLAN_ID}: 1 ready"


def test_where_there_is_nothing_to_say_the_line_is_empty(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for folder in (outside, repo.path):
        assert line(cli, folder) == ""
    repo.write(f"{PLANS}/{PLAN_ID}.md", "```json metadata\n{\n```\n")
    repo.write(f"{PLANS}/notes.md", "```json metadata\n" + "[" * 100_000)
    assert line(cli, repo.path) == ""


def test_a_hostile_plan_drives_no_terminal_and_reaches_no_git(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", status="approved")
    worktree, before = repo.stage(PLAN_ID, "core").path, refs(repo)
    stages = [
        {"id": "\x1b[31m" + "x" * 90, "branch": "--upload-pack=/x", "depends_on": ["\0", 3]},
        {"id": "b\n", "branch": f"feature/{PLAN_ID}-core", "status": "\u202e", "depends_on": [
            "\x1b[31m" + "x" * 90, "b\n"]},
        {"id": "*", "branch": "*", "worktree_path": "\0"},
    ]  # fmt: skip
    block = json.dumps({"plan_id": "../../heads", "status": "approved", "stages": stages})
    repo.write(f"{PLANS}/{PLAN_ID}.md", f"```json metadata\n{block}\n```\n")

    assert line(cli, worktree) == f"b\\n waiting, waits for \\x1b[31m{'x' * 32}... (ready)"
    assert line(cli, repo.path) == "../../heads: 2 ready, 1 waiting"
    assert refs(repo) == before


def test_a_name_with_a_nul_is_gits_failure_and_no_traceback(repo: Repo, cli: Cli) -> None:
    block = {"plan_id": "a", "status": "approved", "stages": [{"id": "x", "branch": "a\0b"}]}
    repo.write(f"{PLANS}/{PLAN_ID}.md", f"```json metadata\n{json.dumps(block)}\n```\n")

    result = cli("status", "--line", cwd=repo.path)

    assert (result.exit_code, result.stdout) == (3, "")
    assert "git could not be started: embedded null byte" in result.stderr


def test_a_line_is_no_sign_of_life(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    (seen,) = (repo.path / ".git/worktrees").glob("*/plan-worktree.seen")
    os.utime(seen, (1_000_000_000, 1_000_000_000))

    line(cli, repo.stage(PLAN_ID, "core").path)

    assert seen.stat().st_mtime == 1_000_000_000


@pytest.mark.parametrize(
    "words", (("--line", "--json"), ("--follow", "--wide"), ("--line", "--follow"))
)
def test_line_and_follow_go_without_other_options(
    repo: Repo, cli: Cli, words: tuple[str, ...]
) -> None:
    result = cli("status", *words, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Error: --line and --follow go without other options\n")


def test_a_line_loads_neither_the_markdown_parser_nor_what_reads_histories(repo: Repo) -> None:
    shop(repo, "core", status="approved")
    code = (
        "import sys; from plan_worktree.cli import main; main(); "
        "print(sorted(n for n in sys.modules if n in "
        "('mistune', 'jsonschema', 'rich', 'plan_worktree.git.objects.history')))"
    )

    result = run(sys.executable, "-c", code, "status", "--line", cwd=repo.path)

    assert result.stdout == f"{PLAN_ID}: 1 ready\n[]\n"
