"""The plugin's hooks, run as Claude Code runs them: command and args, no shell, JSON on stdin."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plan_worktree.worktrees.seen import MINUTE, SEEN
from tests.result import Result
from tests.sampling import sampled
from tests.support import ROOT, Repo, plan_text, run, tool

PLAN = "2026-01-02-notes"
MANIFEST = json.loads((ROOT / ".claude-plugin/plugin/.claude-plugin/plugin.json").read_text())
EDITS = ("Edit", "Write")
BROKEN = plan_text(PLAN, "a:nowhere")


def command(event: str, plugin: Path = ROOT) -> list[str]:
    """Return what Claude Code starts for an event; the same for every tool that matches."""
    handlers = [one for group in MANIFEST["hooks"][event] for one in group["hooks"]]
    (words,) = {(one["command"], *one["args"]) for one in handlers}
    return [word.replace("${CLAUDE_PLUGIN_ROOT}", str(plugin)) for word in words]


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Make all of PATH: python3, git and sh, as on any machine, and nothing else."""
    folder = tmp_path / "programs"
    folder.mkdir()
    # Copies of the package are run, too, whose coverage is nobody's business.
    alone = "unset COVERAGE_PROCESS_CONFIG COVERAGE_PROCESS_START"
    script(folder / "python3", f'{alone}; exec "{sys.executable}" "$@"')
    for name in ("git", "sh"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


@pytest.fixture
def hook(programs: Path) -> Callable[..., Result]:
    """Run the hook of one event, with plan-worktree on PATH unless a test takes it away."""
    (programs / "plan-worktree").symlink_to(tool("plan-worktree"))

    def call(event: str, stdin: str = "", plugin: Path = ROOT, **fields: Any) -> Result:
        text = stdin or json.dumps({"hook_event_name": event, "session_id": "s", "new": 1} | fields)
        env = {"CLAUDE_PLUGIN_ROOT": str(plugin), "PATH": str(programs)}
        return run(*command(event, plugin), cwd=plugin, env=env, stdin=text)

    return call


@pytest.fixture
def edit(hook: Callable[..., Result]) -> Callable[..., Result]:
    def call(event: str, path: str | Path, cwd: Path, **fields: Any) -> Result:
        asked = {"file_path": str(path), "old_string": "x", "new_string": "y"}
        return hook(event, cwd=str(cwd), tool_name="Edit", tool_input=asked, **fields)

    return call


@pytest.fixture
def worktree(repo: Repo, cli: Callable[..., Result]) -> Repo:
    """Return the worktree of a stage whose plan has a second one, `ab`."""
    repo.plan(PLAN, "a", "ab", status="approved")
    repo.commit("plan")
    assert cli("setup", PLAN, cwd=repo.path).exit_code == 0
    return repo.stage(PLAN, "a")


QUIET = Result(0, "", "")

NO_EVENT = {
    "empty": "",
    "a space": " ",
    "truncated": '{"hook_event_name": "PreToolUse", "tool_in',
    "no JSON": "hello",
    "not UTF-8": '{"hook_event_name": "\udcff"}',
    "a list": "[1]",
    "a number": "7",
    "null": "null",
    "deeply nested": "[" * 100_000,
    "no event": "{}",
    "a newer event": '{"hook_event_name": "MoonPhase"}',
    "an event that is no name": '{"hook_event_name": {"a": 1}}',
}


@sampled(("text", "event"), itertools.product(NO_EVENT.values(), MANIFEST["hooks"]), one_in=5)
def test_what_is_no_event_is_let_through(programs: Path, event: str, text: str) -> None:
    env = {"CLAUDE_PLUGIN_ROOT": str(ROOT), "PATH": str(programs)}
    lone = text.encode("utf-8", "surrogateescape").decode("latin-1")
    assert run(*command(event), env=env, stdin=lone) == QUIET


@pytest.mark.parametrize("event", ("PreToolUse", "PostToolUse"))
@pytest.mark.parametrize(
    "fields",
    (
        {},
        {"tool_input": None},
        {"tool_input": "x"},
        {"tool_input": {}},
        {"tool_input": {"file_path": 7}},
        {"tool_input": {"file_path": ""}},
        {"tool_input": {"file_path": "a\0b.md"}},
        {"tool_input": {"file_path": "a.md"}, "cwd": 7},
        {"tool_input": {"file_path": "a.md"}, "cwd": "/no/such\0place"},
        {"tool_input": {"file_path": "a.md"}, "cwd": "/no/such/place"},
        {"tool_input": {"file_path": "x" * 5000 + ".md"}},
        {"tool_input": {"file_path": "/etc/hostname"}, "cwd": "/"},
    ),
)
def test_an_edit_that_makes_no_sense_is_let_through(
    hook: Callable[..., Result], event: str, fields: dict[str, Any]
) -> None:
    assert hook(event, **fields) == QUIET


@pytest.mark.parametrize("seconds", (-3600, 30, 3600))
def test_an_edit_tells_that_the_owner_is_there_at_most_once_a_minute(
    edit: Callable[..., Result], worktree: Repo, repo: Repo, seconds: int
) -> None:
    seen = repo.path / ".git/worktrees/a/plan-worktree.seen"
    seen.write_text("ada\nhere\n")
    os.utime(seen, (time.time() - seconds,) * 2)
    before = seen.stat().st_mtime

    # Also one that is refused: whoever makes it is at work.
    edit("PreToolUse", repo.path / "README.md", worktree.path)

    assert (seen.stat().st_mtime == before) == (seconds == 30)
    assert abs(time.time() - seen.stat().st_mtime) < 60
    assert seen.read_text() == "ada\nhere\n"


def test_an_edit_of_a_stage_that_nobody_has_started_leaves_no_trace(
    edit: Callable[..., Result], worktree: Repo, repo: Repo
) -> None:
    assert edit("PreToolUse", worktree.path / "a.py", worktree.path) == QUIET

    assert not (repo.path / ".git/worktrees/a/plan-worktree.seen").exists()


def test_the_hook_and_the_package_mean_the_same_file() -> None:
    text = (ROOT / "scripts/plan_hook.py").read_text()

    assert f'SEEN, MINUTE = "{SEEN}", {MINUTE:.0f}\n' in text


# After an edit


@pytest.mark.parametrize("name", EDITS)
def test_the_findings_of_an_edited_plan_are_handed_back(
    hook: Callable[..., Result], repo: Repo, name: str
) -> None:
    plan = repo.write(f".claude/plans/{PLAN}.md", BROKEN)
    told = hook(
        "PostToolUse", cwd=str(repo.path), tool_name=name, tool_input={"file_path": str(plan)}
    )
    assert (told.exit_code, told.stdout) == (2, "")
    assert "PW202" in told.stderr
    assert "1 plan checked" in told.stderr


def test_a_plan_without_errors_says_nothing(edit: Callable[..., Result], repo: Repo) -> None:
    assert edit("PostToolUse", repo.plan(PLAN, "a"), repo.path) == QUIET


def test_a_plan_whose_block_was_broken_is_still_one(
    edit: Callable[..., Result], repo: Repo
) -> None:
    plan = repo.plan(PLAN, "a")
    plan.write_text(plan.read_text().replace("```json metadata", "```json"))
    assert "PW001" in edit("PostToolUse", plan, repo.path).stderr


@pytest.mark.second
def test_a_plan_named_as_somebody_likes_is_one(edit: Callable[..., Result], repo: Repo) -> None:
    plan = repo.write(".claude/plans/notes.md", BROKEN)
    assert edit("PostToolUse", plan, repo.path).exit_code == 2


@pytest.mark.second
def test_a_plan_in_another_plans_folder_is_one(edit: Callable[..., Result], repo: Repo) -> None:
    plan = repo.write("docs/my plans/notes.md", BROKEN)
    assert edit("PostToolUse", plan, repo.path) == QUIET
    repo.git("config", "planWorktree.plans", "docs/my plans")
    assert edit("PostToolUse", plan, repo.path).exit_code == 2
    assert edit("PostToolUse", "docs/my plans/notes.md", repo.path).exit_code == 2


@pytest.mark.second
@pytest.mark.parametrize("folder", (".claude/plans", "docs/plans"))
def test_a_plan_in_a_folder_below_the_plans_folder_is_one(
    edit: Callable[..., Result], repo: Repo, folder: str
) -> None:
    repo.git("config", "planWorktree.plans", folder)
    plan = repo.write(f"{folder}/2026/done/{PLAN}.md", BROKEN)
    (repo.path / "way").symlink_to(plan.parent)
    for path in (plan, f"{folder}/2026/done/{PLAN}.md", f"way/{PLAN}.md"):
        told = edit("PostToolUse", path, repo.path)
        assert told.exit_code == 2
        assert "PW202" in told.stderr


@pytest.mark.second
def test_a_plans_folder_that_is_a_link_has_plans(
    edit: Callable[..., Result], repo: Repo, make_repo: Callable[[str], Repo]
) -> None:
    notes = make_repo("notes")
    repo.write("justfile", "here:\n    true\n")
    plan = notes.write(f"shop/done/{PLAN}.md", BROKEN)
    (repo.path / ".claude").mkdir()
    (repo.path / ".claude/plans").symlink_to(notes.path / "shop")
    link = repo.path / f".claude/plans/done/{PLAN}.md"
    for path in (link, f".claude/plans/done/{PLAN}.md", plan):
        told = edit("PostToolUse", path, repo.path)
        assert told.exit_code == 2
        assert told.stderr.startswith(f"{link}:"), "it is checked as a plan of this repository"
    assert edit("PostToolUse", plan, notes.path) == QUIET


@pytest.mark.second
@pytest.mark.parametrize("folder", ("~/plans", "../plans"))
def test_a_plan_outside_all_repositories_is_one_where_the_setting_says_so(
    edit: Callable[..., Result], repo: Repo, home: Path, tmp_path: Path, folder: str
) -> None:
    place = home / "plans" if folder.startswith("~") else tmp_path / "plans"
    place.mkdir()
    plan = place / f"{PLAN}.md"
    plan.write_text(BROKEN)
    assert edit("PostToolUse", plan, repo.path) == QUIET
    repo.git("config", "planWorktree.plans", folder)
    for path in (plan, f"{folder}/{PLAN}.md"):
        told = edit("PostToolUse", path, repo.path)
        assert told.exit_code == 2
        assert "PW202" in told.stderr
    assert edit("PostToolUse", plan, home) == QUIET


@pytest.mark.second
def test_a_plan_that_is_a_link_is_one(edit: Callable[..., Result], repo: Repo) -> None:
    target = repo.write("docs/shop.md", BROKEN)
    (repo.path / ".claude/plans").mkdir(parents=True)
    (repo.path / f".claude/plans/{PLAN}.md").symlink_to(target)
    assert edit("PostToolUse", f".claude/plans/{PLAN}.md", repo.path).exit_code == 2


def test_a_link_in_the_plans_folder_leads_to_no_plans(
    edit: Callable[..., Result], repo: Repo
) -> None:
    plan = repo.write("docs/shop.md", BROKEN)
    (repo.path / ".claude/plans").mkdir(parents=True)
    (repo.path / ".claude/plans/docs").symlink_to(plan.parent)
    assert edit("PostToolUse", ".claude/plans/docs/shop.md", repo.path) == QUIET


def test_what_a_plan_is_is_asked_only_when_a_file_may_be_one(
    edit: Callable[..., Result], repo: Repo, tmp_path: Path
) -> None:
    scripts = tmp_path / "plugin/scripts"
    (scripts / "plan_worktree").mkdir(parents=True)
    for name in ("plan_hook.py", "plan_hook_edit.py"):
        shutil.copy(ROOT / "scripts" / name, scripts)
    asked = tmp_path / "asked"
    (scripts / "plan_worktree/__init__.py").write_text(f"open({str(asked)!r}, 'w')\n")
    for name in ("src/a.py", "README.md", ".claude/plans/notes.md", "2026-01-02.txt"):
        path = repo.write(name, "# Prose\n")
        assert edit("PostToolUse", path, repo.path, plugin=scripts.parent) == QUIET
        assert not asked.exists()
    for name, text in ((".claude/plans/notes.md", BROKEN), ("docs/2026-01-02-a.md", "x")):
        path = repo.write(name, text)
        assert edit("PostToolUse", path, repo.path, plugin=scripts.parent) == QUIET
        asked.unlink()


@sampled(
    ("name", "text"),
    (
        (".claude/plans/README.md", "# How we plan\n"),
        (".claude/plans/format.md", f"# How we plan\n\n````markdown\n{BROKEN}\n````\n"),
        (".claude/plans/2026-01-02-notes.txt", BROKEN),
        ("docs/2026-01-02-news.md", "# News\n"),
        ("docs/format.md", BROKEN),
        ("src/a.py", "x = 1\n"),
    ),
    one_in=3,
)
def test_what_is_no_plan_is_left_alone(
    edit: Callable[..., Result], repo: Repo, name: str, text: str
) -> None:
    assert edit("PostToolUse", repo.write(name, text), repo.path) == QUIET


def test_an_edit_through_the_pointer_is_one_of_the_plan(
    edit: Callable[..., Result], repo: Repo, worktree: Repo
) -> None:
    repo.write(f".claude/plans/{PLAN}.md", BROKEN)
    told = edit("PostToolUse", ".claude/plans/CURRENT_STAGE.md", worktree.path)
    assert told.exit_code == 2
    assert f"{PLAN}.md" in told.stderr


@pytest.mark.parametrize("name", ("2026-11-25-jolly.md", "diary.md"))
def test_a_plans_folder_without_a_repository_is_somebody_elses(
    edit: Callable[..., Result], home: Path, name: str
) -> None:
    plan = home / ".claude/plans" / name
    plan.parent.mkdir(parents=True)
    plan.write_text(BROKEN)
    assert edit("PostToolUse", plan, home) == QUIET


def test_the_plan_of_a_stage_is_one_wherever_it_lies_and_whatever_it_holds(
    edit: Callable[..., Result], repo: Repo, cli: Callable[..., Result]
) -> None:
    plan = repo.write("docs/work.md", plan_text(PLAN, "a", "ab", status="approved"))
    repo.commit("plan")
    assert cli("setup", plan, cwd=repo.path).exit_code == 0
    there = repo.stage(PLAN, "a").path
    assert edit("PreToolUse", plan, there) == QUIET
    plan.write_text(plan.read_text().replace("```json metadata", "```json"))
    assert "PW001" in edit("PostToolUse", plan, there).stderr
    assert edit("PreToolUse", ".claude/plans/CURRENT_STAGE.md", there) == QUIET


def test_a_plugin_that_was_taken_away_blocks_nobody(
    hook: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    for event in MANIFEST["hooks"]:
        assert hook(event, plugin=tmp_path / "gone") == QUIET


@pytest.mark.parametrize(
    "said", ("error: No solution found", "Traceback (most recent call last):", "")
)
def test_a_plan_worktree_that_is_broken_has_found_nothing(
    edit: Callable[..., Result], repo: Repo, programs: Path, said: str
) -> None:
    (programs / "plan-worktree").unlink()
    for code in (1, 2):
        script(programs / "plan-worktree", f"echo '{said}' >&2; exit {code}")
        told = edit("PostToolUse", repo.plan(PLAN, "a"), repo.path)
        assert told == Result(1, "", f"{said}\n")


def test_a_plan_worktree_that_fails_blocks_nobody(
    edit: Callable[..., Result], repo: Repo, programs: Path
) -> None:
    (programs / "plan-worktree").unlink()
    script(programs / "plan-worktree", "echo the disk is full >&2; exit 3")
    plan = repo.write(f".claude/plans/{PLAN}.md", BROKEN)
    assert edit("PostToolUse", plan, repo.path) == Result(1, "", "the disk is full\n")


def test_without_plan_worktree_on_path_the_plugins_own_is_asked(
    edit: Callable[..., Result], repo: Repo, programs: Path, tmp_path: Path
) -> None:
    (programs / "plan-worktree").unlink()
    plugin = tmp_path / "plugin"
    shutil.copytree(ROOT / "scripts", plugin / "scripts")
    (plugin / "bin").mkdir()
    script(plugin / "bin/plan-worktree", 'printf "%s\\n" "$@" >&2; exit 1')
    plan = repo.write(f".claude/plans/{PLAN}.md", BROKEN)
    told = edit("PostToolUse", plan, repo.path, plugin=plugin)
    assert told == Result(1, "", f"validate\n{plan}\n")


def test_without_either_this_python_runs_it(
    edit: Callable[..., Result], repo: Repo, programs: Path
) -> None:
    for name in ("plan-worktree", "sh"):
        (programs / name).unlink()
    plan = repo.write(f".claude/plans/{PLAN}.md", BROKEN)
    told = edit("PostToolUse", plan, repo.path)
    assert told.exit_code == 2
    assert "PW202" in told.stderr


def test_warnings_can_wait_until_somebody_validates(
    edit: Callable[..., Result], repo: Repo
) -> None:
    faulty = BROKEN.replace("What is built, and why it matters.", "[What is built]")
    plan = repo.write(f".claude/plans/{PLAN}.md", faulty)
    told = edit("PostToolUse", plan, repo.path)
    assert told.exit_code == 2
    assert "PW202" in told.stderr
    assert "PW406" not in told.stderr


@pytest.mark.second
def test_a_plugin_folder_that_is_read_only_is_enough(
    edit: Callable[..., Result], repo: Repo, programs: Path, tmp_path: Path
) -> None:
    (programs / "plan-worktree").unlink()
    plugin = tmp_path / "read only"
    leave_out = shutil.ignore_patterns("__pycache__")
    for name in ("bin", "scripts", "schemas", "skills"):
        shutil.copytree(ROOT / name, plugin / name, ignore=leave_out)
    there = sorted(plugin.rglob("*"))
    for path in (plugin, *there):
        path.chmod(path.stat().st_mode & 0o555)
    try:
        plan = repo.write(f".claude/plans/{PLAN}.md", BROKEN)
        assert "PW202" in edit("PostToolUse", plan, repo.path, plugin=plugin).stderr
        assert sorted(plugin.rglob("*")) == there  # root writes what it may not
    finally:
        for path in (plugin, *there):
            path.chmod(path.stat().st_mode | 0o700)


# When a session starts


@sampled("source", ("startup", "resume", "clear", "compact"), one_in=4)
def test_a_session_in_a_stages_worktree_begins_with_its_brief(
    hook: Callable[..., Result],
    worktree: Repo,
    cli: Callable[..., Result],
    source: str,
) -> None:
    below = worktree.path / "below"
    below.mkdir()
    told = hook("SessionStart", cwd=str(below), source=source)
    assert told.exit_code == 0
    said = json.loads(told.stdout)["hookSpecificOutput"]
    assert said["additionalContext"] == cli("brief", cwd=worktree.path).stdout
    assert said["sessionTitle"] == "a: A"


def test_a_session_anywhere_else_begins_as_always(
    hook: Callable[..., Result], repo: Repo, worktree: Repo, tmp_path: Path
) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "hand-made"))
    for place in (repo.path, tmp_path / "hand-made", tmp_path, Path("/")):
        assert hook("SessionStart", cwd=str(place)) == QUIET


