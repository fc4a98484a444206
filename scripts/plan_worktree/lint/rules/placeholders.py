"""PW406: what the template asked for and nobody wrote."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.subject import Rule, Subject
from plan_worktree.plan.model import PlanStatus
from plan_worktree.plan.planfile import load
from plan_worktree.plan.text.document import Document, Heading, Paragraph
from plan_worktree.plan.text.inline import line_starts, without_code
from plan_worktree.resources import PLAN_TEMPLATE, resource

# A bracketed token that nothing turns into a link, an index or a footnote. Patterns are strings
# here: most plans need none of them, and compiling them takes longer than looking for a letter.
_BRACKETED = r"(?<![\w\]!\\])\[([^\[\]\n^][^\[\]]{1,200})\](?![(\[:])"
_DATED = r"\bYYYY-MM-DD(?:-short-slug)?\b"
_TBD = r"\bTBD\b"
_TODO = r"\bTODO:[ \t]*(?=\n|\Z)"

# Tokens of the template this format began with; plans written from it are still about.
_FIRST_TEMPLATE = frozenset(
    """[TITLE] [NAME] [plan-id] [stage-id] [this-file] [Component Name] [Component/Feature Name]
[requirements] [targets] [Go/Python/etc.] [libraries, tools] [K8s, databases, etc.] [link] [ticket]
[link to code] [e.g., 80%] [PLAT-123, PLAT-456] [how they're affected] [notification needed]
[specific steps to verify] [verify with other components] [Database migration fails]
[1-2 sentences describing what we're building and why it matters]
[Describe how components fit together, data flow, etc.]
[Which patterns we're using and why]
[Reference similar implementations in the codebase]
[Description of what this stage builds - the component/feature in 1-2 sentences]
[Why this stage is needed - the business/technical rationale]
[How this component fits into the overall system]
[Technical approach] [Design pattern to use] [Integration points]
[Repeat structure above for each stage]
[Test on staging first, have rollback script ready]""".replace("] [", "]\n[").split("\n")
)


_Block = TypeVar("_Block", Heading, Paragraph)


def placeholder_left(subject: Subject) -> Iterator[Diagnostic]:
    """PW406: a token of the template is left as it was, or something is still to be decided."""
    draft = subject.plan.status == PlanStatus.DRAFT
    severity = Severity.WARNING if draft else Severity.ERROR
    for line, column, token in _found(subject.document):
        advice = "write what it asks for"
        if token in ("TBD", "TODO:"):
            advice = "decide it, or move it to Open Questions"
        message = f"placeholder {token} is still here: {advice}"
        yield subject.on(line + 1, column + 1, "PW406", message, severity)
    for pointer, value in _metadata_texts(subject):
        if f"[{value.strip('[]')}]" == value and value in _template_tokens():
            message = f"placeholder {value} is still here: write what it asks for"
            yield subject.at("PW406", message, *pointer, severity=severity)


RULES: tuple[Rule, ...] = (placeholder_left,)


def _found(document: Document) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and text of each placeholder, all from zero.

    The whole text is searched first, because most plans hold nothing that even looks like one;
    then the blocks around what was found, because code and comments do not count.
    """
    suspects = list(_suspects(document.source.text))
    blocks: dict[Heading | Paragraph, None] = {}  # each once, in order
    for line in suspects:
        blocks.update(dict.fromkeys(_around(document.headings, line)))
        blocks.update(dict.fromkeys(_around(document.paragraphs, line)))
    for block in blocks:
        place = document.positions_in(block)
        for offset, token in _tokens(block.text, document.labels):
            # "TODO:" is a part's title in a heading, and a task left open elsewhere.
            if token != "TODO:" or isinstance(block, Paragraph):
                yield *place(offset), token


def _suspects(text: str) -> Iterator[range]:
    """Yield the lines on which something looks like a placeholder, each as a range of one."""
    known = _template_tokens()
    starts = [found.start() for pattern in _words_in(text) for found in re.finditer(pattern, text)]
    brackets = (found for found in re.finditer(_BRACKETED, text) if _token(found) in known)
    starts += [found.start() for found in brackets]
    lines = line_starts(text)
    for row in {bisect_right(lines, start) - 1 for start in starts}:
        yield range(row, row + 1)


def _words_in(text: str) -> Iterator[str]:
    """Yield the patterns whose plain beginning the text holds at all."""
    plain = {"YYYY-MM-DD": _DATED, "TBD": _TBD, "TODO:": _TODO}
    return (pattern for word, pattern in plain.items() if word in text)


def _around(blocks: Sequence[_Block], line: range) -> Sequence[_Block]:
    """Return the block that begins on a line or before it."""
    index = bisect_right(blocks, line.start, key=lambda block: block.line)
    return blocks[max(index - 1, 0) : index]


def _tokens(text: str, labels: frozenset[str]) -> Iterator[tuple[int, str]]:
    plain = without_code(text)
    for found in re.finditer(_BRACKETED, plain):
        if _token(found) in _template_tokens() and found[1].lower() not in labels:
            yield found.start(), _token(found)
    for pattern in _words_in(plain):
        for found in re.finditer(pattern, plain):
            yield found.start(), found[0].rstrip()


def _token(found: re.Match[str]) -> str:
    """Return a bracketed token as the template has it, also where a formatter wrapped it."""
    return " ".join(found[0].split()) if "\n" in found[0] else found[0]


def _metadata_texts(subject: Subject) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("author",), subject.plan.author
    for stage in subject.plan.stages:
        yield ("stages", stage.position, "name"), stage.name


@lru_cache(maxsize=1)
def _template_tokens() -> frozenset[str]:
    """Return every bracketed token of the templates, ours and the first one."""
    document = load(resource(PLAN_TEMPLATE)).document
    if document is None:  # pragma: no cover - only in a damaged installation
        return _FIRST_TEMPLATE
    texts = [h.text for h in document.headings] + [p.text for p in document.paragraphs]
    own = {found[0] for text in texts for found in re.finditer(_BRACKETED, text)}
    return _FIRST_TEMPLATE | own
