"""The plugin's manifest and the marketplace that lists it, by Claude Code's reference pages."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from plan_worktree import __version__
from tests.support import ROOT

MANIFESTS = ROOT / ".claude-plugin"


def loaded(name: str) -> Any:
    return json.loads((MANIFESTS / name).read_text())


def faults(schema: str, value: Any) -> list[str]:
    text = (ROOT / f"tests/plugin/{schema}.schema.json").read_text()
    checker = Draft202012Validator(json.loads(text))
    return [error.message for error in checker.iter_errors(value)]


def test_the_manifests_follow_the_reference() -> None:
    plugin = loaded("plugin.json")
    assert faults("plugin", plugin) == []
    assert faults("hooks", plugin["hooks"]) == []
    assert faults("marketplace", loaded("marketplace.json")) == []


@pytest.mark.parametrize(
    ("schema", "value"),
    (
        ("plugin", {"name": "a b", "version": "1.0.0", "description": "x"}),
        ("plugin", {"name": "a", "version": "one", "description": "x"}),
        ("plugin", {"name": "a", "version": "1.0.0", "description": "x", "hook": {}}),
        ("hooks", {"BeforeEdit": [{"hooks": [{"type": "command", "command": "x"}]}]}),
        ("hooks", {"PreToolUse": [{"hooks": [{"type": "command"}]}]}),
        ("marketplace", {"name": "a", "owner": {"name": "b"}, "plugins": []}),
        (
            "marketplace",
            {"name": "a", "owner": {"name": "b"}, "plugins": [{"name": "c", "source": "../c"}]},
        ),
    ),
)
def test_the_schemas_notice_a_fault(schema: str, value: object) -> None:
    assert faults(schema, value)


def test_there_is_one_version() -> None:
    (listed,) = loaded("marketplace.json")["plugins"]
    newest = re.findall(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    assert loaded("plugin.json")["version"] == listed["version"] == newest == __version__


def test_the_pages_name_the_newest_version_to_install() -> None:
    pages = (ROOT / "README.md", ROOT / "skills/plan-worktree/references/integrations.md")
    for page in pages:
        named = re.findall(r"(?:rev: |plan-worktree@)v([\d.]+)", page.read_text())
        assert set(named) == {__version__}, page


def test_the_marketplace_lists_the_plugin_that_lies_here() -> None:
    (listed,), plugin = loaded("marketplace.json")["plugins"], loaded("plugin.json")
    assert (listed["name"], listed["description"]) == (plugin["name"], plugin["description"])
    assert (ROOT / listed["source"] / ".claude-plugin/plugin.json").is_file()
    assert (ROOT / f"skills/{plugin['name']}/SKILL.md").is_file()


def test_every_hook_runs_a_file_that_exists() -> None:
    groups = [group for event in loaded("plugin.json")["hooks"].values() for group in event]
    commands = {hook["command"] for group in groups for hook in group["hooks"]}
    for command in commands:
        *guard, script = shlex.split(command)
        # Python exits with 2 when there is no script, and 2 is the code that blocks.
        assert guard == ["[", "!", "-r", script, "]", "||", "python3", "-IS"]
        assert (ROOT / script.removeprefix("${CLAUDE_PLUGIN_ROOT}/")).is_file()
