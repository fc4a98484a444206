"""demo: a small repository with the example plan, to try everything on."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.git import repository
from plan_worktree.git.index import add_all
from plan_worktree.git.objects.commits import commit
from plan_worktree.git.process import require_version
from plan_worktree.plan.planfile import load
from plan_worktree.project.names import DEFAULT_PLANS
from plan_worktree.project.refusal import Refused
from plan_worktree.resources import EXAMPLE_AGENT, EXAMPLE_PLAN, EXAMPLE_PROJECT, resource

# The demonstration must work on a machine where git knows nobody, signs, or has hooks for all.
_SETTINGS = {
    "user.name": "plan-worktree demo",
    "user.email": "demo@example.invalid",
    "commit.gpgsign": "false",
    "core.hooksPath": os.devnull,
}


@dataclass(frozen=True, slots=True)
class Demo:
    """A freshly made demonstration: everything is inside `directory`."""

    directory: Path
    home: Path
    plan: Path


def make_demo(directory: Path) -> Demo:
    """Make the repository with its plan committed. Raises Refused, GitError and OSError."""
    require_version()
    directory = Path(os.path.realpath(directory))
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Refused([f"{directory} exists already: plan-worktree demo ANOTHER-DIRECTORY"])
    home = directory / "notes"
    shutil.copytree(
        resource(EXAMPLE_PROJECT), home, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    example = resource(EXAMPLE_PLAN)
    plan = load(example).plan
    name = plan.plan_id if plan else example.stem
    path = home / DEFAULT_PLANS / f"{name}.md"
    path.parent.mkdir(parents=True)
    shutil.copyfile(example, path)
    repository.init(home, "main")
    add_all(home, ignored=True)  # whatever this user's git ignores
    commit(home, "A note-taker, and the plan to grow it\n", _SETTINGS)
    return Demo(directory, home, path)


def prepare_agents(made: Demo) -> str:
    """Let agents commit in a demonstration, whatever git knows of this user; return the command.

    The agent is a script, which writes what the plan's stages ask for. Raises GitError.
    """
    for name, value in _SETTINGS.items():
        repository.set_setting(made.home, name, value)
    return shlex.join((sys.executable, str(resource(EXAMPLE_AGENT))))
