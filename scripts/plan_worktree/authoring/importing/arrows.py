"""What must come before what, and why.

An arrow comes from what the source declares, or from proof: two tasks that work on the same file,
or on a folder and a file in it, keep the order of the source, and a task whose text names a file
that an earlier one creates comes after that one. All others run in parallel.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from plan_worktree.authoring.importing.prose import named_words
from plan_worktree.authoring.importing.source import FileUse, Need, Task, Unreadable
from plan_worktree.plan.graph import graph
from plan_worktree.plan.parts.paths import normalised
from plan_worktree.plan.parts.verbs import Change

_SPOKEN = {
    Change.CREATE: "creates",
    Change.MODIFY: "modifies",
    Change.DELETE: "deletes",
    Change.EITHER: "writes",
}
# Folders around a path that are looked at; a hostile path has hundreds.
_MOST_FOLDERS = 40


@dataclass(frozen=True, slots=True)
class Ordered:
    """A task with its files' changes decided, and its arrows: what it comes after, and why."""

    task: Task
    after: Mapping[int, str]


def ordered(
    tasks: Sequence[Task], locate: Callable[[str], tuple[str, bool]]
) -> tuple[list[Ordered], list[str]]:
    """Return the tasks with their arrows, by the tasks' places, and notes on what was left out.

    `locate` returns a path from the repository's top, and whether it is there. Raises Unreadable
    for a circle.
    """
    places: dict[str, int] = {}
    for place, task in enumerate(tasks):
        places.setdefault(task.key.casefold(), place)
    arrows: list[dict[int, Need]] = [{} for _ in tasks]
    notes: list[str] = []
    for place, task in enumerate(tasks):
        for need in task.needs:
            needed = places.get(need.key.casefold())
            if needed is None:
                notes.append(f"{task.key} needs {need.key}, which is not in the source")
            elif needed != place:
                known = arrows[place].get(needed)
                if known is None or known.implied:
                    arrows[place][needed] = need
    if _cycle(arrows):
        notes += _without_contradictions(tasks, arrows)
    order = _order(arrows)
    tasks = _decided(tasks, order, locate)
    for place, needed, because in _proved(tasks, order):
        known = arrows[place].get(needed)
        if known is None or known.implied:
            arrows[place][needed] = Need("", because, implied=True)
    for place, needed, because in _named(tasks, order):
        arrows[place].setdefault(needed, Need("", because, implied=True))
    kept = _reduced(arrows, order)
    return [Ordered(task, after) for task, after in zip(tasks, kept, strict=True)], notes


def _cycle(arrows: list[dict[int, Need]]) -> list[int]:
    """Return tasks that wait for each other, the first of them again at the end."""
    cycles = graph({str(at): [str(n) for n in after] for at, after in enumerate(arrows)}).cycles
    return [int(at) for at in cycles[0]] if cycles else []


def _without_contradictions(tasks: Sequence[Task], arrows: list[dict[int, Need]]) -> list[str]:
    """Take out implied arrows that go against what tasks declare; return notes on them.

    Raises Unreadable where the tasks' own declarations go in a circle.
    """
    stated = [{n: one for n, one in after.items() if not one.implied} for after in arrows]
    circle = [tasks[at] for at in _cycle(stated)]
    if circle:
        names = " -> ".join(task.key for task in islice(circle, 12))
        raise Unreadable(
            f"these tasks wait for each other: {names}{' -> …' if len(circle) > 12 else ''}: "
            "take one dependency out of the source",
            circle[0].line,
        )
    position = {at: place for place, at in enumerate(_order(stated))}
    notes = []
    for at, after in enumerate(arrows):
        for needed in [n for n, one in after.items() if one.implied and position[n] > position[at]]:
            del after[needed]
            notes.append(
                f"{tasks[at].key} does not wait for {tasks[needed].key}, which depends on what "
                "comes later in the source"
            )
    return notes


def _order(arrows: list[dict[int, Need]]) -> list[int]:
    """Return the places in an order that keeps all arrows and, beside them, the source's own."""
    behind: dict[int, list[int]] = defaultdict(list)
    waiting = [len(after) for after in arrows]
    for at, after in enumerate(arrows):
        for needed in after:
            behind[needed].append(at)
    ready = [at for at, count in enumerate(waiting) if not count]
    order = []
    while ready:
        at = heapq.heappop(ready)
        order.append(at)
        for other in behind[at]:
            waiting[other] -= 1
            if not waiting[other]:
                heapq.heappush(ready, other)
    return order


def _decided(
    tasks: Sequence[Task], order: list[int], locate: Callable[[str], tuple[str, bool]]
) -> list[Task]:
    """Return the tasks with a change for each file.

    Where the source does not say it, a file that is there, or that a task before works on, is
    modified; any other is created.
    """
    known: set[str] = set()
    found = list(tasks)
    for at in order:
        uses = []
        for use in tasks[at].files:
            path, there = locate(normalised(use.path)[0])
            change = use.change
            if change is None:
                change = Change.MODIFY if there or path in known else Change.CREATE
            if change is Change.DELETE:
                known.discard(path)
            else:
                known.add(path)
            uses.append(FileUse(path, change))
        found[at] = replace(tasks[at], files=tuple(dict.fromkeys(uses)))
    return found


