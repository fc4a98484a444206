"""validate: every named plan, or all of them, against all rules."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.git.process import GitError
from plan_worktree.lint.check import EVERYTHING, check
from plan_worktree.lint.codes import FIXABLE
from plan_worktree.lint.suppress import Selection
from plan_worktree.plan.planfile import PlanFile, load
from plan_worktree.planfiles.find import (
    Found,
    absolute,
    display_name,
    find_named,
    folder_of,
    home_of,
    looks_like_path,
    plan_paths,
)
from plan_worktree.planfiles.neighbours import Neighbours
from plan_worktree.planfiles.repository_view import RepositoryView, view_of
from plan_worktree.project.home import Home, find_home_for_reading
from plan_worktree.project.lock import repository_lock
from plan_worktree.project.refusal import BadArgument, Refused


class Checked(NamedTuple):
    """A file and everything found in it."""

    file: PlanFile
    diagnostics: tuple[Diagnostic, ...]


def validate(
    names: Sequence[str],
    start: Path,
    *,
    selection: Selection = EVERYTHING,
    apply_fixes: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Checked]:
    """Check the named plans, or all plans of the plans folder when none is named.

    A name is a path, a plan id or a unique part of one, or what else there is of that name. What
    cannot be read is a finding, so that one bad file never hides the next one's. With
    `apply_fixes`, what can be corrected is, and what is left is reported; `progress` is told of it.

    Raises BadArgument for an unknown plan id, and with `apply_fixes` Refused and OSError.
    """
    wanted = list(_wanted(names, start))
    neighbours = Neighbours([one.found for one in wanted], start)
    views: dict[Home | None, RepositoryView | None] = {}

    def checked(one: _Wanted, selection: Selection = selection) -> Checked:
        file = load(one.path, one.name)
        others = neighbours.of(one.found.path, file.plan) if file.plan else ()
        home = one.found.home
        if home not in views:
            views[home] = view_of(home)
        return Checked(file, check(file, views[home], others, selection))

    for one in wanted:
        result = checked(one)
        if apply_fixes and any(found.code in FIXABLE for found in result.diagnostics):
            from plan_worktree.authoring.fix import fix

            home = one.found.home
            with repository_lock(home, progress) if home else nullcontext():
                count = fix(one.path, *checked(one, EVERYTHING))
            progress(f"{one.name}: {count} finding{'' if count == 1 else 's'} fixed")
            result = checked(one)
        yield result


class _Wanted(NamedTuple):
    """A file to check: the path to read, where it was found, and what to call it."""

    path: Path
    found: Found
    name: str


def _wanted(names: Sequence[str], start: Path) -> Iterator[_Wanted]:
    if not names:
        home = find_home_for_reading(start)
        for path in plan_paths(home):
            yield _Wanted(path, Found(path, home), display_name(path, start))
    homes: dict[Path, Home | None] = {}
    around = cache(lambda: find_home_for_reading(start))
    for name in names:
        if found := None if looks_like_path(name) else _named(name, start, around):
            yield _Wanted(found.path, found, display_name(found.path, start))
            continue
        path = absolute(start / name)
        folder = folder_of(path)
        if folder not in homes:
            homes[folder] = _home(path, start)
        yield _Wanted(start / name, Found(path, homes[folder]), name)


def _named(name: str, start: Path, around: Callable[[], Home | None]) -> Found | None:
    """Return the plan that a name means; None where it means a file of that name instead.

    `around` returns the home around `start`. Raises BadArgument when there is neither, and like
    `around`.
    """
    try:
        return find_named(name, around())
    except (BadArgument, GitError, Refused):
        if name and os.path.lexists(start / name):
            return None
        raise


def _home(path: Path, start: Path) -> Home | None:
    """Plans can be checked where git cannot help: rules then judge the text alone."""
    try:
        return home_of(path, start)
    except (GitError, Refused):
        return None
