"""Runs every rule over a plan file. The one entry into this room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.rules import across, graph, names
from plan_worktree.lint.rules.schema import invisible_character, schema_findings
from plan_worktree.lint.subject import Repository, Rule, Subject
from plan_worktree.lint.suppress import Selection, without_ignored
from plan_worktree.plan.planfile import PlanFile

METADATA_RULES: tuple[Rule, ...] = (
    schema_findings,
    invisible_character,
    *graph.RULES,
    *names.RULES,
    *across.RULES,
)
EVERYTHING = Selection()


@lru_cache(maxsize=1)
def every_rule() -> tuple[Rule, ...]:
    """Return all rules. Most commands need METADATA_RULES only, so the others load here."""
    from plan_worktree.lint.rules import (
        body,
        gates,
        grounding,
        overlap,
        placeholders,
        plan_base,
        shared,
    )

    others = (plan_base, body, placeholders, shared, overlap, grounding, gates)
    return (*METADATA_RULES, *(rule for module in others for rule in module.RULES))


def check(
    file: PlanFile,
    repository: Repository | None,
    neighbours: Sequence[PlanFile] = (),
    selection: Selection = EVERYTHING,
    rules: Sequence[Rule] | None = None,
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a plan, in the order of the file.

    Without a repository (None), rules judge the text alone. `neighbours` are other plans that
    share a name with this one. `rules` are all rules unless they are named; of some only, findings
    that depend on what the others find (PW007) mean nothing.
    """
    found: Iterable[Diagnostic] = file.problems
    if file.metadata and file.plan and file.graph:
        subject = Subject(file.metadata, file.plan, file.graph, repository, neighbours)
        wanted_rules = every_rule() if rules is None else rules
        found = chain(found, *(rule(subject) for rule in wanted_rules))
    wanted = [one for one in found if selection.wants(one.code)]
    return tuple(sorted(without_ignored(file, wanted, selection)))
