"""The entry of a project's .pre-commit-config.yaml that checks every committed plan.

A configuration that exists is never edited: its comments and layout are the project's.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from textwrap import indent

from plan_worktree.authoring.addition import Addition, read
from plan_worktree.project.home import Home
from plan_worktree.project.names import DEFAULT_PLANS

CONFIG = ".pre-commit-config.yaml"

# The program that is on PATH, so that the check and the person always use the same one.
_ENTRY = """\
- repo: local
  hooks:
    - id: plan-validate
      name: validate implementation plans
      entry: plan-worktree validate
      language: system
      files: '^{folder}.*\\.md$'
      types: [markdown]
      require_serial: true
"""
_TO_SPACES = str.maketrans(dict.fromkeys("'\"{}[],", " "))


def add_hook(home: Home) -> list[Addition]:
    """Decide about the entry, or write it out for the user to paste."""
    entry = _ENTRY.format(folder=re.escape(_plans_folder(home)).replace("'", "''"))
    before, unusual = read(home.root, CONFIG)
    if not before and not unusual:
        content = f"repos:\n{indent(entry, '  ')}".encode()
        return [Addition("pre-commit", CONFIG, "added", "", content, before)]
    lines = [
        line.partition("#")[0] for line in (before or b"").decode(errors="replace").split("\n")
    ]
    if any("plan-validate" in line.translate(_TO_SPACES).split() for line in lines):
        return [Addition("pre-commit", CONFIG, "kept")]
    items = [line for line in lines if line.lstrip().startswith("-") and "repo:" in line]
    margin = items[0].partition("-")[0] if items else ""
    below = f"below the line repos: of {CONFIG} (write that line if there is none)"
    paste = f"to check plans, paste this directly {below}, in line with the entries there:"
    why = f"{unusual}{unusual and '; '}{paste}\n{indent(entry, margin)}"
    return [Addition("pre-commit", CONFIG, "left", why)]


def _plans_folder(home: Home) -> str:
    """Return the plans folder, relative and with a slash; the usual one where it is outside."""
    folder = PurePath(os.path.relpath(home.plans_folder(), home.root)).as_posix()
    if folder.startswith("..") or not folder.isprintable():
        folder = DEFAULT_PLANS
    return "" if folder == "." else f"{folder}/"
