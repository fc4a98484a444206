"""How much room text takes, estimated without its font: what fits here fits in the reader's font.

The widths are those of DejaVu Sans, the widest of the fonts that the style sheet may come to, or a
little more. They are in em, and a whole line of one letter still keeps to them.
"""

from __future__ import annotations

from unicodedata import category, combining, east_asian_width, normalize

from plan_worktree.diagnostics import printable

_BOLD = 1.13  # times as wide
_WIDTHS = {
    letter: width
    for letters, width in (
        ("ijl'", 0.31),
        (" I.,:;|", 0.36),
        ("frt()[]-/\\!", 0.44),
        ('csz"_`*?', 0.56),
        ("aekvxy", 0.62),
        ("bdghnopqu0123456789${}J", 0.65),
        ("ABCEFKLPRSTVXYZ", 0.7),
        ("DGHNOQU&", 0.8),
    )
    for letter in letters
}
_WIDEST, _EMOJI = 1.04, 1.3
_MOST = 500  # letters that are looked at: no box has room for more


def shortened(text: str, room: float, *, is_bold: bool = False) -> str:
    """Return the text if it fits into `room` em, else as much of it as does with an ellipsis."""
    whole = printable(text[:_MOST])
    room /= _BOLD if is_bold else 1
    taken, fitting = 0.0, 0
    for index, letter in enumerate(whole):
        taken += _width(letter)
        if taken > room:
            return whole[:fitting].rstrip() + "\u2026"
        if taken + _WIDEST <= room:
            fitting = index + 1
    return whole


def _width(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if combining(letter):
        return 0
    if east_asian_width(letter) in "FW" and category(letter) == "So":
        return _EMOJI
    # An accent makes no letter wider.
    return _WIDTHS.get(normalize("NFD", letter)[0], _WIDEST)
