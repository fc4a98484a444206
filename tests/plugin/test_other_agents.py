"""What Codex and Gemini CLI find in this repository: one skill, told of in each one's own form.

The forms are those of their documentation (Codex, "Build plugins"; Gemini CLI, "Extension
reference"). Where the programs are on PATH or in node_modules, they read them as well.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from plan_worktree import __version__
from tests.result import Result
from tests.support import ROOT, copy_checkout, run

NAME = "plan-worktree"


def loaded(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def test_every_manifest_says_the_same_of_the_same_skill() -> None:
    claude = loaded(".claude-plugin/plugin/.claude-plugin/plugin.json")
    codex, gemini = loaded(".codex-plugin/plugin.json"), loaded("gemini-extension.json")
    for manifest in (claude, codex, gemini):
        assert manifest["name"] == NAME
        assert manifest["version"] == __version__
        assert manifest["description"] == claude["description"]
    for key in ("author", "license", "keywords"):
        assert codex[key] == claude[key]
    # Claude Code and Gemini CLI look into skills/ by themselves, and Codex is told to.
    assert codex["skills"] == "./skills/"
    assert set(gemini) == {"name", "version", "description"}


def test_codexs_marketplace_lists_the_plugin_that_lies_here() -> None:
    marketplace = loaded(".agents/plugins/marketplace.json")
    (listed,) = marketplace["plugins"]
    assert (marketplace["name"], listed["name"]) == (NAME, NAME)
    assert listed["source"] == {"source": "local", "path": "./"}
    assert listed["policy"] == {"installation": "AVAILABLE", "authentication": "ON_INSTALL"}
    assert listed["category"] == loaded(".codex-plugin/plugin.json")["interface"]["category"]
    assert [path.name for path in (ROOT / ".codex-plugin").iterdir()] == ["plugin.json"]


def test_what_codex_shows_is_no_longer_than_it_allows() -> None:
    prompts = loaded(".codex-plugin/plugin.json")["interface"]["defaultPrompt"]
    assert 1 <= len(prompts) <= 3
    assert all(len(prompt) <= 128 for prompt in prompts)


def test_there_is_one_copy_of_the_skill(tmp_path: Path) -> None:
    copy = copy_checkout(tmp_path / "checkout")
    found = [path.relative_to(copy) for path in copy.rglob("SKILL.md")]
    assert found == [Path("skills/plan-worktree/SKILL.md")]
    # What the marketplace ships is links to it, and nothing else is a link.
    links = [path for path in copy.rglob("*") if path.is_symlink()]
    assert {path.parent for path in links} == {copy / ".claude-plugin/plugin"}


def program(name: str) -> str:
    """Return where a program is; without it, the test is skipped."""
    found = shutil.which(name, path=f"{ROOT / 'node_modules/.bin'}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def asked(home: Path, *command: str | Path, cwd: Path | None = None) -> Result:
    result = run(*command, cwd=cwd or home, env={"HOME": str(home)})
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.registry
def test_codex_installs_the_plugin_and_offers_the_skill_once(tmp_path: Path) -> None:
    codex = program("codex")
    copy = copy_checkout(tmp_path / "checkout")
    asked(tmp_path, codex, "plugin", "marketplace", "add", copy)
    asked(tmp_path, codex, "plugin", "add", f"{NAME}@{NAME}")
    listed = asked(tmp_path, codex, "plugin", "list").stdout
    assert f"{NAME}@{NAME}  installed, enabled  {__version__}" in listed
    for folder in (tmp_path, copy):
        shown = asked(tmp_path, codex, "debug", "prompt-input", "hello", cwd=folder).stdout
        assert shown.count(f"{NAME}:{NAME}: ") == 1


@pytest.mark.registry
def test_gemini_finds_the_extension_in_order(tmp_path: Path) -> None:
    copy = copy_checkout(tmp_path / "checkout")
    said = asked(tmp_path, program("gemini"), "extensions", "validate", copy)
    assert "has been successfully validated" in said.output
