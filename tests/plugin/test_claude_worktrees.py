"""What `claude -w NAME` gets in a project with `init claude-worktrees`: the copied script, run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import Repo, run

PLAN = "2026-01-02-notes"
SCRIPT = ".claude/hooks/plan-worktree.py"
Ask = Callable[..., Result]


@pytest.fixture
def ask(repo: Repo, cli: Callable[..., Result]) -> Ask:
    """Ask the script as Claude Code does, by the words of the project's own settings."""
    assert cli("init", "claude-worktrees", cwd=repo.path).exit_code == 0
    repo.commit("init")
    settings = json.loads(repo.read(".claude/settings.json"))

    def asked(event: str, cwd: Path | None = None, text: str = "", **fields: object) -> Result:
        ((handler,),) = [group["hooks"] for group in settings["hooks"][event]]
        words = [handler["command"], *handler["args"]]
        words = [word.replace("${CLAUDE_PROJECT_DIR}", str(repo.path)) for word in words]
        here = cwd or repo.path
        told = json.dumps({"hook_event_name": event, "cwd": str(here)} | fields)
        return run(*words, cwd=here, stdin=text or told)

    return asked


@pytest.fixture
def stage(repo: Repo, ask: Ask, cli: Callable[..., Result]) -> Repo:
    """Return the worktree of the stage `a`."""
    repo.plan(PLAN, "a", "b", status="approved")
    repo.commit("plan")
    assert cli("setup", PLAN, "a", cwd=repo.path).exit_code == 0
    return repo.stage(PLAN, "a")


@pytest.mark.parametrize("name", ("a", f"{PLAN}/a"))
def test_a_stages_name_opens_its_worktree(ask: Ask, repo: Repo, stage: Repo, name: str) -> None:
    before = repo.worktrees()
    for cwd in (repo.path, stage.path):
        assert ask("WorktreeCreate", cwd, name=name) == Result(0, f"{stage.path}\n", "")
    assert repo.worktrees() == before


@pytest.mark.second
def test_a_name_that_two_plans_have_is_asked_for_with_the_plan(
    ask: Ask, repo: Repo, stage: Repo, cli: Callable[..., Result]
) -> None:
    other = "2026-01-03-other"
    repo.plan(other, "a", status="approved")
    repo.commit("plan")
    assert cli("setup", other, cwd=repo.path).exit_code == 0
    told = ask("WorktreeCreate", name="a")
    forms = f"{PLAN}/a or {other}/a"
    assert told == Result(1, "", f"plan-worktree: several plans have a stage a; say {forms}\n")
    assert ask("WorktreeCreate", name=f"{PLAN}/a").stdout == f"{stage.path}\n"


def test_any_other_name_gets_what_claude_code_makes(ask: Ask, repo: Repo, stage: Repo) -> None:
    repo.write(".claude/settings.local.json", "{}")
    repo.write(".env", "secret")
    repo.write("other.log", "x")
    repo.write(".gitignore", ".env\n*.log\n.claude/settings.local.json\n")
    repo.write(".worktreeinclude", ".env\n")
    repo.commit("files")
    for _ in range(2):
        told = ask("WorktreeCreate", stage.path, name="fix/x")
        made = repo.path / ".claude/worktrees/fix+x"
        assert told == Result(0, f"{made}\n", "")
    assert Repo(made).git("branch", "--show-current") == "worktree-fix+x"
    assert Repo(made).head() == repo.head()
    assert (made / ".env").read_text() == "secret"
    assert (made / ".claude/settings.local.json").read_text() == "{}"
    assert not (made / "other.log").exists()
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.second
def test_a_new_branch_starts_from_the_remotes_default_branch(
    ask: Ask, repo: Repo, tmp_path: Path
) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("fetch", "--quiet", "origin")
    pushed = repo.head()
    repo.commit("only here")
    assert ask("WorktreeCreate", name="x").exit_code == 0
    assert Repo(repo.path / ".claude/worktrees/x").head() == pushed
    repo.write(".claude/settings.local.json", '{"worktree": {"baseRef": "head"}}')
    assert ask("WorktreeCreate", name="y").exit_code == 0
    assert Repo(repo.path / ".claude/worktrees/y").head() == repo.head()


