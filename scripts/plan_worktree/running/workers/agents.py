"""Agents are commands. All that we know of one, beside its command line, is one line of data.

The protocol: the command runs in the stage's worktree, reads the brief from its standard input (or
from the file that PLAN_WORKTREE_BRIEF names), commits what it has done, and ends. Exit code 0 says
that it is through, 75 (sysexits.h, EX_TEMPFAIL) that a limit is reached and to try again later,
anything else that it failed. Its last lines may tell what it cost. A preset knows in which words
its tool says that a limit is reached.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from plan_worktree.project.refusal import Reason, Refused
from plan_worktree.project.settings import Settings

SETTING = "planWorktree.agent"
TRY_LATER = 75
# So many of the last lines may say that a limit is reached, or what it cost.
_LAST_LINES = 30


class Agent(NamedTuple):
    """An agent's command line, what it may do, and where a preset's flags are documented.

    `limit` is a regular expression for the line that says that a limit is reached.
    """

    name: str
    command: str
    permissions: str
    source: str = ""
    limit: str = ""


# Their flags as of November 2026. None of them may do more than work in its worktree asks for.
PRESETS = (
    Agent(
        "claude",
        "claude -p --permission-mode acceptEdits --output-format stream-json --verbose "
        "--allowedTools 'Bash(git *)' 'Bash(plan-worktree *)'",
        "edits files in the worktree, runs git and plan-worktree, and what your settings of Claude "
        "Code allow; all else is denied",
        "https://code.claude.com/docs/en/headless",
        r"hit your (?:\w+ )?limit|usage limit reached",
    ),
    Agent(
        "codex",
        "codex exec --sandbox workspace-write "
        '--add-dir "$(git rev-parse --path-format=absolute --git-common-dir)" -',
        "runs any command in a sandbox that writes in the worktree and the git directory, without "
        "network",
        "https://developers.openai.com/codex/noninteractive",
        r"hit your usage limit|usage limit has been reached",
    ),
    Agent(
        "gemini",
        "gemini --approval-mode auto_edit "
        "--allowed-tools 'run_shell_command(git),run_shell_command(plan-worktree)'",
        "edits files in the worktree, runs git and plan-worktree; all else is denied",
        "https://geminicli.com/docs/cli/headless/",
        r"exhausted your (?:capacity|\w+ ?quota)|quota will reset after",
    ),
    Agent(
        "opencode",
        "opencode run",
        "what your opencode.json allows; whatever it would ask for is denied",
        "https://opencode.ai/docs/cli/",
    ),
    Agent(
        "aider",
        'aider --yes-always --message-file "$PLAN_WORKTREE_BRIEF"',
        "edits and commits files in the worktree, says yes to every question of its own",
        "https://aider.chat/docs/scripting.html",
    ),
)


class Report(NamedTuple):
    """What an attempt cost in US dollars, and how many turns it took, as far as that was told."""

    cost: float | None = None
    turns: int | None = None


def choose_agent(written: str | None, settings: Settings) -> Agent:
    """Return the agent that a command line or the setting planWorktree.agent names.

    A preset is named by its name, any other agent by its command. Raises Refused, with the presets
    that are installed where none is named, and GitError.
    """
    named = (written or settings.text(SETTING) or "").strip()
    if not named:
        raise Refused([_none_named()])
    if any(not (letter.isprintable() or letter in "\n\t") for letter in named):
        raise Refused([f"the agent's command has control characters: {named!r}"])
    for preset in PRESETS:
        if preset.name == named:
            _require(preset.command)
            return preset
    _require(named)
    return Agent(_first_word(named) or "agent", named, "whatever the command itself may do")


def _none_named() -> Reason:
    found = [preset.name for preset in PRESETS if shutil.which(preset.name)]
    have = f"here are {', '.join(found)}" if found else "none of them is on PATH here"
    known = ", ".join(preset.name for preset in PRESETS)
    setting = f"git config {SETTING} {found[0] if found else 'NAME'}"
    said = f"no agent is named: --agent NAME or --agent 'COMMAND' (known by name: {known}; {have})"
    return Reason(f"{said}; to have it always: {setting}", Reason("").code, setting)


def _require(command: str) -> None:
    """Raise Refused where the program of a command is nowhere on PATH.

    Of a path nothing is known: it is taken from the stage's worktree. Shell words are the shell's.
    """
    word = _first_word(command)
    if word and "/" not in word and not shutil.which(word):
        raise Refused([f"there is no program {word} on PATH: --agent 'COMMAND' names another one"])


def _first_word(command: str) -> str | None:
    """Return the program of a plain command; None for what only a shell understands."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    word = words[0] if words else ""
    return word if re.fullmatch(r"[\w./+-]+", word) and word not in _SHELL else None


# What a shell has by itself (POSIX, "Reserved Words" and "Special Built-In Utilities").
_SHELL = frozenset(
    ("case", "for", "if", "until", "while", ".", ":", "break", "continue", "eval", "exec", "exit",
     "export", "readonly", "return", "set", "shift", "times", "trap", "unset", "cd", "command",
     "read", "test", "true", "false", "echo", "printf", "umask", "wait")
)  # fmt: skip


def says_limit(agent: Agent, code: int | None, lines: Sequence[str]) -> bool:
    """Tell whether an agent that ended with a code has reached a limit, by its last lines."""
    if code in (0, None):
        return False
    last = lines[-_LAST_LINES:]
    said = agent.limit and any(re.search(agent.limit, line, re.IGNORECASE) for line in last)
    return code == TRY_LATER or bool(said)


def read_report(lines: Sequence[str]) -> Report:
    """Return what the last lines of an agent's output tell of its cost.

    That is a line of JSON with `total_cost_usd` and maybe `num_turns`, as Claude Code ends with.
    """
    return next(_reports(reversed(lines[-_LAST_LINES:])), Report())


def _reports(lines: Iterator[str]) -> Iterator[Report]:
    for line in lines:
        try:
            said = json.loads(line) if line.startswith("{") else None
        except (ValueError, RecursionError):
            continue
        if isinstance(said, dict) and "total_cost_usd" in said:
            cost, turns = said["total_cost_usd"], said.get("num_turns")
            yield Report(
                float(cost) if isinstance(cost, int | float) and cost >= 0 else None,
                turns if isinstance(turns, int) else None,
            )
