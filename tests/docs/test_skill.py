"""Every command block of the skill, executed in order on the example plan and its project."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.docs.markdown import blocks
from tests.docs.session import World
from tests.plan.example import EXAMPLE, PLAN_ID, unit_test
from tests.support import ROOT, Repo, checked, registry_environment, run, tool

SKILL = ROOT / "skills/plan-worktree"
STAGES = ("storage", "search", "export", "cli")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Make the example's project, with nothing planned yet."""
    home = tmp_path / "ada"
    shutil.copytree(
        SKILL / "assets/demo-project", home / "notes", ignore=shutil.ignore_patterns("__pycache__")
    )
    repo = Repo(home / "notes")
    repo.git("init", "--quiet")
    repo.commit("A note-taker")
    return World(home, repo.path, PLAN_ID)


def typed(block: str) -> list[str]:
    """Return the commands of a block, one a line, without their remarks."""
    lines = block.replace("\\\n", " ").splitlines()
    return [re.sub(r"\s+# .*", "", line).strip() for line in lines if line.strip()]


def build(stage: str, world: World) -> None:
    """Write what the plan says that a stage creates, so that its gate passes."""
    names = re.findall(r"^- (?:Create|Modify): `(.*)`", section(stage), re.MULTILINE)
    for name in names:
        is_test = name.startswith("tests/")
        text = unit_test("notes.note", "Note", "Note('a').title", "'a'") if is_test else "# done\n"
        with (world.cwd / name).open("a") as file:
            file.write(text)
    repo = Repo(world.cwd)
    repo.commit(f"Add {stage}")


def section(stage: str) -> str:
    number = STAGES.index(stage) + 1
    return EXAMPLE.partition(f"### Stage {number}:")[2].partition("\n### Stage")[0]


@pytest.mark.thorough
def test_the_blocks_of_the_skill_do_what_it_says(world: World) -> None:
    """From the request to a clean repository, with the words in capitals put in."""
    found = [typed(block.text) for block in blocks(SKILL / "SKILL.md", "sh")]
    kinds = [next(word for word in " ".join(lines).split() if word in KINDS) for lines in found]
    assert kinds == list(KINDS)
    for lines, kind in zip(found, kinds, strict=True):
        KINDS[kind](world, lines)
    repo = Repo(world.home / "notes")
    assert repo.branches() == ["main"]
    assert '"status": "complete"' in repo.read(f".claude/plans/{PLAN_ID}.md")


def say(world: World, line: str, ok: int = 0, stage: str = "STAGE") -> None:
    names = {"PLAN": "notes-search", "STAGE": stage, "npm ci": "true"}
    for word, name in names.items():
        line = re.sub(rf"\b{word}\b", name, line)
    world.run(line, ok)


def new(world: World, lines: list[str]) -> None:
    (line,) = lines
    say(world, line)
    written = Path(world.cwd, f".claude/plans/{date.today()}-notes-search.md")
    text = written.read_text()
    assert all(f'"id": "{stage}"' in text for stage in STAGES)
    written.unlink()  # and its author fills it in, which the example plan is
    (world.cwd / f".claude/plans/{PLAN_ID}.md").write_text(EXAMPLE)


def validate(world: World, lines: list[str]) -> None:
    assert len(lines) == 4
    for line in lines:
        say(world, line)


def show(world: World, lines: list[str]) -> None:
    for line in lines:
        say(world, line)
    Repo(world.cwd).commit("Plan it")


def setup(world: World, lines: list[str]) -> None:
    for line in lines:
        say(world, line)
    assert len(Repo(world.cwd).worktrees()) == len(STAGES)


def start(world: World, lines: list[str]) -> None:
    owner, begin, cd, brief, complete = lines
    assert owner == "export PLAN_WORKTREE_OWNER=agent-1"
    home = world.cwd
    for stage in STAGES:
        world.cwd = home
        say(world, f"{owner}; {begin}")
        world.type(cd.replace("WORKTREE", f"../worktrees/{PLAN_ID}/{stage}"))
        assert world.cwd.name == stage
        say(world, brief)
        build(stage, world)
        say(world, f"{owner}; {complete}")
    world.cwd = home


def conflicts(world: World, lines: list[str]) -> None:
    for line in lines:
        say(world, line)
    Repo(world.cwd).commit("All of it has landed")


def remove(world: World, lines: list[str]) -> None:
    dry_run, merged, restore = lines
    say(world, dry_run)
    say(world, merged)
    assert Repo(world.cwd).worktrees() == []
    say(world, restore, stage="search")
    assert [path.name for path in Repo(world.cwd).worktrees()] == ["search"]
    say(world, merged)


# What is done with each block, by the first of its words that is here.
KINDS: dict[str, Callable[[World, list[str]], None]] = {
    "new": new,
    "validate": validate,
    "show": show,
    "setup": setup,
    "start": start,
    "conflicts": conflicts,
    "remove": remove,
}


@pytest.mark.thorough
def test_the_blocks_of_integrations_add_to_a_project(world: World) -> None:
    (block,) = blocks(SKILL / "references/integrations.md", "sh")
    dry_run, some, others = typed(block.text)
    say(world, dry_run)
    assert not (world.cwd / ".claude").exists()
    say(world, some)
    assert (world.cwd / ".claude/skills/plan-worktree/SKILL.md").is_file()
    say(world, others)
    assert (world.cwd / ".pre-commit-config.yaml").is_file()
    assert "plan-setup" in checked(tool("just"), "--summary", cwd=world.cwd)


def test_the_block_of_claude_code_brings_its_worktrees(world: World) -> None:
    (block,) = blocks(SKILL / "references/claude-code.md", "sh")
    look, add = typed(block.text)
    say(world, look)
    assert not (world.cwd / ".claude/hooks").exists()
    say(world, add)
    assert (world.cwd / ".claude/hooks/plan-worktree.py").is_file()


def test_no_other_page_of_the_skill_has_a_command_block() -> None:
    pages = {
        path.name: blocks(path, "sh", "console", "bash", "shell") for path in SKILL.rglob("*.md")
    }
    # test_snippets.py, test_environments.py and test_sharing_page.py beside this run the others'.
    run_elsewhere = {"integrations.md", "environments.md", "claude-code.md", "sharing.md"}
    assert {name for name, found in pages.items() if found} == {"SKILL.md", *run_elsewhere}


@pytest.mark.registry
def test_the_reference_tool_of_the_specification_accepts_the_skill(tmp_path: Path) -> None:
    env = registry_environment() | {"UV_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": ""}
    agentskills = (tool("uv"), "tool", "run", "--from", "skills-ref==0.1.1", "agentskills")
    told = run(*agentskills, "validate", SKILL, env=env)
    assert told.exit_code == 0, told.output
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "SKILL.md").write_text("---\nname: other\n---\n")
    assert run(*agentskills, "validate", broken, env=env).exit_code == 1
