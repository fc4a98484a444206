"""A stage's branch: its two ends, and how they relate to all others and to the target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.git.files import former_tips
from plan_worktree.git.objects.changes import patch_keys
from plan_worktree.git.objects.commits import trees
from plan_worktree.git.objects.history import History, commits_beyond, read_history
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Stage
from plan_worktree.project.ref_names import HEADS
from plan_worktree.state.repository.facts import Facts

# The message of a commit that has the target's files, and in its history the target and the
# commits that landed there as others. What is merged with it brings none of those back.
JOINED = "The target, with what has landed in it as other commits"
# The message of a commit that has the files of a rewritten branch, and in its history, after the
# commits that it has the files of, the ones that the branch had before.
REPLACED = "What was rewritten, with the commits that it replaces"


@dataclass(frozen=True, slots=True)
class Branch:
    """One stage's branch, or what it was when it was taken away.

    `ahead` and `behind` count commits against the target, None without one. `has_landed` says
    that there was work and all of it is in the target, `landed_by` which commit brought it there
    (None: unknown), `reverted_by` which one took it out again. `stale` says that a dependency has
    work that the branch lacks. `unpushed` and `unpulled` count the commits that only the branch,
    and only its upstream, has; None without an upstream. `replaces` says that all the upstream has
    was here before the branch was moved: nothing of it is to be pulled. `on_copied` says that
    the branch holds commits of a dependency that is in the target with other commits only.
    """

    base: str
    head: str
    ahead: int | None
    behind: int | None
    has_own_commits: bool
    has_landed: bool = False
    landed_by: str | None = None
    reverted_by: str | None = None
    stale: bool = False
    unpushed: int | None = None
    unpulled: int | None = None
    replaces: bool = False
    on_copied: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """How the branches of a plan's stages relate, read once.

    `heads` has base and head of each stage that has a branch here or on the remote, by stage id.
    """

    facts: Facts
    graph: Graph
    history: History
    heads: Mapping[str, tuple[str, str]]

    def needed(self, name: str) -> list[str]:
        """Return the heads of all that a stage depends on, directly or not."""
        return [self.heads[n][1] for n in self.graph.ancestors(name) if n in self.heads]


def read_ends(facts: Facts, graph: Graph) -> Ends:
    """Read how the branches of a plan's stages relate. Raises GitError.

    In the history are the bases and heads of all stages, what of them was verified, the target, and
    what the branches follow.
    """
    stages = facts.plan.stages
    tips = [end for s in stages for end in (facts.base(s), facts.last_tip(s)) if end]
    tips += [above.commit for above in facts.upstreams.stages.values()]
    tips += [proved for stage in stages if (proved := facts.verified(stage))]
    tips += [tip for stage in stages for tip in facts.tips_before(stage)]
    tips += [landed.commit for stage in stages if (landed := facts.landed(stage))]
    tips += [*facts.targets, *([facts.target_tip] if facts.target_tip else [])]
    history = read_history(facts.home.root, tips)
    # Of a branch that only the remote has, history tells where it was started.
    begun = {
        stage.id: fork_point(facts, graph, history, stage, tip)
        for stage in stages
        if (tip := facts.last_tip(stage)) and facts.base(stage) is None
    }
    if begun:
        history = read_history(facts.home.root, [*tips, *begun.values()])
    return Ends(facts, graph, history, _heads(facts, begun))


def _heads(facts: Facts, begun: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return base and head of the stages that have a branch here or on the remote, by stage id.

    `begun` has where those were started that have no base here. Of a stage that was built elsewhere
    and is recorded to have landed, both are the commit that brought it, also where setup has made a
    branch for it that nobody has used.
    """
    heads = {}
    for stage in facts.plan.stages:
        head, base = facts.last_tip(stage), facts.base(stage)
        if head is None or facts.is_foreign(stage):
            continue
        landed = facts.landed(stage)
        if landed and base == head == landed.head and not facts.is_completed(stage):
            base = head = landed.commit
        if base is None:  # it is recorded as landed without a branch here, or on the remote alone
            base = landed.commit if landed else begun[stage.id]
        heads[stage.id] = (base, head)
    return heads


def joined(history: History, tip: str, *subjects: str) -> list[str]:
    """Return the commits with some subjects that this program made, as far as a tip has them."""
    made = (commit for commit in history.integrations if history.reaches(tip, commit))
    return [commit for commit in made if history.subjects[commit] in subjects]


