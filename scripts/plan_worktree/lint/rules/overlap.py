"""PW501: stages that can run together and change the same file.

Two stages can run together when the graph orders neither before the other. Entries are taken in
the order of the file; each looks at the earlier ones that name the same path, a directory around
it, or a pattern that matches it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.lint.subject import Rule, Subject
from plan_worktree.lint.touches import Touch, Touches, touches
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.parts.verbs import Change


def shared_file(subject: Subject) -> Iterator[Diagnostic]:
    """PW501: two stages that can run together change the same file.

    An error when both create it or one deletes it: no order of landing can be right then.
    """
    earlier = Touches()
    for touch in touches(subject):
        found = _conflict(subject.graph, earlier, touch)
        if found:
            yield _finding(subject, touch, *found)
        earlier.add(touch)


RULES: tuple[Rule, ...] = (shared_file,)


class Meeting(NamedTuple):
    """Entries of two stages that meet; `severity` is None where one stage waits for the other."""

    one: Touch
    other: Touch
    severity: Severity | None


def meetings(subject: Subject) -> Iterator[Meeting]:
    """Yield every two entries of different stages that meet, in the order of the file."""
    earlier = Touches()
    for touch in touches(subject):
        for other in (*earlier.same(touch), *earlier.alike(touch)):
            if _run_together(subject.graph, other.stage, touch.stage):
                grave = other.entry.change in _GRAVE[touch.entry.change]
                yield Meeting(other, touch, Severity.ERROR if grave else Severity.WARNING)
            elif other.stage != touch.stage:
                yield Meeting(other, touch, None)
        earlier.add(touch)


def _conflict(graph: Graph, earlier: Touches, touch: Touch) -> tuple[Touch, Severity] | None:
    """Return the first of the earlier entries that conflict with `touch`, and how gravely.

    An error comes before a warning, and a path before a pattern.
    """
    for meeting in (earlier.same, earlier.alike):
        met = list(meeting(touch))
        grave = [other for other in met if other.entry.change in _GRAVE[touch.entry.change]]
        for severity, others in ((Severity.ERROR, grave), (Severity.WARNING, met)):
            for other in others:
                if _run_together(graph, other.stage, touch.stage):
                    return other, severity
    return None


def _run_together(graph: Graph, one: str, other: str) -> bool:
    return one != other and not (graph.is_before(one, other) or graph.is_before(other, one))


def _finding(subject: Subject, touch: Touch, other: Touch, severity: Severity) -> Diagnostic:
    mine, theirs = touch.entry, other.entry
    message = (
        f'stage "{touch.stage}" {_SPOKEN[mine.change]} {mine.path} here while stage '
        f'"{other.stage}", which can run at the same time, {_SPOKEN[theirs.change]} '
        f"{theirs.path} in line {theirs.line + 1}: let one depend on the other, or give the file "
        "to one of them"
    )
    return subject.on(mine.line + 1, mine.column + 1, "PW501", message, severity)


# What else can never be done to a path beside a change of it, in any order.
_GRAVE = {
    Change.CREATE: (Change.CREATE, Change.DELETE),
    Change.MODIFY: (Change.DELETE,),
    Change.EITHER: (Change.DELETE,),
    Change.DELETE: tuple(Change),
}
_SPOKEN = {
    Change.CREATE: "creates",
    Change.MODIFY: "modifies",
    Change.DELETE: "deletes",
    Change.EITHER: "creates or modifies",
}
