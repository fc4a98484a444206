"""What every format reads its sources into, and the protocol that formats keep to.

Texts are the source's own words. Lines count from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from plan_worktree.plan.model import StageStatus
from plan_worktree.plan.parts.verbs import Change
from plan_worktree.plan.text.document import Document


class Unreadable(Exception):
    """A source cannot be read as a format; the message says why, `line` where (0: the whole)."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.line = line
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class FileUse:
    """A file that a task works on. `change` is None where the source does not say what is done."""

    path: str
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A task's dependency on another, named by its key, as the source declares it.

    `because` says why, after the words "comes after KEY:". An arrow that is `implied`, by a
    group's place among other groups, is left out where other arrows say the same.
    """

    key: str
    because: str
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a source, which becomes a stage.

    `key` is the source's own name for it, such as ``T012``; `id` the name its stage would like to
    have. Each text is Markdown that was made safe (`carry.py`), "" where the source says nothing.
    `commands` must pass, says the source.
    """

    key: str
    id: str
    title: str
    line: int
    status: StageStatus = StageStatus.NOT_STARTED
    what: str = ""
    why: str = ""
    how: str = ""
    validation: str = ""
    todo: str = ""
    files: tuple[FileUse, ...] = ()
    needs: tuple[Need, ...] = ()
    commands: tuple[str, ...] = ()


def each_once(uses: Iterable[FileUse]) -> tuple[FileUse, ...]:
    """Return uses of files, of each path the first."""
    found: dict[str, FileUse] = {}
    for use in uses:
        found.setdefault(use.path, use)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Source:
    """A whole source. `parts` maps headings of the template to the texts that belong there.

    `notes` are for the person who imports: what was left out, and why. `slug` names the plan where
    the name of the file would not ("": it does).
    """

    title: str
    tasks: tuple[Task, ...]
    parts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    slug: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that was read. `document` is its Markdown; of a JSON file it is never looked at."""

    path: Path
    name: str
    document: Document
    is_json: bool = False

    @property
    def text(self) -> str:
        """The file's text, with LF line endings and a final one."""
        return self.document.source.text


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line named: one file, or the files of a folder that belong together."""

    path: Path
    files: tuple[File, ...]


class Format(Protocol):
    """A format of plans. `name` is what ``--from`` takes, `title` what people call it."""

    name: str
    title: str

    def recognises(self, given: Given) -> bool:
        """Tell whether a source is written in this format."""

    def read(self, given: Given) -> Source:
        """Read a source. Raises Unreadable for one that is broken."""
