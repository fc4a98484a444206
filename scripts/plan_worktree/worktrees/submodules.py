"""Submodules of a new worktree, taken from the repositories that home has of them.

What ``git submodule update --init`` does, without the network: each submodule that home has
initialised is cloned from home's own copy. Others stay as they are in home: empty.
"""

from __future__ import annotations

from pathlib import Path

from plan_worktree.git import process, repository
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.project.home import Home


def initialise(home: Home, worktree: Path) -> None:
    """Fill the submodules of a worktree that home has. Raises git.GitError."""
    if not (worktree / ".gitmodules").is_file():
        return
    for name, path in _listed(worktree).items():
        local = home.git_directory / "modules" / name
        if ".." in Path(name).parts or not (local / "HEAD").is_file():
            continue
        # Told on the command line, the place is not written into the settings all worktrees share.
        here = ("-c", f"submodule.{name}.url={local}", "-c", "protocol.file.allow=always")
        flags = ("submodule", "--quiet", "update", "--init", "--")
        process.run(worktree, *here, *flags, f":(literal){path}")
        origin = repository.settings(local, r"^remote\.origin\.url$").get("remote.origin.url")
        if origin:
            process.run(worktree / path, "config", "remote.origin.url", origin)


def repositories(home: Home, worktree: Path) -> dict[str, Path]:
    """Return the git directories of the submodules that a worktree has of its own, by name."""
    directory = worktree_git_directory(worktree, home.git_directory)
    top = directory / "modules" if directory else None
    if top is None or not top.is_dir():
        return {}
    found = (head.parent for head in top.rglob("HEAD") if (head.parent / "objects").is_dir())
    return {path.relative_to(top).as_posix(): path for path in sorted(found)}


def unpublished(home: Home, name: str, repository: Path) -> list[str]:
    """Return the commits of a worktree's submodule that are nowhere else. Raises git.GitError."""
    # Named as its own working tree: the real one may be gone.
    named = (f"--git-dir={repository}", f"--work-tree={repository}")
    flags = ("rev-list", "--all", "--reflog", "HEAD", "--not", "--remotes")
    own = process.run(repository, *named, *flags).stdout.split()
    common = home.git_directory / "modules" / name
    if not own or not common.is_dir():
        return own
    told = process.run(
        common, f"--git-dir={common}", "cat-file", "--batch-check", stdin="\n".join(own)
    )
    return [line.split()[0] for line in told.stdout.splitlines() if line.endswith(" missing")]


def _listed(worktree: Path) -> dict[str, str]:
    """Return the path of each submodule by its name, as ``.gitmodules`` has them."""
    flags = ("config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$")
    said = process.run(worktree, *flags, ok=(0, 1)).stdout
    pairs = (entry.partition("\n") for entry in said.split("\0") if entry)
    return {
        key.removeprefix("submodule.").removesuffix(".path"): path
        for key, _, path in pairs
        if path and not path.startswith("-")
    }
