"""What an agent is told when it is started again: why, the failed gate's words, what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from plan_worktree.gates.gates import Ran
from plan_worktree.gates.logs import end_of
from plan_worktree.gates.plain import plain_lines
from plan_worktree.git.objects.changes import changed_files
from plan_worktree.git.objects.commits import head_commit
from plan_worktree.git.process import GitError
from plan_worktree.git.worktrees import changes

# Of a gate's output, and of the files that were changed.
_LINES, _WIDTH, _FILES = 40, 500, 60
_VERBS = {"A": "create", "D": "delete"}

# Stands before what the brief says: how the last steps of it are taken here.
PREFACE = """\
You are started by plan-worktree to work on one stage, without anybody to ask. This is the stage's
worktree: change no file outside of it. Commit your work here, all of it, and then end: when you
have ended, `complete` is run for you, and you are started again with its words where it refuses.
Do not start another stage. When something is in the way for good, say what, and mark the stage
blocked as the brief's last section has it.

"""


def feedback(reasons: Sequence[str], said: Sequence[str], base: str | None, worktree: Path) -> str:
    """Return what is added to the brief after an attempt that did not end well.

    `reasons` say why, `said` is what a program printed last. Never raises: what git cannot tell
    is left out.
    """
    lines = [
        "",
        "## Your last attempt",
        "",
        "You have worked on this stage before. It is not done:",
    ]
    lines += ["", *(f"- {reason}" for reason in reasons)]
    if said:
        lines += ["", "The last that was printed:", "", "```text", *_cut(said), "```"]
    try:
        changed = list(_changed(base, worktree))
    except (GitError, OSError):
        changed = []
    lines += ["", "What you have changed lies in the worktree:", "", *changed] if changed else []
    return "\n".join(lines) + "\n"


def last_words(ran: Ran | None) -> tuple[str, ...]:
    """Return the last lines that a gate printed which failed."""
    if ran is None or ran.passed or ran.log is None:
        return ()
    try:
        return tuple(plain_lines(end_of(ran.log)))[-_LINES:]
    except OSError:
        return ()


def _cut(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[-_LINES:]:
        safe = line.replace("```", "'''")  # nothing of it ends the fence
        yield f"{safe[:_WIDTH]}…" if len(safe) > _WIDTH else safe


def _changed(base: str | None, worktree: Path) -> Iterator[str]:
    """Yield what the stage's commits change, and what is in no commit. Raises GitError."""
    committed = changed_files(worktree, base, head_commit(worktree)) if base else {}
    lines = [f"- {_VERBS.get(letter, 'modify')} {path}" for path, letter in committed.items()]
    found = changes(worktree)
    lines += [f"- in no commit: {path}" for path in (*found.tracked, *found.untracked)]
    yield from lines[:_FILES]
    if len(lines) > _FILES:
        yield f"- and {len(lines) - _FILES} more"
