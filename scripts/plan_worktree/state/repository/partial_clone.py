"""What a clone was made without: history (``--depth``), branches (``--single-branch``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote

from plan_worktree.git.files import is_shallow
from plan_worktree.git.objects.commits import are_related
from plan_worktree.plan.model import StageStatus
from plan_worktree.state.repository.facts import Facts


def lacking(facts: Facts) -> Iterator[str]:
    """Say what this clone lacks where stages were begun elsewhere, with what fetches it.

    git-clone(1): ``--depth`` cuts history off and implies ``--single-branch``, which leaves a
    configuration that fetches no other branch.
    """
    begun_elsewhere = any(
        facts.head(stage) is None
        and (stage.status != StageStatus.NOT_STARTED or facts.upstream(stage))
        for stage in facts.plan.stages
    )
    remote, root = facts.upstreams.remote, quote(str(facts.home.root))
    if remote is None or not begun_elsewhere:
        return
    fetched = facts.home.settings.text(f"remote.{remote}.fetch")
    if fetched and "*" not in fetched:
        every = f"git -C {root} remote set-branches {quote(remote)} '*'"
        yield (
            f"this clone fetches only some branches of {remote}, and may not see those of stages: "
            f"{every} && git -C {root} fetch {quote(remote)}"
        )
    if shallow := shallow_words(facts):
        yield shallow


def shallow_words(facts: Facts) -> str | None:
    """Say that the history of this clone is cut off, or None."""
    if not is_shallow(facts.home.git_directory):
        return None
    return f"this clone is shallow, so where branches were begun is not known: {_unshallow(facts)}"


def missing_history(facts: Facts) -> str | None:
    """Say that commits may not meet in this clone because its history is cut off, or None."""
    if not is_shallow(facts.home.git_directory):
        return None
    return f"this clone is shallow, and lacks the commits where it meets: {_unshallow(facts)}"


def cannot_meet(facts: Facts, one: str, other: str, variables: Mapping[str, str]) -> str | None:
    """Say why two commits cannot be merged in a clone whose history is cut off, or None.

    Git would take what one side has deleted for what the other has made. Raises GitError.
    """
    cut = missing_history(facts)
    return cut if cut and not are_related(facts.home.root, one, other, variables) else None


def _unshallow(facts: Facts) -> str:
    remote = quote(facts.upstreams.remote or "origin")
    return f"git -C {quote(str(facts.home.root))} fetch --unshallow {remote}"
