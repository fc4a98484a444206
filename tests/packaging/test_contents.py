"""What is in the files that are published."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.registry


# What another test may make in the checkout that all of them share.
MADE = {".venv", "__pycache__", "uv.lock"}
# Links for Claude Code's marketplace, which takes a checkout.
LINKS = ".claude-plugin/plugin/"


def files_below(root: Path, folder: str = ".") -> set[str]:
    found = (path.relative_to(root) for path in (root / folder).rglob("*") if path.is_file())
    kept = {path.as_posix() for path in found if MADE.isdisjoint(path.parts)}
    return {path for path in kept if not path.startswith(LINKS)}


def test_the_sdist_holds_everything_that_a_checkout_holds(built: Path, checkout: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert files_below(checkout) <= packed
    assert packed - files_below(checkout) <= {"PKG-INFO", "uv.lock"}


def test_the_wheel_holds_the_package_with_schemas_and_skills_and_nothing_else(
    built: Path, checkout: Path
) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = {
        name.removeprefix("scripts/") for name in files_below(checkout, "scripts/plan_worktree")
    }
    carried = {
        f"plan_worktree/{name}"
        for folder in ("schemas", "skills")
        for name in files_below(checkout, folder)
    }
    assert "plan_worktree/schemas/plan-metadata.schema.json" in carried
    assert "plan_worktree/skills/plan-worktree/SKILL.md" in carried
    copied = {f"plan_worktree/scripts/{name}" for name in ("plans.just", "claude_worktrees.py")}
    assert packed == package | carried | copied
