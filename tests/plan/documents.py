"""Generated Markdown: documents composed of the pieces in which block parsers differ."""

from __future__ import annotations

from hypothesis import strategies as st

INDENTS = ("", "", "", " ", "  ", "   ", "    ", "     ", "      ", "\t", " \t", "\t\t", "        ")

PREFIXES = (
    *("", "", "", "", ""),
    *("- ", "- ", "* ", "+ ", "1. ", "2. ", "10) ", "-   ", "-     ", "-\t", "1.\t", "-", "*"),
    *("> ", ">", ">\t", "> > ", ">>", ">     "),
)

TEXTS = (
    *("", "", "", " ", "\t", "\x0c"),
    *("word", "two words", "trailing  ", "é ü", "\u2028x", "\u3000", "\u00a0x", "\\", "**bold**"),
    *("**Field**: value", "**Field:** value", "[ ] open", "[x] done", "`code`", "a | b", "|--|--|"),
    *("# one", "## two ##", "###### six", "####### seven", "#", "#none", "## `a`", "# #"),
    *("===", "=", "---", "-", "--", "***", "___", "- - -", "* * *"),
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


@st.composite
def _line(draw: st.DrawFn) -> str:
    parts = draw(
        st.lists(
            st.tuples(st.sampled_from(INDENTS), st.sampled_from(PREFIXES)), min_size=1, max_size=4
        )
    )
    return "".join(indent + prefix for indent, prefix in parts) + draw(st.sampled_from(TEXTS))


def documents(max_lines: int = 16) -> st.SearchStrategy[str]:
    """Return a strategy of texts with LF line endings and a final one, as the parser is given."""
    simple = st.builds(str.__add__, st.sampled_from(INDENTS), st.sampled_from(TEXTS))
    lines = st.one_of(simple, _line(), st.sampled_from(PLAN_LINES))
    return st.lists(lines, max_size=max_lines).map(lambda found: "\n".join(found) + "\n")
