"""The project's post-checkout hook: run in a new worktree as `git worktree add` would run it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from plan_worktree.worktrees.lock_marks import MAKING
from tests.support import Repo, checked
from tests.world import PLAN_ID, Cli, branch, cell, executable, hook, row, shop, wait_for

# What git adds for its own use, what the shell says of itself, and that our git never asks.
DIFFERENT = {
    *("GIT_EXEC_PATH", "GIT_PREFIX", "PATH"),
    *("_", "PWD", "OLDPWD", "SHLVL"),
    "GIT_TERMINAL_PROMPT",
}
# Leaves everything that a hook can see beside the project, in files named after the worktree.
LOOK = """
seen="$(git rev-parse --path-format=absolute --git-common-dir)/../../seen-${PWD##*/}"
mkdir "$seen"
printf '%s\\0' "$0" "$@" >"$seen/arguments"
cat >"$seen/stdin"
env -0 >"$seen/environment"
pwd -P >"$seen/directory"
umask >"$seen/umask"
git status --porcelain >"$seen/status"
git symbolic-ref HEAD >"$seen/branch"
grep '^Sig[BC]' /proc/self/status >"$seen/signals" 2>/dev/null || true
"""


def seen(repo: Repo, name: str) -> dict[str, str]:
    folder = repo.path.parent / f"seen-{name}"
    return {path.name: path.read_text() for path in folder.iterdir()}


def environment(found: dict[str, str]) -> dict[str, str]:
    entries = (entry.partition("=") for entry in found["environment"].split("\0")[:-1])
    return {name: value for name, _, value in entries}


def both(repo: Repo, cli: Cli, **variables: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the hook sees that `git worktree add` runs, and the one that setup runs."""
    shop(repo, "core")
    plain = repo.path.parent / "plain"
    checked("git", "worktree", "add", "--quiet", plain, cwd=repo.path, env=variables)
    result = cli("setup", PLAN_ID, cwd=repo.path, env=variables)
    assert result.exit_code == 0, result.output
    return seen(repo, "plain"), seen(repo, "core")


def test_a_hook_sees_what_it_sees_under_git_worktree_add(repo: Repo, cli: Cli) -> None:
    hook(repo, "post-checkout", LOOK)

    plain, ours = both(repo, cli, MINE="of the user", GIT_EDITOR="true")

    for same in ("arguments", "stdin", "umask", "status", "signals"):
        assert ours[same] == plain[same], same
    assert ours["arguments"].split("\0") == [
        str(repo.path / ".git/hooks/post-checkout"), "0" * len(repo.head()), repo.head(), "1", "",
    ]  # fmt: skip
    assert ours["stdin"] == ours["status"] == ""
    assert ours["directory"] == f"{repo.stage(PLAN_ID, 'core').path}\n"
    assert ours["branch"] == f"refs/heads/{branch('core')}\n"
    one, other = environment(plain), environment(ours)
    assert other.pop("PLAN_WORKTREE_LOCK_HELD").split()[0].isdecimal()
    given = {"HOME": str(repo.path), "PLAN": PLAN_ID, "STAGE": "core"}
    given |= {"SLOT": "0", "PORT": "10000"}
    assert {name: other.pop(f"PLAN_WORKTREE_{name}") for name in given} == given
    names = (one.keys() | other.keys()) - DIFFERENT
    assert {name: other.get(name) for name in names} == {name: one.get(name) for name in names}
    assert (other["MINE"], other["GIT_EDITOR"]) == ("of the user", "true")


def test_a_hook_is_not_sent_into_the_repository_around_setup(repo: Repo, cli: Cli) -> None:
    """Inside a git hook, these variables name the repository of that hook."""
    hook(repo, "post-checkout", LOOK)
    shop(repo, "core")
    git_directory = repo.path / ".git"
    around = {"GIT_DIR": git_directory, "GIT_INDEX_FILE": git_directory / "index"}
    variables = {name: str(value) for name, value in around.items()} | {"GIT_WORK_TREE": "."}

    assert cli("setup", PLAN_ID, cwd=repo.path, env=variables).exit_code == 0

    found = seen(repo, "core")
    assert environment(found).keys() & variables.keys() == set()
    assert found["branch"] == f"refs/heads/{branch('core')}\n"


def test_a_hook_without_a_first_line_is_run_by_the_shell(repo: Repo, cli: Cli) -> None:
    hook(repo, "post-checkout", "").write_text(LOOK)

    plain, ours = both(repo, cli)

    assert ours["arguments"] == plain["arguments"]


