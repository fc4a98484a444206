"""The file of variables that setup --env-file writes into worktrees."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.support import Repo, checked
from tests.world import PLAN_ID, Cli, set_up, shop, snapshot

NAME = ".env.stage"


def write(repo: Repo, cli: Cli, *more: str, name: str = NAME) -> list[str]:
    """Set up with a file; return what was warned of."""
    done = cli("setup", PLAN_ID, "--env-file", name, *more, cwd=repo.path)
    warnings = [line for line in done.stderr.splitlines() if ": warning: " in line]
    assert done.exit_code == (1 if warnings else 0), done.output
    return warnings


def lines(repo: Repo, stage: str, name: str = NAME) -> list[str]:
    return repo.stage(PLAN_ID, stage).read(name).splitlines()


def test_every_worktree_has_its_own_variables_which_git_neither_sees_nor_commits(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api")

    assert write(repo, cli) == []

    first, *rest = lines(repo, "api")
    assert first.startswith("# plan-worktree wrote this")
    assert rest == [
        f"PLAN_WORKTREE_HOME={repo.path}", f"PLAN_WORKTREE_PLAN={PLAN_ID}",
        "PLAN_WORKTREE_STAGE=api", "PLAN_WORKTREE_SLOT=1", "PLAN_WORKTREE_PORT=10100",
    ]  # fmt: skip
    there = repo.stage(PLAN_ID, "api")
    there.git("add", "--all")
    assert there.git("status", "--porcelain") == ""
    before = snapshot(repo.path.parent)
    assert write(repo, cli) == []
    assert snapshot(repo.path.parent) == before


def test_later_setups_write_it_too_and_a_shell_reads_it(
    make_repo: Callable[..., Repo], cli: Cli
) -> None:
    repo = make_repo("it's $HOME/project")
    shop(repo, "core", "api")
    assert write(repo, cli, "core", name="config/stage [1].env") == []

    assert cli("setup", PLAN_ID, "api", cwd=repo.path).exit_code == 0

    there = repo.stage(PLAN_ID, "api")
    assert there.git("status", "--porcelain") == ""
    line = (
        "set -a; . './config/stage [1].env'; printf %s \"$PLAN_WORKTREE_HOME $PLAN_WORKTREE_SLOT\""
    )
    assert checked("sh", "-c", line, cwd=there.path) == f"{repo.path} 1"


def theirs(path: Path) -> None:
    path.write_text("SECRET=1\n")


def link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "outside")


def link_to_ours(path: Path) -> None:
    path.symlink_to(ours(path.parent.parent / "a copy"))


def hard_link(path: Path) -> None:
    os.link(ours(path.parent.parent / "another copy"), path)


def ours(copy: Path) -> Path:
    copy.write_bytes((copy.parent / "first" / NAME).read_bytes())
    return copy


def folder(path: Path) -> None:
    path.mkdir()


def queue(path: Path) -> None:
    os.mkfifo(path)


def tracked(path: Path) -> None:
    path.write_text("")
    checked("git", "add", "--force", NAME, cwd=path.parent)


def not_ignored(path: Path) -> None:
    (path.parent / ".gitignore").write_text(f"!{NAME}\n")


MADE = {
    "theirs": (theirs, "there is one that plan-worktree did not write"),
    "link": (link, "it is a link"),
    "link-to-ours": (link_to_ours, "it is a link"),
    "hard-link": (hard_link, "it has another name as well, a hard link"),
    "folder": (folder, "there is one that plan-worktree did not write"),
    "queue": (queue, "there is one that plan-worktree did not write"),
    "tracked": (tracked, "git tracks it there, or a .gitignore says that it is not to be ignored"),
    "not-ignored": (
        not_ignored,
        "git tracks it there, or a .gitignore says that it is not to be ignored",
    ),
}


def test_nothing_is_written_over_what_is_not_ours_nor_through_a_link(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "first", *MADE)
    assert write(repo, cli, "first") == []
    for stage, (make, _) in MADE.items():
        make(repo.stage(PLAN_ID, stage).path / NAME)
    there = repo.stage(PLAN_ID, "first").path.parent
    pipe = there / "queue" / NAME
    pipe.rename(there.parent / "pipe")  # nobody can read that
    before = snapshot(there)
    (there.parent / "pipe").rename(pipe)

    warnings = write(repo, cli)

    advice = "another name: git config planWorktree.envFile NAME"
    assert warnings == [
        f"stage {stage}: warning: {NAME} is not written: {why}; {advice}"
        for stage, (_, why) in MADE.items()
    ]
    pipe.unlink()
    assert snapshot(there) == before
    repo.git("config", "planWorktree.envFile", ".env.other")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert "PLAN_WORKTREE_SLOT=1" in lines(repo, "theirs", ".env.other")


def test_a_link_on_the_way_leads_nowhere(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    outside = repo.path.parent / "outside"
    outside.mkdir()
    (repo.stage(PLAN_ID, "core").path / "config").symlink_to(outside)

    (warning,) = write(repo, cli, name="config/.env")

    assert ": a link or a file is where its folder would be; " in warning
    assert list(outside.iterdir()) == []


NAMES = (
    "", "/x", "../x", "a/../../x", "a//b", "./x", "a/", ".git/x", "a/.GIT/x", "a\nb", "a\\b",
    "x" * 300, "a\x1b[31m", ".claude/plans/CURRENT_STAGE.md",
)  # fmt: skip


def test_a_name_that_leads_out_or_nowhere_is_an_error_before_anything_is_done(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core")
    before = snapshot(repo.path.parent)
    for name in NAMES:
        done = cli("setup", PLAN_ID, "--env-file", name, cwd=repo.path)
        assert (done.exit_code, "--env-file " in done.stderr) == (2, True), done.output
        assert "\x1b" not in done.stderr
    assert snapshot(repo.path.parent) == before


def test_a_setting_that_names_no_file_is_a_warning_of_setup(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.git("config", "planWorktree.envFile", "../outside")

    done = cli("setup", PLAN_ID, "--json", cwd=repo.path)

    assert done.exit_code == 1
    (warning,) = done.json()["stages"][0]["warnings"]
    assert warning.startswith("../outside is not written: it leads out of the worktree; another")
    assert not (repo.stage(PLAN_ID, "core").path.parent / "outside").exists()
