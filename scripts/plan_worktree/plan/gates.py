"""The gates of a stage: the commands under Validation that decide whether it is done.

A gate is a code span that is a command and not a name, or a line of a shell fence.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from plan_worktree.plan.document import Document, within
from plan_worktree.plan.inline import code_spans
from plan_worktree.plan.sections import VALIDATION, Section

_SESSIONS = frozenset({"console", "shell-session"})
_SHELLS = frozenset({"", "sh", "bash", "shell", "zsh", "console", "shell-session"})
# Programs that are run without an argument; any other single word in code marks is a name.
_ALONE = frozenset({"just", "make", "pytest", "tox", "nox", "rake", "ctest", "ninja", "mypy"})
_PROGRAM = re.compile(r"(?:[A-Za-z_]\w*=\S+ +)*[A-Za-z0-9_.~/+-]+(?=\s|$)")
# What begins a line of code and no command.
_CODE = frozenset({"assert", "class", "def", "from", "import", "raise", "return"})
_CANNOT_FAIL = re.compile(r"(?:\|\||;)[ \t]*(?:true|:|exit[ \t]+0)[ \t]*$|^(?:true|:|exit[ \t]+0)$")


class Gate(NamedTuple):
    """A command; line and column are zero-based and those of its text."""

    command: str
    line: int
    column: int


def read_gates(document: Document, section: Section) -> list[Gate]:
    """Return the gates of a section: those in code marks, then those in fences."""
    lines = section.parts.get(VALIDATION, range(0))
    return [*_marked(document, lines), *_fenced(document, lines)]


def cannot_fail(command: str) -> bool:
    """Tell whether a command passes whatever happens, such as one that ends with ``|| true``."""
    without_comment = re.sub(r"[ \t]#[^\n]*$", "", command)
    return _CANNOT_FAIL.search(without_comment.strip()) is not None


def _marked(document: Document, lines: range) -> Iterator[Gate]:
    for paragraph in within(document.paragraphs, lines):
        if "`" in paragraph.text:
            place = document.positions_in(paragraph)
            for span in code_spans(paragraph.text):
                if _is_command(span.content):
                    yield Gate(span.content, *place(span.start + 1))


def _fenced(document: Document, lines: range) -> Iterator[Gate]:
    for fence in within(document.fences, lines):
        if (fence.words or [""])[0] in _SHELLS:
            for line, text in enumerate(fence.content.split("\n"), fence.line + 1):
                command = text.strip()
                if (fence.words or [""])[0] in _SESSIONS and not command.startswith("$ "):
                    continue  # a session's line without a prompt is output
                command = command.removeprefix("$ ")
                if command and not command.startswith("#"):
                    yield Gate(command, line, document.source.lines[line].find(command))


def _is_command(text: str) -> bool:
    """Tell a command from the name of a file, a function or a value."""
    if not _PROGRAM.match(text) or text.startswith("-"):
        return False
    words = text.split()
    if len(words) > 1:
        return words[0] not in _CODE
    return text in _ALONE or text.startswith("./") or cannot_fail(text)
