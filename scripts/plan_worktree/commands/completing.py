"""What the shell offers after a tab: plans, stages and codes (click, "Shell Completion").

A tab is no place for a complaint: where there is nothing to offer, nothing is. What plans hold may
be hostile, and a shell puts what it is offered on the command line unquoted, so only names that
mean nothing else to any shell are offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import TypeVar

import click
from click.shell_completion import CompletionItem

_T = TypeVar("_T")
_HARMLESS = re.compile(r"\w[\w.-]*")


def plans(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer the plans of this repository by id; files where a path was begun or nothing fits."""
    from pathlib import Path

    from plan_worktree.authoring.listing import list_plans

    given = context.params.get("plans") or ()
    if "/" not in typed:
        listed = _found(lambda: list_plans(Path.cwd()))
        # A plan may be named by any part of its id, so any part finds it.
        wanted = [plan for plan in listed if plan.plan_id and typed in plan.plan_id]
        if found := _items(
            (p.plan_id or "", p.status or "") for p in wanted if p.plan_id not in given
        ):
            return found
    return [CompletionItem(typed, type="file")] if typed.isprintable() else []


def stages(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer the stages of the plan that was named, without those that were named, too."""
    given = context.params.get("stages") or ()
    return _stages_of(context.params.get("plan"), typed, given)


def named(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer plans for the first of some words, then the stages of that plan."""
    words = context.params.get("words") or ()
    if not words:
        return plans(context, parameter, typed)
    return _stages_of(words[0], typed) if len(words) == 1 else []


def marked(
    stage: Sequence[str], plan: Sequence[str]
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Return what offers PLAN and STAGE as `named`, and behind them the statuses of each."""

    def offer(
        context: click.Context, parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        words = context.params.get("words") or ()
        # Where a plan or a stage may stand, a status is offered once it was begun.
        early = dict.fromkeys((*stage, *plan)) if typed else ()
        statuses = early if len(words) < 2 else stage
        offered = named(context, parameter, typed)
        return offered + _items((s, "") for s in statuses if s.startswith(typed))

    return offer


def _stages_of(plan: str | None, typed: str, given: Container[str] = ()) -> list[CompletionItem]:
    from pathlib import Path

    from plan_worktree.plan.planfile import load
    from plan_worktree.planfiles.find import find_plan

    def read() -> Iterator[tuple[str, str]]:
        found = load(find_plan(plan, Path.cwd()).path).plan
        for stage in found.stages if found else ():
            if stage.id.startswith(typed) and stage.id not in given:
                yield stage.id, stage.name

    return _items(_found(read))


def codes(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    """Offer codes of the validator, for the last of several that commas separate."""
    from plan_worktree.lint.codes import CODES

    before, comma, last = typed.rpartition(",")
    if not re.fullmatch(r"[\w,]*", before, re.ASCII):
        return []
    return [
        CompletionItem(f"{before}{comma}{code}", help=about.title)
        for code, about in CODES.items()
        if code.startswith(last.upper())
    ]


def _items(described: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    from plan_worktree.diagnostics import printable

    return [
        CompletionItem(name, help=printable(about))
        for name, about in described
        if _HARMLESS.fullmatch(name)
    ]


def _found(read: Callable[[], Iterable[_T]]) -> list[_T]:
    from plan_worktree.git.process import GitError
    from plan_worktree.project.refusal import BadArgument, Refused

    try:
        return list(read())
    except (BadArgument, Refused, GitError, OSError):
        return []
