"""A plan's Markdown as HTML: mistune's renderer, made to let nothing of the plan be more than text.

HTML that the plan holds is shown as it is written, and comments are small text: whoever builds from
the plan reads them, too. A link leads to http, https or a heading of the page, or is no link. An
image is its description. No attribute holds what the plan says but `href` and a heading's `id`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import Any

from mistune import HTMLRenderer, InlineParser, Markdown
from mistune.core import BlockState
from mistune.plugins.formatting import strikethrough
from mistune.util import unescape

from plan_worktree.output.page.markup.comments import comment_of, words
from plan_worktree.output.page.markup.spans import simple_spans
from plan_worktree.output.page.markup.tables import with_tables
from plan_worktree.output.page.markup.tags import plain
from plan_worktree.plan.text.markdown import Token

_TASK = re.compile(r"\[([ xX])\][ \t\n]+")
_TAG = re.compile(r"<[^>]*>")
_WEB = re.compile(r"https?://[^/]", re.IGNORECASE)


class Rendering:
    """Renders the parts of one document: ids of headings are unique over all of them.

    Comments that say the same as one of `told` are left out.
    """

    def __init__(self, state: BlockState, told: Container[str] = ()) -> None:
        self._state = state
        self._renderer = _Renderer(told)
        self._inline = InlineParser()
        # The one thing of GitHub's Markdown that changes what a line means: what is struck out.
        Markdown(self._renderer, inline=self._inline, plugins=[strikethrough])

    def blocks(self, tokens: Sequence[Token], above: int) -> str:
        """Return blocks as HTML; `above` is the level of the page's heading that they stand under.

        Headings leave out no level: a screen reader's list of headings is a tree.
        """
        self._renderer.above = above
        return str(self._renderer.render_tokens(list(self._prepared(tokens)), self._state))

    def line(self, text: str) -> str:
        """Return one line of Markdown as HTML."""
        return str(self._renderer.render_tokens(self._spans(text), self._state))

    def _prepared(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """Yield copies of tokens as the renderer takes them: the document's own are shared."""
        for token in with_tables(tokens):
            ready: Token = {key: token[key] for key in ("type", "raw", "attrs") if key in token}
            if token["type"] == "list_item":
                yield self._item(token)
                continue
            if "children" in token:
                ready["children"] = list(self._prepared(token["children"]))
            elif "text" in token:
                ready["children"] = self._spans(token["text"])
                if token["type"] == "paragraph" and token["text"].startswith("**"):
                    ready["attrs"] = {"of_fields": True}
            yield ready

    def _item(self, token: Token) -> Token:
        first = token["children"][0] if token["children"] else {}
        box = _TASK.match(first.get("text", ""))
        if box is None:
            return {"type": "list_item", "children": list(self._prepared(token["children"]))}
        rest = [{**first, "text": first["text"][box.end() :]}, *token["children"][1:]]
        children = list(self._prepared(rest))
        return {"type": "task", "children": children, "attrs": {"done": box[1] != " "}}

    def _spans(self, text: str) -> list[Token]:
        text = text.strip(" \r\n\t\f")
        return simple_spans(text) or self._inline(text, self._state.env)


class _Renderer(HTMLRenderer):
    def __init__(self, told: Container[str]) -> None:
        super().__init__(escape=True)
        self._told = told
        self.above = 1
        self._ids: dict[str, int] = {}

    def text(self, text: str) -> str:
        return plain(unescape(text))

    def link(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        shown = text if _words(text) else plain(url)
        if url.startswith("#") and len(url) > 1:
            return f'<a href="#{_OF_TEXT}{plain(url[1:])}">{shown}</a>'
        if _WEB.match(url):
            return f'<a href="{plain(url)}" rel="noopener noreferrer">{shown}</a>'
        return f'<span class="no-link">{shown}</span>'

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        return f'<span class="no-link">[image: {_words(text) or "without a description"}]</span>'

    def heading(self, text: str, level: int, **_: Any) -> str:
        self.above = level = min(max(level, 2), self.above + 1)
        return f'<h{level} id="{self._id(text)}">{text or "(an empty heading)"}</h{level}>\n'

    def paragraph(self, text: str, of_fields: bool = False) -> str:
        return f'<p class="fields">{text}</p>\n' if of_fields else f"<p>{text}</p>\n"

    def block_code(self, code: str, info: str | None = None) -> str:  # noqa: ARG002
        return f"<pre><code>{plain(code)}</code></pre>\n"

    def block_html(self, html: str) -> str:
        comment = comment_of(html)
        if comment is None:
            return f'<pre class="raw">{plain(html.strip())}</pre>\n'
        if words(comment) in self._told:
            return ""
        return f'<p class="comment">Comment: {plain(comment)}</p>\n'

    def definition(self, raw: str) -> str:
        """Return a link's definition as text: some people write comments as `[//]: # (words)`."""
        return f'<p class="comment">{plain(raw.strip())}</p>\n'

    def list(self, text: str, ordered: bool, **attrs: Any) -> str:
        start = attrs.get("start")
        begin = f' start="{int(start)}"' if start is not None else ""
        return f"<ol{begin}>\n{text}</ol>\n" if ordered else f"<ul>\n{text}</ul>\n"

    def task(self, text: str, done: bool) -> str:
        sign, said = ("\u2611", "done") if done else ("\u2610", "to do")
        box = f'<span class="box" role="img" aria-label="{said}:">{sign}</span> '
        return f'<li class="task">{box}{text}</li>\n'

    def table(self, text: str) -> str:
        frame = '<div class="wide" tabindex="0" role="group" aria-label="Table">'
        return f"{frame}<table>\n{text}</table></div>\n"

    def table_row(self, text: str) -> str:
        return f"<tr>{text}</tr>\n"

    def table_cell(self, text: str, head: bool) -> str:
        return f'<th scope="col">{text}</th>' if head and _words(text) else f"<td>{text}</td>"

    def _id(self, text: str) -> str:
        """Return the id that a link to a heading has on GitHub, with a mark before it."""
        words = re.sub(r"[^\w\- ]", "", unescape(_TAG.sub("", text)).lower()).strip()
        slug = words.replace(" ", "-")[:100]
        self._ids[slug] = seen = self._ids.get(slug, -1) + 1
        return _OF_TEXT + plain(f"{slug}-{seen}" if seen else slug)


# No heading of a plan can take the id of a part of the page.
_OF_TEXT = "text-"


def _words(html: str) -> str:
    """Return what a reader of rendered text sees, still escaped."""
    return _TAG.sub("", html).strip()
