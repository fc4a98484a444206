"""`show --format html`: on stdout, or in a file that the browser opens."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.pages import Page
from tests.support import Repo, plan_text
from tests.world import PLAN_ID, Cli, executable, finish, merge, set_up, shop, snapshot, work


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a browser that writes down what it is told to open, and return where."""
    told = tmp_path / "tools/told"
    program = executable(tmp_path / "tools/browser", f'printf "%s" "$1" > {told}')
    monkeypatch.setenv("BROWSER", f"{program} %s")
    return told


def test_the_page_goes_to_stdout_and_shows_what_git_knows(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    finish(repo, cli, "core")
    merge(repo, "core")
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    work(repo, "docs")
    before = snapshot(repo.path)

    result = cli("show", PLAN_ID, "--format", "html", cwd=repo.path)

    assert (result.exit_code, result.stderr) == (0, "")
    text = Page(result.stdout).text()
    assert "1 of 6 stages is done." in text or "1 of 6 stages are done." in text
    for sign in ("\u25cf merged", "\u25d0 in-progress", "\u25b7 ready", "\u25cb waiting"):
        assert sign in " ".join(text.split()), sign
    assert "ada (" in text
    assert "States as git had them" in text
    assert snapshot(repo.path) == before


def test_outside_of_a_repository_the_page_says_where_states_are_from(
    tmp_path: Path, cli: Cli
) -> None:
    (tmp_path / f"{PLAN_ID}.md").write_text(plan_text(PLAN_ID, "core"))

    result = cli("show", f"{PLAN_ID}.md", "--format", "html")

    assert "States as the plan, which lies in no repository, had them" in result.stdout


def test_the_page_is_utf8_whatever_the_terminal_is(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = cli("show", "--format", "html", cwd=repo.path, env={"PYTHONIOENCODING": "ascii"})

    assert "\u25b7" in result.stdout


def test_a_new_repository_without_a_commit_has_a_page(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    empty = Repo(tmp_path / "empty")
    empty.path.mkdir()
    empty.git("init", "--quiet")
    empty.plan(PLAN_ID, "core")

    result = cli("show", PLAN_ID, "--format", "html", cwd=empty.path)

    assert result.exit_code == 0, result.stderr
    Page(result.stdout)


def test_open_writes_the_page_beside_the_records_and_gives_it_to_the_browser(
    repo: Repo, cli: Cli, browser: Path
) -> None:
    shop(repo, "core")

    result = cli("show", PLAN_ID, "--format", "html", "--open", cwd=repo.path)
    again = cli("show", PLAN_ID, "--format", "html", "--open", cwd=repo.path)

    path = repo.path / f".git/plan-worktree/pages/{PLAN_ID}.html"
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{path}\n", "")
    assert again.stdout == result.stdout
    assert browser.read_text() == path.as_uri()
    Page(path.read_text())
    assert list(path.parent.iterdir()) == [path]
    assert repo.git("status", "--porcelain") == ""


def test_open_in_a_stages_worktree_is_the_same_page(repo: Repo, cli: Cli, browser: Path) -> None:
    set_up(repo, cli, "core")

    result = cli("show", "--format", "html", "--open", cwd=repo.stage(PLAN_ID, "core").path)

    assert result.stdout == f"{repo.path}/.git/plan-worktree/pages/{PLAN_ID}.html\n"
    assert browser.exists()


def test_open_outside_of_a_repository_uses_a_temporary_folder(
    tmp_path: Path, cli: Cli, browser: Path
) -> None:
    (tmp_path / f"{PLAN_ID}.md").write_text(plan_text(PLAN_ID, "core"))

    result = cli("show", f"{PLAN_ID}.md", "--format", "html", "--open")

    path = Path(result.stdout.strip())
    assert result.exit_code == 0
    assert path.name == f"{PLAN_ID}.html"
    assert path.parent.name.startswith("plan-worktree-")
    assert browser.read_text() == path.as_uri()
    Page(path.read_text())
    shutil.rmtree(path.parent)


def test_without_a_browser_open_says_what_to_do_and_is_3(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shop(repo, "core")
    git = tmp_path / "only/git"
    git.parent.mkdir()
    git.symlink_to(next(p for d in os.get_exec_path() if (p := Path(d, "git")).exists()))
    nothing = {"PATH": str(git.parent), "DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}

    result = cli("show", PLAN_ID, "--format", "html", "--open", cwd=repo.path, env=nothing)

    assert result.exit_code == 3
    path = Path(result.stdout.strip())
    assert result.stderr == (
        f"no browser could be started here: open {path} in one, or set BROWSER to its command\n"
    )
    assert path.exists()


def test_open_where_nothing_can_be_written_says_so(repo: Repo, cli: Cli, browser: Path) -> None:
    shop(repo, "core")
    pages = repo.path / ".git/plan-worktree/pages"
    pages.parent.mkdir(exist_ok=True)
    pages.write_text("a file\n")

    result = cli("show", PLAN_ID, "--format", "html", "--open", cwd=repo.path)

    assert result.exit_code == 3
    assert str(pages) in result.stderr
    assert not browser.exists()


@pytest.mark.parametrize("form", ("table", "json", "mermaid", "dot"))
def test_only_a_page_can_be_opened(repo: Repo, cli: Cli, form: str) -> None:
    shop(repo, "core")

    result = cli("show", PLAN_ID, "--format", form, "--open", cwd=repo.path)

    assert result.exit_code == 2
    assert "Error: --open goes with --format html" in result.stderr
