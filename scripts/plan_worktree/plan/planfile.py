"""One plan file read to the end: its document, its metadata, and what reading found (PW0).

Reading never raises for what a file holds; a file that yields no plan has findings that say why.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic, Severity, printable
from plan_worktree.plan.fences import Meant, Mend, read_as_meant
from plan_worktree.plan.graph import Graph, stage_graph
from plan_worktree.plan.model import Plan, read_plan
from plan_worktree.plan.text.document import Document, Fence, read_document
from plan_worktree.plan.text.inline import line_starts
from plan_worktree.plan.text.jsontext import JsonProblem, Pointer, Positions, locate, parse
from plan_worktree.plan.text.source import Source, decode, read_source

INFO_WORDS = ["json", "metadata"]


class Metadata(NamedTuple):
    """The metadata block: its fence, its JSON value, and the places of its parts."""

    document: Document
    fence: Fence
    value: object

    def position(self, *pointer: str | int, key: bool = False) -> tuple[int, int]:
        """Return line and column (from 1) of a value, or of its key; the fence's when absent."""
        positions = _positions(self.fence.content)
        offset = (positions.keys if key else positions.values).get(pointer)
        if offset is None:
            return self.fence.line + 1, self.fence.column + 1
        return self.place_of(offset)

    def place_of(self, offset: int) -> tuple[int, int]:
        """Return line and column (from 1) of an offset in the block's JSON text."""
        starts = _line_starts(self.fence.content)
        row = bisect_right(starts, offset) - 1
        if row + 1 == len(starts):  # behind the last line: the block is empty or unfinished
            return self.fence.line + 1, self.fence.column + 1
        # The fence's indentation is taken off its content: the file's line is longer by that much.
        line = self.fence.line + 1 + row
        length = starts[row + 1] - 1 - starts[row]
        column = len(self.document.source.lines[line]) - length + offset - starts[row]
        return line + 1, column + 1

    def raw_stage(self, position: int) -> dict[str, object]:
        """Return a stage as the JSON has it, whatever the types; {} when it is no object."""
        top = self.value if isinstance(self.value, dict) else {}
        stages = top.get("stages")
        stage = stages[position] if isinstance(stages, list) else {}
        return stage if isinstance(stage, dict) else {}

    def repeated_keys(self) -> list[tuple[Pointer, int, int]]:
        """Return every repeated key: its pointer, the first offset and the repeated one."""
        return _positions(self.fence.content).repeated


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    return line_starts(text)


# Finding places is the slow half of reading and most plans need none; few need two texts at once.
@lru_cache(maxsize=8)
def _positions(text: str) -> Positions:
    return locate(text)


class PlanFile(NamedTuple):
    """A file as far as it could be read. `plan` is there when the metadata is JSON.

    `document` is what the author meant: fences are read as `mends` would have them.
    """

    name: str
    document: Document | None
    metadata: Metadata | None
    plan: Plan | None
    graph: Graph | None
    problems: tuple[Diagnostic, ...]
    mends: tuple[Mend, ...] = ()


def load(path: Path, name: str | None = None) -> PlanFile:
    """Read the plan at `path`; findings call it `name` (default: the path)."""
    return _read(read_source(path, name or str(path)), name or str(path))


# An edit is tried before it is made.
@lru_cache(maxsize=2)
def loads(raw: bytes, name: str) -> PlanFile:
    """Read a plan from bytes."""
    return _read(decode(raw, name), name)


def _read(source: Source | Diagnostic, name: str) -> PlanFile:
    if isinstance(source, Diagnostic):
        return PlanFile(name, None, None, None, None, (source,))
    strict = read_document(source)
    blocks = [f for f in strict.fences if f.depth == 0 and f.words == INFO_WORDS]
    if not blocks:
        meant = read_as_meant(strict, frozenset(), None)
        found = [*_unclosed(strict, meant)] or [_no_block(strict, meant)]
        return PlanFile(
            name, meant.document, None, None, None, (*_short(strict, meant), *found), meant.mends
        )
    fence = blocks[0]
    problems = [
        _at(strict, extra, "PW002", "a second metadata block: a plan has exactly one")
        for extra in blocks[1:]
    ]
    try:
        parsed = parse(fence.content)
    except JsonProblem as problem:
        meant = read_as_meant(strict, frozenset(), fence)
        problems += _not_json(Metadata(strict, fence, None), problem)
        problems += [*_short(strict, meant), *_unclosed(strict, meant)]
        return PlanFile(name, meant.document, None, None, None, tuple(problems), meant.mends)
    plan = read_plan(parsed.value)
    meant = read_as_meant(strict, {stage.id for stage in plan.stages}, fence)
    metadata = Metadata(meant.document, fence, parsed.value)
    problems += [*_short(strict, meant), *_unclosed(strict, meant)]
    if parsed.has_repeated_keys:
        problems.extend(_repeated(metadata, name))
    graph = stage_graph(plan)
    return PlanFile(name, meant.document, metadata, plan, graph, tuple(problems), meant.mends)


