"""A document's blocks by what they are about: its questions, its goal, each stage, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from plan_worktree.plan.planfile import Metadata
from plan_worktree.plan.sections import Section
from plan_worktree.plan.text.markdown import Token


class About(Enum):
    """What a run of blocks is about."""

    QUESTIONS = auto()
    GOAL = auto()
    STAGE = auto()
    REST = auto()


class Part(NamedTuple):
    """Blocks that follow each other in the file; `stage` is the id of the stage they explain."""

    about: About
    stage: str
    tokens: list[Token]

    @property
    def has_heading(self) -> bool:
        """Whether the first block is a heading."""
        return bool(self.tokens[0]["type"] == "heading")


_NAMED = {"open questions": About.QUESTIONS, "overview": About.GOAL, "goal": About.GOAL}


def title_of(tokens: Sequence[Token]) -> Token | None:
    """Return the document's first heading of the first level."""
    return next((token for token in tokens if _level(token) == 1), None)


def parts_of(
    tokens: Sequence[Token], sections: Sequence[Section], metadata: Metadata
) -> list[Part]:
    """Return a document's parts in its order, without the title and the metadata."""
    title, block = title_of(tokens), metadata.fence.line
    found: list[Part] = []
    last: tuple[About, int] | None = None
    line, index, named = 0, 0, About.REST
    for token in tokens:
        line = token.get("line", line)
        if token is title or token["type"] == "blank_line":
            continue
        if token["type"] == "block_code" and line == block:
            continue
        while index < len(sections) and sections[index].last <= line:
            index += 1
        inside = index < len(sections) and sections[index].first <= line
        stage = sections[index].stage_id if inside else ""
        if 0 < _level(token) <= 2:
            named = _NAMED.get(token["text"].strip().casefold(), About.REST)
        about = About.STAGE if stage else named
        if last != (about, index if inside else -1):
            last = about, index if inside else -1
            found.append(Part(about, stage, []))
        found[-1].tokens.append(token)
    return found


def open_and_answered(tokens: Sequence[Token]) -> tuple[int, int]:
    """Count the questions of a part: items of its lists; one that is ticked is answered."""
    found = [0, 0]
    for token in tokens:
        for item in token["children"] if token["type"] == "list" else ():
            first = item["children"][0] if item["children"] else {}
            found[first.get("text", "").startswith(("[x]", "[X]"))] += 1
    return found[0], found[1]


def _level(token: Token) -> int:
    return int(token["attrs"]["level"]) if token["type"] == "heading" else 0
