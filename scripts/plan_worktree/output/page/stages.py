"""The stages of a plan: one table of all, and what stands above each one's section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plan_worktree.output.counts import count_words
from plan_worktree.output.page.markup.reasons import Reasons
from plan_worktree.output.page.markup.tags import plain
from plan_worktree.output.page.states import SIGNS, anchor, chip
from plan_worktree.output.work.status import flags, owner
from plan_worktree.plan.graph import Graph
from plan_worktree.plan.parts.todo import Count
from plan_worktree.state.status import DONE, Report, StageReport


def progress(report: Report) -> str:
    """Return how far the plan is, in words and as a bar."""
    counts = dict.fromkeys(SIGNS, 0)
    for entry in report.stages:
        counts[entry.state] += 1
    number, done = len(report.stages), sum(counts[state] for state in DONE)
    said = "".join(f"<li>{n} {chip(state)}</li>" for state, n in counts.items() if n)
    bars, at = [], 0
    for state, count in counts.items():
        if count:
            bars.append(f'<rect class="s-{state.value}" x="{at}" width="{count}" height="1"/>')
        at += count
    return (
        f"<p>{done} of {number} {'stage is' if number == 1 else 'stages are'} done.</p>\n"
        f'<svg class="bar" viewBox="0 0 {number} 1" preserveAspectRatio="none"'
        f' aria-hidden="true">{"".join(bars)}</svg>\n<ul class="counts">{said}</ul>'
    )


def stage_table(report: Report, graph: Graph, todo: Mapping[str, Count]) -> str:
    """Return the table of all stages, in merge order; a column that would be empty is left out.

    `todo` counts the TODO items of stages by their ids.
    """
    wave_of = {stage: number for number, wave in enumerate(graph.waves, 1) for stage in wave}
    entries = {entry.stage.id: entry for entry in report.stages}
    rows = [
        _cells(entries[stage], wave_of[stage], entries, todo.get(stage)) for stage in graph.order
    ]
    shown = [name for name in rows[0] if any(row[name] for row in rows)]
    return "\n".join(
        [
            '<div class="wide" tabindex="0" role="group" aria-label="All stages">',
            "<table><caption>Stages in the order in which they land</caption><thead><tr>",
            *(f'<th scope="col">{name}</th>' for name in shown),
            "</tr></thead><tbody>",
            *(_row([row[name] for name in shown]) for row in rows),
            "</tbody></table></div>",
        ]
    )


def stage_facts(
    entry: StageReport, wave: int, entries: Mapping[str, StageReport], why: Reasons
) -> str:
    """Return what stands between the heading of a stage's section and its text."""
    shown = [
        ("Stage ID", f"<code>{plain(entry.stage.id)}</code>"),
        ("State", " ".join([chip(entry.state), *_remarks(entry)])),
        ("Wave", str(wave)),
        ("Needs", _explained(entry, entries, why)),
        ("Branch", f"<code>{plain(entry.stage.branch)}</code>"),
        ("Worktree", f"<code>{plain(entry.work.worktree or entry.stage.worktree_path)}</code>"),
    ]
    if entry.work.claim:
        shown.append(("Owner", f"<bdi>{plain(owner(entry))}</bdi>"))
    if entry.stage.verify:
        shown.append(("Verify", _commands(entry.stage.verify)))
    return definitions(shown)


def definitions(pairs: Sequence[tuple[str, str]]) -> str:
    """Return names and what belongs to them, which is HTML already."""
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs)
    return f'<dl class="facts">{rows}</dl>'


def _cells(
    entry: StageReport, wave: int, entries: Mapping[str, StageReport], todo: Count | None
) -> dict[str, str]:
    stage = entry.stage
    named = f'<a href="#{anchor(stage.position)}">{plain(stage.id)}</a>'
    return {
        "Stage": f'{named} <span class="name"><bdi>{plain(stage.name)}</bdi></span>',
        "State": chip(entry.state),
        "Wave": str(wave),
        "Needs": _needs(entry, entries),
        "Owner": f"<bdi>{plain(owner(entry))}</bdi>" if entry.work.claim else "",
        "TODO": count_words(todo) if todo and todo.total else "",
        "Remarks": " ".join(_remarks(entry)),
    }


def _row(cells: Sequence[str]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'


def _needs(entry: StageReport, entries: Mapping[str, StageReport]) -> str:
    return ", ".join(_links(entry, entries)) or "nothing"


def _explained(entry: StageReport, entries: Mapping[str, StageReport], why: Reasons) -> str:
    """Return what a stage needs, as a list where the plan says why of any."""
    said = [why.get((entry.stage.id, needed), "") for needed in entry.stage.depends_on]
    if not any(said):
        return _needs(entry, entries)
    items = (
        f"<li>{link}{f': <bdi>{plain(reason)}</bdi>' if reason else ''}</li>"
        for link, reason in zip(_links(entry, entries), said, strict=True)
    )
    return f'<ul class="needs">{"".join(items)}</ul>'


def _links(entry: StageReport, entries: Mapping[str, StageReport]) -> Iterator[str]:
    for needed in entry.stage.depends_on:
        place = anchor(entries[needed].stage.position)
        yield f'<a href="#{place}">{plain(needed)}</a>'


def _remarks(entry: StageReport) -> Iterator[str]:
    # As long as all that a stage needs is unfinished, what it needs says what it waits for.
    if set(entry.waiting_for) == set(entry.stage.depends_on):
        entry = replace(entry, waiting_for=())
    yield from (f'<span class="remark">{plain(flag)}</span>' for flag in flags(entry))
    if entry.work.drift:
        yield f'<span class="remark">{plain(entry.work.drift)}</span>'


def _commands(commands: Sequence[str]) -> str:
    return "<br>".join(f"<code>{plain(command)}</code>" for command in commands)
