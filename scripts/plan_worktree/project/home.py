"""Home: the worktree that holds the plan, and the settings that go with it.

Home is the main worktree; of a bare repository it is the worktree of the default branch. All
paths in a plan are taken from its root, so it makes no difference where a command is typed.
"""

import os
import shlex
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git import repository
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import NoGit
from plan_worktree.project.names import DEFAULT_PLANS, POINTER
from plan_worktree.project.refusal import Refused


class Home(NamedTuple):
    """A repository's home; also what lint's rules ask about the repository.

    `root` and `git_directory` (the common one) are absolute and free of symlinks. Settings are
    read when they are asked for: checking a plan seldom needs one, and each costs a process.
    """

    root: Path
    git_directory: Path

    @property
    def own_directory(self) -> Path:
        """Home's own git directory: of a main worktree the common one."""
        return worktree_git_directory(self.root, self.git_directory) or self.git_directory

    @property
    def plans_setting(self) -> str | None:
        """The setting planWorktree.plans: a folder, relative to the root of a worktree."""
        return setting(self.root, "planworktree.plans")

    @property
    def plans(self) -> Path:
        """The plans folder: the setting planWorktree.plans, or ``.claude/plans``."""
        return self.root / (self.plans_setting or DEFAULT_PLANS)

    @property
    def worktree_root(self) -> Path | None:
        """Where the setting planWorktree.root allows worktrees as well."""
        written = setting(self.root, "planworktree.root")
        if not written:
            return None
        try:
            return Path(os.path.realpath(self.root / Path(written).expanduser()))
        except RuntimeError:  # ~somebody, whom this machine does not know
            unknown = f"the setting planWorktree.root names an unknown user: {written}"
            advice = "git config planWorktree.root DIRECTORY"
            raise Refused([f"{unknown}: {advice}"]) from None

    def resolve(self, path: str) -> Path:
        """Return where `path`, taken from the root, really is, links followed."""
        return Path(os.path.realpath(self.root / path))

    def ignored(self, paths: Iterable[Path]) -> frozenset[Path]:
        """Return those of `paths` (inside home) that git ignores."""
        # The trailing slash lets patterns for directories match what does not exist yet.
        names = {f"{path.relative_to(self.root)}/": path for path in paths}
        return frozenset(names[name] for name in repository.ignored(self.root, list(names)))


def find_home(start: Path) -> Home | None:
    """Return the home of the repository around `start`, or None outside any repository.

    Raises git.GitError, and Refused when a bare repository has no worktree to be home.
    """
    _settings.cache_clear()
    while not start.is_dir():
        start = start.parent
    location = repository.locate(start)
    if location is None:
        return None
    common = Path(os.path.realpath(location.common_directory))
    root = location.toplevel
    if root is None or location.git_directory != location.common_directory:
        root = _main_worktree(start, root, common)
    return Home(Path(os.path.realpath(root)), common)


def find_home_for_reading(start: Path) -> Home | None:
    """Return what `find_home` does; where there is no git at all, plans can still be read."""
    try:
        return find_home(start)
    except NoGit:
        return None


def _main_worktree(start: Path, linked: Path | None, common: Path) -> Path:
    configured = setting(start, "core.worktree")
    if configured:  # a submodule's: git worktree list names its git directory instead
        return common / configured
    listed = gitworktrees.worktrees(start)
    if not listed[0].bare and Path(os.path.realpath(listed[0].path)) != common:
        return listed[0].path
    # Git names the git directory itself: the repository is bare, or its git directory is not in
    # the main worktree (git init --separate-git-dir), and then only our own pointer leads there.
    plan = Path(os.path.realpath((linked or start) / POINTER))
    if linked and not plan.is_relative_to(os.path.realpath(linked)) and plan.is_file():
        location = repository.locate(plan.parent)
        if location and location.toplevel and location.git_directory == location.common_directory:
            return location.toplevel
    default = gitrefs.default_branch(start, common)
    for worktree in listed[1:]:
        if worktree.branch == default and worktree.path.is_dir():
            return worktree.path
    branch = (default or "main").removeprefix("refs/heads/")
    where = shlex.quote(str(common)), shlex.quote(str(common.parent / branch)), shlex.quote(branch)
    homeless = (
        f"the bare repository {common} has no worktree of its default branch {branch}, which "
        f"would be home: git -C {where[0]} worktree add {where[1]} {where[2]}"
    )
    raise Refused([homeless])


def setting(directory: Path, name: str) -> str | None:
    """Return one of the settings we ask for, in lower case. Raises git.GitError."""
    return _settings(directory).get(name)


# A command asks for several, and every process counts. A new look for home forgets them.
@lru_cache(maxsize=8)
def _settings(directory: Path) -> dict[str, str]:
    return repository.settings(directory, r"^(planworktree\.|core\.(worktree|hookspath)$)")
