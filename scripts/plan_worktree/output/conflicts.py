"""What collides, as a matrix with what it is about, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from plan_worktree.diagnostics import printable
from plan_worktree.landing.conflicts import Clash, Conflicts
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table, write


def show_conflicts(found: Conflicts, uncommitted: bool, as_json: bool) -> bool:
    """Show what collides; return whether anything does."""
    if as_json:
        emit("conflicts", _fields(found, uncommitted))
        return bool(found.clashes)
    if not found.stages:
        note("no stage has work that is not in the target yet")
        return False
    _matrix(found)
    for clash in found.clashes:
        files = ", ".join(f"{path} ({kind})" for path, kind in clash.collisions)
        write(printable(f"{clash.stage} and {clash.other or found.target}: {files}"))
    if found.clashes:
        note(*_advice(found))
    else:
        note("nothing collides")
    return bool(found.clashes)


def _matrix(found: Conflicts) -> None:
    """Show a line and a column for each stage: how many paths collide; "-": one needs the other."""
    counts = {
        frozenset((clash.stage, clash.other)): str(len(clash.collisions)) for clash in found.clashes
    }
    headers = ("", "STAGE", *(str(place) for place in range(1, len(found.stages) + 1)))
    rows = []
    for place, name in enumerate(found.stages, start=1):
        cells = [
            counts.get(frozenset((name, other)), "." if {name, other} in found.compared else "-")
            for other in found.stages
        ]
        rows.append((str(place), name, *cells, counts.get(frozenset((name, None)), ".")))
    table((*headers, found.target), rows)


def _advice(found: Conflicts) -> Iterator[str]:
    plan = quote(found.plan.plan_id)
    if any(clash.other is not None for clash in found.clashes):
        yield (
            "in this order the fewest stages meet a conflict: "
            f"plan-worktree merge {plan} {' '.join(found.order)}"
        )
        first, *more = found.late
        yield (
            f"{', '.join(found.late)} then {'have' if more else 'has'} to take in what landed "
            f"before: plan-worktree sync {plan} {first} --resolve{', and so on' if more else ''}"
        )
    for clash in found.clashes:
        if clash.other is None:
            yield (
                f"{clash.stage} collides with what is in {found.target} now: "
                f"plan-worktree sync {plan} {clash.stage} --resolve"
            )


def _fields(found: Conflicts, uncommitted: bool) -> dict[str, object]:
    return {
        "plan_id": found.plan.plan_id,
        "target_branch": found.target,
        "uncommitted": uncommitted,
        "stages": list(found.stages),
        "pairs": [
            {"a": clash.stage, "b": clash.other, **_files(clash)}
            for clash in found.clashes
            if clash.other is not None
        ],
        "target": [
            {"stage": clash.stage, **_files(clash)} for clash in found.clashes if not clash.other
        ],
        "order": list(found.order),
        "late": list(found.late),
    }


def _files(clash: Clash) -> dict[str, object]:
    return {"files": [path for path, _ in clash.collisions], "kinds": dict(clash.collisions)}