@pytest.mark.second
def test_a_brief_that_cannot_be_had_is_left_out(
    hook: Callable[..., Result], repo: Repo, worktree: Repo
) -> None:
    (repo.path / f".claude/plans/{PLAN}.md").write_text("gone")
    assert hook("SessionStart", cwd=str(worktree.path)) == QUIET


# Before an edit


def test_an_edit_inside_the_stages_worktree_goes_on(
    edit: Callable[..., Result], worktree: Repo
) -> None:
    for path in ("src/new.py", worktree.path / "README.md", "./src/../x.py"):
        assert edit("PreToolUse", path, worktree.path) == QUIET


@pytest.mark.parametrize("field", ("file_path", "notebook_path"))
def test_an_edit_outside_is_refused_with_the_reason(
    hook: Callable[..., Result], repo: Repo, worktree: Repo, field: str
) -> None:
    (worktree.path / "src").mkdir()
    (worktree.path / "way-out").symlink_to(repo.path)
    sibling = repo.stage(PLAN, "ab").path
    for path in (
        repo.path / "README.md",
        sibling / "README.md",
        "../../ab/x.py",
        "../way-out/x.py",
        "/etc/hostname",
    ):
        told = hook("PreToolUse", cwd=str(worktree.path / "src"), tool_input={field: str(path)})
        assert (told.exit_code, told.stdout) == (2, "")
        assert f"is outside this stage's worktree, {worktree.path}" in told.stderr


