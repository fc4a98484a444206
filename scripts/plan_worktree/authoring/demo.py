"""demo: a small repository with the example plan, to try everything on."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from plan_worktree.git import process
from plan_worktree.plan.planfile import load
from plan_worktree.project.names import DEFAULT_PLANS
from plan_worktree.project.refusal import Refused
from plan_worktree.resources import EXAMPLE_PLAN, EXAMPLE_PROJECT, resource

# The demonstration must work on a machine where git knows nobody, signs, or has hooks for all.
_COMMIT = (
    "-c",
    "user.name=plan-worktree demo",
    "-c",
    "user.email=demo@example.invalid",
    "-c",
    "commit.gpgsign=false",
    "-c",
    f"core.hooksPath={os.devnull}",
)


@dataclass(frozen=True, slots=True)
class Demo:
    """A freshly made demonstration: everything is inside `directory`."""

    directory: Path
    home: Path
    plan: Path


def make_demo(directory: Path) -> Demo:
    """Make the repository with its plan committed. Raises Refused, GitError and OSError."""
    process.require_version()
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
    process.run(home, "init", "--quiet", "--initial-branch=main")
    process.run(home, "add", "--all", "--force")  # whatever this user's git ignores
    process.run(
        home, *_COMMIT, "commit", "--quiet", "--message=A note-taker, and the plan to grow it"
    )
    return Demo(directory, home, path)
