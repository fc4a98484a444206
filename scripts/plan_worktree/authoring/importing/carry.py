"""Text of a source, carried over so that it cannot change what the plan around it means.

Words stay as they are. What would end a section, open a field or swallow what follows is written
in another way that reads the same: headings go below those of the template, an underlined heading
becomes one with number signs, a bold line that has the name of a stage's part takes underscores,
a second metadata block becomes plain JSON, and a fence or comment that the source never closes is
closed. Where even that would not hold, the text goes into a fence as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.authoring.importing.meant_fences import read_meant
from plan_worktree.plan.planfile import INFO_WORDS
from plan_worktree.plan.sections import STAGE_PARTS
from plan_worktree.plan.text.document import Document, Heading, within
from plan_worktree.plan.text.fields import STAGE_ID
from plan_worktree.plan.text.source import Source

# Headings of carried text begin here: below a stage's parts, and below the plan's sections.
IN_STAGE = 5
IN_PLAN = 4

_PARTS = "|".join(part.lower() for part in (*STAGE_PARTS, STAGE_ID))
_PART = re.compile(
    rf"[^A-Za-z0-9]*(?:[A-Za-z0-9]{{1,9}}[.)]{{1,2}}\s{{0,9}})?(?:{_PARTS})\b", re.IGNORECASE
)
_STAGE_ID = re.compile(r"(?<![a-z0-9])stage id(?![a-z0-9])", re.IGNORECASE)
_BOLD = re.compile(r"^([ \t]*)\*\*([^*\n]{1,80})\*\*")
_IGNORE = re.compile(r"(<!--[ \t]*)(plan-worktree:)")
# Control characters and halves of surrogate pairs, which no file may hold.
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_TICKS = re.compile(r"`{3,}|~{3,}")


def carried(document: Document, lines: range, base: int = IN_STAGE) -> str:
    """Return some lines of a document, safe to stand in a plan; "" when they are blank."""
    first, last = _trimmed(document, lines)
    if first >= last:
        return ""
    inside = range(first, last)
    code = _code_lines(document, inside)
    rows = [
        row if number in code else _safe_line(row)
        for number, row in zip(inside, document.source.lines[first:last], strict=True)
    ]
    headings = [h for h in within(document.headings, inside) if h.depth == 0]
    top = min((h.level for h in headings), default=0)
    for heading in headings:
        level = min(base + heading.level - top, 6)
        _lower(rows, heading, heading.line - first, level, in_stage=base == IN_STAGE)
    for fence in within(document.fences, inside):
        if fence.words == INFO_WORDS:
            rows[fence.line - first] = rows[fence.line - first].replace(" metadata", "", 1)
    return "\n".join(["\n".join(rows).rstrip(), *_endings(document, inside)])


def carried_text(text: str, base: int = IN_STAGE) -> str:
    """Return a text that is no part of a document, safe to stand in a plan."""
    clean = _UNWANTED.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    lines = clean.replace("\r", "\n").strip("\n").split("\n")
    if not _is_risky(clean):
        return "\n".join(lines).strip()
    source = Source("", b"", "\n".join([*lines, ""]), tuple(lines))
    document = read_meant(source)
    return carried(document, range(len(document.source.lines)), base)


def fenced(text: str) -> str:
    """Return a text in a fence that nothing in it can close; "" for an empty one."""
    if not text:
        return ""
    mark = "`" * max(3, *(len(found[0]) + 1 for found in _TICKS.finditer(text)), 3)
    return f"{mark}text\n{text}\n{mark}"


def one_line(text: str) -> str:
    """Return a text as one line without characters that a name may not hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _is_risky(text: str) -> bool:
    """Tell whether a text has anything that could be more than words and list items."""
    return (
        any(sign in text for sign in "#`~<=*_")
        or "--" in text
        or _STAGE_ID.search(text) is not None
    )


def _trimmed(document: Document, lines: range) -> tuple[int, int]:
    rows = document.source.lines
    first, last = lines.start, min(lines.stop, len(rows))
    while first < last and not rows[first].strip():
        first += 1
    while last > first and not rows[last - 1].strip():
        last -= 1
    return first, last


def _code_lines(document: Document, lines: range) -> set[int]:
    return {
        line
        for fence in within(document.fences, lines)
        for line in range(fence.line + 1, fence.line + 1 + fence.content.count("\n"))
    }


def _safe_line(row: str) -> str:
    """Return a line outside of code in which no field of ours can be read."""
    row = _UNWANTED.sub("\N{REPLACEMENT CHARACTER}", row)
    if "<!--" in row:
        row = _IGNORE.sub(r"\1of the source: \2", row)
    bold = _BOLD.match(row) if "**" in row else None
    if bold and _PART.match(bold[2]):
        row = f"{bold[1]}__{bold[2]}__{row[bold.end() :]}"
    if _STAGE_ID.search(row):
        row = _STAGE_ID.sub(lambda found: found[0].replace(" ", "&#32;"), row)
    return row


def _lower(rows: list[str], heading: Heading, at: int, level: int, *, in_stage: bool) -> None:
    """Write the heading in row `at` with another level; the number of rows stays.

    In a stage's section a heading that names one of its parts is set in italics.
    """
    text = " ".join(_safe_line(heading.text).split())
    written = f"{'#' * level} {f'*{text}*' if in_stage and _PART.match(text) else text}".rstrip()
    is_underlined = not rows[at].lstrip(" ").startswith("#")
    size = heading.text.count("\n") + 2 if is_underlined else 1
    rows[at : at + size] = [written] + [""] * (size - 1)


def _endings(document: Document, lines: range) -> Iterator[str]:
    """Yield what closes a fence, a comment or an element that runs beyond the text."""
    fences = [f for f in within(document.fences, lines) if f.depth == 0]
    if fences:
        last = fences[-1].line + 1 + fences[-1].content.count("\n")
        if not fences[-1].closed or last >= lines.stop:
            yield fences[-1].marker
    html = [h for h in within(document.html, lines) if h.depth == 0]
    if html:
        start = html[-1].text.lstrip(" ")
        for opening, closing in _RAW:
            if re.match(opening, start, re.IGNORECASE) and closing not in start.lower():
                yield closing


# What CommonMark lets run to a mark of its own, however many blank lines there are (0.31, "HTML
# blocks", kinds 1 to 5), and that mark.
_RAW = (
    (r"<!--", "-->"),
    (r"<\?", "?>"),
    (r"<!\[CDATA\[", "]]>"),
    (r"<script(?=[\s>])", "</script>"),
    (r"<pre(?=[\s>])", "</pre>"),
    (r"<style(?=[\s>])", "</style>"),
    (r"<textarea(?=[\s>])", "</textarea>"),
    (r"<![A-Za-z]", ">"),
)
