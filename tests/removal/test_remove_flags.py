"""What goes with a worktree unsaved is named, and flags that make no sense are refused."""

from __future__ import annotations

import pytest

from tests.support import Repo
from tests.world import PLAN_ID, Cli, set_up, snapshot


def ready(repo: Repo, cli: Cli) -> Repo:
    repo.write(".gitignore", "*.log\nbuild/\n")
    set_up(repo, cli, "core")
    return repo.stage(PLAN_ID, "core")


@pytest.mark.parametrize(
    ("flags", "said"),
    (
        (("--delete-branch",), "--delete-branch and --include-ignored go with --force"),
        (("--include-ignored",), "--delete-branch and --include-ignored go with --force"),
        (("--gone", "--force"), "--gone and --force exclude each other"),
    ),
)
def test_flags_that_make_no_sense_are_usage_errors(
    repo: Repo, cli: Cli, flags: tuple[str, ...], said: str
) -> None:
    ready(repo, cli)
    before = snapshot(repo.path.parent)

    result = cli("remove", PLAN_ID, *flags, cwd=repo.path)

    assert result.exit_code == 2
    assert result.stderr.endswith(f"\nError: {said}\n")
    assert snapshot(repo.path.parent) == before


@pytest.mark.parametrize(("dry", "verb"), (((), "went"), (("--dry-run",), "would go")))
def test_ignored_files_are_named_with_their_size(
    repo: Repo, cli: Cli, dry: tuple[str, ...], verb: str
) -> None:
    there = ready(repo, cli)
    there.write("build/a.o", "x" * 1500)
    there.write("build/deep/b.o", "x" * 1000)
    for number in range(5):
        there.write(f"{number}.log", "x" * number)

    result = cli("remove", PLAN_ID, *dry, cwd=repo.path)

    assert result.stderr == (
        f"stage core: ignored files {verb} with it, unsaved: 0.log (0 B), 1.log (1 B), "
        "2.log (2 B), 3.log (3 B), 4.log (4 B) and 1 more\n"
    )


def test_an_ignored_folder_is_named_once_with_the_size_of_all_that_is_in_it(
    repo: Repo, cli: Cli
) -> None:
    there = ready(repo, cli)
    there.write("build/a.o", "x" * 1500)
    there.write("build/deep/b.o", "x" * 1000)

    result = cli("remove", PLAN_ID, cwd=repo.path)

    assert result.stderr.endswith("with it, unsaved: build/ (2 kB)\n")


def test_ignored_files_that_are_saved_are_not_named(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    there.write("debug.log", "noise\n")

    result = cli("remove", PLAN_ID, "--force", "--include-ignored", cwd=repo.path)

    assert (result.exit_code, result.stderr) == (0, "")
    assert cli("restore", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    assert there.read("debug.log") == "noise\n"
