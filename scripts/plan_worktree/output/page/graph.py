"""The stage graph as SVG: a box for each stage, coloured and signed by its state, in waves."""

from __future__ import annotations

from collections.abc import Sequence

from plan_worktree.output.page.layout import BETWEEN, HEIGHT, WIDTH, Layout, layout
from plan_worktree.output.page.markup.reasons import Reasons
from plan_worktree.output.page.markup.tags import plain
from plan_worktree.output.page.markup.widths import shortened
from plan_worktree.output.page.states import SIGNS, anchor
from plan_worktree.plan.graph import Graph
from plan_worktree.state.status import Report, StageReport

_ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
    ' orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
)
# What the style sheet gives a box's two lines, in pixels, and the room for them.
_ID_SIZE, _NAME_SIZE = 14, 13
_LEFT = 12
_ROOM = WIDTH - 2 * _LEFT


def drawing(report: Report, graph: Graph, why: Reasons) -> str:
    """Return the graph, or a sentence where there is too much to draw."""
    placed = layout(graph)
    if placed is None:
        return "<p>There are too many stages or dependencies to draw; the table has them all.</p>"
    label = "Stages in waves, an arrow from each to what needs it; the table says the same."
    size = f'width="{placed.width}" height="{placed.height}"'
    parts = [
        f'<div class="wide" tabindex="0" role="group" aria-label="{label}">',
        f'<svg class="graph" {size} viewBox="0 0 {placed.width} {placed.height}">',
        _ARROW,
    ]
    parts += [
        f'<text class="wave" x="{number * (WIDTH + BETWEEN) + 3}" y="16">Wave {number + 1}</text>'
        for number in range(len(graph.waves))
    ]
    ends = [(stage, needed) for stage in graph.order for needed in graph.dependencies[stage]]
    parts += [
        _arrow(points, *both, why.get(both, ""))
        for both, points in zip(ends, placed.arrows, strict=True)
    ]
    wave_of = {stage: number for number, wave in enumerate(graph.waves, 1) for stage in wave}
    parts += [_box(entry, placed, wave_of[entry.stage.id]) for entry in report.stages]
    return "\n".join([*parts, "</svg></div>"])


def _box(entry: StageReport, placed: Layout, wave: int) -> str:
    stage, (x, y) = entry.stage, placed.boxes[entry.stage.id]
    state = entry.state.value
    needs = ", ".join(stage.depends_on) or "nothing"
    said = plain(f"{stage.id}: {stage.name}; {state}; wave {wave}; needs {needs}")
    head = shortened(f"{SIGNS[entry.state]} {stage.id}", _ROOM / _ID_SIZE, is_bold=True)
    name = shortened(stage.name, _ROOM / _NAME_SIZE)
    return (
        f'<a href="#{anchor(stage.position)}"><title>{said}</title>'
        f'<svg class="box s-{state}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="7"/>'
        f'<text class="id" x="{_LEFT}" y="22">{plain(head)}</text>'
        f'<text x="{_LEFT}" y="41">{plain(name)}</text></svg></a>'
    )


def _arrow(points: Sequence[tuple[int, int]], stage: str, needed: str, why: str) -> str:
    said = f"<title>{plain(f'{stage} needs {needed}: {why}')}</title>" if why else ""
    return f'<path class="arrow" d="{_curve(points)}">{said}</path>'


def _curve(points: Sequence[tuple[int, int]]) -> str:
    """Return a path: curves between two waves, straight where it passes one."""
    (x, y), *others = points
    drawn = [f"M{x} {y}"]
    for index, (to_x, to_y) in enumerate(others):
        if index % 2:
            drawn.append(f"L{to_x} {to_y}")
        else:
            bend = (to_x - x) // 2
            drawn.append(f"C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}")
        x, y = to_x, to_y
    return "".join(drawn)
