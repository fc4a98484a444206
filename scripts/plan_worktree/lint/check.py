"""Runs every rule over a plan file. The one entry into this floor."""

from __future__ import annotations

from itertools import chain

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint import names, stages
from plan_worktree.lint.schema import schema_findings
from plan_worktree.lint.subject import Repository, Rule, Subject
from plan_worktree.plan.planfile import PlanFile

RULES: tuple[Rule, ...] = (schema_findings, *stages.RULES, *names.RULES)


def check(file: PlanFile, repository: Repository | None) -> tuple[Diagnostic, ...]:
    """Return everything that is wrong with a plan, in the order of the file.

    Without a repository (None), rules judge the text alone.
    """
    if not (file.document and file.metadata and file.plan and file.graph):
        return tuple(sorted(file.problems))
    subject = Subject(file.name, file.document, file.metadata, file.plan, file.graph, repository)
    findings = chain(file.problems, *(rule(subject) for rule in RULES))
    return tuple(sorted(findings))
