"""What remove refuses, and that --force saves it all first and restore brings it back."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import Repo, new_repo, run
from tests.world import (
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    cell,
    merge,
    refs,
    row,
    set_up,
    snapshot,
    work,
)

Obstacle = Callable[[Repo, Repo], object]


def ready(repo: Repo, cli: Cli, *stages: str) -> Repo:
    repo.write(".gitignore", "*.log\nbuild/\n")
    set_up(repo, cli, *(stages or ("core",)))
    return repo.stage(PLAN_ID, "core")


def refused(repo: Repo, cli: Cli, *args: str) -> str:
    """Remove, which must refuse and leave every byte as it was; return what it says."""
    before = snapshot(repo.path.parent)
    result = cli("remove", PLAN_ID, *args, cwd=repo.path)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert snapshot(repo.path.parent) == before
    return re.sub(r"\d+ s ago", "N s ago", result.stderr)


def force(repo: Repo, cli: Cli, *args: str) -> Result:
    result = cli("remove", PLAN_ID, "core", "--force", *args, cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert row(result, "core")[1] == "removed"
    assert not repo.stage(PLAN_ID, "core").path.exists()
    repo.git("fsck", "--strict")
    return result


def looks(there: Repo) -> tuple[str, str, dict[str, bytes]]:
    """Return what is in a worktree, in git's words and in bytes."""
    files = {
        name.removeprefix(str(there.path)): content
        for name, content in snapshot(there.path).items()
        if name != str(there.path / ".git")
    }
    return there.git("status", "--ignored"), there.git("diff", "--cached", "--binary"), files


def changed(repo: Repo, there: Repo) -> None:
    there.write("README.md", "half a sentence")


def staged(repo: Repo, there: Repo) -> None:
    there.write("README.md", "half a sentence")
    there.git("add", "README.md")
    there.write("README.md", "another half")


def deleted(repo: Repo, there: Repo) -> None:
    there.git("rm", "--quiet", "README.md")


def untracked(repo: Repo, there: Repo) -> None:
    there.write("deep/er/new.txt", "half a sentence")


def assumed_unchanged(repo: Repo, there: Repo) -> None:
    there.git("update-index", "--assume-unchanged", "README.md")
    changed(repo, there)


def skipped(repo: Repo, there: Repo) -> None:
    there.git("update-index", "--skip-worktree", "README.md")
    changed(repo, there)


def unmerged(repo: Repo, there: Repo) -> None:
    work(repo, "core")


def locked(repo: Repo, there: Repo) -> None:
    repo.git("worktree", "lock", "--reason", "on the other disk", str(there.path))


def claimed(repo: Repo, there: Repo) -> None:
    blob = repo.git("hash-object", "-w", str(repo.write(".git/claim", "ada\n")))
    repo.git("update-ref", f"refs/plan-worktree/{PLAN_ID}/claim/core", blob)


def detached(repo: Repo, there: Repo) -> None:
    there.git("checkout", "--quiet", "--detach")
    there.write("only-here.txt", "found by no branch\n")
    there.commit("found by no branch")


def other_branch(repo: Repo, there: Repo) -> None:
    there.git("switch", "--quiet", "--create", "aside")


def conflict(*command: str) -> Obstacle:
    """Stop in the middle of a command that conflicts with what main has made of a file."""

    def stop(repo: Repo, there: Repo) -> None:
        work(repo, "core", "README.md", "theirs\n")
        work(repo, "core", "README.md", "theirs again\n")
        repo.write("README.md", "ours\n")
        repo.commit()
        assert run("git", *command, cwd=there.path).exit_code != 0

    return stop


def bisecting(repo: Repo, there: Repo) -> None:
    there.git("bisect", "start")


