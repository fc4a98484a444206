"""What Claude Code itself says of the plugin and of the marketplace that lists it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import ROOT, Repo, checked, run

pytestmark = pytest.mark.registry


@pytest.fixture
def ask(claude: Path) -> Callable[..., Result]:
    """Run a subcommand of `claude plugin` that needs no network."""
    quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"}
    return lambda *words: run(claude, "plugin", *words, env=quiet)


def test_marketplace_and_plugin_pass_the_strict_check(
    ask: Callable[..., Result], tmp_path: Path
) -> None:
    told = ask("validate", "--strict", str(ROOT))
    assert told.exit_code == 0, told.output
    # The validator reads nothing behind links, and an installed plugin has none.
    copy = tmp_path / "plugin"
    shutil.copytree(
        ROOT / ".claude-plugin/plugin", copy, ignore=shutil.ignore_patterns("__pycache__")
    )
    told = ask("validate", "--strict", str(copy))
    assert told.exit_code == 0, told.output


def test_what_is_installed_is_whole_and_has_no_tests(
    ask: Callable[..., Result], tmp_path: Path, home: Path
) -> None:
    market = tmp_path / "market"
    checked("git", "clone", "--quiet", "--no-local", "--depth=1", f"file://{ROOT}", str(market))
    assert ask("marketplace", "add", str(market)).exit_code == 0
    assert ask("install", "plan-worktree@plan-worktree").exit_code == 0
    (manifest,) = (home / ".claude/plugins/cache").rglob("plugin.json")
    plugin = manifest.parent.parent
    assert {path.name for path in plugin.iterdir()} - {".in_use"} == {
        ".claude-plugin", "LICENSE", "bin", "schemas", "scripts", "skills",
    }  # fmt: skip
    assert not [path for path in plugin.rglob("*") if path.is_symlink()]
    python = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = run(plugin / "bin/plan-worktree", "--version", env={"PATH": python})
    assert told.exit_code == 0, told.output
    assert json.loads(manifest.read_text())["name"] == "plan-worktree"


def test_a_fault_is_noticed(ask: Callable[..., Result], repo: Repo) -> None:
    repo.write(".claude-plugin/plugin.json", '{"name": "x", "hook": {}}')
    assert ask("validate", "--strict", str(repo.path)).exit_code == 1
