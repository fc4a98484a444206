"""What somebody has pushed to the remote and is not here yet, with the command that brings it.

The commands take what was fetched, and ask no remote: a branch may be gone there by now. What is
in no commit is stashed meanwhile, and stays in the stash where it no longer fits.
"""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from plan_worktree.plan.model import Stage
from plan_worktree.planfiles.committed import is_changed
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.ref_names import HEADS, REMOTES
from plan_worktree.state.branches.ends import Branch
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.upstreams import Upstream

# Local commits are made again on what is there, and merges with them; what was rewritten there is
# left out (git-rebase(1), "--fork-point"), as ``git pull --rebase=merges`` does it.
_REPLAY = "rebase --autostash --rebase-merges --fork-point"
_FORWARD = "merge --autostash --ff-only"
# Whatever the settings say of fast-forwards.
JOIN = "merge --autostash --ff --no-edit"
_PULL = "to pull what is there"


def unpulled(facts: Facts, stage: Stage, branch: Branch | None) -> str | None:
    """Say that a stage's upstream has commits which the stage's branch lacks, or None."""
    above = facts.upstream(stage)
    if above is None or branch is None or branch.replaces or facts.head(stage) is None:
        return None
    if not branch.unpulled:
        return None
    there = facts.worktree_on(stage.branch)
    place = quote(str(there.path if there else facts.home.root))
    if branch.unpushed:
        why = f"{stage.branch} and {above.shown} both have commits of their own"
        if there is None:  # there is no place to rebase in
            plan = quote(facts.plan.plan_id)
            return f"{why}: plan-worktree setup {plan} {stage.id}"
        return f"{why}; {_PULL}: git -C {place} {_REPLAY} {quote(above.revision)}"
    count = _commits(branch.unpulled)
    why = f"{stage.branch} is {count} behind {above.shown}"
    if there is None:  # a fetch from this repository moves a branch forward, and only forward
        refspec = quote(f"{above.revision}:{HEADS}{stage.branch}")
        return f"{why}; {_PULL}: git -C {place} fetch . {refspec}"
    return f"{why}; {_PULL}: {forward_command(there.path, above)}"


def forward_command(worktree: Path, above: Upstream) -> str:
    """Return the command that brings a worktree's branch, which is merely behind, forward."""
    return f"git -C {quote(str(worktree))} {_FORWARD} {quote(above.revision)}"


def unreplaced(facts: Facts, stage: Stage) -> str | None:
    """Say which push brings a branch that was moved to its upstream; None without an upstream."""
    above = facts.upstream(stage)
    if above is None:
        return None
    there = facts.worktree_on(stage.branch)
    place = quote(str(there.path if there else facts.home.root))
    lease = quote(f"--force-with-lease={above.branch}:{above.commit}")
    what = stage.branch if stage.branch == above.branch else f"{stage.branch}:{above.branch}"
    return (
        f"{above.shown} is still as it was before {stage.branch} was moved: "
        f"git -C {place} push {lease} {quote(above.remote)} {quote(what)}"
    )


def diverged_target(facts: Facts) -> str | None:
    """Say that the target and its upstream both have commits of their own, with the pull; or None.

    The pull follows a semicolon.
    """
    way = join_command(facts)
    return f"{target_words(facts)}; {way}" if way else None


def join_command(facts: Facts) -> str | None:
    """Return the pull that joins a target and its upstream, in words; None where none is needed."""
    above = facts.upstreams
    if above.target is None or facts.target is None or not (above.ahead and above.behind):
        return None
    return f"{_PULL}: {in_target(facts, f'{JOIN} {quote(above.target.revision)}')}"


def in_target(facts: Facts, words: str) -> str:
    """Return the command that has git do something in a worktree of the target.

    `words` are what follows ``git -C PATH``. The target, which must exist, gets a worktree first
    where it has none.
    """
    name = (facts.target or "").removeprefix(HEADS)
    if there := facts.worktree_on(name):
        return f"git -C {quote(str(there.path))} {words}"
    # Not by switching home: that may stand on commits that no branch has.
    place = quote(str(free_place(facts)))
    add = f"git -C {quote(str(facts.home.root))} worktree add {place} {quote(name)}"
    return f"{add} && git -C {place} {words}"


def nowhere_words(facts: Facts, stage: Stage) -> str | None:
    """Say that a stage is said to be complete and its work is nowhere to be seen, or None."""
    if not facts.is_nowhere(stage):
        return None
    remote, root = facts.upstreams.remote or "", quote(str(facts.home.root))
    mark = f"plan-worktree mark {quote(facts.plan.plan_id)} {stage.id} complete --landed COMMIT"
    return (
        f"which is declared complete and has no commits, here or on {remote}: "
        f"git -C {root} fetch {quote(remote)}; or say which commit brought it: {mark}"
    )


def gone_words(facts: Facts, stage: Stage) -> str | None:
    """Say how to tell that a branch has landed which its remote has deleted since, or None."""
    ref = facts.refs.get(HEADS + stage.branch)
    if ref is None or ref.follows is None or facts.upstream(stage):
        return None
    shown = ref.follows.name.removeprefix(REMOTES)
    mark = f"plan-worktree mark {quote(facts.plan.plan_id)} {stage.id} complete --landed COMMIT"
    return f"{shown} is gone: when that has landed as another commit, {mark}"


def copied_words(plan: str, stage: str) -> str:
    """Say which command moves a branch whose dependencies landed as other commits."""
    onto = f"plan-worktree sync {quote(plan)} {stage} --onto-target"
    return f"what it builds on has landed as other commits: {onto}"


def free_place(facts: Facts) -> Path:
    """Return where a worktree for the target can be added: beside home, under the branch's name."""
    name = (facts.target or "").removeprefix(HEADS).replace("/", "-")
    place = facts.home.root.parent / name
    return place if not place.exists() else place.with_name(f"{facts.home.root.name}-{name}")


def target_words(facts: Facts) -> str | None:
    """Say where the target stands beside its upstream; None without one."""
    above = facts.upstreams
    if above.target is None or facts.target_tip is None or facts.target is None:
        return None
    name, shown = facts.target.removeprefix(HEADS), above.target.shown
    if above.ahead and above.behind:
        return f"{name} and {shown} both have commits of their own"
    if above.behind:
        return f"{name} is {_commits(above.behind)} behind {shown}"
    if above.ahead:
        return f"{name} is {_commits(above.ahead)} ahead of {shown}"
    return f"{name} is level with {shown}"


def plan_words(facts: Facts, opened: Opened) -> str | None:
    """Say how a target that is behind is pulled past edits of a shared plan's file, or None.

    Commands edit the file in every clone. Git pulls only with such edits stashed, and merges them
    without conflicts by the driver of `init share`. Raises GitError.
    """
    above, home = facts.upstreams, facts.home
    if not (facts.target and above.target and above.behind) or above.ahead:
        return None
    there = facts.worktree_on(facts.target.removeprefix(HEADS))
    if there is None or there.path != home.root or not is_changed(opened):
        return None
    command = forward_command(home.root, above.target)
    if not home.settings.merges_plans():
        command = f"plan-worktree init share && {command}"
    return f"{_PULL} and keep what is in the plan's file here: {command}"


def _commits(count: int) -> str:
    return f"{count} commit{'' if count == 1 else 's'}"