def test_an_edit_from_home_goes_on(edit: Callable[..., Result], worktree: Repo, repo: Repo) -> None:
    assert edit("PreToolUse", worktree.path / "README.md", repo.path) == QUIET
    assert edit("PreToolUse", "README.md", repo.path) == QUIET


def test_the_plan_may_be_corrected_from_a_worktree(
    edit: Callable[..., Result], worktree: Repo, repo: Repo
) -> None:
    for path in (repo.path / f".claude/plans/{PLAN}.md", ".claude/plans/CURRENT_STAGE.md"):
        assert edit("PreToolUse", path, worktree.path) == QUIET


def test_an_agents_own_files_are_no_ones_stage(
    edit: Callable[..., Result],
    worktree: Repo,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert edit("PreToolUse", "~/.claude/todo.md", worktree.path) == QUIET
    assert edit("PreToolUse", home / ".claude/memory/x.md", worktree.path) == QUIET
    scratch = tmp_path / "scratch"
    assert edit("PreToolUse", scratch / "x", worktree.path).exit_code == 2
    assert edit("PreToolUse", scratch / "x", worktree.path, scratchpad_dir=str(scratch)) == QUIET
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(scratch))
    assert edit("PreToolUse", scratch / "x", worktree.path) == QUIET
    monkeypatch.delenv("CLAUDE_CONFIG_DIR")
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert edit("PreToolUse", scratch / "x", worktree.path) == QUIET


