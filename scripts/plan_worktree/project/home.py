"""Home: the worktree that holds the plan, and the settings that go with it.

Home is the main worktree; of a bare repository it is the worktree of the default branch. All
paths in a plan are taken from its root, so it makes no difference where a command is typed.
"""

import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from plan_worktree.git import refs as gitrefs
from plan_worktree.git import repository
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.process import NoGit
from plan_worktree.project.names import DEFAULT_PLACE, DEFAULT_PLANS, POINTER
from plan_worktree.project.refusal import Refused
from plan_worktree.project.settings import Settings


class Home(NamedTuple):
    """A repository's home; also what lint's rules ask about the repository.

    `root` and `git_directory` (the common one) are absolute and free of symlinks. `listed` are the
    repository's worktrees, where git had to list them to find home.
    """

    root: Path
    git_directory: Path
    settings: Settings = Settings()
    listed: tuple[gitworktrees.Worktree, ...] | None = None

    @property
    def own_directory(self) -> Path:
        """Home's own git directory: of a main worktree the common one."""
        return _own_directory(self.root, self.git_directory)

    def plans_folder(self) -> Path:
        """Return the plans folder: the setting planWorktree.plans, or ``.claude/plans``."""
        return self.root / (self.settings.path("planWorktree.plans") or DEFAULT_PLANS)

    def place(self) -> str:
        """Return where new plans put worktrees: planWorktree.place, or ``../worktrees``."""
        return (self.settings.text("planWorktree.place") or DEFAULT_PLACE).rstrip("/")

    def worktree_root(self) -> Path | None:
        """Return where the setting planWorktree.root allows worktrees as well."""
        named = self.settings.path("planWorktree.root")
        return self.resolve(str(named)) if named else None

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

    Raises GitError, and Refused when a bare repository has no worktree to be home.
    """
    while not start.is_dir():
        start = start.parent
    location = repository.locate(start)
    if location is None:
        return None
    common = Path(os.path.realpath(location.common_directory))
    if location.toplevel and location.git_directory == location.common_directory:
        return home_at(location.toplevel, common)
    settings = Settings(common)
    configured = settings.text("core.worktree")
    if configured:  # a submodule's: git worktree list names its git directory instead
        return Home(Path(os.path.realpath(common / configured)), common, settings)
    listed = gitworktrees.worktrees(start)
    root = Path(os.path.realpath(_main_worktree(start, location.toplevel, common, listed)))
    if _own_directory(root, common) != common:  # of a bare repository: it may have its own settings
        settings = Settings(_own_directory(root, common))
    return Home(root, common, settings, listed)


def home_at(root: Path, common: Path) -> Home:
    """Return the home that is the worktree at `root`, with the settings that hold there."""
    real, common = Path(os.path.realpath(root)), Path(os.path.realpath(common))
    return Home(real, common, Settings(_own_directory(real, common)))


def find_home_for_reading(start: Path) -> Home | None:
    """Return what `find_home` does; where there is no git at all, plans can still be read."""
    try:
        return find_home(start)
    except NoGit:
        return None


def _own_directory(root: Path, common: Path) -> Path:
    return worktree_git_directory(root, common) or common


def _main_worktree(
    start: Path, linked: Path | None, common: Path, listed: Sequence[gitworktrees.Worktree]
) -> Path:
    """Return home's root, where the location of `start` alone does not tell.

    `linked` is the root of the worktree around `start`. Raises Refused.
    """
    if not listed[0].bare and Path(os.path.realpath(listed[0].path)) != common:
        return listed[0].path
    # Git names the git directory itself: the repository is bare, or its git directory is not in
    # the main worktree (git init --separate-git-dir), and then only our own pointer leads there.
    plan = Path(os.path.realpath((linked or start) / POINTER))
    if linked and not plan.is_relative_to(os.path.realpath(linked)) and plan.is_file():
        location = repository.locate(plan.parent)
        if location and location.toplevel and location.git_directory == location.common_directory:
            return location.toplevel
    if common.name == ".git" and (common / "index").is_file():  # a bare repository never has one
        there = shlex.quote(str(common.parent))
        unset = f"git -C {there} config core.bare false"
        raise Refused(
            [f"the files are checked out in {common.parent}, and core.bare says not: {unset}"]
        )
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
