"""What the rules are told about a repository: `lint.subject.Repository`, answered by git and just.

A view lives as long as one check of any number of plans, and keeps what it has learnt.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from plan_worktree import git
from plan_worktree.lifecycle.home import Home
from plan_worktree.lifecycle.recipes import just_recipes
from plan_worktree.lifecycle.refs import target_ref
from plan_worktree.plan.globs import literal_prefix, matches


class CommitTree(NamedTuple):
    """The paths of one commit that a plan asked for."""

    root: Path
    commit: str
    name: str
    existing: frozenset[str]

    def has(self, path: str) -> bool:
        """Tell whether one of the paths that were looked up exists."""
        return path in self.existing

    def matches(self, pattern: str) -> bool:
        """Tell whether a glob pattern matches any file of the commit."""
        below = _files_below(self.root, self.commit, literal_prefix(pattern))
        return any(matches(pattern, path) for path in below)


class RepositoryView:
    """A repository as the rules see it."""

    def __init__(self, home: Home) -> None:
        self.home = home

    @property
    def root(self) -> Path:
        """Home's root."""
        return self.home.root

    @property
    def git_directory(self) -> Path:
        """The common git directory."""
        return self.home.git_directory

    @cached_property
    def worktree_root(self) -> Path | None:
        """Where the setting planWorktree.root allows worktrees as well."""
        return self.home.worktree_root

    @cached_property
    def folds_case(self) -> bool:
        """Whether the file system takes ``A`` and ``a`` for the same name."""
        # Every repository has a file HEAD, and none has one called head.
        return (self.home.git_directory / "head").exists()

    def resolve(self, path: str) -> Path:
        """Return where `path`, taken from the root, really is, links followed."""
        return self.home.resolve(path)

    def ignored(self, paths: Iterable[Path]) -> frozenset[Path]:
        """Return those of `paths` (inside home) that git ignores."""
        return self.home.ignored(paths)

    def tree(self, plan_id: str, base: str | None, paths: Sequence[str]) -> CommitTree | None:
        """Look paths up in the commit that the plan's stages start from."""
        commit = f"refs/heads/{base}" if base else "HEAD"
        # Only a plan_id that is none of the schema's could hold anything else.
        if plan_id.replace("-", "").isalnum() and self._may_exist(target_ref(plan_id)):
            commit = target_ref(plan_id)
        wanted = list(dict.fromkeys(path for path in paths if path and path.isprintable()))
        existing = _existing_paths(self.root, commit, wanted)
        if existing is None:
            return None
        return CommitTree(self.root, commit, base or "the target branch", existing)

    def recipes(self) -> frozenset[str] | None:
        """Return the names of the project's just recipes; just is asked once."""
        return self._recipes

    @cached_property
    def _recipes(self) -> frozenset[str] | None:
        return just_recipes(self.root)

    def _may_exist(self, ref: str) -> bool:
        # Asking git costs as much as the whole question. A symbolic ref is always a loose file
        # (git-pack-refs(1)), unless the repository keeps its refs in a reftable.
        if (self.git_directory / "reftable").exists():
            return ref in git.refs(self.root, ref)
        return (self.git_directory / ref).is_file()


def view_of(home: Home | None) -> RepositoryView | None:
    """Return the view of a home; None stands for "in no repository" in both."""
    return RepositoryView(home) if home else None


def _existing_paths(directory: Path, commit: str, paths: Sequence[str]) -> frozenset[str] | None:
    """Return those of the paths that a commit has; None when there is no such commit.

    Only trees are read, so that a partial clone fetches nothing. `directory` is a top level.
    """
    found: set[str] = set()
    for start in range(0, len(paths), 500):  # within any system's limit for arguments
        wanted = paths[start : start + 500]
        flags = ("--literal-pathspecs", "ls-tree", "--name-only", "-z")
        done = git.run(directory, *flags, "--end-of-options", commit, "--", *wanted, ok=(0, 128))
        if done.returncode:
            return None
        for path in done.stdout.split("\0")[:-1]:
            # Asked for a folder and a file in it, git names the file alone.
            found.update(path[:end] for end, char in enumerate(path) if char == "/")
            found.add(path)
    return frozenset(found)


def _files_below(directory: Path, commit: str, folder: str) -> list[str]:
    """Return all files that a commit has below a folder ("" is the top)."""
    flags = ("--literal-pathspecs", "ls-tree", "-r", "--name-only", "-z", "--end-of-options")
    below = ("--", folder) if folder else ()
    return git.run(directory, *flags, commit, *below).stdout.split("\0")[:-1]
