"""A plan's graph as Mermaid and as Graphviz DOT. Names are labels only, so none can break out."""

from __future__ import annotations

from collections.abc import Iterator

from plan_worktree.diagnostics import printable
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.model import Plan

# Mermaid's own escapes; the one for # must come first.
_ENTITIES = (("#", "#35;"), ("%", "#37;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"))


def mermaid(plan: Plan, graph: Graph) -> str:
    """Return a flowchart; an arrow leads from a stage to what needs it."""
    lines = ["flowchart LR"]
    for stage in plan.stages:
        label = f"{stage.id}: {printable(stage.name)}"
        for char, entity in _ENTITIES:
            label = label.replace(char, entity)
        lines.append(f'    s{stage.position}["{label}"]')
    lines += [f"    s{one} --> s{other}" for one, other in _arrows(plan, graph)]
    return "\n".join(lines)


def dot(plan: Plan, graph: Graph) -> str:
    """Return a digraph (Graphviz, "DOT Language"); an arrow leads to what needs a stage."""
    lines = [f"digraph {_quoted(plan.plan_id)} {{", "    rankdir=LR;", "    node [shape=box];"]
    labels = (_quoted(f"{stage.id}: {stage.name}") for stage in plan.stages)
    lines += [f"    s{index} [label={label}];" for index, label in enumerate(labels)]
    lines += [f"    s{one} -> s{other};" for one, other in _arrows(plan, graph)]
    return "\n".join([*lines, "}"])


def _arrows(plan: Plan, graph: Graph) -> Iterator[tuple[int, int]]:
    index = {stage.id: stage.position for stage in plan.stages}
    for stage in plan.stages:
        for needed in graph.dependencies[stage.id]:
            yield index[needed], stage.position


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
