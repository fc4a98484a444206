"""One look at the repository: what planning needs to know, read before anything is decided.

Facts are a snapshot. Whoever acts on them takes them under the lock, and every change of a ref
still names the value it expects.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from plan_worktree import git
from plan_worktree.lifecycle.home import Home
from plan_worktree.lifecycle.refs import HEADS, REFS, base_ref, saved_refs, target_ref
from plan_worktree.plan.model import Plan, Stage


@dataclass(frozen=True, slots=True)
class Facts:
    """Worktrees (by real path) and refs of the repository, with the plan's own among them.

    `target` is the full name of the branch that stages land in, None when nothing names it;
    `target_commit` its tip, None when the branch has no commit.
    """

    home: Home
    plan: Plan
    worktrees: dict[Path, git.Worktree]
    refs: dict[str, git.Ref]
    target: str | None

    @property
    def target_commit(self) -> str | None:
        """The commit the target points at."""
        ref = self.refs.get(self.target or "")
        return ref.object_id if ref else None

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

    def saved(self, stage: Stage) -> str | None:
        """Return the tip a stage's branch had when it was last taken away, None when never."""
        names = [name for name in self.refs if name.startswith(saved_refs(self.plan, stage))]
        return self.refs[max(names)].object_id if names else None

    def path(self, stage: Stage) -> Path:
        """Return where a stage's worktree belongs, links followed."""
        return self.home.resolve(stage.worktree_path)

    def worktree_at(self, path: Path) -> git.Worktree | None:
        """Return the worktree registered for a path, whether its directory exists or not."""
        return self.worktrees.get(path)

    def worktree_on(self, branch: str) -> git.Worktree | None:
        """Return the worktree that has a branch checked out."""
        return next((w for w in self.worktrees.values() if w.branch == HEADS + branch), None)


def read_facts(home: Home, plan: Plan) -> Facts:
    """Look at the repository once. Raises git.GitError."""
    git.require_version()
    refs = git.refs(home.root, HEADS, f"{REFS}/{plan.plan_id}/")
    recorded = refs.get(target_ref(plan.plan_id))
    if recorded and recorded.target:
        target: str | None = recorded.target
    elif plan.base:
        target = HEADS + plan.base
    else:
        target = git.symbolic_ref(home.root, "HEAD")
    worktrees = {Path(os.path.realpath(entry.path)): entry for entry in git.worktrees(home.root)}
    return Facts(home, plan, worktrees, refs, target)
