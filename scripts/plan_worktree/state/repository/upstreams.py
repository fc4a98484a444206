"""What branches follow on a remote, as far as it was fetched: nothing here asks the network.

A stage's upstream is what its branch is configured to follow, else the branch of the same name on
the remote of the target. The target's is what the target follows, else the branch of its name on
the only remote, or on the one called origin.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.objects.history import ahead_behind, main_line_with
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS, REMOTES


class Upstream(NamedTuple):
    """A remote branch as it was last fetched: its commit, and what it is called.

    `remote` is the remote and `branch` the branch's short name there; `name` is the full name of
    the remote-tracking branch here.
    """

    commit: str
    remote: str
    branch: str
    name: str

    @property
    def shown(self) -> str:
        """What git calls it, such as origin/main."""
        return f"{self.remote}/{self.branch}"

    @property
    def revision(self) -> str:
        """What git finds it by, also beside a local branch or a tag that is called as `shown`."""
        return self.name.removeprefix("refs/")


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The upstreams of the target and, by stage id, of the stages; and the remote they are on.

    `ahead` and `behind` count the commits that only the target, and only its upstream, has.
    """

    remote: str | None = None
    target: Upstream | None = None
    ahead: int = 0
    behind: int = 0
    stages: Mapping[str, Upstream] = field(default_factory=dict)


NO_UPSTREAMS = Upstreams()


def read_upstreams(
    home: Home, plan: Plan, refs: Mapping[str, gitrefs.Ref], target: str | None
) -> Upstreams:
    """Read what the branches of a plan follow, with at most two processes. Raises GitError.

    `refs` has the local branches, `target` is the full name of the plan's target.
    """
    remotes = home.settings.remotes()
    if target is None or not remotes:
        return NO_UPSTREAMS
    follows = _follows(refs, target)
    remote = follows.remote if follows else _default(remotes)
    of_target = follows or _same_name(remote, target)
    wanted: dict[str | None, gitrefs.Follows | None] = {None: of_target}
    for stage in plan.stages:
        name = HEADS + stage.branch
        own = _follows(refs, name)
        # A branch that was begun at the target's upstream may still follow that.
        if own is None or (of_target and own.name == of_target.name):
            own = _same_name(remote, name)
        wanted[stage.id] = own
    names = [one.name for one in wanted.values() if one]
    found = gitrefs.refs(home.root, *names) if names else {}
    upstreams = {
        key: _upstream(found[one.name], one)
        for key, one in wanted.items()
        if one and one.name in found and found[one.name].tree
    }
    of = upstreams.pop(None, None)
    at = refs.get(target)
    ahead = behind = 0
    if of and at and at.object_id != of.commit:
        ahead, behind = ahead_behind(home.root, at.object_id, of.commit)
    return Upstreams(remote, of, ahead, behind, {str(key): one for key, one in upstreams.items()})


def _upstream(ref: gitrefs.Ref, one: gitrefs.Follows) -> Upstream:
    return Upstream(ref.object_id, one.remote, one.branch.removeprefix(HEADS), one.name)


def read_named_landings(
    home: Home, plan: Plan, stages: Sequence[Stage], target: str
) -> dict[str, str]:
    """Return which commits of the target say that they brought one of some stages, by stage id.

    That is a landing of ours, whose trailers name plan and stage, or the merge commit of a forge
    or of git, which names the branch. `target` is a commit. Raises GitError.
    """
    if not stages:
        return {}
    words = [word for stage in stages for word in (f"Stage: {stage.id}", stage.branch)]
    found: dict[str, str] = {}
    for commit, parents, message in main_line_with(home.root, target, words):
        lines = message.splitlines()
        for stage in stages:
            ours = f"Stage: {stage.id}" in lines and f"Plan: {plan.plan_id}" in lines
            named = parents > 1 and re.search(rf"{re.escape(stage.branch)}(?![\w/-])", message)
            if ours or named:
                found.setdefault(stage.id, commit)
    return found


def _follows(refs: Mapping[str, gitrefs.Ref], name: str) -> gitrefs.Follows | None:
    """Return the remote-tracking branch that a branch is configured to follow."""
    ref = refs.get(name)
    follows = ref.follows if ref else None
    return follows if follows and follows.name.startswith(REMOTES) else None


def _default(remotes: tuple[str, ...]) -> str | None:
    if len(remotes) == 1:
        return remotes[0]
    return "origin" if "origin" in remotes else None


def _same_name(remote: str | None, branch: str) -> gitrefs.Follows | None:
    """Return the branch of the same name on a remote, as a clone fetches it (git-clone(1))."""
    if remote is None:
        return None
    return gitrefs.Follows(f"{REMOTES}{remote}/{branch.removeprefix(HEADS)}", remote, branch)
