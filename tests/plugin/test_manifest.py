"""The plugin's manifest and the marketplace that lists it, by Claude Code's reference pages."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from plan_worktree import __version__
from tests.support import ROOT

PLUGIN = ROOT / ".claude-plugin/plugin"


def loaded(name: str) -> Any:
    folder = ROOT if name == "marketplace.json" else PLUGIN
    return json.loads((folder / ".claude-plugin" / name).read_text())


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
    assert loaded("plugin.json")["version"] == newest == __version__
    assert "version" not in listed, "the plugin's own counts; a second one is only ever wrong"


def test_the_pages_name_the_newest_version_to_install() -> None:
    pages = (ROOT / "README.md", ROOT / "skills/plan-worktree/references/integrations.md")
    for page in pages:
        named = re.findall(r"(?:rev: |plan-worktree@)v([\d.]+)", page.read_text())
        assert set(named) == {__version__}, page


def test_the_marketplace_lists_the_plugin_that_lies_here() -> None:
    (listed,), plugin = loaded("marketplace.json")["plugins"], loaded("plugin.json")
    assert (listed["name"], listed["description"]) == (plugin["name"], plugin["description"])
    assert (ROOT / listed["source"]).resolve() == PLUGIN
    assert (PLUGIN / f"skills/{plugin['name']}/SKILL.md").is_file()
    assert os.access(PLUGIN / "bin/plan-worktree", os.X_OK)


def test_the_plugin_is_what_a_user_needs_and_no_tests() -> None:
    links = {
        path.name: path.readlink().as_posix() for path in PLUGIN.iterdir() if path.is_symlink()
    }
    parts = ("bin", "schemas", "scripts", "skills", "LICENSE")
    assert links == {name: f"../../{name}" for name in parts}
    assert {path.name for path in PLUGIN.iterdir()} == {*links, ".claude-plugin"}


def test_every_hook_runs_a_file_that_exists_without_a_shell() -> None:
    groups = [group for event in loaded("plugin.json")["hooks"].values() for group in event]
    for handler in (one for group in groups for one in group["hooks"]):
        flags, guard, script = handler["args"]
        # Python exits with 2 when there is no script, and 2 is the code that blocks.
        assert (handler["command"], flags) == ("python3", "-ISc")
        assert guard.startswith("import os,sys;p=sys.argv[1];os.access(p,4)and exec(")
        assert (PLUGIN / script.removeprefix("${CLAUDE_PLUGIN_ROOT}/")).is_file()


def test_no_process_starts_after_an_edit_of_a_file_that_cannot_be_a_plan() -> None:
    (group,) = loaded("plugin.json")["hooks"]["PostToolUse"]
    filters = {handler["if"] for handler in group["hooks"]}
    assert filters == {f"{tool}(*.md)" for tool in group["matcher"].split("|")}


def test_a_page_names_every_hook() -> None:
    page = (ROOT / "skills/plan-worktree/references/claude-code.md").read_text()
    for event in loaded("plugin.json")["hooks"]:
        assert f"| `{event}` |" in page
