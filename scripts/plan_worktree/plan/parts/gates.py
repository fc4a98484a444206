"""The gates of a stage: the commands under Validation that decide whether it is done.

A gate is a line of a shell fence, or a command in code marks that a person is told to run: it
begins a checkbox item, it follows Run or Execute, or it is all that its line, item or table cell
says but for the result. A command in a sentence of prose ("`git push` was never called") is none.
Whoever asks for gates asks `read_gates`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from plan_worktree.plan.parts.filetable import cells_of, is_table
from plan_worktree.plan.sections import VALIDATION, Section
from plan_worktree.plan.text.document import Document, Fence, Paragraph, within
from plan_worktree.plan.text.inline import Span, code_spans

_SESSIONS = frozenset({"console", "shell-session"})
_SHELLS = frozenset({"", "sh", "bash", "shell", "zsh", "console", "shell-session"})
# Programs that are run without an argument; any other single word in code marks is a name.
_ALONE = frozenset({"just", "make", "pytest", "tox", "nox", "rake", "ctest", "ninja", "mypy"})
_PROGRAM = re.compile(r"(?:[A-Za-z_]\w*=\S+ +)*[A-Za-z0-9_.~/+-]+(?=\s|$)")
# What begins a line of code and no command.
_CODE = frozenset({"assert", "class", "def", "from", "import", "raise", "return"})
_CANNOT_FAIL = re.compile(r"(?:\|\||;)[ \t]*(?:true|:|exit[ \t]+0)[ \t]*$|^(?:true|:|exit[ \t]+0)$")
_NEAR = 160  # characters before a command that are looked at
_MARKS = re.compile(r"[\s*_]*")
_CHECKBOX = re.compile(r"\s*\[[ xX]\]\s+[*_]*")
# What stands before Run: nothing, the end of a sentence or a label, or a word that goes on.
_RUN = re.compile(
    r"(?:^|[.:;,()\]\u2014\u2013-]|\b(?:then|and|or|also|next|finally|first)"
    r"|\n[ \t]*(?-i:(?=[RE])))"
    r"[\s*_]*\b(?:re-?)?(?:run|execute)[*_]*[ \t]*:?[*_]*\s*$",
    re.IGNORECASE,
)
_RUN_SOMETHING_WITH = re.compile(
    r"\s*(?:\[[ xX]\]\s+)?[*_]*(?:re-?)?(?:run|execute)\b[^.`;!?]{0,100}"
    r"(?:\b(?:with|via|using|by)|:)[*_]*\s*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;:!?]\s+|\]\s+")
_CONDITION = re.compile(r"\s*(?:if|when|whenever|unless|should|once|before|after)\b", re.IGNORECASE)
# Between two commands, both of which are to be run.
_NEXT = re.compile(
    r"[\s*_]*+(?:(?:[,;/&+\u2192]|->|\b(?:and|or|then|also|run|execute)\b)[\s*_]*+)*+",
    re.IGNORECASE,
)
# Behind a command that is all a line says: nothing, a note, or what is expected of it.
_RESULT = re.compile(
    r"[\s*_]*+(?:[.;,]?\s*$|[(:\u2014\u2013]|-{1,2}>?\s|\u2192|=>|(?:must\s+|should\s+|all\s+)?"
    r"(?:pass|passes|succeeds?|exits?|completes?|returns?|reports?|prints?|shows?)\b)",
    re.IGNORECASE,
)


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
            for start, text in _statements(paragraph):
                for command, offset in _commands(text):
                    yield Gate(command, *place(start + offset))


def _statements(paragraph: Paragraph) -> Iterator[tuple[int, str]]:
    """Yield what a paragraph says: each cell of a table, else all of it; each with its offset."""
    text = paragraph.text
    if not text.lstrip().startswith("|") and not is_table(text):
        yield 0, text
        return
    start = 0
    for line in text.split("\n"):
        yield from ((cell.start, cell.text) for cell in cells_of(text, start, start + len(line)))
        start += len(line) + 1


def _commands(text: str) -> Iterator[tuple[str, int]]:
    """Yield the commands in code marks that a statement asks to run, with their offsets."""
    spans, before_is_gate, end = code_spans(text), False, 0
    for number, span in enumerate(spans):
        follows = before_is_gate and _NEXT.fullmatch(text, end, span.start)
        prompt = 2 if span.content.startswith("$ ") else 0
        command = span.content[prompt:].strip()
        before_is_gate = _is_command(command) and bool(
            follows or _is_asked(text, span.start) or (number == 0 and _is_all(text, spans))
        )
        end = span.end
        if before_is_gate:
            written = text[span.start : span.end]
            marks = len(written) - len(written.lstrip("`"))
            offset = written.find(command.split()[0], marks + prompt)
            yield command.replace("\\|", "|"), span.start + max(offset, marks)


def _is_asked(text: str, start: int) -> bool:
    """Tell whether a text asks to run the command at an offset."""
    near = text[:start] if start <= _NEAR else f"x{text[start - _NEAR : start]}"
    if _CHECKBOX.fullmatch(near) or _RUN_SOMETHING_WITH.fullmatch(near):
        return True
    sentence = _SENTENCE.split(near)[-1]
    return _RUN.search(near) is not None and not _CONDITION.match(sentence)


def _is_all(text: str, spans: list[Span]) -> bool:
    """Tell whether a statement consists of commands, and of what is expected of them."""
    if _MARKS.fullmatch(text, 0, spans[0].start) is None:
        return False
    last = 0
    while last + 1 < len(spans) and _NEXT.fullmatch(text, spans[last].end, spans[last + 1].start):
        last += 1
    return _RESULT.match(text, spans[last].end) is not None


def _fenced(document: Document, lines: range) -> Iterator[Gate]:
    for fence in within(document.fences, lines):
        language = (fence.words or [""])[0]
        if language in _SHELLS:
            yield from _fence_lines(document, fence, is_session=language in _SESSIONS)


def _fence_lines(document: Document, fence: Fence, *, is_session: bool) -> Iterator[Gate]:
    open_gate: Gate | None = None  # one that a backslash continues in the next line
    for line, text in enumerate(fence.content.split("\n"), fence.line + 1):
        command = text.strip()
        if open_gate is None:
            if is_session and not command.startswith("$ "):
                continue  # a session's line without a prompt is output
            command = command.removeprefix("$ ")
            if command in ("", "\\") or command.startswith("#"):
                continue
            open_gate = Gate("", line, document.source.lines[line].find(command))
        continues = command.endswith("\\")
        command = command.removesuffix("\\").strip()
        open_gate = open_gate._replace(command=f"{open_gate.command} {command}".strip())
        if not continues:
            if open_gate.command:
                yield open_gate
            open_gate = None
    if open_gate is not None and open_gate.command:
        yield open_gate


def _is_command(text: str) -> bool:
    """Tell a command from the name of a file, a function or a value."""
    if not _PROGRAM.match(text) or text.startswith("-"):
        return False
    words = text.split()
    if len(words) > 1:
        return words[0] not in _CODE
    return text in _ALONE or text.startswith("./") or cannot_fail(text)
