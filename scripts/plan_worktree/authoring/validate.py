"""validate: every named plan, or all of them, against all rules."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic
from plan_worktree.git.process import GitError
from plan_worktree.lint.check import EVERYTHING, check
from plan_worktree.lint.rules.body import FIXABLE
from plan_worktree.lint.suppress import Selection
from plan_worktree.plan.planfile import PlanFile, load
from plan_worktree.planfiles.find import (
    absolute,
    display_name,
    find_plan,
    folder_of,
    looks_like_path,
    plan_paths,
)
from plan_worktree.planfiles.neighbours import Neighbours
from plan_worktree.planfiles.repository_view import RepositoryView, view_of
from plan_worktree.project.home import Home, find_home, find_home_for_reading
from plan_worktree.project.lock import repository_lock
from plan_worktree.project.refusal import Refused


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

    A name is a path, a plan id or a unique part of one. A path that cannot be read is a finding,
    so that one bad file never hides the next one's. With `mend`, what can be mended is, and what
    is left is reported; `progress` is told of it.

    Raises BadArgument for an unknown plan id, and with `mend` Refused and OSError.
    """
    wanted = _wanted(names, start)
    neighbours = Neighbours([path for path, _ in wanted], start)
    views: dict[Path, RepositoryView | None] = {}

    def checked(path: Path, name: str, view: RepositoryView | None) -> Checked:
        file = load(path, name)
        others = neighbours.of(path, file.plan) if file.plan else ()
        return Checked(file, check(file, view, others, selection))

    for path, name in wanted:
        folder = folder_of(absolute(path))
        if folder not in views:
            views[folder] = view_of(_home(folder))
        view = views[folder]
        one = checked(path, name, view)
        if apply_fixes and any(found.code == FIXABLE for found in one.diagnostics):
            from plan_worktree.authoring.fix import fix

            with repository_lock(view.home, progress) if view else nullcontext():
                count = fix(path, *checked(path, name, view))
            progress(f"{name}: {count} line{'' if count == 1 else 's'} mended")
            one = checked(path, name, view)
        yield one


def _wanted(names: Sequence[str], start: Path) -> list[tuple[Path, str]]:
    if not names:
        return [
            (path, display_name(path, start)) for path in plan_paths(find_home_for_reading(start))
        ]
    wanted = []
    for name in names:
        if looks_like_path(name) or (start / name).exists():
            wanted.append((start / name, name))
        else:
            path = find_plan(name, start).path
            wanted.append((path, display_name(path, start)))
    return wanted


def _home(folder: Path) -> Home | None:
    """Plans can be checked where git cannot help: rules then judge the text alone."""
    try:
        return find_home(folder)
    except (GitError, Refused):
        return None