OBSTACLES: dict[str, tuple[Obstacle, str]] = {
    "changed": (changed, "README.md is changed but not committed: git -C {path} commit -a"),
    "staged": (staged, "README.md is changed but not committed"),
    "deleted": (deleted, "README.md is changed but not committed"),
    "untracked": (untracked, "deep/er/new.txt is in no commit: git -C {path} add"),
    "assumed": (assumed_unchanged, "README.md is changed but not committed"),
    "skipped": (skipped, "README.md is changed but not committed"),
    "unmerged": (unmerged, "1 commit of {branch} not in main: git -C {home} merge --no-ff"),
    "locked": (locked, "its worktree is locked (on the other disk): git worktree unlock {path}"),
    "claimed": (claimed, "it is claimed by somebody on ?"),
    "detached": (detached, "{path} has a detached HEAD checked out, the plan says {branch}"),
    "other-branch": (other_branch, "{path} has aside checked out, the plan says {branch}"),
    "rebase": (conflict("rebase", "main"), "{path} is in the middle of a rebase: finish or abort"),
    "merge": (conflict("merge", "main"), "{path} is in the middle of a merge"),
    "cherry-pick": (conflict("cherry-pick", "main"), "{path} is in the middle of a cherry-pick"),
    "revert": (conflict("revert", "HEAD~1"), "{path} is in the middle of a revert"),
    "bisect": (bisecting, "{path} is in the middle of a bisect"),
}


@sampled(("obstacle", "said"), OBSTACLES.values(), ids=OBSTACLES, one_in=2)
def test_remove_refuses_and_says_why(repo: Repo, cli: Cli, obstacle: Obstacle, said: str) -> None:
    there = ready(repo, cli)
    obstacle(repo, there)

    shown = refused(repo, cli)

    places = {"path": there.path, "home": repo.path, "branch": branch("core")}
    assert f"refused: stage core: {said.format(**places)}" in shown or (
        f"refused: stage core: the worktree {said.format(**places)}" in shown
    )
    assert refused(repo, cli, "--dry-run") == shown


FORCED = {
    f"{name}-{flag}": (OBSTACLES[name][0], (flag,) if flag else ())
    for number, name in enumerate(OBSTACLES)
    for flag in ("", "--delete-branch")[:: -1 if number % 2 else 1]
}


@sampled(("obstacle", "flags"), FORCED.values(), one_in=2, ids=FORCED)
def test_remove_by_force_takes_it_away_and_nothing_is_lost(
    repo: Repo, cli: Cli, obstacle: Obstacle, flags: tuple[str, ...]
) -> None:
    there = ready(repo, cli)
    obstacle(repo, there)
    tip, before = repo.head(branch("core")), looks(there)

    force(repo, cli, *flags)

    repo.git("gc", "--quiet", "--prune=now")
    back = cli("restore", PLAN_ID, "core", cwd=repo.path)
    if "nothing of it is saved" in back.stderr:  # there was nothing but commits
        back = cli("setup", PLAN_ID, "core", cwd=repo.path)
    assert back.exit_code == 0, back.output
    assert looks(there) == before
    assert repo.head(branch("core")) == tip
    assert repo.worktrees() == [there.path]


@contextmanager
def at_work(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], cwd=place) as process:
        yield process
        process.kill()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="this system does not tell")
def test_remove_refuses_while_a_process_is_inside_and_force_does_not_mind(
    repo: Repo, cli: Cli
) -> None:
    there = ready(repo, cli)
    there.write("build/deep/er.o", "")

    with at_work(there.path / "build/deep") as process:
        shown = refused(repo, cli)
        force(repo, cli)

    assert shown == (
        f"refused: stage core: sleep (process {process.pid}) is at work in {there.path}: "
        "cd elsewhere there, or end it\n"
    )


