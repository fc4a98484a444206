"""PW3: names that git and the file system must accept: branches and worktree paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.lint.branchname import branch_fault
from plan_worktree.lint.subject import LONGEST_PATH, Places, Rule, Subject, is_invisible
from plan_worktree.plan.model import Stage

_CONVENTIONAL_BRANCH = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9._/-]*")


def invalid_branch(subject: Subject) -> Iterator[Diagnostic]:
    """PW301: git would refuse the name (git-check-ref-format(1))."""
    base = subject.plan.base
    if base and (fault := branch_fault(base)):
        yield subject.at("PW301", f'base branch "{base}" {fault}: git refuses it', "base")
    for stage in subject.plan.stages:
        if stage.branch and (fault := branch_fault(stage.branch)):
            message = f'branch "{stage.branch}" {fault}: git refuses it'
            yield subject.at("PW301", message, "stages", stage.position, "branch")


def repeated_branch(subject: Subject) -> Iterator[Diagnostic]:
    """PW302: two stages share a branch, or a stage has the target's (also by case)."""
    first: dict[str, Stage] = {}
    for stage in subject.plan.stages:
        if not stage.branch:
            continue
        name = stage.branch.casefold()
        if subject.plan.base and name == subject.plan.base.casefold():
            message = f'branch "{stage.branch}" is the plan\'s base: a stage needs one of its own'
            yield subject.at("PW302", message, "stages", stage.position, "branch")
        other = first.setdefault(name, stage)
        if other is not stage:
            line = subject.line_of(other, "branch")
            message = f'branch "{stage.branch}" is already used in line {line}'
            if other.branch != stage.branch:
                message += " (only the case differs)"
            message += ": give each stage its own"
            yield subject.at("PW302", message, "stages", stage.position, "branch")


def nested_branch(subject: Subject) -> Iterator[Diagnostic]:
    """PW303: git keeps branches as files, so ``a`` and ``a/b`` cannot both exist."""
    named = [stage for stage in subject.plan.stages if not branch_fault(stage.branch)]
    owners = {stage.branch.casefold(): stage for stage in named}
    base = subject.plan.base or ""
    for stage in named:
        for folder in _folders(stage.branch):
            other = owners.get(folder.casefold())
            if other or folder.casefold() == base.casefold():
                whose = f"line {subject.line_of(other, 'branch')}" if other else "the plan's base"
                yield _nested(subject, stage, folder, whose)
    for folder in () if branch_fault(base) else _folders(base):
        if owner := owners.get(folder.casefold()):
            yield _nested(subject, owner, base, "the plan's base")


def forbidden_path(subject: Subject) -> Iterator[Diagnostic]:
    """PW304: a worktree may only be made where it cannot harm anything.

    Allowed are home's parent directory and the root that the setting planWorktree.root names;
    inside home only where git ignores it. Never home itself, never inside a ``.git``.
    """
    repository = subject.places
    inside: list[tuple[Stage, Path]] = []
    for stage in subject.plan.stages:
        if not stage.worktree_path:
            continue
        path, fault = _path_fault(stage.worktree_path, repository)
        if fault:
            yield _path_finding(subject, stage, fault)
        elif path and path.is_relative_to(repository.root):
            inside.append((stage, path))
    ignored = repository.ignored(path for _, path in inside) if inside else frozenset()
    seen = [(stage, path) for stage, path in inside if path not in ignored]
    for stage, path in seen:
        # A folder that is not there yet holds nothing else that git would no longer see.
        together = Path(os.path.commonpath([one.parent for _, one in seen]))
        alone = together == repository.root or together.exists()
        place = (path if alone else together).relative_to(repository.root)
        fault = f"is inside the repository, where git does not ignore it: add /{place}/ to "
        yield _path_finding(subject, stage, fault + ".gitignore, or choose ../worktrees/…")


