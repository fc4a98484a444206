"""Claims of this clone tell the others when their owners were seen last, now and then.

Here that is the time of a file (`worktrees/seen.py`). A claim gets it when a command speaks with
the remote anyway, at most once in five minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.project.clone import clone_name
from plan_worktree.project.lock import patiently
from plan_worktree.project.ref_names import claim_ref
from plan_worktree.state.repository.facts import Facts
from plan_worktree.state.repository.records import Claim, seen_again
from plan_worktree.worktrees.seen import last_seen

# Seconds between two renewals of a claim that go over the network.
RENEWED = 300.0


def renew_claims(facts: Facts, waiting: Callable[[str], None]) -> Facts:
    """Write into the claims of this clone when their owners were seen; return the facts then.

    Must run under the repository lock. Raises GitError.
    """
    found = list(_renewals(facts))
    if not found:
        return facts
    commands = [("update", new.name, new.object_id, old) for new, old in found]
    patiently(lambda: gitrefs.update_refs(facts.home.root, commands), waiting)
    return replace(facts, refs={**facts.refs, **{new.name: new for new, _ in found}})


def _renewals(facts: Facts) -> Iterator[tuple[gitrefs.Ref, str]]:
    """Yield the claims as they are to be, and the objects that they have now."""
    here = clone_name(facts.home.git_directory)
    for stage in facts.plan.stages:
        ref, listed = facts.refs.get(claim_ref(facts.plan, stage)), facts.worktree_of(stage)
        if ref is None or listed is None:
            continue
        claim = Claim.read(ref.text, ref.object_id, here)
        directory = worktree_git_directory(listed.path, facts.home.git_directory)
        seen = last_seen(directory, claim.owner, claim.host) if directory else None
        if seen is None or claim.is_elsewhere or seen - (claim.last_seen() or 0.0) < RENEWED:
            continue
        text = seen_again(ref.text, seen)
        record = gitrefs.write_blob(facts.home.root, text)
        yield ref._replace(object_id=record, text=text), ref.object_id
