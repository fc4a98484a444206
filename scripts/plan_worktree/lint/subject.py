"""What a rule is given to look at, and how it points at what it found."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from plan_worktree.diagnostics import Diagnostic, Severity, printable
from plan_worktree.lint.codes import CODES
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.plan.planfile import Metadata, PlanFile
from plan_worktree.plan.sections import Section, read_sections

if TYPE_CHECKING:  # most commands look at the metadata alone, and would pay for reading lists
    from plan_worktree.plan.parts.filelist import FileEntry, FileList
    from plan_worktree.plan.parts.gates import Gate


class Tree(Protocol):
    """The files of one commit."""

    @property
    def name(self) -> str:
        """What people call the commit: a branch."""

    def has(self, path: str) -> bool:
        """Tell whether one of the paths that were looked up exists, as file or directory."""

    def matches(self, pattern: str) -> bool:
        """Tell whether a glob pattern matches any file."""


class Places(Protocol):
    """Where things are: what the rules for paths ask."""

    @property
    def root(self) -> Path:
        """Home's root: an absolute path without symlinks."""

    @property
    def git_directory(self) -> Path:
        """The common git directory, without symlinks."""

    @property
    def worktree_root(self) -> Path | None:
        """Where the setting planWorktree.root allows worktrees as well."""

    def resolve(self, path: str) -> Path:
        """Return where `path`, taken from home's root, really is, links followed."""

    def ignored(self, paths: Iterable[Path]) -> frozenset[Path]:
        """Return those of `paths` (inside home) that git ignores."""


class Repository(Places, Protocol):
    """What rules may ask of the repository that the plan lies in."""

    @property
    def folds_case(self) -> bool:
        """Whether the file system takes ``A`` and ``a`` for the same name."""

    @property
    def is_shallow(self) -> bool:
        """Whether only a part was cloned: then branches may exist that are not here."""

    def branches(self) -> frozenset[str]:
        """Return the names of the local branches."""

    def remote_branches(self) -> Mapping[str, str]:
        """Return the branches of all remotes as they were last fetched.

        Each is named as its remote calls it, such as main, under what git calls it here:
        origin/main.
        """

    def tree(self, plan_id: str, base: str | None, paths: Sequence[str]) -> Tree | None:
        """Look paths up in the plan's target commit; None when there is no such commit."""

    def recipes(self) -> frozenset[str] | None:
        """Return the names of the project's just recipes; None when they cannot be known."""

    def shared_statuses(self, plan_id: str) -> Mapping[str, str]:
        """Return how far stages are by the records that clones share, as they were last fetched.

        By the stage's id it is in-progress or complete. There is none where nothing is shared.
        """


class Anywhere(NamedTuple):
    """Stands for a repository when there is none: paths are judged by their text alone."""

    root: Path = Path("/any/home")
    git_directory: Path = Path("/any/home/.git")
    worktree_root: Path | None = None

    def resolve(self, path: str) -> Path:
        """Return what the text of `path` comes to; there are no links to follow."""
        return Path(os.path.normpath(self.root / path))

    def ignored(self, paths: Iterable[Path]) -> frozenset[Path]:
        """Return them all: without git nobody can say that one is not ignored."""
        return frozenset(paths)


# Names in a plan are untrusted, and can be megabytes long.
_LONGEST_MESSAGE = 1000
# No longer path could be made in any file system (PATH_MAX is 1024 on macOS, 4096 on Linux).
LONGEST_PATH = 1024


def is_invisible(path: str) -> bool:
    """Tell whether a path holds a character that cannot be seen; such paths are never resolved."""
    return not path.replace("\xa0", " ").replace("\u3000", " ").isprintable()


class Subject:
    """One plan under examination. What several rules need of its body is read once, when asked."""

    def __init__(
        self,
        metadata: Metadata,
        plan: Plan,
        graph: Graph,
        repository: Repository | None,
        neighbours: Sequence[PlanFile] = (),
    ) -> None:
        self.document = metadata.document
        self.name = self.document.source.name
        self.metadata = metadata
        self.plan = plan
        self.graph = graph
        self.repository = repository
        self.neighbours = neighbours

    @property
    def places(self) -> Places:
        """Where things are, in the repository or without one."""
        return self.repository or Anywhere()

    def location(self, path: str) -> tuple[str, ...]:
        """Return the parts of a worktree path to compare by; () when it cannot be compared."""
        if not path or is_invisible(path) or len(path) > LONGEST_PATH:
            return ()
        return tuple(part.casefold() for part in self.places.resolve(path).parts)

    @cached_property
    def sections(self) -> list[Section]:
        """The body's stage sections."""
        return read_sections(self.document)

    @cached_property
    def file_lists(self) -> list[FileList]:
        """What each section says of files, in the order of `sections`."""
        from plan_worktree.plan.parts.filelist import read_file_list

        return [read_file_list(self.document, section) for section in self.sections]

    @cached_property
    def files(self) -> list[list[FileEntry]]:
        """The files each section lists, in the order of `sections`."""
        return [listed.entries for listed in self.file_lists]

    @cached_property
    def gates(self) -> list[list[Gate]]:
        """The gates each section lists, in the order of `sections`."""
        from plan_worktree.plan.parts.gates import read_gates

        return [read_gates(self.document, section) for section in self.sections]

    @cached_property
    def tree(self) -> Tree | None:
        """The listed files in the commit that stages start from; None when that is not there."""
        if self.repository is None:
            return None
        paths = [e.path.rstrip("/") for files in self.files for e in files if not e.leaves]
        return self.repository.tree(self.plan.plan_id, self.plan.base, paths)

    def at(
        self,
        code: str,
        message: str,
        *pointer: str | int,
        key: bool = False,
        severity: Severity | None = None,
    ) -> Diagnostic:
        """Make a finding at a value of the metadata, or at its key."""
        line, column = self.metadata.position(*pointer, key=key)
        return self.on(line, column, code, message, severity)

    def on(
        self, line: int, column: int, code: str, message: str, severity: Severity | None = None
    ) -> Diagnostic:
        """Make a finding at a line and column (from 1) of the file."""
        weight = severity or CODES[code].severity
        if len(message) > _LONGEST_MESSAGE:
            message = f"{message[: _LONGEST_MESSAGE - 200]}…{message[-200:]}"
        return Diagnostic(self.name, line, column, code, printable(message), weight)

    def line_of(self, stage: Stage, key: str) -> int:
        """Return the line (from 1) of a stage's property."""
        return self.metadata.position("stages", stage.position, key)[0]


Rule = Callable[[Subject], Iterator[Diagnostic]]


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` when something known is close to `wrong`, else nothing."""
    from difflib import get_close_matches  # costs 5 ms; most plans have no typing error

    # Beyond 100 characters nothing is a typing error, and the comparison takes quadratic time;
    # nor can thousands of wrong names each be compared with thousands of right ones.
    names = [name for name in islice(known, 200) if len(name) <= 100]
    close = get_close_matches(wrong[:100], names, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
