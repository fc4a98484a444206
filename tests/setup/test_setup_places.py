"""setup in places that are not plain folders of one's own: moved, foreign, full, read-only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import Repo, Stage, checked, new_repo, run
from tests.world import PLAN_ID, POINTER, Cli, refs, row, shop, snapshot, work

Mount = Callable[..., Path]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount a file system of its own on a new folder: `mount(path, "size=1M")`."""
    mounted: list[Path] = []

    def make(path: Path, options: str = "size=16M") -> Path:
        path.mkdir(parents=True)
        if run("mount", "-t", "tmpfs", "-o", options, "none", path).exit_code:
            pytest.skip("only root may mount")
        mounted.append(path)
        return path

    yield make
    for path in reversed(mounted):
        checked("umount", path)


def refused(repo: Repo, cli: Cli, *args: str) -> str:
    before = snapshot(repo.path.parent)
    result = cli("setup", PLAN_ID, *args, cwd=repo.path)
    assert (result.exit_code, result.stdout) == (1, ""), result.output
    assert snapshot(repo.path.parent) == before
    return str(result.stderr)


def done(repo: Repo, cli: Cli, *args: str) -> dict[str, str]:
    """Set up, which must succeed; return what was done for each stage."""
    result = cli("setup", PLAN_ID, *args, cwd=repo.path)
    assert result.exit_code == 0, result.output
    return {line.split()[0]: line.split()[1] for line in result.stdout.splitlines()[1:]}


def another_repository(repo: Repo, place: Path) -> None:
    new_repo(place)


def linked_worktree(repo: Repo, place: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(place))


def linked_worktree_of_another(repo: Repo, place: Path) -> None:
    linked_worktree(new_repo(place.with_name("other")), place)


@pytest.mark.parametrize("make", (another_repository, linked_worktree, linked_worktree_of_another))
@pytest.mark.parametrize("below", ("core", "deep/er/core"))
def test_a_place_inside_another_working_tree_is_refused(
    repo: Repo, cli: Cli, make: Callable[[Repo, Path], None], below: str
) -> None:
    place = repo.path.parent / "place"
    make(repo, place)
    shop(repo, Stage("core", worktree_path=f"../place/{below}"), "api")

    assert refused(repo, cli) == (
        f"refused: stage core: {place / below} is inside the repository {place}, which would see "
        "it as its own file: choose another worktree_path\n"
    )


def staged(repo: Repo, stage: str) -> Repo:
    """Stage a change in a stage's worktree, and return that."""
    there = repo.stage(PLAN_ID, stage)
    there.write("README.md", "staged\n")
    there.git("add", "README.md")
    return there


def test_a_project_inside_another_repository_has_its_worktrees_there(
    make_repo: Callable[..., Repo], cli: Cli
) -> None:
    outer = make_repo("outer")
    repo = shop(make_repo("outer/deep/project"), "core")

    assert done(repo, cli) == {"core": "created"}

    assert repo.worktrees() == [outer.path / f"deep/worktrees/{PLAN_ID}/core"]


