"""Submodules of a new worktree, taken from the repositories that home has of them.

What ``git submodule update --init`` does, without the network: each submodule that home has
initialised is cloned from home's own copy. Others stay as they are in home: empty.
"""

from __future__ import annotations

from pathlib import Path

from plan_worktree.git import repository
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.objects.history import in_no_remote
from plan_worktree.git.objects.lookup import find_objects
from plan_worktree.git.worktrees import submodule_paths, update_submodule
from plan_worktree.project.home import Home


def initialise(home: Home, worktree: Path) -> None:
    """Fill the submodules of a worktree that home has. Raises GitError."""
    if not (worktree / ".gitmodules").is_file():
        return
    for name, path in submodule_paths(worktree).items():
        local = home.git_directory / "modules" / name
        if ".." in Path(name).parts or not (local / "HEAD").is_file():
            continue
        update_submodule(worktree, name, path, local)
        origin = repository.settings(local, r"^remote\.origin\.url$").get("remote.origin.url")
        if origin:
            repository.set_setting(worktree / path, "remote.origin.url", origin)


def repositories(home: Home, worktree: Path) -> dict[str, Path]:
    """Return the git directories of the submodules that a worktree has of its own, by name."""
    directory = worktree_git_directory(worktree, home.git_directory)
    top = directory / "modules" if directory else None
    if top is None or not top.is_dir():
        return {}
    found = (head.parent for head in top.rglob("HEAD") if (head.parent / "objects").is_dir())
    return {path.relative_to(top).as_posix(): path for path in sorted(found)}


def unpublished(home: Home, name: str, repository: Path) -> list[str]:
    """Return the commits of a worktree's submodule that are nowhere else. Raises GitError."""
    own = in_no_remote(repository)
    common = home.git_directory / "modules" / name
    if not own or not common.is_dir():
        return own
    found = find_objects(common, own, common)
    return [commit for commit, kind in found if kind is None]
