"""The whole page of a plan: what is to be decided first, then how far it is, then all it says.

A function of what was read; it asks git nothing, and the clock only for how long a claim has been.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Container, Iterator
from datetime import datetime
from hashlib import sha256

from plan_worktree.lint.subject import Subject
from plan_worktree.output.page.files import file_tables
from plan_worktree.output.page.graph import drawing
from plan_worktree.output.page.markup.comments import told_elsewhere
from plan_worktree.output.page.markup.markdown import Rendering
from plan_worktree.output.page.markup.reasons import reasons
from plan_worktree.output.page.markup.tags import plain, visible
from plan_worktree.output.page.ownership import ownership
from plan_worktree.output.page.parts import About, Part, open_and_answered, parts_of, title_of
from plan_worktree.output.page.repeated import repeated, without
from plan_worktree.output.page.stages import definitions, progress, stage_facts, stage_table
from plan_worktree.output.page.states import anchor
from plan_worktree.output.page.style import style_sheet
from plan_worktree.plan.parts.todo import counts
from plan_worktree.plan.text.markdown import parse_state
from plan_worktree.state.declared import Standing
from plan_worktree.state.status import StageReport


def plan_page(subject: Subject, standing: Standing, made: datetime) -> str:
    """Return a plan's page, ASCII control characters and all that hides text made visible.

    `made` is the time (UTC) at which the plan and git were read.
    """
    return visible("\n".join(_Page(subject, standing, made).lines()) + "\n")


# Nothing is loaded and nothing runs (Content Security Policy Level 3).
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"


class _Page:
    def __init__(self, subject: Subject, standing: Standing, made: datetime) -> None:
        self.subject, self.standing, self.made = subject, standing, made
        state = parse_state(subject.document.text)
        self.why = reasons(subject.plan, subject.metadata.value)
        self.rendering = Rendering(state, told_elsewhere(subject.plan, self.why))
        self.title = title_of(state.tokens)
        self.parts = parts_of(state.tokens, subject.sections, subject.metadata)
        self.section_of = {found.stage_id: found for found in reversed(subject.sections)}
        self.entries = {entry.stage.id: entry for entry in standing.report.stages}
        waves = enumerate(subject.graph.waves, 1)
        self.wave_of = {stage: number for number, wave in waves for stage in wave}

    def lines(self) -> Iterator[str]:
        title = self.title["text"].strip() if self.title else self.subject.plan.plan_id
        style = style_sheet()
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = f"{_POLICY}; style-src 'sha256-{digest}'"
        yield "<!DOCTYPE html>"
        yield '<html lang="en"><head><meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        yield '<meta name="referrer" content="no-referrer">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="color-scheme" content="light dark">'
        yield f"<title>{plain(title)}</title><style>{style}</style></head><body>"
        yield '<a class="skip" href="#main">Skip to the plan</a>'
        yield f'<header><h1 dir="auto">{self.rendering.line(title)}</h1>'
        yield definitions(self._facts())
        yield "</header>"
        yield from _navigation()
        yield '<main id="main" tabindex="-1">'
        yield from self._questions()
        yield from self._goal()
        yield from self._standing()
        yield '<h2 id="files">Files</h2>'
        places = {stage.id: stage.position for stage in self.subject.plan.stages}
        yield file_tables(ownership(self.subject), places)
        yield '<div id="plan">'
        yield from self._plan()
        yield "</div>"
        yield from self._metadata()
        yield "</main>"
        yield f'<footer><p class="quiet">{self._origin()}</p></footer></body></html>'

    def _facts(self) -> list[tuple[str, str]]:
        plan, report = self.subject.plan, self.standing.report
        target = f"<code>{plain(report.target)}</code>" if report.target else "left open"
        return [
            ("Plan", f"<code>{plain(plan.plan_id)}</code>"),
            ("Status", plain(plan.status)),
            ("Author", f"<bdi>{plain(plan.author)}</bdi>"),
            ("Created", plain(plan.created)),
            ("Lands in", target),
        ]

    def _questions(self) -> Iterator[str]:
        parts = [part for part in self.parts if part.about is About.QUESTIONS]
        counts = [open_and_answered(part.tokens) for part in parts]
        unanswered, answered = (sum(count[which] for count in counts) for which in (0, 1))
        kind = ' class="questions"' if unanswered else ""
        noun = "question" if unanswered == 1 else "questions"
        said = f"{unanswered or 'No'} open {noun}" + (f", {answered} answered" if answered else "")
        yield f'<section{kind} id="questions" aria-labelledby="questions-head">'
        yield f'<h2 id="questions-head">{said}</h2>'
        for part in parts:
            yield self._below_heading(part)
        yield "</section>"

    def _goal(self) -> Iterator[str]:
        yield '<h2 id="goal">Goal</h2>'
        parts = [part for part in self.parts if part.about is About.GOAL]
        for part in parts:
            yield self._below_heading(part)
        if not parts:
            yield "<p>The plan has no section Overview.</p>"

    def _standing(self) -> Iterator[str]:
        report, graph = self.standing.report, self.subject.graph
        yield '<h2 id="progress">Progress</h2>'
        yield progress(report)
        yield from (f"<p>{plain(problem)}</p>" for problem in report.problems)
        yield stage_table(report, graph, counts(self.subject.document))
        yield '<h2 id="graph">What waits for what</h2>'
        yield drawing(report, graph, self.why)

    def _plan(self) -> Iterator[str]:
        left = dict(self.entries)
        for part in self.parts:
            entry = left.pop(part.stage, None)
            if entry:
                yield from self._stage(entry, part)
            elif part.about in (About.STAGE, About.REST):
                yield self.rendering.blocks(part.tokens, 2)
        for entry in left.values():
            yield from self._stage(entry, None)

    def _stage(self, entry: StageReport, part: Part | None) -> Iterator[str]:
        yield f'<section class="stage" id="{anchor(entry.stage.position)}">'
        if part and part.has_heading:
            yield self.rendering.blocks(part.tokens[:1], 2)
        else:
            yield f"<h3>{plain(entry.stage.name)}</h3>"
        yield stage_facts(entry, self.wave_of[entry.stage.id], self.entries, self.why)
        nothing = "<p>The plan does not explain this stage.</p>"
        yield self._explained(entry, part) if part else nothing
        yield "</section>"

    def _explained(self, entry: StageReport, part: Part) -> str:
        section = self.section_of[part.stage]
        lines = self.subject.document.source.lines
        return self._below_heading(part, repeated(section, entry.stage, lines))

    def _below_heading(self, part: Part, left_out: Container[int] = ()) -> str:
        """Render a part without its heading and the lines, from 0, that are left out."""
        above = 3 if part.about is About.STAGE else 2
        tokens = part.tokens[int(part.has_heading) :]
        return self.rendering.blocks(list(without(tokens, left_out)), above)

    def _metadata(self) -> Iterator[str]:
        yield '<h2 id="metadata">Metadata</h2><details><summary>The block that is the truth'
        yield f"</summary><pre>{plain(self.subject.metadata.fence.content)}</pre></details>"

    def _origin(self) -> str:
        source = "git" if self.standing.from_git else "the plan, which lies in no repository,"
        when = f"{self.made:%Y-%m-%d %H:%M} UTC"
        return f"States as {source} had them at {when}. To see them anew, make the page again."


def _navigation() -> Iterator[str]:
    yield '<nav aria-label="This page"><ul>'
    for target, name in (
        ("questions", "Open questions"),
        ("goal", "Goal"),
        ("progress", "Progress"),
        ("graph", "Graph"),
        ("files", "Files"),
        ("plan", "The plan"),
        ("metadata", "Metadata"),
    ):
        yield f'<li><a href="#{target}">{name}</a></li>'
    yield "</ul></nav>"
