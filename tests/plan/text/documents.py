"""Generated Markdown: documents composed of the pieces in which block parsers differ."""

from __future__ import annotations

from hypothesis import strategies as st

INDENTS = ("", "", "", " ", "  ", "   ", "    ", "     ", "      ", "\t", " \t", "\t\t", "        ")

MARKS = (
    *("- ", "* ", "+ ", "1. ", "2. ", "10) ", "-   ", "-     ", "-\t", "1.\t", "-", "*"),
    *("> ", ">", ">\t", "> > ", ">>", ">     "),
)

TEXTS = (
    *("", "", "", " ", "\t", "\x0c"),
    *("word", "two words", "trailing  ", "é ü", "\u2028x", "\u3000", "\u00a0x", "\\", "**bold**"),
    *("**Field**: value", "**Field:** value", "[ ] open", "[x] done", "`code`", "a | b", "|--|--|"),
    *("# one", "## two ##", "###### six", "####### seven", "#", "#none", "## `a`", "# #"),
    *("===", "=", "---", "-", "--", "-=", "***", "___", "- - -", "* * *"),
    *(
        "```",
        "````",
        "~~~",
        "~~~~",
        "```json metadata",
        "~~~ json",
        "``` a`b",
        "`````",
        "``",
        "``` ",
    ),
    *("<!-- one -->", "<!--", "-->", "<div>", "</div>", "<b>", "</b>", "<script>", "</script>"),
    *("<?php", "?>", "<![CDATA[", "]]>", "<!DOCTYPE x>", "<a href='x'>", "<!-- a --> b"),
    *("[ref]: /url", '[ref]: /url "title"', "[ref]:", "/url", '"title"', "[ref]: <u v>", "[ref]"),
    *("{", "}", '"plan_id": "x",'),
)

# Words of a plan, for documents that look like one.
PLAN_LINES = (
    "# Plan",
    "## Implementation Stages",
    "### Stage 1: one",
    "```json metadata",
    "```bash",
    "```",
    '{"plan_id": "x"}',
    "**Stage ID**: `one`",
    "**Dependencies**: None (can run in parallel)",
    "- Create: `a.txt`",
    "- [ ] Test it",
    "  - nested",
    "1. first",
    "> a note",
    "<!-- plan-worktree: ignore PW501 reason -->",
    "",
    "",
    "---",
)


# A line is drawn in one piece: drawing its parts one by one takes five times as long.
_PLAIN = [indent + text for indent in INDENTS for text in TEXTS]
_MARKED = [indent + mark + text for indent in INDENTS for mark in MARKS for text in TEXTS]
_NESTED = [
    one + indent + other + text
    for one in MARKS
    for indent in ("", " ", "   ", "\t")
    for other in MARKS
    for text in TEXTS[::2]
]
_DEEP = [one + other + third + "x" for one in MARKS for other in MARKS for third in MARKS]


def documents(max_lines: int = 14) -> st.SearchStrategy[str]:
    """Return a strategy of texts with LF line endings and a final one, as the parser is given."""
    pools = (_PLAIN, _PLAIN, _PLAIN, _MARKED, _MARKED, _NESTED, _DEEP, PLAN_LINES)
    lines = st.one_of(*(st.sampled_from(pool) for pool in pools))
    return st.lists(lines, max_size=max_lines).map(lambda found: "\n".join(found) + "\n")
