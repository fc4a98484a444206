"""Kills the command at chosen points, lets it run again, and says whether anything was lost."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests import copies, halves
from tests.forks import Forks
from tests.support import PLANS, Repo
from tests.world import LOCK, PLAN_ID, base_ref, branch, executable, snapshot, wait_for

COMPLETED = f"refs/plan-worktree/{PLAN_ID}/completed"

# Takes the lowest number that no other call has: only one can create a file that must be new.
WRAPPER = """\
set -C
call=1
until true >"$KILL_CALLS/$call"; do call=$((call + 1)); done 2>/dev/null
[ "$call" = "$KILL_AT" ] || exec {git} "$@"
case $KILL_HOW in
before) kill -KILL 0 ;;
after) {git} "$@"; kill -KILL 0 ;;
late) kill -KILL "$LEADER"; sleep 0.3 ;;
*) kill -KILL "$LEADER" ;;
esac
{git} "$@"
true >"$KILL_CALLS/ended"\
"""


@dataclass(frozen=True)
class Kill:
    """How to kill a run, and when.

    `before` and `after` kill the process group around the git call with the number `at`; `orphan`
    and `late` kill only the command, and the call goes on at once or a moment later.
    `change` kills before that change of the disk that Python makes, `instant` after `at` seconds,
    `ref` at that step of all that change several refs at once (see halves.py).
    """

    how: str
    at: float


@dataclass(frozen=True)
class Scene:
    """A repository to start from, and the command that is killed in it.

    `treasure` are stages with uncommitted work: where a command takes it away, `restore` must
    bring it back. `prepare` is a command that has already run.
    """

    template: Path
    command: tuple[str, ...]
    treasure: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stand:
    """A scene, and what is seen when nobody kills the command.

    `contents` is the uncommitted work before, `shape` is what is there after, `seconds` the time
    it takes. Each kill gets a new folder, which stays: deleted files make new ones slow.
    """

    forked: Forks
    scene: Scene
    folder: Path
    contents: dict[str, dict[str, bytes]]
    shape: dict[str, set[str]]
    seconds: float


def play(forked: Forks, scene: Scene, folder: Path) -> Stand:
    """Run the command to its end."""
    there = copied(scene.template, Path(tempfile.mkdtemp(dir=folder), "world"))
    treasure = {stage: contents(there.stage(PLAN_ID, stage)) for stage in scene.treasure}
    if scene.prepare:
        forked.must(*scene.prepare, cwd=there.path)
    begun = time.monotonic()
    forked.must(*scene.command, cwd=there.path)
    seconds = time.monotonic() - begun
    stand = Stand(forked, scene, folder, treasure, shape(there), seconds)
    assert_sound(there)
    assert_nothing_lost(stand, there)
    return stand


def goes_on(stand: Stand, *kills: Kill) -> bool:
    """Kill the command, run it again, and check everything; tell whether the last kill hit."""
    folder, scene = Path(tempfile.mkdtemp(dir=stand.folder)), stand.scene
    with _telling(folder, scene, kills):
        there = copied(scene.template, folder / "world")
        if scene.prepare:
            stand.forked.must(*scene.prepare, cwd=there.path)
        hits = [_kill(stand, there, kill, folder) for kill in kills]
        _end(stand, there, folder)
    return hits[-1]


def is_taken_back(stand: Stand, kill: Kill) -> bool:
    """Kill the command, restore every stage at once, and end it; tell whether the kill hit."""
    folder, scene = Path(tempfile.mkdtemp(dir=stand.folder)), stand.scene
    with _telling(folder, scene, (kill,)):
        there = copied(scene.template, folder / "world")
        hit = _kill(stand, there, kill, folder)
        for stage in scene.treasure:  # refused where nothing was taken yet
            result = stand.forked.run("restore", PLAN_ID, stage, cwd=there.path)
            assert result.exit_code in (0, 1), result.output
        assert_nothing_lost(stand, there)
        _end(stand, there, folder)
    return hit


def _end(stand: Stand, there: Repo, folder: Path) -> None:
    """Run the command once more, see that it has nothing left to do, and check everything."""
    command, forked = stand.scene.command, stand.forked
    forked.must(*command, cwd=there.path)
    outlived = list(folder.glob("calls-*/orphaned"))
    for mark in outlived:
        wait_for(mark.with_name("ended").exists)
    if outlived:  # what a git wrote after the command was done, the next one takes away
        forked.must(*command, cwd=there.path)
    before = snapshot(there.path.parent)
    forked.must(*command, cwd=there.path)
    after = snapshot(there.path.parent)
    assert [path for path in before | after if before.get(path) != after.get(path)] == []
    assert_sound(there)
    assert shape(there) == stand.shape
    assert_nothing_lost(stand, there)


@contextmanager
def _telling(folder: Path, scene: Scene, kills: tuple[Kill, ...]) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        error.add_note(f"{' '.join(scene.command)}, killed {kills}, is in {folder}")
        raise


def copied(template: Path, place: Path) -> Repo:
    """Copy a repository with its worktrees."""
    copies.copy(template, place)
    return Repo(place / "project")


def contents(there: Repo) -> dict[str, bytes]:
    """Everything a worktree holds: status, index, and each file with its mode."""
    status = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
    found = {"status": raw(there, *status), "index": raw(there, "ls-files", "--stage", "-z")}
    for name, content in snapshot(there.path).items():
        path = Path(name)
        if path != there.path / ".git":
            mode = b"" if path.is_symlink() else b"%o " % (path.stat().st_mode & 0o777)
            found[str(path.relative_to(there.path))] = mode + content
    return found


def shape(repo: Repo) -> dict[str, set[str]]:
    """List what is there: refs with their trees and parents, folders, files of git."""
    lines = raw(repo, "for-each-ref", "--format=%(refname) %(tree) %(parent)").decode()
    top, git = repo.path.parent, repo.path / ".git"
    passing = {LOCK, "ORIG_HEAD", "packed-refs", "packed-refs.new", "worktrees"}
    return {
        # How often a stage was saved depends on the kill.
        "refs": set(re.sub(r"(/saved/[^/\n]+)/.*", r"\1", lines).splitlines()),
        "completed": {raw(repo, "for-each-ref", "--format=%(refname) %(raw)", COMPLETED).decode()},
        "worktrees": {str(path.relative_to(top)) for path in repo.worktrees()},
        "folders": {str(path.relative_to(top)) for path in _folders(top)},
        "git": {path.name for path in git.iterdir()} - passing,
        "entries": {path.name for path in git.glob("worktrees/*/*")} - passing,
        "home": set(
            raw(repo, "status", "--porcelain=v2", "-z").decode(errors="replace").split("\0")
        ),
        "plan": {path.read_text() for path in (repo.path / PLANS).iterdir()},
    }


def assert_sound(repo: Repo) -> None:
    """See that nothing is broken, locked, or left over."""
    flags = ("--strict", "--connectivity-only", "--no-dangling", "--no-progress")
    assert raw(repo, "fsck", *flags) == b""
    git, worktrees = repo.path / ".git", set(repo.worktrees())
    listed = raw(repo, "worktree", "list", "--porcelain", "-z").split(b"\0")
    assert [line for line in listed if line.startswith((b"locked", b"prunable"))] == []
    assert len(list(git.glob("worktrees/*"))) == len(worktrees)
    above = {folder for path in worktrees for folder in (path.parent, path.parent.parent)}
    assert [path.name for path in (repo.path / PLANS).iterdir()] == [f"{PLAN_ID}.md"]
    assert set(_folders(repo.path.parent)) == {repo.path, *worktrees, *above}
    assert [path for path in git.rglob("*.lock") if path.name != LOCK] == []
    names = raw(repo, "for-each-ref", "--format=%(refname)").decode().splitlines()
    for name in names:
        stage = name.removeprefix(base_ref(""))
        saved = f"refs/plan-worktree/{PLAN_ID}/saved/{stage}/"
        has_branch = f"refs/heads/{branch(stage)}" in names
        assert stage == name or has_branch or any(other.startswith(saved) for other in names), name


def assert_nothing_lost(stand: Stand, repo: Repo) -> None:
    """See that what was not committed is in place, or comes back exactly."""
    for stage, before in stand.contents.items():
        there = repo.stage(PLAN_ID, stage)
        if not there.path.exists():
            stand.forked.must("restore", PLAN_ID, stage, cwd=repo.path)
        assert contents(there) == before


def raw(repo: Repo, *args: str) -> bytes:
    """Run git, which must succeed without writing, and return its output as bytes."""
    done = subprocess.run(
        ["git", "--no-optional-locks", *args], cwd=repo.path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _folders(top: Path) -> list[Path]:
    return [*top.glob("*"), *top.glob("worktrees/*"), *top.glob("worktrees/*/*")]


def _wrapper(kill: Kill, git: str) -> str:
    if kill.how != "ref":
        return WRAPPER.format(git=git)
    python, script = shlex.quote(sys.executable), shlex.quote(halves.__file__)
    return halves.WRAPPER.format(git=git, python=python, script=script)


def _kill(stand: Stand, repo: Repo, kill: Kill, folder: Path) -> bool:
    """Run the command and kill it; tell whether it was killed before it was done."""
    if kill.how == "change":
        result = stand.forked.run(*stand.scene.command, cwd=repo.path, change=kill.at)
    elif kill.how == "instant":
        leader = stand.forked.start(*stand.scene.command, cwd=repo.path)
        time.sleep(kill.at)
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
        result = stand.forked.finish()
    else:
        git = shutil.which("git")
        assert git
        calls = Path(tempfile.mkdtemp(prefix="calls-", dir=folder))
        wrapper = executable(folder / "bin/git", _wrapper(kill, shlex.quote(git)))
        result = stand.forked.run(
            *stand.scene.command,
            cwd=repo.path,
            KILL_CALLS=str(calls),
            KILL_AT=str(kill.at),
            KILL_HOW=kill.how,
            PATH=f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}",
        )
        if kill.how in ("orphan", "late") and result.exit_code == -signal.SIGKILL:
            (calls / "orphaned").touch()
    assert result.exit_code in (0, -signal.SIGKILL), f"{kill}: {result}"
    return result.exit_code == -signal.SIGKILL