def test_a_repository_inside_of_the_worktree_is_no_way_out(
    edit: Callable[..., Result], worktree: Repo, repo: Repo
) -> None:
    nested = worktree.path / "nested"
    nested.mkdir()
    Repo(nested).git("init", "--quiet")
    assert edit("PreToolUse", repo.path / "README.md", nested).exit_code == 2
    assert edit("PreToolUse", nested / "a.py", nested) == QUIET


def test_a_file_that_looks_like_a_plan_is_not_the_plan(
    edit: Callable[..., Result], worktree: Repo, repo: Repo
) -> None:
    copy = repo.stage(PLAN, "ab").path / f".claude/plans/{PLAN}.md"
    assert copy.is_file()
    for path in (copy, repo.plan("2026-01-03-other", "b")):
        assert edit("PreToolUse", path, worktree.path).exit_code == 2


def test_a_pointer_that_is_a_copy_leads_to_every_plan(
    edit: Callable[..., Result], worktree: Repo, repo: Repo
) -> None:
    pointer = worktree.path / ".claude/plans/CURRENT_STAGE.md"
    text = pointer.read_text()
    pointer.unlink()
    pointer.write_text(text)
    assert edit("PreToolUse", repo.path / f".claude/plans/{PLAN}.md", worktree.path) == QUIET
    assert edit("PreToolUse", repo.path / "README.md", worktree.path).exit_code == 2


