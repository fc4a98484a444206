"""Untrusted text in a page: the one way to put it there, and a last look at the whole.

A page holds no script and asks for nothing from anywhere; its own policy forbids both, so that a
mistake here would still start nothing.
"""

from __future__ import annotations

import re
from html import escape

# What cannot be seen, or turns the order of what can (Unicode 16, categories Cc, Cf, Cs, Zl, Zp;
# Unicode Technical Report 36, "Bidirectional Text Spoofing"). Line feed, tab, the joiners that
# scripts and emoji need and the soft hyphen stay.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def plain(value: object) -> str:
    """Return text for the inside of an element or of a quoted attribute."""
    return escape(str(value))


def visible(page: str) -> str:
    r"""Return a whole page with every character that hides or misleads written as ``\uNNNN``."""
    return _UNSEEN.sub(lambda found: _written(ord(found[0])), page)


def _written(code: int) -> str:
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
