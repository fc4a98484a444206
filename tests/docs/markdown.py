"""What the project's Markdown holds, read by a parser that is not ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from tests.support import ROOT

_NOT_OURS = {".venv", ".git", "node_modules", "examples", "plan-worktree-demo"}


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is that of its first line of text, from 0."""

    language: str
    text: str
    line: int


def pages() -> list[Path]:
    """Return every Markdown file of the project."""
    found = (path for path in ROOT.rglob("*.md"))
    return sorted(p for p in found if not _NOT_OURS & set(p.relative_to(ROOT).parts))


def blocks(path: Path, *languages: str) -> list[Block]:
    """Return the fenced blocks of some languages, in order."""
    tokens = MarkdownIt().parse(path.read_text())
    return [
        Block(token.info.split(" ")[0], token.content, token.map[0] + 1)
        for token in tokens
        if token.type == "fence" and token.map and token.info.split(" ")[0] in languages
    ]


def links(path: Path) -> list[str]:
    """Return the targets of all links and pictures."""
    inline = [token for token in MarkdownIt().parse(path.read_text()) if token.type == "inline"]
    inner = [child for token in inline for child in token.children or ()]
    found = [child.attrs.get("href") or child.attrs.get("src") for child in inner]
    return [str(target) for target in found if target]


def anchors(path: Path) -> set[str]:
    """Return what a link to this page may name after ``#``, as GitHub makes it from headings."""
    tokens = MarkdownIt().parse(path.read_text())
    titles = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "heading_open"]
    found: set[str] = set()
    for title in titles:
        plain = "".join(child.content for child in title.children or ())
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number, unique = 0, slug
        while unique in found:
            number, unique = number + 1, f"{slug}-{number + 1}"
        found.add(unique)
    return found


def code(path: Path) -> list[str]:
    """Return what is marked as code within text, and every line of command blocks, joined."""
    inline = [token for token in MarkdownIt().parse(path.read_text()) if token.type == "inline"]
    inner = [child for token in inline for child in token.children or ()]
    marked = [child.content for child in inner if child.type == "code_inline"]
    found = blocks(path, "sh", "console", "text")
    lines = [block.text.replace("\\\n", " ").splitlines() for block in found]
    return [*marked, *(line for group in lines for line in group)]
