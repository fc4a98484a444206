"""Leaves a part of what a test could try to the thorough run, and to the soak."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import settings


def sampled(
    names: str | tuple[str, ...],
    cases: Iterable[Any],
    *,
    one_in: int,
    ids: Iterable[str] | Callable[[Any], object] | None = None,
) -> pytest.MarkDecorator:
    """Parametrise a test as pytest does; every run tries one in so many cases, from the first.

    The thorough run tries as many more, and `just soak` all of them.
    """

    def left(number: int, case: Any) -> Any:
        values, place = (case,) if isinstance(names, str) else case, number % one_in
        marks = [] if not place else [pytest.mark.thorough if place == 1 else pytest.mark.soak]
        return pytest.param(*values, marks=marks)

    found = [left(number, case) for number, case in enumerate(cases)]
    return pytest.mark.parametrize(names, found, ids=ids)


def examples(*, one_in: int) -> settings:
    """Let a property whose every example starts processes try one in so many of what others try."""
    return settings(max_examples=max(settings().max_examples // one_in, 5))
