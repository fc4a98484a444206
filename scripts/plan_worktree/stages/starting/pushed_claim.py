"""A claim that others share is pushed first, and given back where the stage cannot be had then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from shlex import quote

from plan_worktree.change.changing import changing
from plan_worktree.git import refs as gitrefs
from plan_worktree.git.process import GitError
from plan_worktree.plan.model import Plan
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.project.lock import patiently
from plan_worktree.project.refusal import Code, Reason, Refused
from plan_worktree.sharing.contact import why_not
from plan_worktree.sharing.push import Result, push_shared
from plan_worktree.sharing.share import Share


@contextmanager
def offering_offline(plan: Plan, stage: str | None) -> Iterator[None]:
    """Name the command that claims a stage here alone, where the remote does not take a claim."""
    try:
        yield
    except Refused as refused:
        if not refused.is_about(Code.UNREACHED, Code.REJECTED):
            raise
        words = ["plan-worktree", "start", quote(plan.plan_id), *([stage] if stage else [])]
        alone = " ".join([*words, "--offline"])
        raise Refused(
            Reason(f"{why}: to claim in this clone alone: {alone}", why.code, alone)
            for why in refused.reasons
        ) from refused.__cause__


def push_claim(share: Share, command: tuple[str, ...], say: Callable[[str], None]) -> bool:
    """Push a claim; tell whether it is the one that stands now. Raises Refused."""
    try:
        pushed = push_shared(share, say, [command])
    except GitError as error:
        why = f"{share.remote} does not take the claim ({why_not(error)})"
        raise Refused([Reason(why, Code.UNREACHED)]) from error
    if pushed.result is Result.REFUSED:
        why = f"{share.remote} does not take the claim ({pushed.said})"
        raise Refused([Reason(why, Code.REJECTED)])
    return pushed.result is not Result.LOST


@contextmanager
def giving_back(
    opened: Opened,
    pushed: tuple[str, ...],
    waiting: Callable[[str], None],
) -> Iterator[None]:
    """Give a claim back, here and there, when what comes behind it fails.

    `pushed` is the update-ref command that was pushed: whoever had the stage before has it again.
    """
    _, name, record, *before = pushed
    try:
        yield
    except (Refused, GitError, OSError):
        with (
            suppress(Refused, GitError, OSError),
            changing(opened, waiting, dry_run=False) as (_, facts),
        ):
            if (ref := facts.refs.get(name)) and ref.object_id == record:
                command = ("update", name, *before, record) if before else ("delete", name, record)
                patiently(lambda: gitrefs.update_refs(facts.home.root, [command]), waiting)
        raise
