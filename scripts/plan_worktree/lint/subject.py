"""What a rule is given to look at, and how it points at what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from plan_worktree.diagnostics import Diagnostic, Severity, printable
from plan_worktree.lint.codes import CODES
from plan_worktree.plan.document import Document
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan, Stage
from plan_worktree.plan.planfile import Metadata


class Repository(Protocol):
    """What rules may ask of the repository that the plan lies in."""

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


class Subject(NamedTuple):
    """One plan under examination."""

    name: str
    document: Document
    metadata: Metadata
    plan: Plan
    graph: Graph
    repository: Repository | None

    def at(
        self,
        code: str,
        message: str,
        *pointer: str | int,
        key: bool = False,
        severity: Severity | None = None,
    ) -> Diagnostic:
        """Make a finding at a value of the metadata, or at its key."""
        line, column = self.metadata.place(*pointer, key=key)
        return self.on(line, column, code, message, severity)

    def on(
        self, line: int, column: int, code: str, message: str, severity: Severity | None = None
    ) -> Diagnostic:
        """Make a finding at a line and column (from 1) of the file."""
        weight = severity or CODES[code].severity
        return Diagnostic(self.name, line, column, code, printable(message), weight)

    def line_of(self, stage: Stage, key: str) -> int:
        """Return the line (from 1) of a stage's property."""
        return self.metadata.place("stages", stage.index, key)[0]


Rule = Callable[[Subject], Iterator[Diagnostic]]


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` when something known is close to `wrong`, else nothing."""
    from difflib import get_close_matches  # costs 5 ms; most plans have no typing error

    # Beyond 100 characters nothing is a typing error, and the comparison takes quadratic time.
    close = get_close_matches(wrong[:100], [name for name in known if len(name) <= 100], n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
