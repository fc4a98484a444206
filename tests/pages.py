"""Pages of plans that a test writes, made without git, and what a browser would find in one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

from plan_worktree.lint.subject import Subject
from plan_worktree.output.page.page import plan_page
from plan_worktree.plan.planfile import loads
from plan_worktree.state.declared import Standing, declared

MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

# Elements and attributes that a page may have. Style and script are two different worlds.
ELEMENTS = frozenset(
    (
        *("html", "head", "meta", "title", "style", "body", "header", "main", "nav", "footer"),
        *("section", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "blockquote", "hr"),
        *("ul", "ol", "li", "dl", "dt", "dd", "details", "summary"),
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("a", "span", "bdi", "code", "strong", "em", "del", "br"),
        *("svg", "defs", "marker", "path", "text", "rect"),
    )
)
ATTRIBUTES = frozenset(
    (
        *("lang", "charset", "http-equiv", "content", "name", "href", "rel", "class", "id", "dir"),
        *("tabindex", "role", "aria-label", "aria-labelledby", "aria-hidden", "scope", "start"),
        *("d", "x", "y", "width", "height", "rx", "viewbox", "preserveaspectratio"),
        *("refx", "refy", "markerwidth", "markerheight", "orient"),
    )
)
_VOID = frozenset(("meta", "br", "hr"))


def page_of(text: str | bytes) -> str:
    """Return the page of a plan that lies in no repository; its metadata must be readable."""
    file = loads(text.encode() if isinstance(text, str) else text, "plan.md")
    assert file.metadata is not None
    assert file.plan is not None
    assert file.graph is not None
    subject = Subject(file.metadata, file.plan, file.graph, None)
    return plan_page(subject, Standing(declared(file.plan, file.graph), from_git=False), MADE)


class Page(HTMLParser):
    """A page taken apart: elements with their attributes, and the text in each kind of element.

    It asserts on the way what holds for every page, whatever the plan.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []
        ids = [held["id"] for _, held in self.elements if "id" in held]
        assert len(ids) == len(set(ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS, tag
        held = {name: value or "" for name, value in attrs}
        assert held.keys() <= ATTRIBUTES, held
        if tag == "a":
            assert held["href"].startswith(("#", "http://", "https://"))
        else:
            assert "href" not in held
        self.elements.append((tag, held))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def of(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a kind."""
        return [held for name, held in self.elements if name == tag]

    def text(self, *tags: str) -> str:
        """Return the text directly in elements of these kinds, of all but the style sheet's."""
        kept = (text for tag, text in self.texts if (tag in tags if tags else tag != "style"))
        return "".join(kept)

    def levels(self) -> Iterator[int]:
        """Yield the levels of the headings in the page's order."""
        return (int(tag[1]) for tag, _ in self.elements if tag in {f"h{n}" for n in range(1, 7)})