def test_a_hook_in_another_language_is_run_by_that(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    path = hook(repo, "post-checkout", "")
    path.write_text(f"#!/usr/bin/env python3\nopen({str(repo.path)!r} + '/../told', 'x')\n")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert (repo.path.parent / "told").exists()


def test_a_hook_that_is_not_executable_is_ignored(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    hook(repo, "post-checkout", "exit 1").chmod(0o644)

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"


def test_a_hook_for_another_occasion_is_not_run(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    for name in ("pre-commit", "post-merge", "post-commit", "post-checkout.sample"):
        hook(repo, name, "exit 1")

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"


@pytest.mark.parametrize("written", ("{tmp}/elsewhere", "~/hooks"))
def test_hooks_are_found_where_core_hookspath_says(
    repo: Repo, cli: Cli, home: Path, tmp_path: Path, written: str
) -> None:
    hook(repo, "post-checkout", "exit 1")
    place = home / "hooks" if written.startswith("~") else tmp_path / "elsewhere"
    executable(place / "post-checkout", LOOK)
    repo.git("config", "core.hooksPath", written.format(tmp=tmp_path))

    plain, ours = both(repo, cli)

    assert ours["arguments"] == plain["arguments"]
    assert ours["arguments"].startswith(f"{place}/post-checkout\0")


@pytest.mark.parametrize("committed", (False, True))
def test_a_relative_hookspath_means_the_hook_that_git_worktree_add_runs(
    repo: Repo, cli: Cli, committed: bool
) -> None:
    """Home's: hooks that an installer has generated there (husky) are in no commit."""
    repo.git("config", "core.hooksPath", ".hooks/_")
    repo.write(".gitignore", "" if committed else ".hooks/\n")
    executable(repo.path / ".hooks/_/post-checkout", "exit 0")
    repo.commit()
    executable(repo.path / ".hooks/_/post-checkout", LOOK)
    if committed:
        repo.git("update-index", "--assume-unchanged", ".hooks/_/post-checkout")

    plain, ours = both(repo, cli)

    assert ours["arguments"] == plain["arguments"]


def test_hooks_can_be_switched_off(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    hook(repo, "post-checkout", "exit 1")
    repo.git("config", "core.hooksPath", os.devnull)

    done = cli("setup", PLAN_ID, cwd=repo.path)
    assert row(done, "core")[1] == "created"
    assert "git runs no hooks" not in done.stderr


def test_a_process_that_a_hook_leaves_running_does_not_hold_setup_up(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shop(repo, "core", "api")
    hook(repo, "post-checkout", f"sleep 600 & echo $! >>'{tmp_path}/pids'; echo started")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)  # raises when setup has ended it
    assert result.exit_code == 0, result.output
    assert len(pids) == 2
    # Until they are really gone their directory is in use.
    wait_for(lambda: cli("remove", PLAN_ID, cwd=repo.path).exit_code == 0)


def test_a_failing_hook_is_a_warning_and_leaves_a_whole_worktree(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api:core")
    broken = hook(repo, "post-checkout", "case $PWD in */core) echo no; exit 7;; esac")

    result = cli("setup", PLAN_ID, "--each", "touch made.pyc", cwd=repo.path)

    assert (result.exit_code, row(result, "core")[1], row(result, "api")[1]) == (
        0, "created", "created",
    )  # fmt: skip
    warning = f"stage core: warning: hook {broken} failed; the worktree stays\nexit code 7\nno\n"
    assert warning in result.stderr
    there = repo.stage(PLAN_ID, "core")
    assert (there.path / "made.pyc").exists()
    assert "half-made" not in cli("status", PLAN_ID, cwd=repo.path).stdout
    assert "locked" not in repo.git("worktree", "list", "--porcelain")
    (there.path / "made.pyc").unlink()
    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0


def test_a_half_made_worktree_is_finished_by_the_next_setup_with_its_hook(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api:core")
    cli("setup", PLAN_ID, cwd=repo.path)
    there = repo.stage(PLAN_ID, "core")
    repo.git("worktree", "lock", "--reason", MAKING, str(there.path))
    there.write("README.md", "written in between\n")
    hook(repo, "post-checkout", LOOK)

    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "FLAGS").startswith("half-made")
    fixed = cli("setup", PLAN_ID, cwd=repo.path)

    assert (fixed.exit_code, row(fixed, "core")[1], row(fixed, "api")[1]) == (
        0, "repaired", "kept",
    )  # fmt: skip
    assert seen(repo, "core")["arguments"].split("\0")[1:] == [
        "0" * len(repo.head()),
        repo.head(),
        "1",
        "",
    ]
    assert not (repo.path.parent / "seen-api").exists()
    assert there.read("README.md") == "written in between\n"
    assert "half-made" not in cli("status", PLAN_ID, cwd=repo.path).stdout
    assert "locked" not in repo.git("worktree", "list", "--porcelain")


def test_a_half_made_worktree_is_removed_like_any_other(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    cli("setup", PLAN_ID, cwd=repo.path)
    there = repo.stage(PLAN_ID, "core")
    repo.git("worktree", "lock", "--reason", MAKING, str(there.path))
    new = repo.stage(PLAN_ID, "core").write("new.txt", "written in between\n")

    refused = cli("remove", PLAN_ID, cwd=repo.path)
    new.unlink()
    removed = cli("remove", PLAN_ID, cwd=repo.path)

    assert refused.exit_code == 1
    assert "new.txt is in no commit" in refused.stderr
    assert removed.exit_code == 0, removed.output
    assert (repo.worktrees(), repo.branches()) == ([], ["main"])


def test_what_a_failing_hook_prints_is_harmless(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    evil = r"printf '\033]0;evil\007\033[2J\r\377\n' >&2; echo on stdout; exit 1"
    hook(repo, "post-checkout", evil)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert not set(result.output) & set("\x1b\x07\r")
    assert r"\x1b]0;evil\x07\x1b[2J" in result.stderr
    assert "\non stdout\n" in result.stderr