def settled(history: History, tip: str) -> set[str]:
    """Return the commits of a tip that were joined with the target, or that others replaced."""
    found = {one for made in joined(history, tip, JOINED) for one in history.before(made)}
    for made in joined(history, tip, REPLACED):
        new, *rest = history.parents[made]
        found |= set[str]().union(*map(history.before, rest)) - history.before(new)
    return found


def left_behind(history: History, branch: Branch, others: Sequence[str]) -> str | None:
    """Return a commit that a branch was started from and that nobody else has any more, or None.

    `others` are the tips of the target and of what the branch depends on.
    """
    known = settled(history, branch.head)
    beyond = history.only_in(branch.base, *others)
    # What integrations have is asked of their parents.
    left = (one for one in beyond if one not in history.integrations and one not in known)
    return next(left, None)


def made_again(
    root: Path, history: History, tip: str, where: Sequence[str], others: Sequence[str]
) -> list[str]:
    """Return the commits of a tip that are made again in other tips, as rebasing does.

    They have the same author, date, subject and patch in `where`. Looked at is what none of the
    `others` has, and a commit counts only when the same is true of all before it: what somebody has
    picked from a branch stands on work of that person. Raises GitError.
    """
    mine = dict.fromkeys(history.only_in(tip, *where, *others))
    theirs = {c: history.written[c] for other in where for c in history.only_in(other, tip)}
    alike = {history.written[commit] for commit in mine}.intersection(theirs.values())
    if not alike:
        return []
    keys = patch_keys(root, (c for c in (*mine, *theirs) if history.written[c] in alike))
    there = {(theirs[commit], keys[commit]) for commit in theirs if commit in keys}
    known, found = set[str](), []
    for commit in reversed(mine):
        parents = history.parents[commit]
        is_merge = len(parents) > 1  # is not made again, and holds up nothing
        if not is_merge and (history.written[commit], keys.get(commit)) not in there:
            continue
        if all(parent in known or parent not in mine for parent in parents):
            known.add(commit)
            found += [] if is_merge else [commit]
    return found


def fork_point(facts: Facts, graph: Graph, history: History, stage: Stage, tip: str) -> str:
    """Return the commit from which a stage's branch was started, as far as its history tells.

    That is the newest commit on the branch's own line (git-rev-list(1), "--first-parent") that the
    target or a dependency has or had, or that integrates several dependencies. `tip` is the
    branch's tip.
    """
    needed = [other for other in facts.plan.stages if other.id in graph.ancestors(stage.id)]
    heads = [head for other in needed if (head := facts.last_tip(other)) and head != tip]
    known = [*facts.targets, *heads]
    own = set(history.only_in(tip, *known))
    if not own and facts.target_commit:
        # It has landed: what the target stood on before does not have it.
        by = history.entered(facts.target_commit, tip)
        before = history.before(next(iter(history.parents.get(by or "", ())), ""))
        own = {commit for commit in history.before(tip) if commit not in before}
        own = own if by != tip else set()
    # A dependency that was rewritten since is known by where it stood (git-merge-base(1),
    # "--fork-point"), or by what its commits have kept.
    if own and (stood := former_commits(facts, needed) - {tip}):
        own &= commits_beyond(facts.home.root, tip, stood)
    for remade in made_again(facts.home.root, history, tip, heads, facts.targets):
        own -= history.before(remade)
    at = tip
    while at in own and at not in history.integrations and history.parents[at]:
        at = history.parents[at][0]
    return at


def former_commits(facts: Facts, stages: Iterable[Stage]) -> frozenset[str]:
    """Return the commits at which the branches of stages stood, here or on the remote.

    As far as reflogs (git-reflog(1)) and saved tips tell.
    """
    found: set[str] = set()
    for stage in stages:
        above = facts.upstream(stage)
        for ref in (HEADS + stage.branch, *([above.name] if above else [])):
            found |= former_tips(facts.home.git_directory, ref)
        found.update(saved.tip for saved in facts.saved(stage) if not saved.is_snapshot)
    return frozenset(found)


def trees_of(facts: Facts, commits: Iterable[str]) -> dict[str, str]:
    """Return the trees of commits. Raises GitError."""
    known = {ref.object_id: ref.tree for ref in facts.refs.values() if ref.tree}
    wanted = list(commits)
    missing = [commit for commit in wanted if commit not in known]
    if missing:
        known.update(trees(facts.home.root, missing))
    return {commit: known[commit] for commit in wanted}
