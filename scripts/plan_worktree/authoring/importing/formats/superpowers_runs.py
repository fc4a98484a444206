"""What steps of a superpowers plan run and expect to pass: the gates of a task.

A step says ``Run: `pytest a.py` ``, or shows a script, and then ``Expected: PASS``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.plan.text.document import Document, Fence, within
from plan_worktree.plan.text.inline import code_spans

_RUN = re.compile(
    r"\brun\b[^`\n]{0,60}:\**\s*|(?:^\W{0,12}|[.;]\s{1,3})run\b[^`\n]{0,60}(?=`)", re.IGNORECASE
)
_EXPECTED = re.compile(
    r"[ \t]*(?:[*+-][ \t]+)?(?:\#[ \t]*)?\**expect(?:ed)?\b[^:\n]*:?\**:?(.*)", re.IGNORECASE
)
_EXPECTS = re.compile(r"\bexpect(?:ed|ing)?\b(.*)", re.IGNORECASE)
_PASSES = re.compile(r"\bpass(?:es|ed|ing)?\b", re.IGNORECASE)
_FAILS = re.compile(r"(?<!\b0 )(?<!\bno )\bfail", re.IGNORECASE)
_STEP = re.compile(r"\*\*Step\s+\d+", re.IGNORECASE)
_SHELLS = frozenset(("bash", "sh", "shell", "zsh", "console"))
# Lines of a script that prepare, and prove nothing.
_PREPARES = ("chmod ", "mkdir ", "touch ")
# With these a script is more than commands that can be run again, each for itself.
_NEEDS_MORE = ("cd ", "export ", "git add", "git commit", "git push")


def passing(document: Document, lines: range) -> Iterator[str]:
    """Yield the commands that the source runs and expects to pass, each once."""
    seen: set[str] = set()
    for command in _passing(document, lines):
        if command not in seen:
            seen.add(command)
            yield command


def _passing(document: Document, lines: range) -> Iterator[str]:
    fences = {fence.line: fence for fence in within(document.fences, lines)}
    latest: list[str] = []  # what was run last
    awaits = False  # a run was announced, and its script is still to come
    alone = False  # a script that nothing announced: what is expected comes right behind it
    line = lines.start
    while line < lines.stop:
        row = document.source.lines[line]
        if fence := fences.get(line):
            if _is_script(fence, awaits):
                latest, alone, awaits = _script(fence.content), not awaits, False
                if _says_so(fence):
                    yield from latest
            line += 2 + fence.content.count("\n")
            continue
        line += 1
        if run := _RUN.search(row):
            spans = [span for span in code_spans(row) if span.start >= run.end()]
            latest, awaits, alone = [span.content for span in spans[:1]], not spans, False
            row = row[spans[0].end :] if spans else ""
        expected = _EXPECTS.search(row) if run else _EXPECTED.match(row)
        if expected:
            if _is_pass(expected[1].strip() or _following(document, line, lines.stop)):
                yield from latest
            latest = []
        elif alone and row.strip():
            latest = []


def _is_script(fence: Fence, awaits: bool) -> bool:
    """Tell whether a fence has what is run; one without a language only where it was announced."""
    return fence.words[0] in _SHELLS if fence.words else awaits


def _says_so(fence: Fence) -> bool:
    """Tell whether a comment in a script says that it is expected to pass."""
    found = (_EXPECTED.match(row) for row in fence.content.split("\n") if row.startswith("#"))
    return any(one is not None and _is_pass(one[1]) for one in found)


def _is_pass(said: str) -> bool:
    return _PASSES.search(said) is not None and not _FAILS.search(said)


def _following(document: Document, first: int, last: int) -> str:
    """Return the block behind a line that only announces it: a list, or what is in a fence."""
    rows = document.source.lines[first : min(last, first + 8)]
    block: list[str] = []
    for row in rows:
        if block and (not row.strip() or _STEP.search(row)):
            break
        block += [row] if row.strip() else []
    return "\n".join(block)


def _script(content: str) -> list[str]:
    """Return the commands of a short shell script; of one that needs more than lines, none."""
    rows = [row.strip().removeprefix("$ ") for row in content.split("\n")]
    rows = [row for row in rows if row and not row.startswith(("#", *_PREPARES))]
    whole = len(rows) <= 3 and not any(row.endswith("\\") or "<<" in row for row in rows)
    return rows if whole and not any(row.startswith(_NEEDS_MORE) for row in rows) else []
