"""One look at the repository: what planning needs to know, read before anything is decided.

Facts are a snapshot. Whoever acts on them takes them under the lock, and every change of a ref
still names the value it expects.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.objects.commits import is_ancestor
from plan_worktree.plan.model import Plan, Stage, StageStatus
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import (
    HEADS,
    REFS,
    base_ref,
    completed_ref,
    landed_ref,
    saved_refs,
    target_ref,
    verified_ref,
)
from plan_worktree.state.repository.upstreams import (
    NO_UPSTREAMS,
    Upstream,
    Upstreams,
    read_named_landings,
    read_upstreams,
)

# How the message of a snapshot begins.
SNAPSHOT = "plan-worktree: saved "


@dataclass(frozen=True, slots=True)
class Saved:
    """A recovery ref: the plain tip of a branch, or a snapshot of a whole worktree."""

    ref: gitrefs.Ref

    @property
    def time(self) -> str:
        """When it was saved (UTC, basic ISO 8601): the last part of the ref's name."""
        return self.ref.name.rpartition("/")[2]

    @property
    def is_snapshot(self) -> bool:
        """Whether it holds an index and files besides commits."""
        return self.ref.subject.startswith(SNAPSHOT) and len(self.ref.parents) > 1

    @property
    def tip(self) -> str:
        """The tip that the stage's branch had."""
        if not self.is_snapshot:
            return self.ref.object_id
        named = self.ref.subject.rpartition(" ")[2]
        return named if named in self.ref.parents else self.ref.parents[0]


class Landed(NamedTuple):
    """The commit of the target that brought a stage's work in, and the tip that the stage had."""

    commit: str
    head: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Worktrees (by real path) and refs of the repository, with the plan's own among them.

    `target` is the full name of the branch that stages land in, None when nothing names it.
    `upstreams` is what that branch and the stages' branches follow on a remote. `named_landings`
    are, by stage id, commits of the target that brought a complete stage which was never here.
    `places` are, by the paths that the plan names, where worktrees belong, links followed.
    """

    home: Home
    plan: Plan
    worktrees: dict[Path, gitworktrees.Worktree]
    refs: dict[str, gitrefs.Ref]
    target: str | None
    upstreams: Upstreams = NO_UPSTREAMS
    named_landings: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Path] = field(default_factory=dict)

    @property
    def target_tip(self) -> str | None:
        """The commit that the target's own branch points at, None when it has none."""
        ref = self.refs.get(self.target or "")
        return ref.object_id if ref else None

    @property
    def target_commit(self) -> str | None:
        """The effective target: the target's commit, or its upstream's where that contains it."""
        above = self.upstreams
        if above.target and above.behind and not above.ahead and self.target_tip:
            return above.target.commit
        return self.target_tip

    @property
    def targets(self) -> tuple[str, ...]:
        """The effective target, and where both have commits of their own also its upstream."""
        commits = [self.target_commit, self.upstreams.target and self.upstreams.target.commit]
        return tuple(dict.fromkeys(commit for commit in commits if commit))

    def upstream(self, stage: Stage) -> Upstream | None:
        """Return the remote branch that a stage's branch follows, None when there is none."""
        return self.upstreams.stages.get(stage.id)

    @property
    def target_recorded(self) -> bool:
        """Whether an earlier setup has written the target down."""
        return target_ref(self.plan.plan_id) in self.refs

    def head(self, stage: Stage) -> str | None:
        """Return the tip of a stage's branch, None when there is no such branch."""
        ref = self.refs.get(HEADS + stage.branch)
        return ref.object_id if ref else None

    def base(self, stage: Stage) -> str | None:
        """Return the commit a stage's branch was started from, None when not ours."""
        ref = self.refs.get(base_ref(self.plan, stage))
        return ref.object_id if ref else None

    def verified(self, stage: Stage) -> str | None:
        """Return the commit that passed a stage's checks, None when none has."""
        ref = self.refs.get(verified_ref(self.plan, stage))
        return ref.object_id if ref else None

    def landed(self, stage: Stage) -> Landed | None:
        """Return how a stage is recorded to have landed, None when it is not."""
        ref = self.refs.get(landed_ref(self.plan, stage))
        if ref and ref.parents:
            return Landed(ref.parents[0], ref.parents[-1])
        named = self.named_landings.get(stage.id)
        return Landed(named, named) if named else None

    def is_completed(self, stage: Stage) -> bool:
        """Tell whether it is recorded how a stage was completed, here or in a clone that shares."""
        return completed_ref(self.plan, stage) in self.refs

    def is_nowhere(self, stage: Stage) -> bool:
        """Tell whether a stage is said to be complete and nothing of it is here or on the remote.

        Without a remote it was done by hand, and nobody could have done it elsewhere. A branch that
        setup made and nobody has used is nothing.
        """
        if stage.status != StageStatus.COMPLETE or self.upstreams.remote is None:
            return False
        head, base = self.head(stage), self.base(stage)
        # How it was completed is known of other clones, too; where it was begun only of this one.
        if self.upstream(stage) or (self.is_completed(stage) and base):
            return False
        return head == base and (head is not None or self.last_tip(stage) is None)

    def saved(self, stage: Stage) -> tuple[Saved, ...]:
        """Return what was saved of a stage, the newest first."""
        folder = saved_refs(self.plan, stage)
        names = sorted((name for name in self.refs if name.startswith(folder)), reverse=True)
        return tuple(Saved(self.refs[name]) for name in names)

    def tips_before(self, stage: Stage) -> tuple[str, ...]:
        """Return the tips that a stage's branch had before it was moved.

        None where the branch and its upstream are the same, or where one of them is not there.
        """
        above, head = self.upstream(stage), self.head(stage)
        if above is None or head in (None, above.commit):
            return ()
        return tuple(saved.tip for saved in self.saved(stage) if not saved.is_snapshot)

    def last_tip(self, stage: Stage) -> str | None:
        """Return the tip of a stage's branch, or the one it had when it was last taken away.

        Else that of the branch on the remote, or what is recorded to have landed. What has passed
        the stage's checks on the remote counts more than what was taken away here.
        """
        if head := self.head(stage):
            return head
        if (above := self.upstream(stage)) and above.commit == self.verified(stage):
            return above.commit
        if saved := self.saved(stage):
            return saved[0].tip
        if landed := self.landed(stage):
            return landed.head
        return above.commit if above else None

    def path(self, stage: Stage) -> Path:
        """Return where a stage's worktree belongs, links followed."""
        return self.places.get(stage.worktree_path) or self.home.resolve(stage.worktree_path)

    def is_foreign(self, stage: Stage) -> bool:
        """Tell whether there is a branch of a stage's name that is not one of this plan."""
        return self.head(stage) is not None and self.base(stage) is None

    def worktree_at(self, path: Path) -> gitworktrees.Worktree | None:
        """Return the worktree registered for a path, whether its directory exists or not."""
        return self.worktrees.get(path)

    def is_whole(self, entry: gitworktrees.Worktree) -> bool:
        """Tell whether a worktree's directory is there, and still is that worktree."""
        if entry.path == self.home.root:
            return True
        return worktree_git_directory(entry.path, self.home.git_directory) is not None

    def worktree_of(self, stage: Stage) -> gitworktrees.Worktree | None:
        """Return a stage's worktree: the one at its path, or one that has its branch.

        A branch that exists without a base ref is somebody else's, and so is its worktree.
        """
        if self.is_foreign(stage):
            return None
        return self.worktree_at(self.path(stage)) or self.worktree_on(stage.branch)

    def worktree_on(self, branch: str) -> gitworktrees.Worktree | None:
        """Return the worktree that has a branch checked out."""
        return next((w for w in self.worktrees.values() if w.branch == HEADS + branch), None)

    def stage_at(self, folder: Path) -> Stage | None:
        """Return the stage whose worktree a folder is in; of nested ones the innermost."""
        real = Path(os.path.realpath(folder))
        found = [
            (len(entry.path.parts), stage.position)
            for stage in self.plan.stages
            if (entry := self.worktree_of(stage))
            and entry.path != self.home.root
            and real.is_relative_to(entry.path)
        ]
        inner = max(found, default=None)
        return next((s for s in self.plan.stages if inner and s.position == inner[1]), None)