def test_a_process_beside_the_worktree_is_not_inside(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    beside = there.path.with_name("core-2")
    beside.mkdir()

    with at_work(beside):
        result = cli("remove", PLAN_ID, cwd=repo.path)

    assert row(result, "core")[1] == "removed"


@pytest.mark.parametrize("place", ("nested", "deep/er/nested", "ä b"))
@pytest.mark.parametrize("flags", ((), ("--force",), ("--force", "--delete-branch")))
def test_a_repository_inside_a_worktree_is_never_removed(
    repo: Repo, cli: Cli, place: str, flags: tuple[str, ...]
) -> None:
    there = ready(repo, cli)
    new_repo(there.path / place)

    shown = refused(repo, cli, *flags)

    assert f"stage core: {place}/ in it is a repository of its own, which cannot be saved" in shown
    assert re.search(r": mv .*nested.* ELSEWHERE|: mv '.*ä b.*' ELSEWHERE", shown)


def test_an_ignored_repository_cannot_be_saved_with_the_ignored_files(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    new_repo(there.path / "build/nested")

    shown = refused(repo, cli, "--force", "--include-ignored")

    assert "stage core: build/nested/ in it is a repository of its own" in shown


@pytest.mark.parametrize("flags", ((), ("--force",)))
def test_a_directory_that_does_not_name_its_worktree_is_never_removed(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    there = ready(repo, cli, "core", "api")
    other = repo.stage(PLAN_ID, "api").path / ".git"
    shutil.copyfile(other, there.path / ".git")

    shown = refused(repo, cli, "core", *flags)

    assert f"stage core: {there.path} exists and is no worktree of this plan" in shown


def test_remove_by_force_dry_run_changes_no_byte(repo: Repo, cli: Cli) -> None:
    there = ready(repo, cli)
    unmerged(repo, there)
    staged(repo, there)
    before = snapshot(repo.path.parent)

    result = cli("remove", PLAN_ID, "--force", "--delete-branch", "--dry-run", cwd=repo.path)

    assert row(result, "core")[1:4] == ["removed", branch("core"), "(deleted)"]
    assert snapshot(repo.path.parent) == before


def test_force_keeps_an_unmerged_branch_unless_it_is_to_go(repo: Repo, cli: Cli) -> None:
    unmerged(repo, ready(repo, cli))
    tip = repo.head(branch("core"))

    assert f"{branch('core')} (kept)" in force(repo, cli).stdout

    assert refs(repo)[f"refs/heads/{branch('core')}"] == tip
    assert base_ref("core") in refs(repo)
    result = cli("remove", PLAN_ID, "--force", "--delete-branch", cwd=repo.path)
    assert f"{branch('core')} (deleted)" in result.stdout
    assert "/saved/core/" in repo.git("for-each-ref", "--contains", tip)


def test_force_saves_only_what_is_in_no_commit(repo: Repo, cli: Cli) -> None:
    ready(repo, cli)
    work(repo, "core")
    merge(repo, "core")
    force(repo, cli)

    saved = cli("restore", PLAN_ID, "--list", cwd=repo.path)

    assert row(saved, "core")[2] == "branch"


def test_force_leaves_a_stage_alone_whose_owner_is_at_work_unless_it_is_named(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    there = repo.stage(PLAN_ID, "core").path

    refused = cli("remove", PLAN_ID, "--force", cwd=repo.path)

    assert (refused.exit_code, there.exists()) == (1, True)
    assert "stage core: its owner is at work, ada on " in refused.stderr
    assert " s ago, last change " in refused.stderr
    named = f"plan-worktree remove {PLAN_ID} core --force"
    assert refused.stderr.endswith(f"to remove it all the same, {named}\n")
    assert cli(*named.split()[1:], cwd=repo.path).exit_code == 0
    assert not there.exists()


def test_force_takes_a_stage_whose_owner_is_quiet(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
    repo.git("config", "planWorktree.quiet", "0")
    plain = cli("remove", PLAN_ID, cwd=repo.path)

    result = cli("remove", PLAN_ID, "--force", cwd=repo.path)

    assert "when nobody works on it, plan-worktree mark" in plain.stderr
    assert (result.exit_code, repo.worktrees()) == (0, [])


def test_without_force_it_is_said_that_the_owner_is_at_work(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)

    result = cli("remove", PLAN_ID, "core", cwd=repo.path)

    assert "or when ada gives it up, plan-worktree mark" in result.stderr


def test_a_dry_run_says_what_merged_leaves_and_why(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api", "docs:api")
    work(repo, "core")
    merge(repo, "core")
    work(repo, "api")

    shown = cli("remove", PLAN_ID, "--merged", "--dry-run", cwd=repo.path)

    assert [cell(shown, name, "WOULD BE") for name in ("core", "api", "docs")] == [
        "removed",
        "kept",
        "kept",
    ]
    assert cell(shown, "core", "WHY") == "its work is in main"
    assert cell(shown, "api", "WHY") == "in-progress: not in main"
    assert cell(shown, "docs", "WHY") == "waiting: not in main"
    fields = cli("remove", PLAN_ID, "--merged", "--dry-run", "--json", cwd=repo.path).json()
    assert [(s["id"], s["action"], s["why"]) for s in fields["stages"]][1] == (
        "api",
        "kept",
        "in-progress: not in main",
    )
    done = cli("remove", PLAN_ID, "--merged", cwd=repo.path)
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["core", "removed"]]