def test_a_worktree_that_was_moved_to_where_the_plan_now_wants_it_is_repaired(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api")
    done(repo, cli)
    there = staged(repo, "core")
    there.write("new.txt", "half a sentence")
    (repo.path.parent / "elsewhere").mkdir()
    moved = Repo(there.path.rename(repo.path.parent / "elsewhere/c"))
    repo.plan(PLAN_ID, Stage("core", worktree_path="../elsewhere/c"), "api")

    assert done(repo, cli, "--dry-run") == {"core": "repaired", "api": "kept"}
    assert done(repo, cli) == {"core": "repaired", "api": "kept"}

    assert moved.git("status", "--porcelain") == "M  README.md\n?? new.txt"
    assert (moved.path / POINTER).resolve() == repo.path / f".claude/plans/{PLAN_ID}.md"
    assert set(repo.worktrees()) == {moved.path, repo.stage(PLAN_ID, "api").path}
    assert done(repo, cli) == {"core": "kept", "api": "kept"}


def test_worktrees_are_repaired_after_the_folder_around_all_was_renamed(
    make_repo: Callable[..., Repo], cli: Cli, tmp_path: Path
) -> None:
    old = shop(make_repo("old/project"), "core", "api:core", "ui")
    done(old, cli)
    staged(old, "api")
    commit = work(old, "core")
    (tmp_path / "old").rename(tmp_path / "new")
    repo = Repo(tmp_path / "new/project")

    assert done(repo, cli) == dict.fromkeys(("core", "api", "ui"), "repaired")

    assert set(repo.worktrees()) == {
        repo.stage(PLAN_ID, stage).path for stage in ("core", "api", "ui")
    }
    assert repo.stage(PLAN_ID, "core").head() == commit
    assert repo.stage(PLAN_ID, "api").git("status", "--porcelain") == "M  README.md"
    assert done(repo, cli) == dict.fromkeys(("core", "api", "ui"), "kept")
    assert not (tmp_path / "old").exists()


def test_a_deleted_worktree_is_made_again_and_one_with_staged_changes_is_asked_about(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api")
    done(repo, cli)
    there = staged(repo, "core")
    for stage in ("core", "api"):
        shutil.rmtree(repo.stage(PLAN_ID, stage).path)

    assert f"the worktree {there.path} is gone, but changes were staged in it" in refused(repo, cli)

    assert done(repo, cli, "api") == {"api": "repaired"}
    assert repo.stage(PLAN_ID, "api").git("status", "--porcelain") == ""


@pytest.mark.parametrize("link", (f"worktrees/{PLAN_ID}/core", f"worktrees/{PLAN_ID}", "worktrees"))
def test_a_link_to_the_home_directory_is_refused(
    repo: Repo, cli: Cli, home: Path, link: str
) -> None:
    shop(repo, "core")
    place = repo.path.parent / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(home)
    before = snapshot(home)

    assert "error PW304" in refused(repo, cli)

    assert snapshot(home) == before


def test_a_link_to_a_folder_of_other_files_is_refused(repo: Repo, cli: Cli, home: Path) -> None:
    shop(repo, "core")
    repo.git("config", "planWorktree.root", "~")
    place = repo.stage(PLAN_ID, "core").path
    place.parent.mkdir(parents=True)
    (home / "documents").mkdir()
    (home / "documents/letter.txt").write_text("Dear Ada\n")
    place.symlink_to(home / "documents")

    said = refused(repo, cli)

    assert f"{home}/documents exists and is no worktree of this plan: move it away" in said
    assert (home / "documents/letter.txt").read_text() == "Dear Ada\n"


@pytest.mark.thorough
def test_worktrees_on_another_file_system_are_set_up_removed_and_restored(
    repo: Repo, cli: Cli, mount: Mount
) -> None:
    mount(repo.path.parent / "worktrees")
    repo.write(".gitignore", ".env\n")
    repo.write(".worktreeinclude", ".env\n")
    repo.write(".env", "secret\n")
    shop(repo, "core", "api")
    done(repo, cli)
    there = repo.stage(PLAN_ID, "core")
    assert there.read(".env") == "secret\n"
    there.write("draft.txt", "half a sentence")

    assert cli("remove", PLAN_ID, "core", "--force", cwd=repo.path).exit_code == 0
    assert cli("restore", PLAN_ID, "core", cwd=repo.path).exit_code == 0

    assert there.read("draft.txt") == "half a sentence"
    assert cli("remove", PLAN_ID, "api", cwd=repo.path).exit_code == 0
    assert repo.worktrees() == [there.path]


def test_a_full_disk_fails_its_stage_and_no_other_and_leaves_nothing(
    repo: Repo, cli: Cli, mount: Mount
) -> None:
    small = mount(repo.path.parent / "small", "size=1M")
    repo.write("big", os.urandom(2_000_000))
    shop(repo, Stage("core", worktree_path="../small/core"), "api", "ui")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert {stage: row(result, stage)[1] for stage in ("core", "api", "ui")} == {
        "core": "failed", "api": "created", "ui": "created",
    }  # fmt: skip
    assert result.stderr.startswith("stage core failed: git ")
    assert "\nerror: unable to write file big\n" in result.stderr
    assert list(small.iterdir()) == []
    assert [name for name in refs(repo) if "core" in name] == []
    assert set(repo.worktrees()) == {repo.stage(PLAN_ID, stage).path for stage in ("api", "ui")}
    checked("mount", "-o", "remount,size=16M", small)
    assert done(repo, cli) == {"core": "created", "api": "kept", "ui": "kept"}
    assert Repo(small / "core").git("status", "--porcelain") == ""


def test_a_mount_point_is_a_place_like_any_other(repo: Repo, cli: Cli, mount: Mount) -> None:
    shop(repo, "core")
    there = Repo(mount(repo.stage(PLAN_ID, "core").path))
    assert done(repo, cli) == {"core": "created"}
    assert there.git("status", "--porcelain") == ""

    result = cli("remove", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert list(there.path.iterdir()) == []
    assert repo.worktrees() == []
    assert repo.branches() == ["main"]
    assert done(repo, cli) == {"core": "created"}


def test_what_was_in_a_mount_point_comes_back_there(repo: Repo, cli: Cli, mount: Mount) -> None:
    shop(repo, "core")
    there = Repo(mount(repo.stage(PLAN_ID, "core").path))
    done(repo, cli)
    there.write("draft.txt", "half a sentence")
    assert cli("remove", PLAN_ID, cwd=repo.path).exit_code == 1

    assert cli("remove", PLAN_ID, "--force", cwd=repo.path).exit_code == 0

    assert list(there.path.iterdir()) == []
    result = cli("restore", PLAN_ID, "core", cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert there.read("draft.txt") == "half a sentence"
    assert there.git("status", "--porcelain") == "?? draft.txt"


def test_a_read_only_file_system_is_refused(repo: Repo, cli: Cli, mount: Mount) -> None:
    closed = mount(repo.path.parent / "worktrees")
    checked("mount", "-o", "remount,ro", closed)
    shop(repo, "core")

    assert f"{closed} is not writable: choose another worktree_path" in refused(repo, cli)


def test_a_read_only_repository_can_be_looked_at_and_not_changed(
    make_repo: Callable[..., Repo], cli: Cli, mount: Mount, tmp_path: Path
) -> None:
    disk = mount(tmp_path / "disk")
    repo = shop(make_repo("disk/deep/project"), "core", "api:core")
    done(repo, cli, "core")
    work(repo, "core")
    checked("mount", "-o", "remount,ro", disk)

    status = cli("status", PLAN_ID, cwd=repo.path)
    setup = cli("setup", PLAN_ID, "core", cwd=repo.path)
    remove = cli("remove", PLAN_ID, "core", "--force", cwd=repo.path)

    assert row(status, "core")[1] == "in-progress"
    for result in (setup, remove):
        assert (result.exit_code, result.stdout) == (3, "")
        assert "Read-only file system" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("command", ("setup", "status", "remove"))
def test_a_repository_of_another_user_is_left_alone_and_gits_advice_shown(
    repo: Repo, cli: Cli, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    shop(repo, "core")
    checked("chown", "-R", "12345:12345", repo.path)
    before = snapshot(repo.path.parent)

    result = cli(command, PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (3, "")
    assert f"detected dubious ownership in repository at '{repo.path}'" in result.stderr
    assert f"git config --global --add safe.directory {repo.path}" in result.stderr
    assert snapshot(repo.path.parent) == before
