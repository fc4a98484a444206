"""Home: the worktree that holds the plan, and the settings that go with it.

Home is the main worktree; of a bare repository it is the worktree of the default branch. All
paths in a plan are taken from its root, so it makes no difference where a command is typed.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plan_worktree import git
from plan_worktree.lifecycle.refusal import Refused

DEFAULT_PLANS = ".claude/plans"


class Home(NamedTuple):
    """A repository's home; also what lint's rules ask about the repository.

    `root` and `git_directory` (the common one) are absolute and free of symlinks. Settings are
    read when they are asked for: checking a plan seldom needs one, and each costs a process.
    """

    root: Path
    git_directory: Path

    @property
    def plans(self) -> Path:
        """The plans folder: the setting planWorktree.plans, or ``.claude/plans``."""
        return self.root / (_setting(self.root, "planworktree.plans") or DEFAULT_PLANS)

    @property
    def worktree_root(self) -> Path | None:
        """Where the setting planWorktree.root allows worktrees as well."""
        written = _setting(self.root, "planworktree.root")
        if not written:
            return None
        return Path(os.path.realpath(self.root / Path(written).expanduser()))

    def resolve(self, path: str) -> Path:
        """Return where `path`, taken from the root, really is, links followed."""
        return Path(os.path.realpath(self.root / path))

    def ignored(self, paths: Iterable[Path]) -> frozenset[Path]:
        """Return those of `paths` (inside home) that git ignores."""
        # The trailing slash lets patterns for directories match what does not exist yet.
        names = {f"{path.relative_to(self.root)}/": path for path in paths}
        return frozenset(names[name] for name in git.ignored(self.root, list(names)))


def find_home(start: Path) -> Home | None:
    """Return the home of the repository around `start`, or None outside any repository.

    Raises git.GitError, and Refused when a bare repository has no worktree to be home.
    """
    while not start.is_dir():
        start = start.parent
    location = git.locate(start)
    if location is None:
        return None
    common = Path(os.path.realpath(location.common_directory))
    root = location.toplevel
    if root is None or location.git_directory != location.common_directory:
        root = _main_worktree(start, common)
    return Home(Path(os.path.realpath(root)), common)


def _main_worktree(start: Path, common: Path) -> Path:
    configured = _setting(start, "core.worktree")
    if configured:  # a submodule's: git worktree list names its git directory instead
        return common / configured
    listed = git.worktrees(start)
    if not listed[0].bare:
        return listed[0].path
    default = git.symbolic_ref(common, "HEAD")
    for worktree in listed:
        if worktree.branch == default and worktree.path.is_dir():
            return worktree.path
    branch = (default or "main").removeprefix("refs/heads/")
    homeless = (
        f"the bare repository {common} has no worktree of its default branch {branch}, which "
        f"would be home: git -C '{common}' worktree add '{common.parent / branch}' {branch}"
    )
    raise Refused([homeless])


def _setting(directory: Path, name: str) -> str | None:
    return git.settings(directory, f"^{re.escape(name)}$").get(name)