def test_a_projects_own_file_of_that_name_makes_no_stage(
    edit: Callable[..., Result], repo: Repo, tmp_path: Path
) -> None:
    repo.write(".claude/plans/CURRENT_STAGE.md", "ours\n")
    repo.commit()
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    repo.git("clone", "--quiet", "--separate-git-dir=../apart", ".", str(tmp_path / "clone"))
    for place in ("linked", "clone"):
        assert edit("PreToolUse", repo.path / "README.md", tmp_path / place) == QUIET


def test_what_is_no_file_of_a_project_is_free(
    edit: Callable[..., Result], worktree: Repo, home: Path
) -> None:
    directory = Path(worktree.git("rev-parse", "--absolute-git-dir"))
    for path in ("/dev/null", home / ".claude.json", directory / "COMMIT_EDITMSG"):
        assert edit("PreToolUse", path, worktree.path) == QUIET


def test_a_hook_without_stdin_blocks_nobody() -> None:
    done = run("sh", "-c", f"{shlex.join(command('PreToolUse'))} <&-")
    assert done == QUIET


def test_a_temporary_folder_that_holds_the_repository_is_no_way_round(
    edit: Callable[..., Result],
    worktree: Repo,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", os.path.commonpath([repo.path, worktree.path]))
    assert edit("PreToolUse", repo.path / "README.md", worktree.path).exit_code == 2


# Who is in a stage: agents that begin, and whoever stops


@pytest.fixture
def claimed(worktree: Repo, cli: Callable[..., Result]) -> Repo:
    """Return the worktree of a stage that ada has."""
    assert cli("start", "--owner", "ada", cwd=worktree.path).exit_code == 0
    return worktree


def test_an_agent_in_a_stages_worktree_begins_with_its_brief(
    hook: Callable[..., Result], worktree: Repo, repo: Repo
) -> None:
    told = hook("SubagentStart", cwd=str(worktree.path), agent_id="1", agent_type="Explore")
    said = json.loads(told.stdout)["hookSpecificOutput"]
    assert said["additionalContext"].startswith("# Stage a: A\n")
    assert "sessionTitle" not in said
    assert hook("SubagentStart", cwd=str(repo.path), agent_id="1") == QUIET


@pytest.mark.second
def test_a_session_with_a_title_keeps_it(hook: Callable[..., Result], worktree: Repo) -> None:
    told = hook("SessionStart", cwd=str(worktree.path), session_title="mine")
    assert "sessionTitle" not in json.loads(told.stdout)["hookSpecificOutput"]


def test_whoever_stops_with_a_claimed_stage_is_reminded_once(
    hook: Callable[..., Result], claimed: Repo, repo: Repo
) -> None:
    here = str(claimed.path)
    for quiet in (
        {"cwd": str(repo.path)},
        {"stop_hook_active": True},
        {"background_tasks": [{"id": "1"}]},
        {"session_id": None},
        {"session_id": "two\nlines"},
    ):
        assert hook("Stop", **{"cwd": here, **quiet}) == QUIET
    told = hook("Stop", cwd=here)
    said = json.loads(told.stdout)
    assert said["decision"] == "block"
    assert "stage a is claimed by ada and not complete" in said["reason"]
    assert f"plan-worktree mark {PLAN} a blocked" in said["reason"]
    assert hook("Stop", cwd=here) == QUIET
    assert hook("Stop", cwd=here, session_id="another").stdout != ""


@pytest.mark.second
def test_an_agent_is_reminded_of_its_own_stage_and_a_helper_of_none(
    hook: Callable[..., Result], claimed: Repo, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = {"cwd": str(claimed.path), "agent_id": "7", "agent_type": "general-purpose"}
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(claimed.path))
    assert hook("SubagentStop", **agent) == QUIET
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(repo.path))
    assert hook("SubagentStop", **{**agent, "agent_type": "Explore"}) == QUIET
    assert "claimed by ada" in hook("SubagentStop", **agent).stdout
    assert hook("SubagentStop", **agent) == QUIET


