"""Where the boxes and arrows of a stage graph go: a wave is a column, arrows lead to the right.

An arrow that passes a wave gets a place of its own there, so that it runs between boxes and never
behind one. Boxes and such places are put in the order of what they lead from and to, a few times
over (Sugiyama, Tagawa, Toda: "Methods for Visual Understanding of Hierarchical System Structures",
1981), which takes time in proportion to them and leaves few crossings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from plan_worktree.plan.graph import Graph

WIDTH, HEIGHT = 208, 54
BETWEEN = 64  # two waves
TOP = 34  # for the waves' names
_GAP, _PASS = 16, 14
_SWEEPS = 4
# Nobody reads a drawing of more. A hostile plan of 10,000 stages has millions of arrows.
_MOST_BOXES, _MOST_PLACES = 300, 6000


class Layout(NamedTuple):
    """The drawing's size, the top left corner of each stage's box, and each arrow's points.

    Arrows are in the merge order of the stages they lead to, and there in that of `dependencies`.
    """

    width: int
    height: int
    boxes: dict[str, tuple[int, int]]
    arrows: list[list[tuple[int, int]]]


class _Place(NamedTuple):
    """Something in a column: a stage, or the passage of the arrow of that number."""

    stage: str
    arrow: int = -1


def layout(graph: Graph) -> Layout | None:
    """Return where everything goes; None for a graph that nobody could read as a drawing."""
    if len(graph.order) > _MOST_BOXES:
        return None
    wave_of = {stage: number for number, wave in enumerate(graph.waves) for stage in wave}
    columns = [[_Place(stage) for stage in wave] for wave in graph.waves]
    ways: list[list[_Place]] = []
    left = _MOST_PLACES
    for stage in graph.order:
        for needed in graph.dependencies[stage]:
            passed = range(wave_of[needed] + 1, wave_of[stage])
            left -= 1 + len(passed)
            if left < 0:
                return None
            way = _Place(stage, len(ways))
            for wave in passed:
                columns[wave].append(way)
            ways.append([_Place(needed), *(way for _ in passed), _Place(stage)])
    _put_in_order(columns, ways, wave_of)
    return _placed(columns, ways, wave_of)


def _put_in_order(
    columns: list[list[_Place]], ways: Sequence[Sequence[_Place]], wave_of: dict[str, int]
) -> None:
    before: list[dict[_Place, list[_Place]]] = [{} for _ in columns]
    behind: list[dict[_Place, list[_Place]]] = [{} for _ in columns]
    for way in ways:
        first = wave_of[way[0].stage]
        for wave, (one, other) in enumerate(pairwise(way), first):
            behind[wave].setdefault(one, []).append(other)
            before[wave + 1].setdefault(other, []).append(one)
    for _ in range(_SWEEPS):
        for wave in range(1, len(columns)):
            _sort(columns[wave], columns[wave - 1], before[wave])
        for wave in reversed(range(len(columns) - 1)):
            _sort(columns[wave], columns[wave + 1], behind[wave])


def _sort(
    column: list[_Place], beside: Sequence[_Place], joined: dict[_Place, list[_Place]]
) -> None:
    """Sort a column by the mean place of what each is joined to; what is joined to nothing stays.

    Places are shares of their column, as columns differ in length.
    """
    share = {place: (index + 0.5) / len(beside) for index, place in enumerate(beside)}
    own = {place: (index + 0.5) / len(column) for index, place in enumerate(column)}

    def wanted(place: _Place) -> float:
        others = joined.get(place)
        return sum(share[other] for other in others) / len(others) if others else own[place]

    column.sort(key=wanted)


def _placed(
    columns: Sequence[Sequence[_Place]],
    ways: Sequence[Sequence[_Place]],
    wave_of: dict[str, int],
) -> Layout:
    heights = [sum(map(_height, column)) for column in columns]
    most = max(heights, default=0)
    middle: list[dict[_Place, int]] = []
    for column, height in zip(columns, heights, strict=True):
        at = TOP + (most - height) // 2
        middle.append({})
        for place in column:
            middle[-1][place] = at + _height(place) // 2
            at += _height(place)
    step = WIDTH + BETWEEN
    boxes = {
        stage: (wave * step + 1, middle[wave][_Place(stage)] - HEIGHT // 2)
        for stage, wave in wave_of.items()
    }
    arrows = []
    for way in ways:
        points = []
        for wave, place in enumerate(way, wave_of[way[0].stage]):
            points += [(wave * step + 1 + x, middle[wave][place]) for x in (0, WIDTH)]
        arrows.append(points[1:-1])
    return Layout(len(columns) * step - BETWEEN + 2, TOP + most, boxes, arrows)


def _height(place: _Place) -> int:
    return HEIGHT + _GAP if place.arrow < 0 else _PASS