def facts_for_reading(opened: Opened) -> Facts:
    """Look at the repository of a plan, for a command that changes nothing.

    Worktrees that git has listed to find home are not listed again. Raises Refused for a plan that
    lies in no repository, and GitError.
    """
    home = opened.require_home()
    return read_facts(home, opened.plan, home.listed)


def read_facts(
    home: Home, plan: Plan, listed: Sequence[gitworktrees.Worktree] | None = None
) -> Facts:
    """Look at the repository once; its worktrees may just have been listed. Raises GitError."""
    refs = gitrefs.refs(home.root, HEADS, f"{REFS}/{plan.plan_id}/")
    recorded = refs.get(target_ref(plan.plan_id))
    target = recorded.target if recorded else None
    if target is None and any(name.startswith(f"{REFS}/{plan.plan_id}/") for name in refs):
        # Git leaves a symbolic ref out whose branch is gone.
        target = gitrefs.symbolic_ref(home.root, target_ref(plan.plan_id))
    if target is None:
        target = HEADS + plan.base if plan.base else gitrefs.symbolic_ref(home.root, "HEAD")
    if listed is None:
        listed = gitworktrees.worktrees(home.root)
    upstreams = read_upstreams(home, plan, refs, target)
    places = {s.worktree_path: home.resolve(s.worktree_path) for s in plan.stages}
    facts = Facts(home, plan, _by_path(home, listed), refs, target, upstreams, places=places)
    target = facts.target_commit
    return replace(facts, named_landings=_landings_elsewhere(facts, target)) if target else facts


def _landings_elsewhere(facts: Facts, target: str) -> dict[str, str]:
    """Return, by stage id, commits of the target that brought stages which were never here.

    A branch that only the remote has has landed where the target has its tip. Of one that is gone
    there, too, a message may tell. Raises GitError.
    """
    done = [s for s in facts.plan.stages if s.status == StageStatus.COMPLETE]
    never_here = [s for s in done if facts.base(s) is None and facts.head(s) is None]
    found = {
        stage.id: above.commit
        for stage in never_here
        if (above := facts.upstream(stage)) and is_ancestor(facts.home.root, above.commit, target)
    }
    nowhere = [stage for stage in done if facts.is_nowhere(stage)]
    return found | read_named_landings(facts.home, facts.plan, nowhere, target)


def _by_path(
    home: Home, listed: Sequence[gitworktrees.Worktree]
) -> dict[Path, gitworktrees.Worktree]:
    """Return worktrees by their real path."""
    found = {}
    for entry in listed:
        path = Path(os.path.realpath(entry.path))
        if path == home.git_directory and not entry.bare:
            path = home.root  # git names the git directory when that is not in the worktree
        found[path] = entry._replace(path=path)
    return found
