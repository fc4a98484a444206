"""The one door to git, held against git itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from plan_worktree.git import process, repository
from plan_worktree.git import refs as gitrefs
from plan_worktree.git import worktrees as gitworktrees
from plan_worktree.git.index import tracked_paths
from plan_worktree.git.objects import history as githistory
from plan_worktree.git.process import GitError
from plan_worktree.worktrees.deletion import drop_entry
from tests.support import Repo, checked, new_repo, run
from tests.world import executable


def test_the_variables_that_are_dropped_are_those_git_calls_local() -> None:
    known = set(run("git", "rev-parse", "--local-env-vars").stdout.split())
    known -= {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"}  # settings, which hold anywhere

    assert known <= process.LOCAL_VARIABLES
    # A newer git has dropped one of them; nothing else may be listed beyond what this git knows.
    assert process.LOCAL_VARIABLES - known <= {"GIT_INTERNAL_SUPER_PREFIX"}


def test_an_error_shows_command_exit_code_and_what_git_said(repo: Repo) -> None:
    with pytest.raises(GitError) as failure:
        process.run(repo.path, "rev-parse", "--verify", "nope")

    assert failure.value.code == 128
    assert failure.value.command == ("rev-parse", "--verify", "nope")
    assert str(failure.value) == (
        "git rev-parse --verify nope\nexit code 128\nfatal: Needed a single revision"
    )


def test_an_exit_code_that_is_expected_is_no_error(repo: Repo) -> None:
    assert process.run(repo.path, "config", "no.such", ok=(0, 1)).returncode == 1


def test_a_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=f"the directory {tmp_path}/gone is gone"):
        process.run(tmp_path / "gone", "version")


def test_an_argument_with_a_nul_is_an_error_not_a_crash(repo: Repo) -> None:
    with pytest.raises(GitError, match="git could not be started: embedded null byte"):
        process.run(repo.path, "rev-parse", "a\0b")


def test_output_that_is_no_text_comes_through(repo: Repo) -> None:
    repo.git("config", "alias.noise", "!printf 'caf\\351'")

    assert process.run(repo.path, "noise").stdout == "caf\udce9"


def test_git_never_asks(repo: Repo) -> None:
    repo.git("config", "alias.ask", "!read answer || echo $GIT_TERMINAL_PROMPT")

    assert process.run(repo.path, "ask").stdout == "0\n"


def test_locate_of_a_plain_repository(repo: Repo) -> None:
    (repo.path / "deep").mkdir()

    found = repository.locate(repo.path / "deep")

    assert found == repository.Location(repo.path, repo.path / ".git", repo.path / ".git")


def test_locate_of_a_linked_worktree(repo: Repo) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "other", "../other")

    found = repository.locate(repo.path.parent / "other")

    own = repo.path / ".git/worktrees/other"
    assert found == repository.Location(repo.path.parent / "other", own, repo.path / ".git")


def test_locate_of_a_bare_repository_and_of_a_git_directory_has_no_top_level(
    repo: Repo, tmp_path: Path
) -> None:
    checked("git", "clone", "--quiet", "--bare", repo.path, tmp_path / "bare.git")

    for directory in (tmp_path / "bare.git", repo.path / ".git"):
        assert repository.locate(directory) == repository.Location(None, directory, directory)


def test_locate_outside_any_repository_is_none(tmp_path: Path) -> None:
    assert repository.locate(tmp_path) is None


@pytest.mark.usefixtures("foreign_git")
def test_locate_outside_any_repository_is_none_in_every_language(tmp_path: Path) -> None:
    assert repository.locate(tmp_path) is None


def test_locate_of_a_damaged_repository_is_an_error(repo: Repo) -> None:
    repo.write(".git/config", "[core\n")

    with pytest.raises(GitError, match="bad config line 1"):
        repository.locate(repo.path)


def test_worktrees_of_every_kind(repo: Repo) -> None:
    folder = repo.path.parent
    start = repo.head()
    for name in ("plain", "locked", "gone", "two words\nand a line"):
        repo.git("worktree", "add", "--quiet", "-b", name.split()[0], str(folder / name))
    repo.git("worktree", "add", "--quiet", "--detach", str(folder / "detached"))
    repo.git("worktree", "lock", "--reason", "because\nof this", str(folder / "locked"))
    repo.git("worktree", "lock", str(folder / "plain"))
    (folder / "gone").rename(folder / "moved")

    found = {worktree.path.name: worktree for worktree in gitworktrees.worktrees(repo.path)}

    assert next(iter(found)) == "project"
    assert found["project"] == gitworktrees.Worktree(
        repo.path, start, "refs/heads/main", False, None
    )
    assert found["plain"].locked == ""
    assert found["locked"].locked == "because\nof this"
    assert found["two words\nand a line"].branch == "refs/heads/two"
    assert (found["detached"].branch, found["detached"].head) == (None, start)


def test_worktrees_of_a_bare_repository_begin_with_it(repo: Repo, tmp_path: Path) -> None:
    checked("git", "clone", "--quiet", "--bare", repo.path, tmp_path / "bare.git")

    (only,) = gitworktrees.worktrees(tmp_path / "bare.git")

    assert only == gitworktrees.Worktree(tmp_path / "bare.git", None, None, True, None)


def test_the_head_of_an_unborn_branch_is_none_or_zeroes(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "--quiet")

    (only,) = gitworktrees.worktrees(tmp_path)

    assert only.branch == "refs/heads/main"
    assert set(only.head or "0") == {"0"}


def test_refs_are_filtered_by_prefix_and_symbolic_ones_show_their_target(repo: Repo) -> None:
    repo.git("update-ref", "refs/plan-worktree/p/base/a", "HEAD")
    repo.git("symbolic-ref", "refs/plan-worktree/p/target", "refs/heads/main")
    repo.git("branch", "größe")
    start = repo.head()

    found = gitrefs.refs(repo.path, "refs/plan-worktree/p/", "refs/heads/")

    assert {name: ref.target for name, ref in found.items()} == {
        "refs/heads/größe": None,
        "refs/heads/main": None,
        "refs/plan-worktree/p/base/a": None,
        "refs/plan-worktree/p/target": "refs/heads/main",
    }
    assert {ref.object_id for ref in found.values()} == {start}
    assert gitrefs.refs(repo.path, "refs/nothing/") == {}
    assert set(gitrefs.refs(repo.path)) == set(found)


def test_the_names_of_refs_are_listed_without_their_objects(repo: Repo) -> None:
    repo.git("branch", "a\u2028b")
    missing = repo.write(".git/refs/remotes/origin/main", f"{'1' * len(repo.head())}\n")

    found = gitrefs.ref_names(repo.path, "refs/heads/", "refs/remotes/")

    assert found == ["refs/heads/a\u2028b", "refs/heads/main", "refs/remotes/origin/main"]
    missing.unlink()
    assert gitrefs.ref_names(repo.path, "refs/remotes/") == []


def test_refs_that_git_cannot_read_are_named_and_only_records_are_to_be_dropped(repo: Repo) -> None:
    mine = "refs/plan-worktree/p"
    kept = repo.git("hash-object", "-w", "README.md")
    for stage in "abcde":
        repo.git("update-ref", f"{mine}/claim/{stage}", kept)
    for name in ("refs/heads/lost", f"{mine}/base/a", f"{mine}/claim/c", f"{mine}/claim/d"):
        repo.write(f".git/{name}", "1" * len(kept) + "\n")
    for name in ("target", "claim/e"):
        repo.git("symbolic-ref", f"{mine}/{name}", "refs/heads/lost")

    with pytest.raises(GitError) as failed:
        gitrefs.refs(repo.path, "refs/heads/", "refs/plan-worktree/")

    told = [line for line in failed.value.said.splitlines() if "refs/" in line]
    read = "git cannot read the object that"
    assert [line for line in told if line.startswith(("git cannot", "to drop"))] == [
        f"{read} refs/heads/lost points at",
        f"{read} {mine}/base/a points at",
        f"to drop this record: git update-ref -d {mine}/base/a",
        f"{read} {mine}/claim/c points at",
        f"to drop this record: git update-ref -d {mine}/claim/c",
        f"{read} {mine}/claim/d points at",
        f"to drop this record: git update-ref -d {mine}/claim/d",
    ]
    with pytest.raises(GitError, match="--no-such-option"):
        gitrefs.refs(repo.path, "--no-such-option")


def test_a_symbolic_ref_is_read_and_set_also_when_its_target_does_not_exist(repo: Repo) -> None:
    assert gitrefs.symbolic_ref(repo.path, "HEAD") == "refs/heads/main"
    assert gitrefs.symbolic_ref(repo.path, "refs/plan-worktree/none") is None

    gitrefs.set_symbolic_ref(repo.path, "refs/plan-worktree/p/target", "refs/heads/nope")

    assert gitrefs.symbolic_ref(repo.path, "refs/plan-worktree/p/target") == "refs/heads/nope"
    repo.git("checkout", "--quiet", "--detach")
    assert gitrefs.symbolic_ref(repo.path, "HEAD") is None


def test_ref_commands_are_one_transaction(repo: Repo) -> None:
    start = repo.head()
    zero = "0" * len(start)

    gitrefs.update_refs(repo.path, [("create", "refs/x/a", start), ("create", "refs/x/b", start)])
    with pytest.raises(GitError, match="refs/x/a"):
        gitrefs.update_refs(
            repo.path, [("delete", "refs/x/b", start), ("create", "refs/x/a", start)]
        )
    with pytest.raises(GitError, match="refs/x/c"):
        gitrefs.update_refs(
            repo.path, [("create", "refs/x/d", start), ("update", "refs/x/c", start, start)]
        )

    assert set(gitrefs.refs(repo.path, "refs/x/")) == {"refs/x/a", "refs/x/b"}
    gitrefs.update_refs(
        repo.path, [("delete", "refs/x/a", start), ("update", "refs/x/e", start, zero)]
    )
    assert set(gitrefs.refs(repo.path, "refs/x/")) == {"refs/x/b", "refs/x/e"}
    gitrefs.update_refs(repo.path, [])


@pytest.mark.parametrize(
    "command", (("update", "refs/x/a", "HEAD", ""), ("delete", "refs/x/a", ""))
)
def test_a_ref_command_that_expects_anything_is_a_bug(repo: Repo, command: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="a value is missing"):
        gitrefs.update_refs(repo.path, [command])


def test_git_changes_refs_in_the_order_given_and_deletes_last(repo: Repo) -> None:
    start, names = repo.head(), ("refs/x/d", "refs/x/c", "refs/x/b", "refs/x/a")
    gitrefs.update_refs(repo.path, [("create", names[0], start)])
    # Where a ref should be there is a folder all at once, when git has checked everything.
    full = repo.path / ".git/refs/x/b"
    fill = f'[ "$1" != prepared ] || {{ mkdir "{full}" && : >"{full}/it.lock"; }}'
    executable(repo.path / ".git/hooks/reference-transaction", fill)

    with pytest.raises(GitError, match="refs/x/b"):
        gitrefs.update_refs(
            repo.path, [("delete", names[0], start), *(("create", n, start) for n in names[1:])]
        )

    assert set(gitrefs.refs(repo.path, "refs/x/")) == {"refs/x/d", "refs/x/c"}


def test_settings_keep_odd_values(repo: Repo) -> None:
    for value in ("first", "two words\nand a line", "ünïcode = [x]"):
        repo.git("config", "--add", "planWorktree.plans", value)
    repo.git("config", "planWorktree.root", "")
    with (repo.path / ".git/config").open("a") as file:
        file.write("[planWorktree]\n    flag\n")

    assert repository.settings(repo.path, r"^planworktree\.") == {
        "planworktree.plans": "ünïcode = [x]",
        "planworktree.root": "",
        "planworktree.flag": "",
    }
    assert repository.settings(repo.path, "^nothing$") == {}


def test_ignored_tells_by_pattern_and_never_a_tracked_path(repo: Repo) -> None:
    repo.write(".gitignore", "*.log\n/trees/\n")
    repo.write("kept.log", "")
    repo.git("add", "--force", "kept.log", ".gitignore")

    asked = ["a.log", "b.txt", "trees/", "trees", "kept.log", "größe\nx.log"]

    assert repository.ignored(repo.path, asked) == {"a.log", "trees/", "größe\nx.log"}
    assert repository.ignored(repo.path, []) == frozenset()


def test_tracked_takes_a_path_as_it_is_written(repo: Repo) -> None:
    repo.write("a[b]*.txt", "")
    repo.write("ab.txt", "")
    repo.git("add", "--", ":(literal)a[b]*.txt")

    assert tracked_paths(repo.path, "a[b]*.txt")
    assert not tracked_paths(repo.path, "ab.txt")
    assert not tracked_paths(repo.path, "*.txt")
    assert not tracked_paths(repo.path, ":(glob)*")


def test_changes_of_every_kind(repo: Repo) -> None:
    for name in ("changed", "staged", "deleted", "renamed", "mode", "typed", "two words\nx"):
        repo.write(name, f"{name}\n" * 20)
    repo.write(".gitignore", "ignored\n")
    repo.commit()
    assert not gitworktrees.changes(repo.path).dirty
    for name in ("changed", "staged", "two words\nx"):
        repo.write(name, "other\n")
    repo.git("add", "staged")
    repo.git("mv", "renamed", "new name")
    (repo.path / "deleted").unlink()
    (repo.path / "mode").chmod(0o755)
    (repo.path / "typed").unlink()
    (repo.path / "typed").symlink_to("mode")
    repo.write("ignored", "")
    repo.write("? odd", "")
    repo.write("folder/a", "")
    repo.write("folder/b", "")

    found = gitworktrees.changes(repo.path)

    assert sorted(found.tracked) == [
        "changed", "deleted", "mode", "new name", "renamed", "staged", "two words\nx", "typed",
    ]  # fmt: skip
    assert sorted(found.untracked) == ["? odd", "folder/"]
    assert found.dirty


def test_changes_of_a_conflict(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "other")
    repo.write("two words", "theirs\n")
    repo.commit()
    repo.git("switch", "--quiet", "main")
    repo.write("two words", "ours\n")
    repo.commit()
    assert run("git", "merge", "other", cwd=repo.path).exit_code == 1

    assert gitworktrees.changes(repo.path) == gitworktrees.Changes(("two words",), ())


def test_changes_of_a_submodule_count(repo: Repo, tmp_path: Path) -> None:
    library = new_repo(tmp_path / "library")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "--quiet", "add", str(library.path), "library")
    repo.commit()
    Repo(repo.path / "library").write("new.txt", "")

    assert gitworktrees.changes(repo.path).tracked == ("library",)


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("status.showUntrackedFiles", "no"),
        ("status.renames", "copies"),
        ("status.short", "true"),
        ("status.branch", "true"),
        ("status.showStash", "true"),
        ("status.relativePaths", "true"),
        ("core.quotePath", "true"),
        ("color.status", "always"),
        ("status.submoduleSummary", "true"),
        ("status.aheadBehind", "false"),
        ("core.fsmonitor", "/no/such/hook"),
        ("core.untrackedCache", "true"),
    ),
)
def test_changes_do_not_depend_on_settings(repo: Repo, name: str, value: str) -> None:
    repo.git("config", name, value)
    repo.write("größe", "")
    repo.write("README.md", "changed\n")

    assert gitworktrees.changes(repo.path) == gitworktrees.Changes(("README.md",), ("größe",))


def test_changes_of_a_submodule_count_whatever_the_settings(repo: Repo, tmp_path: Path) -> None:
    library = new_repo(tmp_path / "library")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "--quiet", "add", str(library.path), "library")
    repo.commit()
    repo.git("config", "diff.ignoreSubmodules", "all")
    Repo(repo.path / "library").write("new.txt", "")

    assert gitworktrees.changes(repo.path).tracked == ("library",)


def test_changes_take_no_lock(repo: Repo) -> None:
    repo.write("README.md", "changed\n")
    before = (repo.path / ".git/index").read_bytes()
    (repo.path / ".git/index.lock").touch()

    assert gitworktrees.changes(repo.path).tracked == ("README.md",)

    assert (repo.path / ".git/index").read_bytes() == before


@pytest.mark.usefixtures("foreign_git")
def test_a_file_in_the_way_of_a_move_is_told_in_words_that_we_know(repo: Repo) -> None:
    old = repo.head()
    repo.write("new.txt", "new\n")
    new = repo.commit()
    repo.git("reset", "--quiet", "--hard", old)
    repo.write("new.txt", "mine\n")

    with pytest.raises(GitError, match="would be overwritten"):
        gitworktrees.move_files(repo.path, old, new)


@pytest.mark.usefixtures("foreign_git")
def test_a_broken_record_is_named_in_every_language(repo: Repo) -> None:
    name = "refs/plan-worktree/2026-01-02-shop/claim/core"
    repo.write(f".git/{name}", "1" * 40 + "\n")

    with pytest.raises(GitError, match=f"to drop this record: git update-ref -d {name}"):
        gitrefs.refs(repo.path)


@pytest.mark.usefixtures("foreign_git")
def test_a_worktree_is_added_when_its_folder_vanished_once_in_every_language(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("branch", "other")
    once, next_git = tmp_path / "once", shutil.which("git")
    script = f"""[ "$2" != add ] || [ -e '{once}' ] || {{
        touch '{once}'
        [ "$LC_ALL" = C ] && echo "fatal: could not create leading directories of 'x'" >&2
        exit 128
    }}
    exec '{next_git}' "$@\""""
    folder = executable(tmp_path / "bin/git", script).parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    process.environment.cache_clear()

    gitworktrees.add_locked(repo.path, tmp_path / "other", "other", "why not")

    assert once.exists()
    assert Repo(tmp_path / "other").git("symbolic-ref", "HEAD") == "refs/heads/other"


