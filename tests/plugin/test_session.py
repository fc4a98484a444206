"""Whole sessions of the real Claude Code with the plugin; only the model has a stand-in."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.stand_in_model import Model, Step, serving
from tests.result import Result
from tests.support import ROOT, Repo, plan_text, run

pytestmark = [pytest.mark.soak, pytest.mark.registry]

PLAN = "2026-01-02-notes"
SKILL = "/plan-worktree:plan-worktree MAIN"


@dataclass(frozen=True)
class Session:
    """What a session has said, event by event, and what the model had to read."""

    events: list[dict[str, Any]]
    model: Model

    def hook(self, event: str) -> list[str]:
        """Return the output of every hook of an event that said anything."""
        said = [one for one in self.events if one.get("subtype") == "hook_response"]
        return [one["output"] for one in said if one["hook_event"] == event and one["output"]]

    def hooks_run(self, event: str) -> int:
        told = [one for one in self.events if one.get("subtype") == "hook_started"]
        return sum(one["hook_event"] == event for one in told)

    def results(self) -> list[str]:
        """Return what the tools gave back, in order."""
        messages = [one["message"] for one in self.events if one["type"] == "user"]
        parts = [part for message in messages for part in message["content"]]
        found = [part["content"] for part in parts if part["type"] == "tool_result"]
        return [one if isinstance(one, str) else json.dumps(one) for one in found]

    def asked(self) -> list[str]:
        """Return the tools that a person would have been asked about."""
        return [
            one["tool_name"] for one in self.events if one.get("subtype") == "permission_denied"
        ]

    def said(self, subtype: str) -> dict[str, Any]:
        return next(one for one in self.events if one.get("subtype") == subtype)


@pytest.fixture
def session(claude: Path, tmp_path: Path) -> Callable[..., Session]:
    """Play a session: the steps of the model in `cwd`, and flags of Claude Code."""
    programs = tmp_path / "programs"
    programs.mkdir()
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)

    def play(
        cwd: Path,
        *steps: Step,
        prompt: str = "MAIN",
        flags: tuple[str, ...] = (),
        path: str = f"{programs}:/usr/bin:/bin",
        **others: Any,
    ) -> Session:
        # Other speakers first: what a helper is told may hold the word of who sent it.
        model = Model({**others, "MAIN": steps})
        with serving(model) as address:
            env = {
                "ANTHROPIC_BASE_URL": address,
                "ANTHROPIC_API_KEY": "sk-ant-none",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "DISABLE_AUTOUPDATER": "1",
                "PATH": path,
            }
            stream = ("--output-format", "stream-json", "--verbose", "--include-hook-events")
            # Which tools there are depends on the model; this one is offered those for tasks.
            plugin = (
                "--plugin-dir",
                str(ROOT / ".claude-plugin/plugin"),
                "--model",
                "claude-sonnet-4-5",
            )
            done = run(claude, *flags, "-p", prompt, *stream, *plugin, cwd=cwd, env=env)
        assert done.exit_code == 0, done.output
        return Session([json.loads(line) for line in done.stdout.splitlines()], model)

    return play


@pytest.fixture
def stage(repo: Repo, cli: Callable[..., Result]) -> Repo:
    """Return the worktree of a stage that ada has, below .claude/worktrees."""
    assert cli("init", "claude-worktrees", cwd=repo.path).exit_code == 0
    place = f".claude/worktrees/{PLAN}/a"
    plan = repo.plan(PLAN, "a", "b", status="approved")
    plan.write_text(plan.read_text().replace(f"../worktrees/{PLAN}/a", place))
    repo.commit("plan")
    assert cli("setup", PLAN, "a", cwd=repo.path).exit_code == 0
    assert cli("start", PLAN, "a", "--owner", "ada", cwd=repo.path).exit_code == 0
    return Repo(repo.path / place)


def bash(command: str) -> Step:
    return "Bash", {"command": command, "description": "x"}


def test_a_session_in_a_stages_worktree(
    session: Callable[..., Session], stage: Repo, repo: Repo
) -> None:
    seen = session(
        stage.path,
        ("Write", {"file_path": str(repo.path / "evil.py"), "content": "x"}),
        ("TaskCreate", {"subject": "Build stage a", "description": "x", "activeForm": "x"}),
        ("TaskUpdate", {"taskId": "1", "status": "completed"}),
        ("Task", {"description": "x", "prompt": "HELPER", "subagent_type": "general-purpose"}),
        "that is all",
        "I go on with it",
        HELPER=("seen",),
    )
    assert "# Stage a: A" in seen.model.read("MAIN")
    assert "# Stage a: A" in seen.model.read("HELPER")
    assert seen.said("session_title_changed")["title"] == "a: A"
    refused, _, task, *_ = seen.results()
    assert "is outside this stage's worktree" in refused
    assert not (repo.path / "evil.py").exists()
    assert "stage a has no proof: plan-worktree complete" in task
    (reminder,) = seen.hook("Stop")
    assert "stage a is claimed by ada and not complete" in reminder
    assert "claimed by ada and not complete" in seen.model.read("MAIN")
    assert seen.hook("SubagentStop") == []


def test_reading_commands_run_without_a_question_and_writing_ones_do_not(
    session: Callable[..., Session], stage: Repo, repo: Repo
) -> None:
    reading = (
        f"validate --strict {PLAN}", "ls", f"show {PLAN}", f"status {PLAN}", f"ready {PLAN}",
        f"brief {PLAN} a", f"conflicts {PLAN}", "merge --help", f"setup {PLAN} --dry-run",
        f"merge {PLAN} --dry-run", f"remove {PLAN} --dry-run", f"restore {PLAN} a --list",
    )  # fmt: skip
    steps = [bash(f"plan-worktree {words}") for words in reading]
    seen = session(repo.path, *steps, prompt=SKILL)
    assert seen.asked() == []
    assert len(seen.results()) == len(reading)
    assert "command not found" not in "".join(seen.results())
    seen = session(repo.path, bash(f"plan-worktree merge {PLAN}"), prompt=SKILL)
    assert seen.asked() == ["Bash"]


def test_a_session_opens_a_stage_by_its_name(session: Callable[..., Session], stage: Repo) -> None:
    seen = session(stage.path.parents[3], bash("pwd"), flags=("-w", "a"))
    assert seen.results() == [str(stage.path)]
    assert "# Stage a: A" in seen.model.read("MAIN")


def test_a_session_enters_a_stage_unasked(
    session: Callable[..., Session], stage: Repo, repo: Repo
) -> None:
    seen = session(repo.path, ("EnterWorktree", {"path": str(stage.path)}), bash("pwd"))
    assert seen.asked() == []
    assert seen.results()[1] == str(stage.path)


def test_no_hook_runs_after_an_edit_that_is_none_of_a_plan(
    session: Callable[..., Session], repo: Repo
) -> None:
    # Edits below .claude are asked about, whatever the mode.
    repo.git("config", "planWorktree.plans", "docs/plans")
    plan = repo.write(f"docs/plans/{PLAN}.md", plan_text(PLAN, "a"))
    seen = session(
        repo.path,
        ("Write", {"file_path": str(repo.path / "a.py"), "content": "x"}),
        flags=("--permission-mode", "acceptEdits"),
    )
    assert seen.hooks_run("PostToolUse") == 0
    seen = session(
        repo.path,
        ("Read", {"file_path": str(plan)}),
        ("Write", {"file_path": str(plan), "content": plan_text(PLAN, "a:nowhere")}),
        flags=("--permission-mode", "acceptEdits"),
    )
    assert seen.hooks_run("PostToolUse") == 1
    assert "PW202" in seen.model.read("MAIN")


def test_without_python_the_hooks_are_missed_and_nobody_is_stopped(
    session: Callable[..., Session], stage: Repo, tmp_path: Path
) -> None:
    programs = tmp_path / "bare"
    programs.mkdir()
    for name in ("git", "sh", "bash", "env"):
        (programs / name).symlink_to(str(shutil.which(name)))
    seen = session(
        stage.path,
        ("Write", {"file_path": str(stage.path / "a.py"), "content": "x"}),
        flags=("--permission-mode", "acceptEdits"),
        path=str(programs),
    )
    assert (stage.path / "a.py").read_text() == "x"
    assert seen.hooks_run("PreToolUse") == 1
