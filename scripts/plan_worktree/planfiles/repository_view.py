"""What the rules are told about a repository: `lint.subject.Repository`, answered by git and just.

A view lives as long as one check of any number of plans, and keeps what it has learnt.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from plan_worktree.git import refs as gitrefs
from plan_worktree.git.exchange import listed
from plan_worktree.git.files import is_shallow
from plan_worktree.git.objects.lookup import paths_in_tree, tree_paths
from plan_worktree.lint.branchname import branch_fault
from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.parts.globs import literal_prefix, matches
from plan_worktree.project.clone import last_answer
from plan_worktree.project.home import Home
from plan_worktree.project.ref_names import HEADS, REMOTES, mirror_refs, target_ref

# So many files are compared with a plan's patterns; then a pattern is taken to match.
_MOST_COMPARISONS = 500_000
_MOST_ARGUMENTS = 25_000
# The schema allows less. What it does not allow may be no part of a ref, or of any file's name.
_PLAN_ID = re.compile(r"[a-z0-9-]{1,100}")

# The records that only a complete stage has.
_DONE = ("completed", "landed")


class CommitTree:
    """The paths of one commit that a plan asked for; the commit's files are listed for patterns."""

    def __init__(self, root: Path, commit: str, name: str, existing: frozenset[str]) -> None:
        self.name = name
        self._root, self._commit, self._existing = root, commit, existing
        self._comparisons = 0

    def has(self, path: str) -> bool:
        """Tell whether one of the paths that were looked up exists."""
        return path in self._existing

    def matches(self, pattern: str) -> bool:
        """Tell whether a glob pattern matches any file of the commit."""
        prefix = literal_prefix(pattern)
        first = bisect_left(self._files, prefix)
        for path in self._files[first : bisect_left(self._files, prefix + "\U0010ffff", first)]:
            self._comparisons += 1
            if self._comparisons > _MOST_COMPARISONS or matches(pattern, path):
                return True
        return False

    @cached_property
    def _files(self) -> list[str]:
        return sorted(tree_paths(self._root, self._commit))


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
        return self.home.worktree_root()

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
        if base and branch_fault(base):  # it would be read as a revision, not as a name
            return None
        commit = f"refs/heads/{base}" if base else "HEAD"
        if _PLAN_ID.fullmatch(plan_id) and self._may_exist(target_ref(plan_id)):
            commit = target_ref(plan_id)
        wanted = list(dict.fromkeys(path for path in paths if path and path.isprintable()))
        existing = _existing_paths(self.root, commit, wanted)
        if existing is None:
            return None
        return CommitTree(self.root, commit, base or "the target branch", existing)

    @property
    def is_shallow(self) -> bool:
        """Whether only a part was cloned."""
        return is_shallow(self.home.git_directory)

    def branches(self) -> frozenset[str]:
        """Return the names of the local branches."""
        return frozenset(n.removeprefix(HEADS) for n in self._ref_names if n.startswith(HEADS))

    def remote_branches(self) -> Mapping[str, str]:
        """Return the branches of all remotes, by what git calls them here."""
        shown = [n.removeprefix(REMOTES) for n in self._ref_names if n.startswith(REMOTES)]
        remotes = self.home.settings.remotes() if shown else ()
        return {
            name: branch
            for remote in remotes
            for name in shown
            if name.startswith(f"{remote}/")
            and (branch := name.removeprefix(f"{remote}/")) != "HEAD"
        }

    @cached_property
    def _ref_names(self) -> list[str]:
        return gitrefs.ref_names(self.root, HEADS, REMOTES)

    def recipes(self) -> frozenset[str] | None:
        """Return the names of the project's just recipes; just is asked once."""
        return self._recipes

    @cached_property
    def _recipes(self) -> frozenset[str] | None:
        from plan_worktree.project.just import just_recipes  # few checks ask for them

        return just_recipes(self.root)

    def shared_statuses(self, plan_id: str) -> Mapping[str, str]:
        """Return how far stages are by the records that clones share, as they were last fetched."""
        # Settings cost a process; no remote has ever answered in a clone that shares nothing.
        if not _PLAN_ID.fullmatch(plan_id) or last_answer(self.git_directory, plan_id) is None:
            return {}
        remote = self.home.settings.text("planWorktree.remote")
        if remote is None:
            return {}
        folder = mirror_refs(remote, plan_id)
        records = listed(self.root, *(f"{folder}{kind}/" for kind in _DONE), f"{folder}claim/")
        found = dict[str, str]()
        for name, record in records.items():
            kind, _, stage = name.removeprefix(folder).partition("/")
            done = records.get(f"{folder}completed/{stage}")
            if kind == "claim" and record != done:  # there the claim of a completed stage is that
                found[stage] = StageStatus.IN_PROGRESS
            else:
                found.setdefault(stage, StageStatus.COMPLETE)
        return found

    def _may_exist(self, ref: str) -> bool:
        # Asking git costs as much as the whole question. A symbolic ref is always a loose file
        # (git-pack-refs(1)), unless the repository keeps its refs in a reftable.
        if (self.git_directory / "reftable").exists():
            return ref in gitrefs.refs(self.root, ref)
        return (self.git_directory / ref).is_file()


def view_of(home: Home | None) -> RepositoryView | None:
    """Return the view of a home; None stands for "in no repository" in both."""
    return RepositoryView(home) if home else None


def _existing_paths(directory: Path, commit: str, paths: Sequence[str]) -> frozenset[str] | None:
    """Return those of the paths that a commit has; None when there is no such commit.

    `directory` is a top level.
    """
    found: set[str] = set()
    for wanted in _portions(paths):
        listed = paths_in_tree(directory, commit, wanted)
        if listed is None:
            return None
        for path in listed:
            # Asked for a folder and a file in it, git names the file alone.
            found.update(path[:end] for end, char in enumerate(path) if char == "/")
            found.add(path)
    return frozenset(found)


def _portions(paths: Sequence[str]) -> Iterator[list[str]]:
    """Divide paths so that each part is within any system's limit for arguments (32,767 units)."""
    portion: list[str] = []
    length = 0
    for path in paths:
        if portion and length + len(path) > _MOST_ARGUMENTS:
            yield portion
            portion, length = [], 0
        portion.append(path)
        length += 2 * len(path) + 3
    if portion:
        yield portion
