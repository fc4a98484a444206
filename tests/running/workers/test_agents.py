"""Which agent is meant, and what is told of a limit and of costs."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from plan_worktree.project.refusal import Refused
from plan_worktree.project.settings import Settings
from plan_worktree.running.workers.agents import (
    PRESETS,
    Agent,
    Report,
    choose_agent,
    read_report,
    says_limit,
)
from tests.support import Repo
from tests.world import executable

CLAUDE = next(preset for preset in PRESETS if preset.name == "claude")
CODEX = next(preset for preset in PRESETS if preset.name == "codex")
GEMINI = next(preset for preset in PRESETS if preset.name == "gemini")
OWN = Agent("mine", "mine", "whatever")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_a_command_of_its_tool_with_a_source(preset: Agent) -> None:
    assert shlex.split(preset.command)[0] == preset.name
    assert preset.source.startswith("https://")
    # Never more than work in a worktree asks for.
    assert not {"--yolo", "--dangerously-skip-permissions", "danger-full-access"} & set(
        shlex.split(preset.command)
    )


def test_a_preset_is_named_by_its_name_and_must_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="there is no program claude on PATH"):
        choose_agent("claude", Settings())
    executable(tmp_path / "claude", "#!/bin/sh\n")
    assert choose_agent("claude", Settings()) == CLAUDE


def test_who_names_no_agent_hears_how_and_which_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match=r"known by name: claude, codex, .*; none of them is on PATH"):
        choose_agent(None, Settings())
    executable(tmp_path / "codex", "#!/bin/sh\n")
    with pytest.raises(Refused, match=r"here are codex.*: git config planWorktree.agent codex"):
        choose_agent(" ", Settings())


def test_the_setting_names_an_agent_and_the_option_another_one(repo: Repo) -> None:
    repo.git("config", "planWorktree.agent", "sh -c 'exit 0'")
    settings = Settings(repo.path / ".git")
    assert choose_agent(None, settings).command == "sh -c 'exit 0'"
    assert choose_agent("./build --now", settings).name == "./build"


@pytest.mark.parametrize("command", ("cd x && y", "while false; do :; done", "A=1 b", "'", "a/b"))
def test_what_only_a_shell_understands_is_left_to_it(command: str) -> None:
    assert choose_agent(command, Settings()).command == command


@pytest.mark.parametrize("command", ("no-such-agent", "no-such-agent -x", "a\x1bb"))
def test_an_agent_that_cannot_be_is_refused(command: str) -> None:
    with pytest.raises(Refused):
        choose_agent(command, Settings())


@pytest.mark.parametrize(
    ("agent", "code", "line", "is_limit"),
    (
        (OWN, 75, "", True),
        (OWN, 1, "You've hit your usage limit.", False),
        (CLAUDE, 1, "You've hit your limit · resets 1pm (Europe/Lisbon)", True),
        (CLAUDE, 1, "You've hit your session limit · resets 12:50am", True),
        (CLAUDE, 1, "Claude AI usage limit reached|1766502000", True),
        (CLAUDE, 0, "I explained 'you have hit your limit'", False),
        (CLAUDE, 1, "TypeError", False),
        (CODEX, 1, "You've hit your usage limit. Try again in 2 days 17 hours.", True),
        (GEMINI, 1, "[API Error: You have exhausted your capacity on this model.", True),
        (OWN, None, "", False),
        (OWN, -9, "", False),
    ),
)
def test_a_limit_is_told_from_a_crash(
    agent: Agent, code: int | None, line: str, is_limit: bool
) -> None:
    assert says_limit(agent, code, ("something", line)) is is_limit


def test_costs_and_turns_are_read_from_the_last_lines() -> None:
    result = {"type": "result", "total_cost_usd": 0.25, "num_turns": 7}
    lines = ('{"type": "assistant"}', json.dumps(result), "{not json", "")
    assert read_report(lines) == Report(0.25, 7)
    assert read_report(("no JSON",)) == Report()
    odd = json.dumps({"total_cost_usd": "much", "num_turns": "many"})
    assert read_report((odd, "[" * 100_000)) == Report()
