"""Whatever state a repository is in, what a message advises works, loses nothing and leads on."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from tests.advice import Followed, advised, follow
from tests.remotes import moved, review, shared, squashed
from tests.sampling import sampled
from tests.support import PLANS, Repo, new_repo, run
from tests.world import PLAN_ID, Cli, base_ref, branch, shop, work

STAGES = ("core", "api", "docs")
COMMANDS = ("setup", "start", "complete", "merge", "sync", "remove", "restore", "status")


class World(NamedTuple):
    """A project with a plan that is set up, its remote, and a clone that plays the forge."""

    repo: Repo
    cli: Cli
    forge: Repo

    def git(self, *args: str, at: Path | None = None) -> None:
        """Run git, which may refuse: then the state stays as it is."""
        run("git", *args, cwd=at or self.repo.path)

    def place(self, stage: str) -> Path:
        return self.repo.stage(PLAN_ID, stage).path


Verb = Callable[[World, str], object]


def _has_remote(world: World) -> bool:
    return (world.repo.path.parent / "origin.git").exists()


def _is_there(world: World, stage: str) -> bool:
    asked = ("git", "ls-remote", "--exit-code", "origin", branch(stage))
    return run(*asked, cwd=world.forge.path).exit_code == 0


def _worked(world: World, stage: str) -> None:
    if (world.place(stage) / ".git").exists():
        work(world.repo, stage, f"src/{stage}.txt", f"secret\n{stage}\n")


def _completed(world: World, stage: str) -> None:
    _worked(world, stage)
    world.cli("complete", PLAN_ID, stage, "--owner", "w", cwd=world.repo.path)
    world.git("push", "-q", "origin", branch(stage))


def _reviewed(world: World, stage: str) -> None:
    world.git("push", "-q", "origin", branch(stage))
    if _is_there(world, stage):
        review(world.forge, stage, f"src/{stage}.txt", f"{stage}\n")
        world.git("fetch", "-q")


def _diverged(world: World, stage: str) -> None:
    _reviewed(world, stage)
    if (world.place(stage) / ".git").exists():
        work(world.repo, stage, f"src/more-{stage}.txt", "mine\n")


def _squashed(world: World, stage: str) -> None:
    _reviewed(world, stage)
    if _has_remote(world) and _is_there(world, stage):
        world.git("pull", "-q", "--ff-only", "origin", "main", at=world.forge.path)
        squashed(world.forge, stage)
    world.git("fetch", "-q")


def _deleted_there(world: World, stage: str) -> None:
    world.git("push", "-q", "origin", "--delete", branch(stage), at=world.forge.path)
    world.git("fetch", "-q", "--prune")


def _deleted_there_unnoticed(world: World, stage: str) -> None:
    world.git("push", "-q", "origin", "--delete", branch(stage), at=world.forge.path)


def _target_deleted_there(world: World, _: str) -> None:
    """Rename the main branch on the forge."""
    bare = world.repo.path.parent / "origin.git"
    if bare.exists():
        world.git("branch", "-q", "-m", "main", "trunk", at=bare)


def _target_behind(world: World, stage: str) -> None:
    if _has_remote(world):
        moved(world.forge, f"other-{stage}.txt")
    world.git("fetch", "-q")


def _plan_changed_there(world: World, stage: str) -> None:
    if _has_remote(world):
        plan = f"{PLANS}/{PLAN_ID}.md"
        world.git("pull", "-q", "--ff-only", "origin", "main", at=world.forge.path)
        world.forge.write(plan, f"{world.forge.read(plan)}\nA remark on {stage}.\n")
        world.forge.commit("a remark")
        world.git("push", "-q", "origin", "main", at=world.forge.path)
    world.git("fetch", "-q")


def _target_diverged(world: World, stage: str) -> None:
    _target_behind(world, stage)
    world.repo.write(f"mine-{stage}.txt", "mine\n")
    world.repo.commit("mine")


def _remote_gone(world: World, _: str) -> None:
    bare = world.repo.path.parent / "origin.git"
    if bare.exists():
        bare.rename(bare.with_name("gone.git"))


def _home_on_branch(world: World, stage: str) -> None:
    world.git("switch", "-q", "--ignore-other-worktrees", branch(stage))


def _home_on_side(world: World, stage: str) -> None:
    world.git("switch", "-q", "-c", f"side-{stage}")


def _home_detached(world: World, stage: str) -> None:
    world.git("switch", "-q", "--detach")
    world.git("commit", "-q", "--allow-empty", "-m", f"detached, {stage}")


def _stage_on_side(world: World, stage: str) -> None:
    if world.place(stage).exists():
        world.git("switch", "-q", "-c", f"aside-{stage}", at=world.place(stage))


def _stage_detached(world: World, stage: str) -> None:
    if world.place(stage).exists():
        world.git("switch", "-q", "--detach", at=world.place(stage))
        world.git("commit", "-q", "--allow-empty", "-m", "detached", at=world.place(stage))


def _stage_removed(world: World, stage: str) -> None:
    """Let git take its folder away, whatever is in it; the branch stays."""
    world.git("worktree", "remove", "--force", str(world.place(stage)))


def _folder_moved(world: World, stage: str) -> None:
    if world.place(stage).exists():
        world.place(stage).rename(world.repo.path.parent / f"moved-{stage}")


def _folder_moved_and_repaired(world: World, stage: str) -> None:
    _folder_moved(world, stage)
    world.git("worktree", "repair", str(world.repo.path.parent / f"moved-{stage}"))


def _half_made(world: World, stage: str) -> None:
    (world.place(stage) / ".git").unlink(missing_ok=True)


def _target_renamed(world: World, _: str) -> None:
    world.git("branch", "-q", "-m", "main", "trunk")


def _branch_gone(world: World, stage: str) -> None:
    world.git("update-ref", "-d", f"refs/heads/{branch(stage)}")


def _branch_renamed(world: World, stage: str) -> None:
    world.git("branch", "-m", branch(stage), f"renamed-{stage}")


def _base_gone(world: World, stage: str) -> None:
    world.git("update-ref", "-d", base_ref(stage))


def _removed(world: World, stage: str) -> None:
    world.cli("remove", PLAN_ID, stage, "--force", cwd=world.repo.path)


def _dirty(world: World, stage: str) -> None:
    if (world.place(stage) / ".git").exists():
        Repo(world.place(stage)).write("README.md", "edited\n")


def _home_dirty(world: World, stage: str) -> None:
    world.repo.write(f"src/{stage}.txt", "mine, in no commit\n")


VERBS: tuple[Verb, ...] = (
    *(_worked, _completed, _completed, _reviewed, _diverged, _squashed, _deleted_there),
    *(_deleted_there_unnoticed, _stage_removed),
    *(
        _target_behind,
        _plan_changed_there,
        _target_diverged,
        _remote_gone,
        _home_on_branch,
        _home_on_side,
    ),
    *(_home_detached, _stage_on_side, _stage_detached, _folder_moved, _half_made),
    *(_folder_moved_and_repaired, _target_renamed, _branch_gone, _branch_renamed, _base_gone),
    *(_removed, _dirty, _home_dirty),
)


def _tell(text: str) -> None:
    if currently_in_test_context():
        note(text)


_NUMBERS = itertools.count()


def check(
    tmp: Path, cli: Cli, verbs: list[tuple[Verb, str]], commands: list[tuple[str, str]]
) -> None:
    repo = new_repo(tmp / str(next(_NUMBERS)) / "project")
    world = World(repo, cli, shared(repo, cli, "core", "api:core", "docs"))
    for verb, stage in verbs:
        verb(world, stage)
    _tell(f"state: {[(verb.__name__, stage) for verb, stage in verbs]}")
    for command, stage in commands:
        names = (PLAN_ID,) if command == "status" else (PLAN_ID, stage)
        _tell(f"{follow(repo, cli, (command, *names), owner='w')}")


def followed(tmp: Path, cli: Cli, verbs: Sequence[Verb], stage: str, command: str) -> Followed:
    """Bring one stage of a project into a state, and do what a command advises there."""
    repo = new_repo(tmp / "project")
    world = World(repo, cli, shared(repo, cli, "core", "api:core", "docs"))
    for verb in verbs:
        verb(world, stage)
    return follow(repo, cli, (command, PLAN_ID, stage), owner="w")


def test_advice_is_read_from_a_message_as_a_person_reads_it() -> None:
    said = [
        "refused: x: git -C '/a b' branch y && git -C '/a b' switch z",
        "git merge abc: git merge abc brings that back; or to land it anew, git update-ref -d r",
        "x: git fetch origin; or say which: plan-worktree mark P s complete --landed COMMIT",
        "x: finish it: git -C /x status",
        "choose another name, or delete it when nobody needs it: git branch -d y",
    ]
    found = [[(str(one), one.needs_person) for one in advised(line)] for line in said]
    assert found == [
        [("git -C '/a b' branch y && git -C '/a b' switch z", False)],
        [("git merge abc", False), ("git update-ref -d r", False)],
        [
            ("git fetch origin", False),
            ("plan-worktree mark P s complete --landed COMMIT", True),
        ],
        [("git -C /x status", True)],
        [("git branch -d y", True)],
    ]


_STAGE = st.sampled_from(STAGES)


def _property(examples: int) -> Callable[[Path, Cli], None]:
    """Return the check for so many random states."""
    many = given(
        verbs=st.lists(st.tuples(st.sampled_from(VERBS), _STAGE), min_size=1, max_size=4),
        commands=st.lists(st.tuples(st.sampled_from(COMMANDS), _STAGE), min_size=2, max_size=3),
    )(check)
    return settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),  # every try takes a second
    )(many)


@pytest.mark.soak
def test_what_is_advised_leads_on_in_thirty_states(tmp_path: Path, cli: Cli) -> None:
    _property(30)(tmp_path, cli)


@pytest.mark.soak
@pytest.mark.timeout(36000)
def test_what_is_advised_leads_on_in_two_thousand_states(tmp_path: Path, cli: Cli) -> None:
    _property(2000)(tmp_path, cli)


@sampled(
    ("verbs", "command"),
    (
        # The target has diverged, and a stage and what it needs are behind and not complete.
        (
            ((_reviewed, "core"), (_target_diverged, "core"), (_reviewed, "api")),
            ("merge", "api"),
        ),
        # Home has commits on a detached HEAD, and the target has commits on both sides.
        (((_target_diverged, "docs"), (_home_detached, "core")), ("start", "core")),
        # The stage's worktree is on a branch of another name, and the stage's own is gone.
        (((_base_gone, "core"), (_branch_renamed, "core")), ("complete", "core")),
        # It has commits on a detached HEAD, too.
        (
            ((_stage_detached, "core"), (_completed, "core"), (_branch_renamed, "core")),
            ("merge", "core"),
        ),
    ),
    one_in=2,
)
def test_a_worktree_that_left_its_branch_gets_it_back_with_all_commits(
    tmp_path: Path, cli: Cli, verbs: tuple[tuple[Verb, str], ...], command: tuple[str, str]
) -> None:
    check(tmp_path, cli, list(verbs), [command])


_THERE: tuple[Verb, ...] = ()
_GONE: tuple[Verb, ...] = (_deleted_there_unnoticed,)


@sampled(
    ("verb", "command", "then"),
    itertools.product(
        (_reviewed, _diverged),
        ("merge", "sync"),
        (_THERE, _GONE, (_deleted_there_unnoticed, _dirty)),
    ),
    one_in=4,
)
def test_what_was_fetched_of_a_branch_is_brought_in_also_when_the_remote_has_deleted_it(
    tmp_path: Path, cli: Cli, verb: Verb, command: str, then: Sequence[Verb]
) -> None:
    ended = followed(tmp_path, cli, (_completed, verb, *then), "core", command)
    assert len(ended.steps) > 1
    assert not re.search("behind|both have", ended.output)


@pytest.mark.second
@sampled("then", (_THERE, _GONE), one_in=2)
def test_a_branch_without_a_worktree_is_brought_forward_also_when_the_remote_has_deleted_it(
    tmp_path: Path, cli: Cli, then: Sequence[Verb]
) -> None:
    verbs = (_completed, _reviewed, _stage_removed, *then)
    ended = followed(tmp_path, cli, verbs, "core", "merge")
    assert (ended.ended, " fetch . " in ended.steps[1]) == ("done", True)


@pytest.mark.second
@sampled("then", (_THERE, (_target_diverged,)), one_in=2)
def test_a_plan_that_is_edited_in_home_and_on_the_remote_comes_together(
    tmp_path: Path, cli: Cli, then: Sequence[Verb]
) -> None:
    verbs = (_completed, _plan_changed_there, *then)
    ended = followed(tmp_path, cli, verbs, "core", "merge")
    assert (ended.ended, " merge --autostash --ff" in ended.steps[1]) == ("done", True)


@pytest.mark.second
@sampled(
    ("where", "then"),
    itertools.product((_THERE, (_home_on_side,)), (_THERE, (_target_deleted_there,))),
    one_in=3,
)
def test_a_target_with_commits_on_both_sides_is_joined_also_when_the_remote_has_renamed_it(
    tmp_path: Path, cli: Cli, then: Sequence[Verb], where: Sequence[Verb]
) -> None:
    verbs = (_completed, _target_diverged, *then, *where)
    ended = followed(tmp_path, cli, verbs, "core", "merge")
    assert (ended.ended, len(ended.steps) > 1) == ("done", True)


@pytest.mark.second
@sampled("command", (("start", "--setup"), ("start",), ("sync",)), one_in=3)
def test_a_stage_is_started_after_what_it_needs_was_merged_as_advised(
    repo: Repo, cli: Cli, command: tuple[str, ...]
) -> None:
    shop(repo, "core", "docs", "other", "api:core,docs,other")
    ready = ("core", "docs", "other", *(() if "--setup" in command else ("api",)))
    assert cli("setup", PLAN_ID, *ready, cwd=repo.path).exit_code == 0
    accepted = ("--accept-scope", "shared")
    for stage in ready[:3]:
        work(repo, stage, f"src/{stage}.txt")
        work(repo, stage, "same.txt" if stage != "other" else "clean.txt", f"{stage}\n")
        assert cli("complete", PLAN_ID, stage, *accepted, cwd=repo.path).exit_code == 0
    words = (command[0], PLAN_ID, "api", *command[1:])

    stopped = follow(repo, cli, words, owner="w")
    assert stopped.ended == "person", stopped
    where = "docs" if "--setup" in command else "api"
    resolved = repo.stage(PLAN_ID, where)
    assert resolved.git("ls-files", "--unmerged", "same.txt"), stopped
    resolved.write("same.txt", "both\n")
    resolved.git("commit", "--quiet", "--all", "--no-edit")

    assert follow(repo, cli, words, owner="w").steps == (shlex.join(words),), "it goes on at once"
    assert cli("start", PLAN_ID, "api", "--owner", "w", cwd=repo.path).exit_code == 0
    assert cli("sync", PLAN_ID, "api", cwd=repo.path).exit_code == 0  # what comes after those two
    api = repo.stage(PLAN_ID, "api")
    names = ("same.txt", "clean.txt", "src/core.txt", "src/docs.txt", "src/other.txt")
    assert [api.read(name) for name in names] == ["both\n", "other\n", *["work\n"] * 3]
    work(repo, "api", "src/api.txt")
    ended = cli("complete", PLAN_ID, "api", "--owner", "w", *accepted, cwd=repo.path)
    assert ended.exit_code == 0, ended.output


@sampled(
    ("command", "then"),
    itertools.product(("setup", "start", "complete", "remove"), (_THERE, (_stage_on_side,))),
    one_in=3,
)
def test_a_branch_that_is_gone_under_its_worktree_gets_its_commits_back(
    tmp_path: Path, cli: Cli, command: str, then: Sequence[Verb]
) -> None:
    ended = followed(tmp_path, cli, (_worked, _branch_gone, *then), "core", command)
    assert " branch feature/" in ended.steps[1]
    assert ended.ended == "done"
    subjects = Repo(tmp_path / "project").git("log", "--branches", "--format=%s")
    assert "work on core" in subjects.splitlines()


@pytest.mark.second
@pytest.mark.parametrize("command", ("setup", "remove"))
def test_commits_on_the_detached_head_of_a_worktree_that_is_gone_are_kept(
    tmp_path: Path, cli: Cli, command: str
) -> None:
    ended = followed(tmp_path, cli, (_stage_detached, _folder_moved), "core", command)
    assert ended.steps[1].startswith("git branch kept-")
    assert ended.ended == "done"


def _home_staged(world: World, _: str) -> None:
    world.repo.write("README.md", "mine\n")
    world.repo.git("add", "README.md")


@sampled("where", (_home_on_side, _home_detached, _home_staged), one_in=3)
def test_work_lands_in_the_target_whatever_home_has_checked_out_or_edited(
    tmp_path: Path, cli: Cli, where: Verb
) -> None:
    ended = followed(tmp_path, cli, (_worked, where), "core", "remove")
    assert ended.ended == "done"
    assert Repo(tmp_path / "project").git("ls-tree", "main", "src/core.txt")


@pytest.mark.second
@sampled("command", ("sync", "remove"), one_in=2)
def test_a_worktree_gets_its_branch_back_from_home(tmp_path: Path, cli: Cli, command: str) -> None:
    verbs = (_worked, _stage_on_side, _home_on_branch)
    assert followed(tmp_path, cli, verbs, "core", command).ended == "done"


@pytest.mark.second
@sampled("then", (_THERE, (_home_on_side,)), one_in=2)
def test_what_was_lost_from_a_rewritten_target_is_brought_back_into_it(
    tmp_path: Path, cli: Cli, then: Sequence[Verb]
) -> None:
    def rewritten(world: World, stage: str) -> None:
        world.cli("merge", PLAN_ID, stage, cwd=world.repo.path)
        world.repo.git("reset", "-q", "--keep", "HEAD~")

    ended = followed(tmp_path, cli, (_completed, rewritten, *then), "core", "merge")
    assert ended.ended == "done", ended
    assert Repo(tmp_path / "project").git("ls-tree", "main", "src/core.txt")


@pytest.mark.second
def test_a_ref_of_a_worktree_and_an_edited_copy_of_the_plan_are_kept(
    tmp_path: Path, cli: Cli
) -> None:
    def hidden(world: World, stage: str) -> None:
        there = Repo(world.place(stage))
        world.git("commit", "-q", "--allow-empty", "-m", "hidden", at=there.path)
        there.git("update-ref", "refs/worktree/keep", "HEAD")
        there.git("reset", "-q", "--hard", "HEAD~")

    assert followed(tmp_path, cli, (hidden,), "core", "remove").ended == "done"
    repo = Repo(tmp_path / "project")
    assert "hidden" in repo.git("log", "--all", "--format=%s")
    docs = repo.stage(PLAN_ID, "docs")
    docs.write(f"{PLANS}/{PLAN_ID}.md", f"{docs.read(f'{PLANS}/{PLAN_ID}.md')}\nA remark.\n")
    follow(repo, cli, ("complete", PLAN_ID, "docs"))
    assert "A remark." in repo.git("stash", "show", "-p")