def repeated_path(subject: Subject) -> Iterator[Diagnostic]:
    """PW305: two stages share a directory, or one lies inside the other's (also by case)."""
    places = [(subject.location(stage.worktree_path), stage) for stage in subject.plan.stages]
    owners: dict[tuple[str, ...], Stage] = {}
    for parts, stage in places:
        if parts:
            owners.setdefault(parts, stage)
    for parts, stage in places:
        for length in range(len(parts), 0, -1):
            other = owners.get(parts[:length])
            if other and other is not stage:
                how = "is the same directory as" if length == len(parts) else "is inside"
                line = subject.line_of(other, "worktree_path")
                fault = f'{how} that of stage "{other.id}" (line {line}): give each its own'
                yield _path_finding(subject, stage, fault, "PW305")
                break


def unconventional_name(subject: Subject) -> Iterator[Diagnostic]:
    """PW306: a name from which nobody can tell the stage, or that is awkward to type."""
    plan = subject.plan
    for stage in plan.stages:
        if stage.id and stage.branch and not branch_fault(stage.branch):
            expected = f"feature/{plan.plan_id}-{stage.id.lower()}"
            plain = _CONVENTIONAL_BRANCH.fullmatch(stage.branch)
            if not plain or stage.id.lower() not in stage.branch:
                message = (
                    f'branch "{stage.branch}" is unconventional: a lower-case type, a slash and '
                    f'the stage id are expected, such as "{expected}"'
                )
                yield subject.at("PW306", message, "stages", stage.position, "branch")
        last = stage.worktree_path.rstrip("/").rpartition("/")[2]
        if stage.id and last and stage.id.lower() not in last.lower():
            message = (
                f'worktree path "{stage.worktree_path}" is unconventional: its last part should '
                f'name the stage, such as "../worktrees/{plan.plan_id}/{stage.id}"'
            )
            yield subject.at("PW306", message, "stages", stage.position, "worktree_path")


RULES: tuple[Rule, ...] = (
    invalid_branch,
    repeated_branch,
    nested_branch,
    forbidden_path,
    repeated_path,
    unconventional_name,
)


def _path_fault(written: str, repository: Places) -> tuple[Path | None, str]:
    if len(written) > LONGEST_PATH:
        return None, f"is longer than {LONGEST_PATH} characters"
    if is_invisible(written):
        return None, "contains a control or invisible character"
    if "\\" in written:
        return None, "contains a backslash: write /"
    if written.startswith("~"):
        return None, "begins with ~, which is not expanded here: write ../worktrees/…"
    path = repository.resolve(written)
    root = repository.root
    if ".git" in (part.casefold() for part in Path(written).parts) or path.is_relative_to(
        repository.git_directory
    ):
        return path, "is inside a .git directory"
    if path == root or root.is_relative_to(path):
        return path, "is the repository itself, or a directory around it"
    if not _is_below(path, root.parent) and not _is_below(path, repository.worktree_root):
        return path, (
            "leads outside the directory that holds the repository: write ../worktrees/…, or "
            "allow its root with git config planWorktree.root DIRECTORY"
        )
    return path, ""


def _is_below(path: Path, folder: Path | None) -> bool:
    return folder is not None and path != folder and path.is_relative_to(folder)


def _path_finding(subject: Subject, stage: Stage, fault: str, code: str = "PW304") -> Diagnostic:
    message = f'worktree path "{stage.worktree_path}" {fault}'
    return subject.at(code, message, "stages", stage.position, "worktree_path")


def _nested(subject: Subject, stage: Stage, other: str, whose: str) -> Diagnostic:
    message = (
        f'branch "{stage.branch}" cannot exist beside "{other}" ({whose}): git keeps branches as '
        "files and folders; rename one"
    )
    return subject.at("PW303", message, "stages", stage.position, "branch")


def _folders(name: str) -> Iterator[str]:
    end = name.find("/")
    while end > 0:
        yield name[:end]
        end = name.find("/", end + 1)
