"""From what a person types to a plan file: a path, a plan id, or a unique part of one."""

import os
from functools import partial
from pathlib import Path
from typing import NamedTuple

from plan_worktree.plan.planfile import load
from plan_worktree.planfiles.plans import (
    is_inside,
    is_plan,
    plan_files,
    plans_folder_around,
    worktree_around,
)
from plan_worktree.project.home import Home, find_home_for_reading
from plan_worktree.project.names import CURRENT_STAGE, DEFAULT_PLANS, POINTER
from plan_worktree.project.refusal import BadArgument


class Found(NamedTuple):
    """A plan file, and the home of the repository it lies in (None outside any)."""

    path: Path
    home: Home | None


def plans_folder(home: Home | None) -> Path:
    """Return the folder plans live in: home's, or outside a repository the current directory's."""
    return home.plans_folder() if home else Path.cwd() / DEFAULT_PLANS


def plan_paths(home: Home | None) -> list[Path]:
    """Return the files in the plans folder that may be plans, sorted: plans, and notes beside."""
    return plan_files(plans_folder(home))


def plans_of(home: Home | None) -> list[Path]:
    """Return the plans in the plans folder, sorted."""
    return [path for path in plan_paths(home) if is_plan(path)]


def files_beside(found: Found) -> list[Path]:
    """Return the files that may be plans beside a plan: of its plans folder, else of its folder."""
    path, home = found
    if path.name == CURRENT_STAGE:  # a copy of a plan
        return []
    if home is None:
        folder = plans_folder_around(path, Path.cwd(), lambda: None)
    else:
        worktree = worktree_around(path) or home.root
        setting = partial(home.settings.path, "planWorktree.plans")
        folder = plans_folder_around(path, worktree, setting)
    return plan_files(folder) if folder else plan_files(path.parent, enter=False)


def looks_like_path(written: str) -> bool:
    """Tell whether an argument is meant as a path: it has a slash or names a Markdown file."""
    return "/" in written or os.sep in written or written.endswith(".md")


def find_plan(written: str | None, start: Path) -> Found:
    """Return the plan that `written` means; without it, the one of the stage worktree around.

    Raises BadArgument with the plans there are, GitError and Refused.
    """
    if written is None:
        return _current(start)
    if looks_like_path(written):
        if not os.path.lexists(start / written):
            plans = plans_of(find_home_for_reading(start))
            raise BadArgument(f"there is no file {written}{_choice(plans)}")
        path = absolute(start / written)
        home = home_of(path, start)
        return Found(_at_home(path, home), home)
    return find_named(written, find_home_for_reading(start))


def find_named(written: str, home: Home | None) -> Found:
    """Return the plan in the plans folder whose id or file a name means. Raises BadArgument."""
    if not written:
        raise BadArgument("the plan's name is empty")
    near = _near(written, plan_paths(home))
    if len(near) > 1:
        near = [path for path in near if is_plan(path)] or near
    if len(near) == 1:
        return Found(near[0], home)
    how = "more than one plan matches" if near else "no plan matches"
    raise BadArgument(f'{how} "{written}"{_choice(near or plans_of(home))}')


def _near(written: str, paths: list[Path]) -> list[Path]:
    """Return the files that a name may mean; a file need not be called like its plan."""
    exact = [path for path in paths if path.stem == written]
    near = exact or [path for path in paths if written.casefold() in path.stem.casefold()]
    if near:
        return near
    ids = {path: _plan_id(path) for path in paths}
    return [path for path in paths if ids[path] == written] or [
        path for path in paths if written.casefold() in ids[path].casefold()
    ]


def display_name(path: Path, start: Path) -> str:
    """Return a path as a person there would write it."""
    try:
        return path.relative_to(start).as_posix()
    except ValueError:
        return str(path)


def absolute(path: Path) -> Path:
    """Return the path of a plan: links in it are kept, but for our own pointer to a plan."""
    if path.name == CURRENT_STAGE and path.is_symlink():
        return Path(os.path.realpath(path))
    return Path(os.path.normpath(path.absolute()))


def folder_of(path: Path) -> Path:
    """Return the folder from which to look for the repository of a plan."""
    return worktree_around(path) or path.parent


def home_of(path: Path, start: Path) -> Home | None:
    """Return the home that a plan belongs to, None when it belongs to no repository.

    It belongs to the repository that it lies in. A plan outside all repositories belongs to the one
    around `start` that has its plans folder there.
    """
    home = find_home_for_reading(folder_of(path))
    if home is None and worktree_around(start / CURRENT_STAGE):
        around = find_home_for_reading(start)
        if around and is_inside(around.plans_folder(), path):
            return around
    return home


def _at_home(path: Path, home: Home | None) -> Path:
    """Turn a stage worktree's own copy of a tracked plan into the plan in home."""
    top = worktree_around(path)
    if home is None or top is None or path.is_relative_to(home.root):
        return path
    same = home.root / path.relative_to(top)
    return same if same.is_file() else path


def pointed_plan(start: Path) -> Path | None:
    """Return the plan of the stage worktree around a folder; None where there is no such one."""
    for folder in (start, *start.parents):
        link = folder / POINTER
        if link.is_file() and (link.is_symlink() or is_plan(link)):
            return Path(os.path.realpath(link))
        if (folder / ".git").exists():
            break
    return None


def _current(start: Path) -> Found:
    home = find_home_for_reading(start)
    if found := pointed_plan(start):
        if found.name == CURRENT_STAGE:  # a copy, where links are not possible: the plan is in home
            same = [path for path in plans_of(home) if _plan_id(path) == _plan_id(found)]
            found = same[0] if len(same) == 1 else found
        return Found(found, home)
    plans = plans_of(home)
    if len(plans) == 1:
        return Found(plans[0], home)
    raise BadArgument(f"name a plan{_choice(plans)}")


def _plan_id(path: Path) -> str:
    plan = load(path).plan
    return plan.plan_id if plan else ""


def _choice(paths: list[Path]) -> str:
    if not paths:
        return "; there are no plans yet: plan-worktree new SLUG"
    shown = ", ".join(path.stem for path in paths[:8])
    return f"; there {'is' if len(paths) == 1 else 'are'} {shown}{', …' if len(paths) > 8 else ''}"
