"""An untouched branch is brought to the tips of what its stage depends on.

Untouched is a branch without commits of its own whose worktree is clean: there is no work that
could be lost, so it may go anywhere. Its base goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from plan_worktree.change.checkout import checkout_of
from plan_worktree.change.move_worktree import Move, advance
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.objects.commits import independent
from plan_worktree.plan.model import Stage
from plan_worktree.project.names import POINTER
from plan_worktree.project.ref_names import HEADS, base_ref, saved_ref_now
from plan_worktree.project.refusal import Refused
from plan_worktree.state.branches.bases import bases_among, needed_tips
from plan_worktree.state.branches.ends import fork_point
from plan_worktree.state.overview import Overview
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.status import StageReport


@dataclass(frozen=True, slots=True)
class Freshening:
    """The move of an untouched branch to a new base.

    `tip` is the commit that the branch is moved to, `base` what it counts as started from. `keep`
    says that the old tip must be saved under a ref of its own. `alone` says that the worktree holds
    no ignored files but our pointer. `partly` says that the new base lacks some of what the stage
    needs, because that does not merge.
    """

    tip: str
    base: str
    keep: bool
    alone: bool
    partly: bool = False


def plan_freshening(
    seen: Overview, entry: StageReport, *, dry_run: bool, partly: bool = False
) -> Freshening | None:
    """Return where an untouched branch should stand; None when it stays.

    When what the stage needs does not merge, that is with `partly` the first commit of it. Raises
    Refused without, and GitError.
    """
    facts, history, stage = seen.facts, seen.history, entry.stage
    branch = entry.work.branch
    above = facts.upstream(stage)
    pulled = bool(above and branch and branch.unpulled and not branch.unpushed)
    if branch is None or facts.target_commit is None or branch.has_own_commits:
        return None
    if not (branch.stale or pulled):
        return None
    checkout = checkout_of(facts, stage)
    found = entry.work.changes or gitworktrees.changes(checkout.path, refresh=not dry_run)
    if found.dirty:
        return None
    alone = found.ignored is not None and set(found.ignored) <= {POINTER}
    if above and pulled:  # somebody has worked on it elsewhere
        base = fork_point(facts, seen.opened.graph, history, stage, above.commit)
        return Freshening(above.commit, base, keep=False, alone=alone)
    new, whole = _new_base(seen, stage, dry_run=dry_run, partly=partly)
    if new == branch.head:
        return None
    if new in history.bits:
        keep = not history.contains(new, branch.head)
    else:  # with `dry_run` a commit that was made for it is nowhere to be compared with
        keep = not dry_run and independent(facts.home.root, [branch.head, new]) != [new]
    return Freshening(new, new, keep, alone, partly=not whole)


def _new_base(seen: Overview, stage: Stage, *, dry_run: bool, partly: bool) -> tuple[str, bool]:
    """Return the commit to stand on, and whether that has all the work that the stage needs."""
    facts, graph = seen.facts, seen.opened.graph
    known = {e.stage.id: e.work.branch for e in seen.report.stages if e.work.branch}
    try:
        bases = bases_among(seen.ends, known, [stage], dry_run=dry_run)
    except Refused:
        if not partly:
            raise
        return needed_tips(facts, graph, stage, known, facts.target_commit or "")[0], False
    return bases[stage.id], True


def freshen(
    facts: Facts,
    stage: Stage,
    change: Freshening,
    waiting: Callable[[str], None],
    *,
    with_it: Iterable[tuple[str, ...]] = (),
) -> Facts:
    """Move a branch and its worktree; return the facts as they then are.

    Refs that change `with_it` do so in one transaction with the branch. Raises Refused,
    GitError and OSError.
    """
    checkout = checkout_of(facts, stage)
    base = gitrefs.put(base_ref(facts.plan, stage), change.base, facts.base(stage))
    also = [base, *with_it]
    if change.keep:  # commits of a dependency that has since been rebased, say
        also.append(("create", saved_ref_now(facts.plan, stage), checkout.head))
    advance(facts.home, Move(checkout, change.tip, also, alone=change.alone), waiting)
    moved = {base_ref(facts.plan, stage): change.base, HEADS + stage.branch: change.tip}
    refs = {name: gitrefs.Ref(name, commit, None) for name, commit in moved.items()}
    return replace(facts, refs=facts.refs | refs)