def test_a_worktree_is_added_and_forgotten_whatever_it_is_called(repo: Repo) -> None:
    path = repo.path.parent / "-rf *\n[x]"
    repo.git("branch", "other")

    gitworktrees.add_locked(repo.path, path, "other", "why not")

    assert Repo(path).git("symbolic-ref", "HEAD") == "refs/heads/other"
    gitworktrees.unlock(repo.path, path)
    gitworktrees.lock(repo.path, path, "again")
    path.rename(repo.path.parent / "away")
    drop_entry(repo.path / ".git", path)
    assert repo.worktrees() == []
    assert "other" in repo.branches()


@pytest.mark.parametrize("option", ("--force", "-b", "--detach", "--orphan"))
def test_nothing_a_plan_supplies_is_taken_for_an_option(repo: Repo, option: str) -> None:
    with pytest.raises(GitError):
        gitworktrees.add_locked(repo.path, repo.path.parent / "other", option, "why")
    with pytest.raises(GitError):
        githistory.read_history(repo.path, [option, "main"])

    assert not tracked_paths(repo.path, option)
    assert repo.worktrees() == []


@pytest.mark.parametrize(
    ("said", "enough"),
    (
        ("git version 2.38.0", True),
        ("git version 2.51.0", True),
        ("git version 3.0.0-rc1", True),
        ("git version 2.39.5 (Apple Git-154)", True),
        ("git version 2.47.1.windows.2", True),
        ("git version 2.37.7", False),
        ("git version 1.9.1", False),
        ("git version unknown", True),
        ("something else", True),
        ("", True),
    ),
)
def test_the_version_is_read_from_every_kind_of_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, enough: bool
) -> None:
    executable(tmp_path / "git", f'echo "{said}"')
    found: list[str] = []

    def fake(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        found.append(arguments[0])
        return subprocess.run([tmp_path / "git"], capture_output=True, text=True, check=True)

    monkeypatch.setattr(process, "run", fake)

    if enough:
        process.require_version()
    else:
        with pytest.raises(GitError, match=r"git 2\.38 or newer is needed, this is git"):
            process.require_version()
    assert found == ["version"]


def test_a_git_that_cannot_be_started_is_an_error(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bin/git"
    broken.parent.mkdir()
    broken.write_bytes(b"\x7fELF nonsense")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(broken.parent))
    process.environment.cache_clear()
    try:
        with pytest.raises(GitError, match="git could not be started"):
            process.run(repo.path, "version")
    finally:
        process.environment.cache_clear()


def test_the_environment_of_git_is_the_users_without_the_local_variables(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in process.LOCAL_VARIABLES:
        monkeypatch.setenv(name, "wrong")
    monkeypatch.setenv("PLAN_WORKTREE_TEST", "kept")
    process.environment.cache_clear()
    try:
        repo_env = process.environment()
        assert repository.locate(repo.path)
    finally:
        process.environment.cache_clear()

    assert repo_env["PLAN_WORKTREE_TEST"] == "kept"
    assert repo_env["GIT_TERMINAL_PROMPT"] == "0"
    assert process.LOCAL_VARIABLES.isdisjoint(repo_env)
    assert repo_env["PATH"] == os.environ["PATH"]