def test_a_branch_that_exists_keeps_its_commits(ask: Ask, repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "worktree-x")
    kept = repo.commit("work") or repo.head()
    repo.git("checkout", "--quiet", "main")
    assert ask("WorktreeCreate", name="x").exit_code == 0
    assert Repo(repo.path / ".claude/worktrees/x").head() == kept


@sampled(
    "name",
    (
        "",
        "..",
        "../../x",
        "a/../b",
        "/etc",
        "a//b",
        ".git",
        "x/.GIT.",
        "-b",
        "--force",
        "a b",
        "a\nb",
        "a\0b",
        "$(id)",
        "\u202e",
        "a.lock",
        "x..y",
        "n" * 65,
        7,
        None,
        ["a"],
    ),
    one_in=4,
)
def test_a_hostile_name_makes_nothing(ask: Ask, repo: Repo, name: object) -> None:
    before = repo.worktrees(), repo.branches()
    told = ask("WorktreeCreate", name=name)
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.startswith("plan-worktree: ")
    assert "Traceback" not in told.stderr
    assert (repo.worktrees(), repo.branches()) == before


def test_a_folder_that_is_a_link_leads_nowhere(ask: Ask, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo.path / ".claude/worktrees").symlink_to(tmp_path / "elsewhere")
    told = ask("WorktreeCreate", name="x")
    assert told.exit_code == 1
    assert "leads elsewhere through a link" in told.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


@sampled("text", ("hello", "[1]", "{}", "null", "[" * 50_000, '{"hook_event_name": 7}'), one_in=3)
def test_what_is_no_event_changes_nothing(ask: Ask, text: str) -> None:
    told = ask("WorktreeCreate", text=text)
    assert told.stdout == ""
    assert "Traceback" not in told.stderr


def test_a_worktree_without_work_is_removed_with_its_branch(ask: Ask, repo: Repo) -> None:
    repo.write(".claude/settings.local.json", "{}")
    assert ask("WorktreeCreate", name="x").exit_code == 0
    made = repo.path / ".claude/worktrees/x"
    (made / "new.py").write_text("x")
    told = ask("WorktreeRemove", made, worktree_path=str(made))
    assert told.exit_code == 1
    assert (made / "new.py").exists()
    (made / "new.py").unlink()
    assert ask("WorktreeRemove", worktree_path=str(made)) == Result(0, "", "")
    assert not made.exists()
    assert "worktree-x" not in repo.branches()


def test_commits_outlive_their_worktree(ask: Ask, repo: Repo) -> None:
    assert ask("WorktreeCreate", name="x").exit_code == 0
    made = Repo(repo.path / ".claude/worktrees/x")
    made.write("a.py", "x")
    made.commit("work")
    assert ask("WorktreeRemove", worktree_path=str(made.path)).exit_code == 0
    assert "worktree-x" in repo.branches()


@pytest.mark.second
def test_a_stages_worktree_and_what_is_somebodys_stay(
    ask: Ask, repo: Repo, stage: Repo, tmp_path: Path
) -> None:
    told = ask("WorktreeRemove", worktree_path=str(stage.path))
    said = f"plan-worktree: stage a keeps it; plan-worktree remove {PLAN} a\n"
    assert told == Result(1, "", said)
    repo.git("worktree", "add", "--quiet", "-b", "mine", str(tmp_path / "mine"))
    for path in (tmp_path / "mine", repo.path, tmp_path, "/"):
        assert ask("WorktreeRemove", worktree_path=str(path)).exit_code == 1
    assert set(repo.worktrees()) == {stage.path, tmp_path / "mine"}
