"""The files of a plan as tables: who changes which, and which stages meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plan_worktree.output.page.markup.tags import plain
from plan_worktree.output.page.ownership import (
    MOST_COLUMNS,
    MOST_MEETINGS,
    FileRow,
    Ownership,
    Pair,
)
from plan_worktree.output.page.states import anchor
from plan_worktree.plan.parts.verbs import Change

_SIGNS = {Change.CREATE: "+", Change.MODIFY: "~", Change.DELETE: "\u2212", Change.EITHER: "±"}


def file_tables(owned: Ownership, places: Mapping[str, int]) -> str:
    """Return the section's content; `places` are the stages' places in the metadata, by id."""
    return "\n".join(_parts(owned, places))


def _parts(owned: Ownership, places: Mapping[str, int]) -> Iterator[str]:
    if not owned.rows:
        yield "<p>No stage lists a file.</p>"
        return
    yield f"<p>{_verdict(owned)}</p>"
    if len(owned.stages) > MOST_COLUMNS:
        yield f"<p>{len(owned.stages)} stages meet at files: too many for a table of them.</p>"
    elif owned.stages:
        yield _matrix(owned)
    yield '<div class="wide" tabindex="0" role="group" aria-label="Files and the stages">'
    yield "<table><caption>Files, and what each stage does to them</caption><thead><tr>"
    unsafe = any(row.together for row in owned.rows)
    heads = ("File", "Stages", "Conflict") if unsafe else ("File", "Stages")
    yield from (f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    yield from (_row(row, places, with_conflict=unsafe) for row in owned.rows)
    yield "</tbody></table></div>"
    if owned.more_files:
        yield f"<p>{owned.more_files} more files are not shown.</p>"
    if owned.more_meetings:
        yield f"<p>Only the first {MOST_MEETINGS} places where stages meet were looked at.</p>"


def _verdict(owned: Ownership) -> str:
    unsafe = sum(pair.together for pair in owned.pairs.values()) // 2
    if unsafe:
        some = f"{'at least ' if owned.more_meetings else ''}{unsafe}"
        noun = "pair of stages" if unsafe == 1 else "pairs of stages"
        return f"<strong>\u2715 {some} {noun} can run together and change the same file.</strong>"
    if owned.pairs:
        return "\u2713 Where stages change the same file, one waits for the other."
    return "\u2713 No file is changed by two stages."


def _row(row: FileRow, places: Mapping[str, int], *, with_conflict: bool) -> str:
    stages = ", ".join(
        f'{_link(stage, places)} <span class="change">{" ".join(map(_change, changes))}</span>'
        for stage, changes in row.changes.items()
    )
    conflict = _conflict(row) if with_conflict else ""
    kind = ' class="unsafe"' if row.together else ""
    path = f'<th scope="row"><code><bdi>{plain(row.path)}</bdi></code></th>'
    return f"<tr{kind}>{path}<td>{stages}</td>{conflict}</tr>"


def _conflict(row: FileRow) -> str:
    return f"<td>\u2715 {plain(', '.join(row.together))}</td>" if row.together else "<td></td>"


def _change(change: Change) -> str:
    return f'<span aria-hidden="true">{_SIGNS[change]}</span> {change.value}'


def _link(stage: str, places: Mapping[str, int]) -> str:
    return f'<a href="#{anchor(places[stage])}">{plain(stage)}</a>'


def _matrix(owned: Ownership) -> str:
    heads = "".join(f'<th scope="col"><span>{plain(s)}</span></th>' for s in owned.stages)
    rows = "\n".join(
        f'<tr><th scope="row">{plain(one)}</th>'
        + "".join(_cell(owned.pairs.get((one, other)), one == other) for other in owned.stages)
        + "</tr>"
        for one in owned.stages
    )
    return (
        '<div class="wide" tabindex="0" role="group" aria-label="Stages that meet">'
        '<table class="matrix"><caption>Stages that change the same files: \u2715 can run together'
        ", \u2192 one waits for the other, with the number of places</caption>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _cell(pair: Pair | None, is_same: bool) -> str:
    if pair is None:
        return '<td class="same"></td>' if is_same else "<td></td>"
    if pair.together:
        return f'<td class="unsafe">\u2715 {pair.places}</td>'
    return f"<td>\u2192 {pair.places}</td>"
