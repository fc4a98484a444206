"""What a pull request says: title and body from the plan, beside what people write there.

Our part of a body stands between two comments. The first one says what we have made of the rest, so
that what a person changed since is told from what we are to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from plan_worktree.diagnostics import printable
from plan_worktree.landing.forges.protocol import Change, Request, Wanted
from plan_worktree.plan.model import Stage
from plan_worktree.plan.reading.excerpts import excerpt
from plan_worktree.plan.sections import read_sections
from plan_worktree.planfiles.open_plan import Opened
from plan_worktree.state.status import StageReport

_BEGIN = re.compile(r"<!-- plan-worktree: begin([^<>\n]*) -->")
_END = "<!-- plan-worktree: end -->"
# GitHub takes titles of 256 characters, and bodies of 65,536; people's words need room, too.
_LONGEST_TITLE = 250
_MOST_PART, _MOST_SHOWN = 12_000, 14_000
_MOST_GATES = 40


class Place(NamedTuple):
    """Where a stage's request stands in the plan.

    `base` is the branch it goes into. `stands_on` is the stage that is the branch of, None for the
    target. `waits` are the ids of stages that have to land before.
    """

    base: str
    stands_on: Stage | None
    waits: tuple[str, ...]

    @property
    def draft(self) -> bool:
        """Whether it must not be merged yet: it needs several stages, and has one base."""
        return self.stands_on is None and bool(self.waits)


def make_wanted(opened: Opened, entry: StageReport, head: str, place: Place) -> Wanted:
    """Return the pull request that a stage is to have, from its remote branch `head`."""
    stage = entry.stage
    title = printable(f"{stage.name} ({stage.id})")[:_LONGEST_TITLE]
    said = {"base": place.base, "title": title, "draft": "yes" if place.draft else "no"}
    attributes = "".join(f" {key}={_encoded(value)}" for key, value in said.items())
    text = "\n\n".join(_harmless(part) for part in _parts(opened, entry, place))
    body = f"<!-- plan-worktree: begin{attributes} -->\n{text}\n\n{_END}"
    several = len(stage.depends_on) > 1
    return Wanted(head, place.base, title, body, place.draft, was_draft=several)


def _encoded(value: str) -> str:
    """Return a value that can neither end the comment nor the attribute."""
    return quote(value, safe="/").replace("-", "%2D")


def _harmless(text: str) -> str:
    """Return text that can neither begin nor end a comment, and drives no terminal."""
    lines = (printable(line.replace("\t", "    ")) for line in text.split("\n"))
    text = "\n".join(lines)[:_MOST_SHOWN]  # an escape is longer than what it stands for
    return text.replace("<!--", "&lt;!--").replace("-->", "--&gt;")


def _parts(opened: Opened, entry: StageReport, place: Place) -> Iterator[str]:
    plan, graph, stage = opened.plan, opened.graph, entry.stage
    number = graph.order.index(stage.id) + 1
    yield f"Stage `{stage.id}` of the plan `{plan.plan_id}`: {number} of {len(plan.stages)}."
    for name in ("What", "Why"):
        if text := _section_part(opened, stage, name):
            yield f"### {name}"
            yield text
    yield "### Proof"
    yield from _proof(entry)
    yield "### Place in the plan"
    yield "\n".join(f"- {line}" for line in _place_lines(opened, stage, place))


def _section_part(opened: Opened, stage: Stage, name: str) -> str:
    """Return what a part of a stage's section says, without its heading."""
    document = opened.document
    own = next((one for one in read_sections(document) if one.stage_id == stage.id), None)
    lines = own.parts.get(name) if own else None
    if lines is None:
        return ""
    if document.source.lines[lines.start].lstrip(" ").startswith("#"):
        lines = range(lines.start + 1, lines.stop)
    text, is_cut = excerpt(document, lines, _MOST_PART)
    return f"{text}\n\n…" if is_cut else text


def _proof(entry: StageReport) -> Iterator[str]:
    work, gates = entry.work, entry.stage.verify
    commit = work.verified or "?"
    if not gates:
        yield f"The plan has no verify commands for this stage; complete at {commit}."
    else:
        shown = "\n".join(gates[:_MOST_GATES])
        longest = max((len(run) for run in re.findall("`+", shown)), default=0)
        fence = "`" * max(3, longest + 1)
        yield f"At {commit} these commands passed:"
        yield f"{fence}sh\n{shown}\n{fence}"
    if work.completion and work.completion.reason:
        yield f"Accepted beyond what the plan declares: {work.completion.reason}"


def _place_lines(opened: Opened, stage: Stage, place: Place) -> Iterator[str]:
    needed_by = [s.id for s in opened.plan.stages if stage.id in s.depends_on]
    yield f"needs {_names(stage.depends_on)}; {_names(needed_by)} needs it"
    if place.stands_on:
        yield f"stands on `{place.stands_on.id}`, which lands first"
    elif place.waits:
        yield f"stays a draft until these have landed: {_names(place.waits)}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


class _Block(NamedTuple):
    """Our part of a body: what stands before and behind it, and what it said of the request."""

    before: str
    text: str
    after: str
    said: dict[str, str]


def _block(body: str) -> _Block | None:
    """Find our part of a body; None where people took a marker out."""
    begin = _BEGIN.search(body)
    end = body.find(_END, begin.end()) if begin else -1
    if begin is None or end < 0:
        return None
    end += len(_END)
    fields = (word.partition("=") for word in begin[1].split())
    said = {key: unquote(value) for key, _, value in fields}
    return _Block(body[: begin.start()], body[begin.start() : end], body[end:], said)


class Decision(NamedTuple):
    """What is to be changed of a request, and what is left because a person changed it."""

    change: Change
    left: tuple[str, ...]


def decide_change(request: Request, wanted: Wanted) -> Decision:
    """Decide what to change of an open request, so that it is as wanted.

    Base, title and draft are changed only where they are still as we said them last: what else
    they are, a person or the forge made of them. Of the body only our part is ours.
    """
    block = _block(request.body)
    said = block.said if block else {}
    is_ours = {
        "base": said.get("base") == request.base,
        "title": said.get("title") == request.title,
        "draft": said.get("draft") == ("yes" if request.draft else "no"),
    }
    body = _with_block(request.body, block, wanted.body)
    change = Change(
        base=wanted.base if is_ours["base"] and wanted.base != request.base else None,
        title=wanted.title if is_ours["title"] and wanted.title != request.title else None,
        body=body if _plain(body) != _plain(request.body) else None,
        draft=wanted.draft if is_ours["draft"] and wanted.draft != request.draft else None,
    )
    left = []
    if wanted.base != request.base and not is_ours["base"]:
        left.append(f"it goes into {request.base} and not into {wanted.base}: somebody chose that")
    if wanted.draft != request.draft and not is_ours["draft"]:
        state = "a draft" if request.draft else "no draft"
        left.append(f"it is {state}: somebody chose that")
    return Decision(change, tuple(left))


def _with_block(body: str, block: _Block | None, text: str) -> str:
    if block:
        return f"{block.before}{text}{block.after}"
    return f"{body.rstrip()}\n\n{text}" if body.strip() else text


def _plain(body: str) -> str:
    """Return a body to compare: a forge's editor writes its own line ends."""
    return body.replace("\r\n", "\n").rstrip()
