"""What conflicts, as a matrix with what it is about, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from plan_worktree.diagnostics import printable
from plan_worktree.landing.conflicts import Conflict, ConflictReport
from plan_worktree.output.jsontext import emit
from plan_worktree.output.terminal import note, table, write
from plan_worktree.state.unpulled import copied_words


def show_conflicts(found: ConflictReport, uncommitted: bool, as_json: bool) -> bool:
    """Show what conflicts; return whether anything does."""
    if as_json:
        emit("conflicts", _fields(found, uncommitted))
        return bool(found.conflicts)
    if not found.stages:
        note("no stage has work that is not in the target yet")
        return False
    _matrix(found)
    for conflict in found.conflicts:
        files = ", ".join(f"{path} ({kind})" for path, kind in conflict.conflicts)
        write(printable(f"{conflict.stage} and {conflict.other or found.target}: {files}"))
    if not found.conflicts:
        note("no conflicts")
    note(*_advice(found))
    return bool(found.conflicts)


def _matrix(found: ConflictReport) -> None:
    """Show a row and a column for each stage: how many paths conflict; "-": one needs the other."""
    counts = {
        frozenset((conflict.stage, conflict.other)): str(len(conflict.conflicts))
        for conflict in found.conflicts
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
    write('numbers: paths that conflict; ".": none; "-": the same stage, or one needs the other')


def _advice(found: ConflictReport) -> Iterator[str]:
    plan = quote(found.plan.plan_id)
    if any(conflict.other is not None for conflict in found.conflicts):
        yield (
            "in this order few stages meet a conflict: "
            f"plan-worktree merge {plan} {' '.join(found.order)}"
        )
        first, *more = found.late
        yield (
            f"{', '.join(found.late)} then {'have' if more else 'has'} to take in what landed "
            f"before: plan-worktree sync {plan} {first} --resolve{', and so on' if more else ''}"
        )
    for stage in found.on_copied:
        yield f"stage {stage}: {copied_words(found.plan.plan_id, stage)}"
    for conflict in found.conflicts:
        if conflict.other is None and conflict.stage not in found.on_copied:
            yield (
                f"{conflict.stage} conflicts with what is in {found.target} now: "
                f"plan-worktree sync {plan} {conflict.stage} --resolve"
            )


def _fields(found: ConflictReport, uncommitted: bool) -> dict[str, object]:
    return {
        "plan_id": found.plan.plan_id,
        "target_branch": found.target,
        "uncommitted": uncommitted,
        "stages": list(found.stages),
        "pairs": [
            {"a": conflict.stage, "b": conflict.other, **_files(conflict)}
            for conflict in found.conflicts
            if conflict.other is not None
        ],
        "target": [
            {"stage": conflict.stage, **_files(conflict)}
            for conflict in found.conflicts
            if not conflict.other
        ],
        "order": list(found.order),
        "late": list(found.late),
        "on_copied": list(found.on_copied),
    }


def _files(conflict: Conflict) -> dict[str, object]:
    return {"files": [path for path, _ in conflict.conflicts], "kinds": dict(conflict.conflicts)}
