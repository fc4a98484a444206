"""Where the files that ship with the package are: schemas, the skill, the example.

A wheel carries them inside the package; a checkout (also an editable install, or the script run
in place) has them two levels above it. The first that exists is right, the other cannot be.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE, _PACKAGE.parent.parent)

PLAN_SCHEMA = "schemas/plan-metadata.schema.json"
PLAN_TEMPLATE = "skills/plan-worktree/assets/plan-template.md"
RECIPES = "scripts/plans.just"
CLAUDE_WORKTREES = "scripts/claude_worktrees.py"
SKILL = "skills/plan-worktree"
EXAMPLE_PLAN = "skills/plan-worktree/references/example-plan.md"
DIAGNOSTICS_PAGE = "skills/plan-worktree/references/diagnostics.md"
EXAMPLE_PROJECT = "skills/plan-worktree/assets/demo-project"
EXAMPLE_AGENT = "skills/plan-worktree/assets/demo-agent/agent.py"


def resource(name: str) -> Path:
    """Return the path of a shipped file or folder; `name` is relative, with ``/``.

    Raises FileNotFoundError when the installation is incomplete.
    """
    for root in _ROOTS:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is missing from this installation of plan-worktree")
