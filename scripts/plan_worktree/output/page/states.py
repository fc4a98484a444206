"""How a stage's state is shown: a sign and a word, and a class that gives both their colour."""

from __future__ import annotations

from plan_worktree.output.page.markup.tags import plain
from plan_worktree.state.status import State

# In the order in which work goes on. No sign is another one's in another colour.
SIGNS = {
    State.MERGED: "\u25cf",
    State.COMPLETE: "\u2713",
    State.IN_PROGRESS: "\u25d0",
    State.READY: "\u25b7",
    State.WAITING: "\u25cb",
    State.BLOCKED: "\u2715",
}


def chip(state: State) -> str:
    """Return a state as a small coloured label."""
    sign = f'<span aria-hidden="true">{SIGNS[state]}</span>'
    return f'<span class="chip s-{state.value}">{sign} {plain(state.value)}</span>'


def anchor(position: int) -> str:
    """Return the id of the section of the stage at a place of the metadata."""
    return f"stage-{position + 1}"
