"""Where stages land: home, with the target checked out and nothing in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from plan_worktree import gitworktrees
from plan_worktree.gitfiles import operation_in_progress
from plan_worktree.githistory import changed_files
from plan_worktree.lifecycle.advance import in_the_way
from plan_worktree.lifecycle.facts import Facts
from plan_worktree.lifecycle.landing import home_place
from plan_worktree.lifecycle.opened import Opened
from plan_worktree.lifecycle.preview import Landing
from plan_worktree.lifecycle.refs import HEADS
from plan_worktree.lifecycle.refusal import Refused


def require_place(opened: Opened, facts: Facts, *, detached: bool) -> None:
    """Raise Refused when stages cannot land where they should."""
    target, root = facts.target or "", facts.home.root
    users = [entry for entry in facts.worktrees.values() if entry.branch == target]
    name, plan = target.removeprefix(HEADS), quote(opened.plan.plan_id)
    if detached:
        if users:
            raise Refused(
                f"{name} is checked out in {user.path}, whose files would not follow: "
                f"plan-worktree merge {plan}"
                for user in users
            )
        return
    there = quote(str(root))
    if doing := operation_in_progress(home_place(facts).git_directory):
        raise Refused([f"home is in the middle of {doing}: finish it: git -C {there} status"])
    if all(user.path != root for user in users):
        why = f"home {root} has not checked out {name}, which stages land in"
        switch = f"git -C {there} switch {quote(name)}"
        raise Refused([f"{why}: {switch}; or plan-worktree merge {plan} --detached"])
    if reasons := list(_dirt(opened, root)):
        raise Refused(reasons)


def _dirt(opened: Opened, root: Path) -> Iterator[str]:
    """Yield what keeps git from merging in home: all that is changed, but for plans."""
    plans, there = opened.require_home().plans, quote(str(root))
    changed = gitworktrees.unlike_head(root)
    others = [
        p for p in changed.paths if root / p != opened.path and plans not in (root / p).parents
    ]
    if others:
        shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        yield (
            f"home has changes that are in no commit: {shown}: commit them, or git -C {there} stash"
        )
    elif changed.staged:
        shown, first = ", ".join(changed.staged[:5]), quote(changed.staged[0])
        yield (
            f"{shown} is staged in home, and git merges only where nothing is: commit it, or "
            f"git -C {there} restore --staged {first}"
        )


def require_free(facts: Facts, at: str, landings: Sequence[Landing]) -> None:
    """Raise Refused when a file that is in no commit would be overwritten in home.

    `at` is the commit that home stands on.
    """
    good = [landing for landing in landings if landing.reason is None]
    if not good:
        return
    place, root = home_place(facts)._replace(head=at), facts.home.root
    reasons = [
        f"{path} in {root} is in no commit and would be overwritten: "
        f"mv {quote(str(root / path))} ELSEWHERE"
        for path in in_the_way(place, good[-1].tree)
    ]
    edited = set(gitworktrees.unlike_head(root).paths)
    for landing in good:
        for path in sorted(edited & changed_files(root, landing.before, landing.tree).keys()):
            undo = f"git -C {quote(str(root))} stash push -- {quote(path)}"
            reasons.append(f"stage {landing.stage.id} changes {path}, edited in home: {undo}")
    if reasons:
        raise Refused(reasons)
