"""The inline markup that most lines of a plan have, read without the whole inline parser.

Most text is words and code spans, some of it behind a bold name. That takes a tenth of the time
when it is taken for what it is; whatever else could be meant is left to mistune.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_worktree.plan.text.inline import code_spans
from plan_worktree.plan.text.markdown import Token

# What may have a meaning that is not looked for here, if only together with something else.
_MORE = re.compile(r"[\\*_\[\]<~`]| \n")
# Between letters or digits the stars are sure to open and to close (CommonMark 0.31, "Emphasis").
_BOLD = re.compile(r"^\*\*([A-Za-z0-9](?:[^*\n]*[A-Za-z0-9])?)\*\*", re.MULTILINE)


def simple_spans(text: str) -> list[Token] | None:
    """Return a line's or paragraph's tokens; None where it takes the whole parser to know."""
    found: list[Token] = []
    at = 0
    for span in code_spans(text) if "`" in text else ():
        found += _words(text[at : span.start])
        found.append({"type": "codespan", "raw": span.content})
        at = span.end
    found += _words(text[at:])
    is_plain = not any(token["type"] == "text" and _MORE.search(token["raw"]) for token in found)
    return found if is_plain else None


def _words(text: str) -> Iterator[Token]:
    at = 0
    for bold in _BOLD.finditer(text) if "**" in text else ():
        if bold.start() > at:
            yield {"type": "text", "raw": text[at : bold.start()]}
        if _MORE.search(bold[1]):
            yield {"type": "text", "raw": bold[0]}
        else:
            yield {"type": "strong", "children": [{"type": "text", "raw": bold[1]}]}
        at = bold.end()
    if at < len(text):
        yield {"type": "text", "raw": text[at:]}