def _not_json(metadata: Metadata, problem: JsonProblem) -> Iterator[Diagnostic]:
    """PW004, or PW003 where the block is no JSON because it takes in another fence."""
    document, fence = metadata.document, metadata.fence
    if not fence.closed:  # which is said already
        return
    for line, text in enumerate(fence.content.split("\n"), fence.line + 1):
        if text.startswith(fence.marker):
            ends = f"before line {line + 1}, which begins another"
            yield _at(document, fence, "PW003", _never_closed("the metadata fence", fence, ends))
            return
    place = metadata.place_of(problem.offset)
    yield Diagnostic(document.source.name, *place, "PW004", printable(problem.message))


def _short(strict: Document, meant: Meant) -> Iterator[Diagnostic]:
    """PW008: a fence that holds another of as many marks, and so ends with that one."""
    hidden = {fence.line: fence for fence in strict.fences}
    for mend in meant.mends:
        message = (
            f"this fence ends in line {mend.cut + 1}, earlier than it seems, because "
            f'"{_shown(strict, mend.inner)}" inside it has as many marks'
        )
        if found := hidden.get(mend.end):
            last = found.line + 1 + found.content.count("\n")
            message += f"; what should end it, in line {mend.end + 1}, hides what follows"
            message += f" up to line {last}" if last > mend.end + 1 else ""
        message += (
            f": begin and end it with {mend.marker[:20]}, as plan-worktree validate --fix does"
        )
        place = (mend.line + 1, mend.column + 1)
        yield Diagnostic(strict.source.name, *place, "PW008", message, Severity.WARNING)


def _unclosed(strict: Document, meant: Meant) -> Iterator[Diagnostic]:
    """PW003: a fence or comment that nothing ends; CommonMark hides all behind it."""
    name = strict.source.name
    for line, column, marker, before in meant.forgotten:
        ends = f'before line {before + 1}: "{_shown(strict, before)}"'
        message = f"this fence is never closed: end it with a line {marker[:20]} {ends}"
        yield Diagnostic(name, line + 1, column + 1, "PW003", message)
    for fence in meant.document.fences:
        if fence.depth == 0 and not fence.closed:
            what = "the metadata fence" if fence.words == INFO_WORDS else "this fence"
            yield _at(strict, fence, "PW003", _never_closed(what, fence))
    if html := meant.comment:
        ends = "this comment is never closed: end it with -->"
        yield Diagnostic(name, html.line + 1, html.column + 1, "PW003", ends)


def _shown(document: Document, line: int) -> str:
    """Return the text of a line, as much of it as a message has room for."""
    text = printable(document.source.lines[line].strip()[:60])
    return text if len(text) < 60 else f"{text[:57]}..."


def _never_closed(what: str, fence: Fence, where: str = "") -> str:
    return f"{what} is never closed: end it with a line {fence.marker} {where}".rstrip()


def _repeated(metadata: Metadata, name: str) -> Iterator[Diagnostic]:
    repeated = metadata.repeated_keys()
    if not repeated:  # nested deeper than places are kept for
        line, column = metadata.position()
        yield Diagnostic(name, line, column, "PW005", "an object deep in here repeats a key")
    for pointer, first, again in repeated:
        line, column = metadata.place_of(again)
        message = (
            f'key "{printable(str(pointer[-1]))}" is given twice: the first is in line '
            f"{metadata.place_of(first)[0]}; keep one"
        )
        yield Diagnostic(name, line, column, "PW005", message)


def _no_block(document: Document, meant: Meant) -> Diagnostic:
    """PW001, placed on the block that was most likely meant, when there is one."""
    for fence in meant.document.fences:
        if fence.depth == 0 and fence.words == INFO_WORDS:
            why = "the metadata block is inside of another fence for CommonMark: mend that first"
            return _at(document, fence, "PW001", why)
    wanted = "write ```json metadata"
    for fence in document.fences:
        if '"plan_id"' not in fence.content and fence.words != INFO_WORDS:
            continue
        if fence.depth:
            why = "the metadata block must not be inside a list or a quote: move it to the margin"
        else:
            why = f"this block looks like metadata but is not marked as such: {wanted}"
        return _at(document, fence, "PW001", why)
    for html in document.html:
        if "json metadata" in html.text and '"plan_id"' in html.text:
            where = "the metadata block is inside an HTML comment or element: close that before it"
            return Diagnostic(document.source.name, html.line + 1, html.column + 1, "PW001", where)
    missing = f"no metadata block: {wanted} under the title, or start with plan-worktree new"
    return Diagnostic(document.source.name, 1, 1, "PW001", missing)


def _at(document: Document, fence: Fence, code: str, message: str) -> Diagnostic:
    return Diagnostic(document.source.name, fence.line + 1, fence.column + 1, code, message)
