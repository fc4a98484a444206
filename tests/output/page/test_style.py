"""Colours that everybody can read, in the light and in the dark; computed, not guessed."""

from __future__ import annotations

import re

import pytest

from plan_worktree.output.page.states import SIGNS
from plan_worktree.output.page.style import COLOURS, style_sheet
from plan_worktree.state.status import State

STATES = tuple(state.value for state in State)
# What is text on what, and what is a meaningful border beside what.
TEXTS = (
    *((ink, ground) for ink in ("ink", "quiet", "link") for ground in ("page", "code", "ask")),
    *((f"{state}-ink", state) for state in STATES),
)
BORDERS = (
    *(("edge", ground) for ground in ("page", "code")),
    *((f"{state}-edge", "page") for state in STATES),
    *((f"{state}-edge", state) for state in STATES),
    ("link", "page"),
)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, "relative luminance")."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", (0, 1))
def test_text_and_borders_have_the_contrast_of_wcag_aa(scheme: int) -> None:
    for pairs, least in ((TEXTS, 4.5), (BORDERS, 3.0)):
        for one, other in pairs:
            found = contrast(COLOURS[one][scheme], COLOURS[other][scheme])
            assert found >= least, (one, other, round(found, 2))


def test_every_state_has_a_sign_and_colours_of_its_own() -> None:
    assert set(SIGNS) == set(State)
    assert len(set(SIGNS.values())) == len(State)
    assert len({COLOURS[state] for state in STATES}) == len(State)


def test_the_sheet_uses_no_colour_that_is_not_defined_and_no_address() -> None:
    sheet = style_sheet()

    assert set(re.findall(r"var\(--([\w-]+)\)", sheet)) <= set(COLOURS)
    assert re.findall(r"url\(([^)]*)\)", sheet) == ["#arrow"]
    assert "@import" not in sheet
    assert "<" not in sheet
