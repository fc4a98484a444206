"""demo: the whole tool in one command, in a new directory and nowhere else."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from tests.support import PLANS, Repo, run
from tests.world import Cli, executable, follow, snapshot

PLAN = "2026-01-15-notes-search"


def test_demo_makes_validates_sets_up_and_shows(cli: Cli, tmp_path: Path) -> None:
    result = cli("demo", cwd=tmp_path)

    place = tmp_path / "plan-worktree-demo"
    assert result.exit_code == 0, result.output
    commands = [line for line in result.stdout.splitlines() if line.startswith("$ ")]
    assert commands == [
        f"$ cd {place}/notes",
        f"$ plan-worktree validate {PLAN}",
        f"$ plan-worktree setup {PLAN}",
        f"$ plan-worktree status {PLAN}",
    ]
    assert result.stdout.count(" created ") == 4
    assert result.stdout.count(" waiting ") == 3
    assert "1 plan checked, nothing found\n" in result.stderr
    assert result.stderr.endswith(f"Look around: cd {place}/notes\nSeen enough: rm -rf {place}\n")
    home = Repo(place / "notes")
    assert home.git("status", "--porcelain") == ""
    assert len(home.worktrees()) == 4
    assert all(path.is_relative_to(place) for path in home.worktrees())


def test_the_demonstrations_plan_has_no_finding_at_all(cli: Cli, tmp_path: Path) -> None:
    cli("demo", cwd=tmp_path)

    result = cli("validate", "--strict", cwd=tmp_path / "plan-worktree-demo/notes")

    assert result.exit_code == 0, result.stdout
    assert result.stdout == ""


@pytest.mark.second
def test_the_demonstrations_own_tests_pass(cli: Cli, tmp_path: Path) -> None:
    cli("demo", cwd=tmp_path)

    result = run("python3", "-m", "unittest", cwd=tmp_path / "plan-worktree-demo/notes")

    assert result.exit_code == 0, result.stderr


def test_demo_twice_is_refused_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    cli("demo", "here", cwd=tmp_path)
    before = snapshot(tmp_path)

    result = cli("demo", "here", cwd=tmp_path)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"refused: {tmp_path / 'here'} exists already: plan-worktree demo ANOTHER-DIRECTORY\n"
    )
    assert snapshot(tmp_path) == before


def test_demo_refuses_a_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("precious\n")

    result = cli("demo", "here", cwd=tmp_path)

    assert result.exit_code == 1
    assert (tmp_path / "here").read_text() == "precious\n"


def test_demo_uses_an_empty_directory(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()

    assert cli("demo", "here", cwd=tmp_path).exit_code == 0


def test_demo_works_where_git_knows_nobody_and_signs_and_checks(
    cli: Cli, tmp_path: Path, home: Path
) -> None:
    hooks = tmp_path / "hooks"
    executable(hooks / "pre-commit", "exit 1")
    (home / ".gitconfig").write_text(
        "[user]\n    useConfigOnly = true\n"
        "[commit]\n    gpgSign = true\n    template = /nonexistent\n"
        "[gpg]\n    program = false\n"
        "[init]\n    defaultBranch = trunk\n"
        f"[core]\n    hooksPath = {hooks}\n    autocrlf = input\n"
    )

    result = cli("demo", cwd=tmp_path)

    assert result.exit_code == 0, result.output
    notes = Repo(tmp_path / "plan-worktree-demo/notes")
    assert notes.git("log", "--format=%an %ae") == "plan-worktree demo demo@example.invalid"
    assert notes.git("symbolic-ref", "--short", "HEAD") == "main"


def test_demo_commits_its_plan_though_the_user_ignores_its_folder(
    cli: Cli, tmp_path: Path, home: Path
) -> None:
    (home / "ignore").write_text(".claude/\n")
    (home / ".gitconfig").write_text(f"[core]\n    excludesFile = {home / 'ignore'}\n")

    assert cli("demo", cwd=tmp_path).exit_code == 0

    notes = Repo(tmp_path / "plan-worktree-demo/notes")
    assert notes.git("ls-files", PLANS) == f"{PLANS}/{PLAN}.md"


def test_demo_inside_another_repository_leaves_that_one_alone(repo: Repo, cli: Cli) -> None:
    before = repo.git("for-each-ref"), repo.git("worktree", "list"), repo.read(".git/config")

    assert cli("demo", cwd=repo.path).exit_code == 0

    after = repo.git("for-each-ref"), repo.git("worktree", "list"), repo.read(".git/config")
    assert after == before


def test_the_commands_demo_ends_with_can_be_pasted(cli: Cli, tmp_path: Path) -> None:
    precious = tmp_path / "two"
    precious.mkdir()

    result = cli("demo", "two words", cwd=tmp_path)

    assert follow(result, "cd ", tmp_path).exit_code == 0
    assert follow(result, "rm -rf ", tmp_path).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["two"]


def test_demo_says_what_failed_and_exits_3(cli: Cli, tmp_path: Path, home: Path) -> None:
    (home / "attributes").write_text("*.py filter=store\n")
    (home / ".gitconfig").write_text(
        f"[core]\n    attributesFile = {home / 'attributes'}\n"
        '[filter "store"]\n    clean = cat\n    required = true\n'
        '    smudge = "case $PWD in */search) echo no >&2; exit 1;; esac; cat"\n'
    )

    result = cli("demo", cwd=tmp_path)

    assert result.exit_code == 3
    assert "stage search failed: git read-tree" in result.stderr


def test_demo_where_nothing_can_be_made_is_an_error_of_the_environment(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    result = cli("demo", "file/here", cwd=tmp_path)

    assert result.exit_code == 3
    assert str(tmp_path / "file/here") in result.stderr or "file" in result.stderr
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="gates and agents run in a POSIX shell")
def test_demo_builds_its_plan_where_git_knows_nobody(cli: Cli, tmp_path: Path, home: Path) -> None:
    (home / ".gitconfig").write_text(
        "[user]\n    useConfigOnly = true\n[commit]\n    gpgSign = true\n"
    )

    result = cli("demo", "--run", cwd=tmp_path)

    assert result.exit_code == 0, result.output
    notes = Repo(tmp_path / "plan-worktree-demo/notes")
    rows = [line.split() for line in result.stdout.splitlines()]
    found = {row[0]: (row[1], row[2]) for row in rows if row[1:2] == ["merged"]}
    # The agent's first try at search fails its gate.
    assert found == {
        name: ("merged", "2" if name == "search" else "1")
        for name in ("storage", "search", "export", "cli")
    }
    assert "exit code 1: python3 -m unittest tests.test_search" in result.stderr
    # What is shown is what was done: there is nothing left to do.
    (shown,) = [line for line in result.stdout.splitlines() if "plan-worktree run" in line]
    again = shlex.split(shown.removeprefix("$ plan-worktree "))
    assert cli(*again, cwd=notes.path).exit_code == 0
    assert "warning:" not in result.stderr
    assert result.stderr.endswith(f"Seen enough: rm -rf {tmp_path}/plan-worktree-demo\n")
    assert notes.git("status", "--porcelain").split() == ["M", f"{PLANS}/{PLAN}.md"]
    add = ("--file", str(tmp_path / "notes.json"), "add", "Buy tea", "--tag", "shop")
    assert run("python3", "-m", "notes", *add, cwd=notes.path).exit_code == 0
    find = run("python3", "-m", "notes", *add[:2], "search", "TEA", cwd=notes.path)
    assert find.stdout == "Buy tea  #shop\n"