@dataclass(slots=True)
class _Touched:
    """Who worked on which path last: on a path itself, and on what lies below a folder."""

    last: dict[str, tuple[int, FileUse]] = field(default_factory=dict)
    maker: dict[str, int] = field(default_factory=dict)
    folders: dict[str, tuple[int, FileUse]] = field(default_factory=dict)
    below: dict[str, dict[str, tuple[int, FileUse]]] = field(
        default_factory=lambda: defaultdict(dict)
    )


def _proved(tasks: Sequence[Task], order: list[int]) -> Iterator[tuple[int, int, str]]:
    """Yield place, the place it comes after, and why, from the files that tasks work on."""
    seen = _Touched()
    for at in order:
        reasons: dict[int, list[str]] = defaultdict(list)
        for use in tasks[at].files:
            for other, earlier in _met(seen, use):
                if other != at:
                    reasons[other].append(_because(tasks, seen, use, other, earlier))
        for use in tasks[at].files:
            _remember(seen, at, use)
        for other, texts in reasons.items():
            more = f", and {len(texts) - 1} more" if len(texts) > 1 else ""
            yield at, other, texts[0] + more


def _named(tasks: Sequence[Task], order: list[int]) -> Iterator[tuple[int, int, str]]:
    """Yield place, the place it comes after, and why, from the files that tasks' texts name.

    A task that changes no file, and so only looks at what others did, also comes after those that
    change a file it names.
    """
    made: dict[str, tuple[int, str]] = {}
    changed: dict[str, tuple[int, str]] = {}
    for at in order:
        task = tasks[at]
        own = {_key(use.path) for use in task.files}
        texts = (task.title, task.what, task.why, task.how, task.validation, task.todo)
        for word in named_words("\n".join((*texts, *task.commands))):
            key = word.casefold()
            other, verb = (made if own else changed).get(key, (at, ""))
            if other != at and key not in own:
                yield at, other, f"its text names {word}, which {tasks[other].key} {verb}"
        for use in task.files:
            changed[_key(use.path)] = (at, _SPOKEN[use.change or Change.MODIFY])
            if use.change is Change.CREATE:
                made[_key(use.path)] = changed[_key(use.path)]


def _key(path: str) -> str:
    """Return a path to compare by: also where case does not matter, no two may meet."""
    signs = [at for at in (path.find(sign) for sign in "*?[") if at >= 0]
    if signs and "*" in path:  # a pattern stands for everything in the folder before it
        path = path[: path.rfind("/", 0, min(signs)) + 1] or "./"
    return path.casefold()


def _folders(key: str) -> list[str]:
    parts = key.rstrip("/").split("/")[:-1]
    around = ["/".join(parts[: size + 1]) + "/" for size in range(min(len(parts), _MOST_FOLDERS))]
    return ["./", *around]


def _met(seen: _Touched, use: FileUse) -> list[tuple[int, FileUse]]:
    """Return who worked last on a path, on a folder around it, or on what is in it."""
    key = _key(use.path)
    met = [seen.last[key]] if key in seen.last else []
    met += [seen.folders[around] for around in _folders(key) if around in seen.folders]
    if key.endswith("/"):
        met += seen.below[key].values()
    return met


def _remember(seen: _Touched, at: int, use: FileUse) -> None:
    key = _key(use.path)
    seen.last[key] = (at, use)
    if use.change is Change.CREATE:
        seen.maker[key] = at
    for around in _folders(key):
        seen.below[around][key] = (at, use)
    if key.endswith("/"):
        seen.folders[key] = (at, use)
        seen.below[key].clear()


def _because(
    tasks: Sequence[Task], seen: _Touched, use: FileUse, other: int, earlier: FileUse
) -> str:
    """Say why a task comes after another: what both do to which path."""
    verb = _SPOKEN[use.change or Change.MODIFY]
    name = tasks[other].key
    if earlier.change is Change.CREATE and earlier.path == use.path:
        return f"{verb} {use.path}, which {name} creates"
    before = _SPOKEN[earlier.change or Change.MODIFY]
    made = seen.maker.get(_key(use.path))
    origin = f" ({tasks[made].key} creates it)" if made is not None and made != other else ""
    if earlier.path == use.path:
        return f"{verb} {use.path}, which {name} {before} before it in the source{origin}"
    return f"{verb} {use.path}, and {name} before it in the source {before} {earlier.path}"


def _reduced(arrows: list[dict[int, Need]], order: list[int]) -> list[dict[int, str]]:
    """Return the arrows and their reasons without those that follow from others.

    What the source declares of a task stays, also where it would follow.
    """
    position = {at: place for place, at in enumerate(order)}
    ancestors = [0] * len(arrows)
    kept: list[dict[int, str]] = [{} for _ in arrows]
    for at in order:
        reached = 0
        for needed in sorted(arrows[at], key=position.__getitem__, reverse=True):
            need = arrows[at][needed]
            if not (need.implied and reached >> needed & 1):
                kept[at][needed] = need.because
            reached |= ancestors[needed] | 1 << needed
        ancestors[at] = reached
        kept[at] = dict(sorted(kept[at].items()))
    return kept
