"""Submodules of a new worktree come from home's own copies, without any network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

import pytest

from tests.sampling import sampled
from tests.support import Repo, checked
from tests.world import PLAN_ID, Cli, base_ref, branch, refs, row, shop

MakeRepo = Callable[..., Repo]
ALLOW = ("-c", "protocol.file.allow=always")


def library(make_repo: MakeRepo, name: str = "library") -> Repo:
    made = make_repo(name)
    made.write(f"{name}.txt", f"of {name}\n")
    made.commit("what a project uses")
    return made


def add(repo: Repo, library: Repo, path: str, *flags: str) -> None:
    repo.git(*ALLOW, "submodule", "--quiet", "add", *flags, "--", str(library.path), path)
    repo.git("commit", "--quiet", "--message", f"use {path}")


def away(library: Repo) -> None:
    """Put the library where no network finds it."""
    library.path.rename(library.path.with_name(f"{library.path.name}-away"))


def created(repo: Repo, cli: Cli, stage: str = "core") -> Repo:
    result = cli("setup", PLAN_ID, stage, cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert row(result, stage)[1] == "created"
    there = repo.stage(PLAN_ID, stage)
    assert there.git("status", "--porcelain") == ""
    return there


def test_a_submodule_is_filled_from_home_when_its_origin_is_gone(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "deep/library")
    away(origin)
    shop(repo, "core")
    config = repo.read(".git/config")

    there = created(repo, cli)

    inner = Repo(there.path / "deep/library")
    assert inner.read("library.txt") == "of library\n"
    assert inner.head() == repo.git("rev-parse", "HEAD:deep/library")
    assert inner.git("config", "remote.origin.url") == str(origin.path)
    assert repo.read(".git/config") == config
    assert there.git("submodule", "status").startswith(f" {inner.head()} deep/library")


def test_a_submodule_that_home_has_not_initialised_stays_empty(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    wanted, other = library(make_repo, "wanted"), library(make_repo, "other")
    add(repo, wanted, "wanted")
    add(repo, other, "other")
    repo.git("submodule", "--quiet", "deinit", "--force", "other")
    shutil.rmtree(repo.path / ".git/modules/other")
    away(other)
    shop(repo, "core")

    there = created(repo, cli)

    assert (there.path / "wanted/wanted.txt").exists()
    assert list((there.path / "other").iterdir()) == []


def test_a_clone_whose_submodules_are_empty_has_worktrees_whose_are_empty(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    clone = repo.path.with_name("clone")
    checked("git", "clone", "--quiet", repo.path, clone)
    away(origin)

    there = created(shop(Repo(clone), "core"), cli)

    assert list((there.path / "library").iterdir()) == []


def test_a_submodule_has_the_commit_of_the_stages_base_not_homes(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    pinned = repo.git("rev-parse", "HEAD:library")
    inner = Repo(repo.path / "library")
    inner.write("later.txt", "later\n")
    inner.commit("work that is in no project")
    away(origin)
    shop_without_library(repo)

    there = created(repo, cli)

    assert Repo(there.path / "library").head() == pinned
    assert not (there.path / "library/later.txt").exists()


def shop_without_library(repo: Repo) -> None:
    """Commit the plan and nothing else."""
    repo.plan(PLAN_ID, "core")
    repo.git("add", ".claude")
    repo.git("commit", "--quiet", "--message", "a plan")


def test_a_commit_that_only_home_has_is_found_there(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    inner = Repo(repo.path / "library")
    inner.write("later.txt", "later\n")
    pinned = inner.commit("not pushed yet")
    away(origin)
    shop(repo, "core")

    there = created(repo, cli)

    assert Repo(there.path / "library").head() == pinned


@sampled("name", ("ä library", "[a]*", "with.dots/and-dashes", "#x"), one_in=2)
def test_a_submodule_of_any_name_and_path_is_filled(
    repo: Repo, make_repo: MakeRepo, cli: Cli, name: str
) -> None:
    origin = library(make_repo)
    add(repo, origin, name)
    away(origin)
    shop(repo, "core")

    there = created(repo, cli)

    assert (there.path / name / "library.txt").exists()


def test_a_submodule_whose_name_is_not_its_path_is_filled(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "old", "--name", "named")
    repo.git("mv", "old", "new")
    repo.git("commit", "--quiet", "--message", "rename")
    away(origin)
    shop(repo, "core")

    assert (created(repo, cli).path / "new/library.txt").exists()


def test_submodules_of_submodules_are_left_to_git_as_submodule_update_does(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    inner, outer = library(make_repo, "inner"), library(make_repo, "outer")
    add(outer, inner, "inner")
    add(repo, outer, "outer")
    repo.git(*ALLOW, "submodule", "--quiet", "update", "--init", "--recursive")
    away(inner)
    away(outer)
    shop(repo, "core")

    there = created(repo, cli)

    assert (there.path / "outer/outer.txt").exists()
    assert list((there.path / "outer/inner").iterdir()) == []


@pytest.mark.thorough
def test_several_worktrees_have_submodules_of_their_own(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    for number in range(3):
        add(repo, origin, f"library-{number}")
    away(origin)
    stages = [f"stage-{number}" for number in range(6)]
    shop(repo, *stages)
    config = repo.read(".git/config")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    for stage in stages:
        there = repo.stage(PLAN_ID, stage)
        assert len(list(there.path.glob("library-?/library.txt"))) == 3
        inner = Repo(there.path / "library-0")
        inner.write("own.txt", f"of {stage}\n")
        inner.commit(f"of {stage}")
    assert repo.read(".git/config") == config
    assert Repo(repo.path / "library-0").git("status", "--porcelain") == ""
    heads = {Repo(repo.stage(PLAN_ID, s).path / "library-0").head() for s in stages}
    assert len(heads) == len(stages)


def test_a_submodule_that_cannot_be_filled_fails_its_stage_which_is_finished_later(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    away(origin)
    shop(repo, "core")
    objects = repo.path / ".git/modules/library/objects"
    objects.rename(objects.with_name("objects-away"))
    objects.mkdir()

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert result.stderr.startswith("stage core failed: git ")
    assert re.search(r"submodule --quiet update --init", result.stderr)
    objects.rmdir()
    objects.with_name("objects-away").rename(objects)
    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "repaired"
    there = repo.stage(PLAN_ID, "core")
    assert (there.path / "library/library.txt").exists()
    assert there.git("status", "--porcelain") == ""


@pytest.mark.second
def test_a_restored_worktree_has_its_submodules_again(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    away(origin)
    shop(repo, "core")
    there = created(repo, cli)
    there.write("draft.txt", "half a sentence")
    removed = cli("remove", PLAN_ID, "--force", cwd=repo.path)
    assert removed.exit_code == 0, removed.output
    assert not there.path.exists()
    config = repo.read(".git/config")

    result = cli("restore", PLAN_ID, "core", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert there.read("library/library.txt") == "of library\n"
    assert there.git("status", "--porcelain") == "?? draft.txt"
    inner = Repo(there.path / "library")
    assert inner.head() == there.git("rev-parse", "HEAD:library")
    assert inner.git("config", "remote.origin.url") == str(origin.path)
    assert repo.read(".git/config") == config


@pytest.mark.second
def test_a_submodule_that_was_moved_on_in_a_stage_comes_back_as_it_was(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    first = origin.head()
    origin.write("later.txt", "later\n")
    later = origin.commit("published")
    Repo(repo.path / "library").git("fetch", "--quiet")
    shop(repo, "core")
    there = created(repo, cli)
    inner = Repo(there.path / "library")
    assert inner.head() == first
    inner.git(*ALLOW, "fetch", "--quiet")
    inner.git("checkout", "--quiet", later)
    there.git("add", "library")
    before = there.git("diff", "--cached")
    removed = cli("remove", PLAN_ID, "--force", cwd=repo.path)
    assert removed.exit_code == 0, removed.output
    away(origin)

    result = cli("restore", PLAN_ID, "core", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert there.git("diff", "--cached") == before
    assert there.git("status", "--porcelain") == "M  library"
    assert inner.head() == later


def test_a_worktree_with_submodules_is_removed_with_all_that_belongs_to_it(
    repo: Repo, make_repo: MakeRepo, cli: Cli
) -> None:
    origin = library(make_repo)
    add(repo, origin, "library")
    shop(repo, "core")
    created(repo, cli)

    assert cli("remove", PLAN_ID, cwd=repo.path).exit_code == 0

    assert not (repo.path / ".git/worktrees").exists()
    assert branch("core") not in repo.branches()
    assert base_ref("core") not in refs(repo)
    assert Repo(repo.path / "library").git("status", "--porcelain") == ""