@pytest.mark.second
def test_nobody_is_reminded_of_a_stage_that_is_anothers_or_done(
    hook: Callable[..., Result],
    claimed: Repo,
    cli: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLAN_WORKTREE_OWNER", "bob")
    assert hook("Stop", cwd=str(claimed.path)) == QUIET
    monkeypatch.delenv("PLAN_WORKTREE_OWNER")
    assert cli("mark", PLAN, "a", "blocked", cwd=claimed.path).exit_code == 0
    assert hook("Stop", cwd=str(claimed.path)) == QUIET


# When a task is done


@sampled(
    "subject",
    ("Build stage a", "a", "`a`", "Finish the a stage", f"{PLAN}/a", "Stage: A"),
    one_in=3,
)
def test_a_task_that_names_a_stage_without_proof_is_refused(
    hook: Callable[..., Result], worktree: Repo, repo: Repo, subject: str
) -> None:
    told = hook("TaskCompleted", cwd=str(repo.path), task_id="1", task_subject=subject)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith(
        f"plan-worktree: stage a has no proof: plan-worktree complete {PLAN} a\n"
    )


@sampled("subject", ("Write a test", "Stage ab-c", "stage b", "", None, 7, "x" * 9999), one_in=4)
def test_a_task_about_something_else_is_done(
    hook: Callable[..., Result], worktree: Repo, repo: Repo, subject: object
) -> None:
    assert hook("TaskCompleted", cwd=str(repo.path), task_subject=subject) == QUIET


@pytest.mark.second
def test_a_task_is_done_with_the_proof_of_the_last_commit(
    hook: Callable[..., Result], claimed: Repo, cli: Callable[..., Result]
) -> None:
    here = str(claimed.path)
    claimed.write("a.py", "x = 1\n")
    claimed.commit("work")
    assert cli("complete", "--accept-scope", "test", cwd=claimed.path).exit_code == 0
    assert hook("TaskCompleted", cwd=here, task_subject="stage a") == QUIET
    claimed.write("a.py", "x = 2\n")
    claimed.commit("more")
    told = hook("TaskCompleted", cwd=here, task_subject="stage a")
    assert "a proof that is older than its last commit" in told.stderr


def test_a_repository_without_stages_has_no_say_in_tasks(
    hook: Callable[..., Result], repo: Repo, tmp_path: Path, programs: Path
) -> None:
    (programs / "git").unlink()
    for place in (repo.path, tmp_path):
        assert hook("TaskCompleted", cwd=str(place), task_subject="stage a") == QUIET


@pytest.mark.second
def test_events_that_are_switched_off_are_as_if_there_were_no_hook(
    hook: Callable[..., Result], worktree: Repo, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAN_WORKTREE_HOOKS_OFF", "TaskCompleted, SubagentStart")
    assert hook("TaskCompleted", cwd=str(repo.path), task_subject="stage a") == QUIET
    assert hook("SubagentStart", cwd=str(worktree.path)) == QUIET
    assert hook("SessionStart", cwd=str(worktree.path)) != QUIET
