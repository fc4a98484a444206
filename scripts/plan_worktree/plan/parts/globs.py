"""Glob patterns of a plan, as gitignore(5) reads them.

``*``, ``?`` and ``[…]`` stop at a slash, ``**`` stands for any folders. Names are matched one
part at a time by the standard library's fnmatch, whose expressions do not backtrack, so a hostile
pattern costs no more than its length times that of the path.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern matches a whole path."""
    parts = _compiled(pattern)
    states = _reachable({0}, parts)
    for name in path.split("/"):
        following = set()
        for state in states:
            part = parts[state] if state < len(parts) else _NOTHING
            if part is None:
                following.add(state)
            elif part.match(name):
                following.add(state + 1)
        states = _reachable(following, parts)
    return len(parts) in states


def literal_prefix(pattern: str) -> str:
    """Return the folder that all a pattern matches lies in, with its slash; "" is the top."""
    plain = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return plain[: plain.rfind("/") + 1]


_NOTHING = re.compile(r"(?!)")
_MOST_PARTS = 64  # a pattern's further ones are not looked at


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    """Return an expression for each part of a pattern, None for ``**``."""
    # Several ** in a row mean no more than one; and fnmatch negates with ! alone.
    written = pattern.split("/")
    pairs = zip(written, ["", *written], strict=False)
    parts = [part for part, before in pairs if (part, before) != ("**", "**")]
    return tuple(
        None if part == "**" else re.compile(translate(part.replace("[^", "[!")))
        for part in parts[:_MOST_PARTS]
    )


def _reachable(states: set[int], parts: tuple[re.Pattern[str] | None, ...]) -> set[int]:
    """Add the states behind any ``**``, which may stand for no folder at all."""
    for state in sorted(states):
        end = state
        while end < len(parts) and parts[end] is None:
            end += 1
            states.add(end)
    return states
