"""What would be lost if a stage's worktree and branch were taken away, each with a way out.

Some of it can be saved first, and `remove --force` does. What cannot be saved is never given up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from plan_worktree.git.files import own_refs, worktree_git_directory
from plan_worktree.git.worktrees import Worktree
from plan_worktree.plan.model import Stage
from plan_worktree.project.processes import Process, inside, mount_points
from plan_worktree.project.ref_names import HEADS
from plan_worktree.project.refusal import Code, Reason
from plan_worktree.removal.content import Content
from plan_worktree.removal.ignored import Ignored
from plan_worktree.state.claimed import read_claimed
from plan_worktree.state.gone_parts import kept_in_gone, vanished_branch
from plan_worktree.state.leaving_branch import in_home
from plan_worktree.state.obstacles import (
    is_unborn,
    occupied,
    operation,
    other_branch,
)
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.status import DONE, StageReport
from plan_worktree.state.unpulled import in_target
from plan_worktree.worktrees.lock_marks import is_locked_by_others
from plan_worktree.worktrees.submodules import repositories, unpublished


@dataclass(frozen=True, slots=True)
class Losses:
    """Why a stage should not be taken away: for good, and until it is saved."""

    final: tuple[str, ...]
    savable: tuple[str, ...]


def find_losses(
    facts: Facts,
    entry: StageReport,
    content: Content | None,
    ignored: Sequence[Ignored],
    processes: Sequence[Process],
) -> Losses:
    """Return what would be lost with a stage; `content` is None without a directory.

    `ignored` is what would go with it unsaved. Raises GitError.
    """
    listed = facts.worktree_of(entry.stage)
    if listed and listed.path == facts.home.root:
        return Losses((in_home(facts, entry.stage),), ())
    final = list(_final(facts, entry.stage, listed, content)) if listed else []
    savable = list(_of_worktree(facts, entry, listed, processes)) if listed else []
    if content and listed:
        savable += _of_content(listed.path, content)
        savable += _of_ignored(listed.path, ignored)
    savable += _of_branch(facts, entry)
    return Losses(tuple(final), tuple(savable))


def _final(facts: Facts, stage: Stage, listed: Worktree, content: Content | None) -> Iterator[str]:
    path, home = listed.path, facts.home
    if content is None:
        there = occupied(path) if path.exists() else None
        if there:
            yield there
        if staged := kept_in_gone(facts, listed):
            yield staged
        return
    yield from _inside_it(facts, path)
    if gone := vanished_branch(facts, stage, listed):
        yield gone
    elif content.head is None:
        yield f"{path} has a branch without a commit: git -C {quote(str(path))} commit"
    for nested in content.nested:
        yield (
            f"{nested} in it is a repository of its own, which cannot be saved: move it away: "
            f"mv {quote(str(path / nested))} ELSEWHERE"
        )
    for module in content.modules:
        yield (
            f"the submodule {module} in it has changes of its own: commit and push them there: "
            f"git -C {quote(str(path / module))} status"
        )
    for name, repository in repositories(home, path).items():
        if lost := unpublished(home, name, repository):
            count = "1 commit that is" if len(lost) == 1 else f"{len(lost)} commits that are"
            yield (
                f"the submodule {name} in it has {count} nowhere else: push them: "
                f"git --git-dir={quote(str(repository))} push origin HEAD:refs/heads/NAME"
            )


def _inside_it(facts: Facts, path: Path) -> Iterator[str]:
    for other in facts.worktrees:
        if other != path and other.is_relative_to(path):
            move = f"git worktree move {quote(str(other))} NEW-PATH"
            yield f"the worktree {other} is inside it: {move}"
    for mounted in mount_points():
        if Path(mounted) != path and Path(mounted).is_relative_to(path):
            yield f"a file system is mounted inside it: umount {quote(mounted)}"


def _of_worktree(
    facts: Facts, entry: StageReport, listed: Worktree, processes: Sequence[Process]
) -> Iterator[str]:
    stage, path = entry.stage, quote(str(listed.path))
    if claimed := read_claimed(facts, entry):
        status = "complete" if entry.state in DONE else "not-started"
        give_back = f"plan-worktree mark {quote(facts.plan.plan_id)} {stage.id} {status}"
        owner = claimed.claim.owner
        when = "nobody works on it" if claimed.signs.quiet else f"{owner} gives it up"
        yield (
            f"it is claimed by {claimed.words}: let it be completed first, or when {when}, "
            f"{give_back}"
        )
    if is_locked_by_others(listed):
        reason = f" ({listed.locked})" if listed.locked else ""
        yield f"its worktree is locked{reason}: git worktree unlock {path}"
    if not facts.is_whole(listed):
        return
    if doing := operation(facts, listed):
        yield f"{listed.path} is in the middle of {doing}: finish or abort it there"
    elif (left := other_branch(facts, stage, listed)) and not is_unborn(facts, listed):
        yield left
    directory = worktree_git_directory(listed.path, facts.home.git_directory)
    if directory and (own := own_refs(directory)):
        kept = f"refs/kept/{facts.plan.plan_id}/{stage.id}/{own[0].removeprefix('refs/')}"
        git = f"git -C {path} update-ref"  # which keeps what an earlier one of that name holds
        keep = f"{git} {quote(kept)} {quote(own[0])} '' && {git} -d {quote(own[0])}"
        yield f"it has refs of its own, {', '.join(own[:3])}: {keep}"
    if busy := inside(listed.path, processes):
        names = ", ".join(f"{p.name} (process {p.pid})" for p in busy[:3])
        more = f" and {len(busy) - 3} more" if len(busy) > 3 else ""
        yield f"{names}{more} is at work in {listed.path}: cd elsewhere there, or end it"


def _of_content(path: Path, content: Content) -> Iterator[str]:
    if content.changed:
        commit = f"git -C {quote(str(path))} commit -a"
        said = f"{_some(content.changed)} changed but not committed: {commit}, or stash"
        yield Reason(said, Code.DIRTY, commit)
    if content.untracked:
        add = f"git -C {quote(str(path))} add --all"
        said = f"{_some(content.untracked)} in no commit: {add}, or move what should stay"
        yield Reason(said, Code.DIRTY, add)


def _of_ignored(path: Path, ignored: Sequence[Ignored]) -> Iterator[str]:
    for part in ignored:
        for repository in part.repositories:
            yield (
                f"the ignored {repository} in it is a repository of its own: move it away: "
                f"mv {quote(str(path / repository))} ELSEWHERE"
            )


def _of_branch(facts: Facts, entry: StageReport) -> Iterator[str]:
    branch, name = entry.work.branch, entry.stage.branch
    if branch is None or facts.head(entry.stage) is None:
        return
    if not branch.has_own_commits or branch.has_landed:
        return
    target = (facts.target or "").removeprefix(HEADS)
    if branch.ahead is None:
        yield f"the target {target or 'branch'} is gone, so its commits are nowhere else"
        return
    count = f"{branch.ahead} commit{'s' if branch.ahead > 1 else ''}"
    join = in_target(facts, f"merge --no-ff --autostash {quote(name)}")
    yield f"{count} of {name} not in {target}: {join}"


def _some(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{shown}{more} {'is' if len(paths) == 1 else 'are'}"
