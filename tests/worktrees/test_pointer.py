"""CURRENT_STAGE.md: leads from a stage's worktree to the plan, and git never sees it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plan_worktree.project.home import find_home
from plan_worktree.worktrees.pointer import exclude_pointer, write_pointer
from tests.sampling import sampled
from tests.support import PLANS, Repo
from tests.world import PLAN_ID, POINTER, Cli, refs, row, set_up, shop, work

EXCLUDED = f"/{POINTER}\n"


def pointer(repo: Repo, stage: str = "core") -> Path:
    return repo.stage(PLAN_ID, stage).path / POINTER


def test_the_pointer_is_a_relative_link_to_the_plan_in_home(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    cli("setup", PLAN_ID, cwd=repo.path)

    assert pointer(repo).is_symlink()
    assert not pointer(repo).readlink().is_absolute()
    assert pointer(repo).resolve() == repo.path / PLANS / f"{PLAN_ID}.md"


def test_the_pointer_still_leads_to_the_plan_after_everything_was_moved(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core")
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("project", "worktrees"):
        (tmp_path / name).rename(moved / name)

    there = Repo(moved / "project").stage(PLAN_ID, "core").path / POINTER

    assert there.resolve() == moved / "project" / PLANS / f"{PLAN_ID}.md"


def test_git_does_not_see_the_pointer(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")

    assert there.git("status", "--porcelain", "--untracked-files=all") == ""
    there.git("add", ".")
    there.git("add", "--all")
    assert there.git("diff", "--cached", "--name-only") == ""


def test_the_pointer_does_not_block_git_worktree_remove(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))

    assert repo.worktrees() == []


def test_home_gets_no_pointer(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    cli("setup", PLAN_ID, cwd=repo.path)

    assert not (repo.path / POINTER).exists()


def test_a_tracked_file_of_that_name_is_left_alone(repo: Repo, cli: Cli) -> None:
    repo.write(POINTER, "the project's own\n")
    shop(repo, "core")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    there = repo.stage(PLAN_ID, "core")
    assert there.read(POINTER) == "the project's own\n"
    assert there.git("status", "--porcelain") == ""


def test_a_tracked_file_that_a_sparse_checkout_leaves_out_is_not_replaced(
    repo: Repo, cli: Cli
) -> None:
    repo.write(POINTER, "the project's own\n")
    repo.write("src/code.txt", "code\n")
    shop(repo, "core")
    repo.git("sparse-checkout", "set", "src")
    plan = shutil.copy(repo.plan(PLAN_ID, "core"), repo.path / "the-plan.md")

    assert cli("setup", plan, cwd=repo.path).exit_code == 0

    assert not pointer(repo).is_symlink()
    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


def test_a_gitignore_that_brings_it_back_keeps_the_pointer_away(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "!CURRENT_STAGE.md\n")
    shop(repo, "core")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert not pointer(repo).is_symlink()
    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


def test_a_tracked_link_instead_of_the_folder_is_not_followed(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.path / ".claude").symlink_to(outside)
    plan = repo.plan(PLAN_ID, "core")
    repo.commit()
    shutil.copy(plan, repo.path / "the-plan.md")

    assert cli("setup", "the-plan.md", cwd=repo.path).exit_code == 0

    assert not (outside / "plans/CURRENT_STAGE.md").exists()
    assert [path.name for path in outside.rglob("*.md")] == [f"{PLAN_ID}.md"]


@pytest.mark.parametrize("part", (".claude", PLANS))
def test_a_tracked_file_instead_of_the_folder_keeps_the_pointer_away(
    repo: Repo, cli: Cli, part: str
) -> None:
    repo.write(part, "a file\n")
    repo.commit()
    repo.git("rm", "--quiet", "--cached", part)
    (repo.path / part).unlink()
    repo.plan(PLAN_ID, "core")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.stderr
    assert repo.stage(PLAN_ID, "core").read(part) == "a file\n"
    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


def test_a_dangling_link_of_that_name_is_left_alone(repo: Repo) -> None:
    own = repo.path / POINTER
    own.parent.mkdir(parents=True)
    own.symlink_to("nowhere")

    write_pointer(repo.path, repo.path / "README.md")

    assert str(own.readlink()) == "nowhere"


def test_a_copy_is_written_where_links_are_not_possible(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = find_home(repo.path)
    assert home
    exclude_pointer(home)

    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)

    write_pointer(repo.path, repo.path / "README.md")

    assert not (repo.path / POINTER).is_symlink()
    assert repo.read(POINTER) == repo.read("README.md")


@sampled(
    ("before", "after"),
    (
        (None, EXCLUDED),
        ("", EXCLUDED),
        ("*.swp\n", f"*.swp\n{EXCLUDED}"),
        ("*.swp", f"*.swp\n{EXCLUDED}"),
        ("*.swp\r\n", f"*.swp\r\n{EXCLUDED}"),
        (f"{EXCLUDED}*.swp\n", f"{EXCLUDED}*.swp\n"),
        (EXCLUDED.rstrip(), EXCLUDED.rstrip()),
        (f"{EXCLUDED.rstrip()}\r\n", f"{EXCLUDED.rstrip()}\r\n"),
        (f"#{EXCLUDED}", f"#{EXCLUDED}{EXCLUDED}"),
    ),
    one_in=3,
)
def test_the_pointer_is_excluded_once(repo: Repo, before: str | None, after: str) -> None:
    if before is not None:
        repo.write(".git/info/exclude", before)
    home = find_home(repo.path)
    assert home

    exclude_pointer(home)
    exclude_pointer(home)

    assert repo.read(".git/info/exclude") == after


def test_bytes_that_are_no_text_in_the_exclude_file_are_kept(repo: Repo) -> None:
    repo.write(".git/info/exclude", b"caf\xe9\n")
    home = find_home(repo.path)
    assert home

    exclude_pointer(home)

    assert (repo.path / ".git/info/exclude").read_bytes() == b"caf\xe9\n" + EXCLUDED.encode()


def test_a_setup_that_only_keeps_does_not_exclude_again(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    repo.write(".git/info/exclude", "")

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "kept"

    assert repo.read(".git/info/exclude") == ""


def test_the_pointer_comes_back_with_a_repaired_worktree(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    cli("setup", PLAN_ID, cwd=repo.path)

    assert pointer(repo).resolve() == repo.path / PLANS / f"{PLAN_ID}.md"


def test_a_stages_worktree_finds_its_plan_by_the_pointer_when_it_has_none_of_its_own(
    repo: Repo, cli: Cli
) -> None:
    repo.plan(PLAN_ID, "core")
    repo.plan("2026-02-03-other", "one")
    cli("setup", PLAN_ID, cwd=repo.path)
    there = repo.stage(PLAN_ID, "core")
    assert [path.name for path in (there.path / PLANS).iterdir()] == ["CURRENT_STAGE.md"]

    result = cli("status", cwd=there.path)

    assert result.exit_code == 0
    assert row(result, "core")[1] == "ready"


def test_a_commit_in_a_stage_never_holds_the_pointer(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    commit = work(repo, "core")

    assert POINTER not in repo.git("ls-tree", "-r", "--name-only", commit).splitlines()
    assert any(name.endswith("/core") for name in refs(repo))


def test_a_tracked_file_of_that_name_is_not_taken_for_a_plan(repo: Repo, cli: Cli) -> None:
    repo.write(POINTER, "the project's own\n")
    shop(repo, "core")

    assert row(cli("status", cwd=repo.path), "core")[1] == "ready"
