"""Finds what may be a path in a line: in code marks, in links, and bare words.

What stands behind a path is taken off: lines (``a.py:10-20``, ``a.py#L10``), an anchor, the name of
a function or a test. All scans are linear.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from heapq import merge
from urllib.parse import unquote

from plan_worktree.plan.parts.paths import (
    ANY_EXTENSION,
    BARE_NAMES,
    EXTENSION,
    LONGEST_PATH,
    Named,
    has_known_extension,
)
from plan_worktree.plan.text.inline import apart

_NAME = r"\w[\w.-]{0,60}"
_BARE = re.compile(
    rf"(?:[^\s,;()\[\]{{}}<>|]|(?<=/)\({_NAME}\)|\[{{1,2}}\.{{0,3}}{_NAME}\]{{1,2}}(?!\()"
    rf"|\{{[^\s{{}}]{{1,200}}\}}|<{_NAME}>)++"
)
# What a path has, but for a name such as Makefile; most words need no second look.
_MAY_BE = re.compile(
    r"[./*\\]|(?:file|readme|licen[sc]e|changelog|codeowners|notice)\b", re.IGNORECASE
)
_LINK = re.compile(
    r"\[((?:[^\[\]\n]|\[[^\[\]\n]{0,100}+\]){1,300}+)\]"
    r"\((<[^<>\n]{1,1024}+>|(?:[^\s()<>]|\([^\s()]{0,100}+\)){1,1024}+)"
    r"(?:[ \t]+\"[^\"\n]{0,200}+\")?\)"
)
# Behind a path: an anchor, or the name of a function. What lines are made of.
_ANCHOR = re.compile(r"(?<=\w)(?:#[\w-]+|:[A-Za-z_][\w.]*(?:\(\))?)$")
_OF_LINES = "0123456789L:#,+~ -\u2013"


def names(text: str) -> Iterator[Named]:
    """Yield what may be a path, in order: everything in code marks, links, bare words.

    Bare words are yielded only when they look like paths.
    """
    code, plain = apart(text)
    if "](" not in plain:
        return merge((_span(text, s.start, s.end) for s in code), _bare(plain))
    links = [_link(text, found) for found in _LINK.finditer(plain)]
    pieces, at = [], 0
    for link in links:
        pieces += [plain[at : link.start], " " * (link.end - link.start)]
        at = link.end
    without_links = "".join((*pieces, plain[at:]))
    ends = [link.end for link in links]
    spans = (
        _span(text, span.start, span.end)
        for span in code
        if (index := bisect_right(ends, span.start)) == len(links)
        or links[index].start > span.start
    )
    return merge(links, spans, _bare(without_links))


def _without_lines(path: str) -> str:
    """Return a path without the lines, the anchor or the name behind it."""
    if ":" not in path and "#" not in path:
        return path
    folders = path.rfind("/") + 1
    name = path[folders:].partition("::")[0]
    tail = name[len(name.rstrip(_OF_LINES)) :]
    marks = [at for at in (tail.find(":"), tail.find("#")) if at >= 0]
    if marks and len(tail) < len(name):
        name = name[: len(name) - len(tail) + min(marks)]
    anchor = _ANCHOR.search(name)
    if anchor and ANY_EXTENSION.search(name[: anchor.start()]):
        name = name[: anchor.start()]
    return path[:folders] + name


def _span(text: str, start: int, end: int) -> Named:
    """Return what is in code marks."""
    marks = len(text[start:end]) - len(text[start:end].lstrip("`"))
    inner = text[start + marks : end - marks]
    content = inner.strip()
    at = start + marks + len(inner) - len(inner.lstrip())
    return Named(
        start, end, at, _without_lines(content) if len(content) <= LONGEST_PATH else "", True
    )


def _bare(plain: str) -> Iterator[Named]:
    for found in _BARE.finditer(plain):
        if found.end() - found.start() > LONGEST_PATH or not _MAY_BE.search(found[0]):
            continue
        word, at = _unmarked(found[0], found.start())
        named = Named(found.start(), found.end(), at, _without_lines(word), False)
        if word and _bare_path(named.path):
            yield named


def _bare_path(word: str) -> bool:
    if not word.strip("./-*_\\~") and word not in ("**", "."):
        return False
    if word.casefold() in BARE_NAMES:
        return True
    return (
        "/" in word.strip("/")
        or "*" in word.strip("*")
        or EXTENSION.search(word) is not None
        or (word.endswith("/") and len(word) > 1)
    )


def _unmarked(word: str, at: int) -> tuple[str, int]:
    """Take quotes, emphasis and the sentence's marks off a word; return it and its offset."""
    word = word.rstrip(".:!?")
    for mark in ("***", "**", "*", "__", "_", "~~", '"', "'"):
        inner = word[len(mark) : -len(mark)]
        is_marked = len(inner) > 0 and word.startswith(mark) and word.endswith(mark)
        if is_marked and not inner.startswith("/") and not inner.endswith("/"):
            word, at = inner, at + len(mark)
        word = word.rstrip(".:!?")
    for mark in ("**", '"', "'"):  # what begins before the word, or ends behind it
        if word.startswith(mark) and not word.startswith("**/"):
            word, at = word[len(mark) :], at + len(mark)
        if word.endswith(mark) and not word.endswith("/**"):
            word = word[: -len(mark)]
    return word.rstrip(".:!?"), at


def _link(text: str, found: re.Match[str]) -> Named:
    """Return a link's text or its target, whichever is the path from the top of the repository."""
    inner = text[found.start(1) : found.end(1)]
    shown = inner.strip("`* \t")
    shown_at = found.start(1) + inner.find(shown) if shown else found.start(1)
    shown = _without_lines(shown)
    target = found[2].strip("<>")
    target_at = found.start(2) + found[2].find(target)
    climbed = re.match(r"(?:\.{0,2}/)*", target)
    if climbed:
        target_at += climbed.end()
        target = _without_lines(target[climbed.end() :])
    name = Named(found.start(), found.end(), shown_at, shown, False, True)
    reads = "/" in shown or has_known_extension(shown)
    if reads and ("://" in target or not f"/{unquote(target)}".endswith(f"/{shown}")):
        return name
    return name._replace(at=target_at, written=target)
