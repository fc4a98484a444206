"""PW309: the plan's base against the branches there are.

A plan is the same in every clone, and not every clone has every branch: continuous integration
often fetches one commit alone. So a base that a remote has is right, wherever the plan is checked,
and where branches were left out nothing is said of one that is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.branchname import branch_fault
from plan_worktree.lint.subject import Rule, Subject, suggestion
from plan_worktree.plan.model import PlanStatus

_OVER = (PlanStatus.COMPLETE, PlanStatus.ABANDONED)


def missing_base(subject: Subject) -> Iterator[Diagnostic]:
    """PW309: the base is no local branch, and no remote has a branch of its name.

    The base of a plan that is complete or abandoned may be gone.
    """
    base, repository = subject.plan.base, subject.repository
    if not base or repository is None or subject.plan.status in _OVER or branch_fault(base):
        return
    local = repository.branches()
    if base in local:
        return
    remote = repository.remote_branches()
    if base in remote.values():
        return
    if base in remote:
        yield subject.at("PW309", _of_a_remote(base, remote[base], local), "base")
    elif local and not repository.is_shallow:
        own = {stage.branch for stage in subject.plan.stages}
        known = {*local, *remote.values()} - own
        yield subject.at("PW309", _unknown(base, local, known), "base")


RULES: tuple[Rule, ...] = (missing_base,)


def _of_a_remote(shown: str, name: str, local: frozenset[str]) -> str:
    """Say that a base is what git calls the branch `name` of a remote, such as origin/main."""
    why = f'base "{shown}" is a branch of a remote, and a base is a local branch\'s name'
    write = f'write "base": "{name}"'
    if name in local:
        return f"{why}: {write}"
    if other := _excluding(name, local):
        return f'{why}; "{name}" cannot be one beside the branch "{other}": choose another'
    return f"{why}: {write}, and make that branch: git branch --track {quote(name)} {quote(shown)}"


def _unknown(base: str, local: frozenset[str], known: Iterable[str]) -> str:
    """Say that a base is not there, and which of the `known` branches may be meant."""
    why = f'base "{base}" is not a branch here'
    # Only so many names are compared: those that are about as long.
    if near := suggestion(base, sorted(known, key=lambda name: (abs(len(name) - len(base)), name))):
        return why + near
    if other := _excluding(base, local):
        return f'{why}, and cannot be one beside the branch "{other}": choose another'
    return f"{why}: choose one that git branch lists, or make it: git branch {quote(base)} COMMIT"


def _excluding(name: str, local: Iterable[str]) -> str | None:
    """Return a branch that keeps git from making another: one is a folder of the other."""
    found = (b for b in local if b.startswith(f"{name}/") or name.startswith(f"{b}/"))
    return min(found, default=None)
