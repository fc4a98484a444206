""".worktreeinclude: which ignored files a new worktree gets, and how they arrive."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tests.sampling import sampled
from tests.support import Repo, Stage, new_repo
from tests.world import PLAN_ID, POINTER, Cli, branch, hook, row, shop, snapshot

IGNORED = "*.env\n*.local\nconfig/\nvendor/\nlinks/\n.worktrees/\nbuild*\n"


def project(repo: Repo, include: str, *stages: str | Stage, **metadata: object) -> Repo:
    repo.write(".gitignore", IGNORED)
    repo.write(".worktreeinclude", include)
    return shop(repo, *(stages or ("core",)), **metadata)


def copied(repo: Repo, cli: Cli, stage: str = "core") -> list[str]:
    """Set a stage up and return the ignored files that its worktree has."""
    result = cli("setup", PLAN_ID, stage, cwd=repo.path)
    assert result.exit_code == 0, result.output
    assert row(result, stage)[1] == "created"
    return ignored(repo.stage(PLAN_ID, stage))


def ignored(there: Repo) -> list[str]:
    assert there.git("status", "--porcelain") == ""
    flags = ("-z", "--others", "--ignored", "--exclude-standard")
    listed = there.git("ls-files", *flags).split("\0")[:-1]
    return [name for name in listed if name != POINTER]


FILES = (
    *(".env", "deep/.env", "my.env", "deep/er/my.env", "a.local", "deep/b.local"),
    *("config/one.txt", "config/deep/two.txt", "deep/config/three.txt"),
)


@sampled(
    ("include", "expected"),
    (
        ("", []),
        ("# *.env\n\n", []),
        (".env\n", [".env", "deep/.env"]),
        (".env", [".env", "deep/.env"]),
        ("/.env\r\n/my.env\r\n", [".env", "my.env"]),
        ("/.env\n", [".env"]),
        ("*.env\n!my.env\n", [".env", "deep/.env"]),
        ("*.env\n!/deep/\n", [".env", "deep/.env", "deep/er/my.env", "my.env"]),
        ("deep/**/*.env\n", ["deep/.env", "deep/er/my.env"]),
        ("config/\n", ["config/deep/two.txt", "config/one.txt", "deep/config/three.txt"]),
        ("/config\n", ["config/deep/two.txt", "config/one.txt"]),
        ("/config/*\n!/config/deep\n", ["config/one.txt"]),
        ("[ab].local\n", ["a.local", "deep/b.local"]),
        ("?.local \n", ["a.local", "deep/b.local"]),
        ("../outside\n/\n!\n", []),
        ("*\n", sorted(FILES)),
    ),
    one_in=3,
)
def test_what_is_copied_follows_the_rules_of_gitignore(
    repo: Repo, cli: Cli, include: str, expected: list[str]
) -> None:
    for name in FILES:
        repo.write(name, f"{name} of home\n")
    repo.write(".git/info/exclude", "*.txt\n")
    project(repo, include)

    assert copied(repo, cli) == expected

    there = repo.stage(PLAN_ID, "core")
    assert [there.read(name) for name in expected] == [f"{name} of home\n" for name in expected]


def test_without_the_file_nothing_is_copied(repo: Repo, cli: Cli) -> None:
    project(repo, "").write(".env", "secret\n")
    (repo.path / ".worktreeinclude").unlink()
    repo.write("deep/.worktreeinclude", ".env\n")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert ignored(repo.stage(PLAN_ID, "core")) == []


def test_only_what_git_ignores_is_copied(repo: Repo, cli: Cli) -> None:
    project(repo, "*\n")
    repo.write("draft.txt", "untracked and not ignored\n")
    repo.write("README.md", "half a sentence")
    repo.write("tracked.env", "first\n")
    repo.git("add", "--force", "tracked.env")
    repo.git("commit", "--quiet", "--message", "a tracked file of an ignored kind")
    repo.write("tracked.env", "changed, not committed\n")
    repo.write("my.env", "secret\n")

    assert copied(repo, cli) == ["my.env"]

    there = repo.stage(PLAN_ID, "core")
    assert there.read("tracked.env") == "first\n"
    assert there.read("README.md") == "# A project\n"


def test_a_copied_file_never_waits_to_be_committed(repo: Repo, cli: Cli) -> None:
    """The branch has not got the .gitignore that home has changed: `git add` would take it."""
    shop(repo, "core")
    repo.write(".gitignore", "*.env\n")
    repo.write(".worktreeinclude", "*.env\n")
    repo.write("my.env", "secret\n")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


def test_the_file_counts_as_it_lies_in_home_from_wherever_setup_is_run(
    repo: Repo, cli: Cli
) -> None:
    project(repo, "nothing\n")
    repo.write(".worktreeinclude", ".env\n")
    repo.write("deep/er/.env", "secret\n")

    cli("setup", PLAN_ID, cwd=repo.path / "deep/er")

    assert repo.stage(PLAN_ID, "core").read("deep/er/.env") == "secret\n"


def test_links_stay_links_wherever_they_lead(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    project(repo, "links/\n*.env\n")
    repo.write(".env", "secret\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file.txt").write_text("theirs\n")
    (repo.path / "links").mkdir()
    targets = {
        "relative": "../.env",
        "dangling": "nowhere/at all",
        "absolute": str(tmp_path / "outside/file.txt"),
        "folder": str(tmp_path / "outside"),
        "upward": "../..",
        "itself": "itself",
        "bytes": os.fsdecode(b"\xff"),
    }
    for name, target in targets.items():
        (repo.path / "links" / name).symlink_to(target)

    assert copied(repo, cli) == [".env", *sorted(f"links/{name}" for name in targets)]

    links = repo.stage(PLAN_ID, "core").path / "links"
    assert {name: str((links / name).readlink()) for name in targets} == targets


@pytest.mark.parametrize("mode", (0o600, 0o644, 0o755, 0o400, 0o111))
def test_modes_and_times_are_kept(repo: Repo, cli: Cli, mode: int) -> None:
    path = project(repo, "*.env\n").write("my.env", "secret\n")
    path.chmod(mode)
    os.utime(path, ns=(1_000_000_000, 1_234_567_890_000_000_000))

    copied(repo, cli)

    found = (repo.stage(PLAN_ID, "core").path / "my.env").stat()
    assert (stat.S_IMODE(found.st_mode), found.st_mtime_ns) == (mode, 1_234_567_890_000_000_000)


def test_a_large_file_arrives_whole_and_is_a_file_of_its_own(repo: Repo, cli: Cli) -> None:
    content = os.urandom(3_000_001)
    path = project(repo, "build*\n").write("build.bin", content)

    copied(repo, cli)

    path.write_bytes(b"changed in home")
    assert (repo.stage(PLAN_ID, "core").path / "build.bin").read_bytes() == content


@sampled(
    "name",
    (
        *("ä b.env", "日本 語/ü.env", " leading.env", "-n.env", "--.env", ":(top).env"),
        *("[a]*?.env", "#.env", "!.env", "'\"$(id)`.env", "new\nline.env", "back\\slash.env"),
        os.fsdecode(b"latin-\xe4/\xff.env"),
    ),
    one_in=3,
)
def test_every_name_is_copied(repo: Repo, cli: Cli, name: str) -> None:
    repo.write("e.env", "what the name would match as a pattern\n")
    repo.write(name, "secret\n")
    project(repo, "*.env\n")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert repo.stage(PLAN_ID, "core").read(name) == "secret\n"
    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


def test_what_the_branch_has_is_never_overwritten(repo: Repo, cli: Cli) -> None:
    repo.git("switch", "--quiet", "--create", "release")
    repo.write("my.env", "of the branch\n")
    repo.write("config", "a file of the branch\n")
    repo.commit()
    repo.git("switch", "--quiet", "main")
    project(repo, "*\n", base="release")
    repo.write("my.env", "of home\n")
    repo.write("config/one.txt", "of home\n")

    cli("setup", PLAN_ID, cwd=repo.path)

    there = repo.stage(PLAN_ID, "core")
    assert there.read("my.env") == "of the branch\n"
    assert there.read("config") == "a file of the branch\n"
    assert there.git("status", "--porcelain") == ""


@pytest.mark.parametrize("target", ("../../../outside", "/outside", "nowhere"))
def test_nothing_is_written_through_a_link_of_the_branch(
    repo: Repo, cli: Cli, tmp_path: Path, target: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    repo.git("switch", "--quiet", "--create", "release")
    link = str(outside) if target == "/outside" else target
    (repo.path / "config").symlink_to(link)
    (repo.path / "my.env").symlink_to(f"{link}/my.env")
    repo.commit()
    repo.git("switch", "--quiet", "main")
    project(repo, "*\n", base="release")
    repo.write("config/deep/one.txt", "of home\n")
    repo.write("my.env", "of home\n")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    there = repo.stage(PLAN_ID, "core")
    assert (there.path / "config").readlink() == Path(link)
    assert (there.path / "my.env").readlink() == Path(link, "my.env")
    assert there.git("status", "--porcelain") == ""
    assert list(outside.iterdir()) == []
    assert not (there.path / "nowhere").exists()


def test_repositories_and_worktrees_in_home_are_left_out(repo: Repo, cli: Cli) -> None:
    stages = [Stage(name, worktree_path=f".worktrees/{name}") for name in ("core", "api")]
    project(repo, "*\n", *stages)
    repo.write("vendor/plain.txt", "copied\n")
    new_repo(repo.path / "vendor/library").write("more.txt", "not committed\n")
    repo.write(".worktrees/notes.txt", "copied\n")

    for stage in ("core", "api"):
        assert cli("setup", PLAN_ID, stage, cwd=repo.path).exit_code == 0

    for stage in ("core", "api"):
        there = Repo(repo.path / ".worktrees" / stage)
        assert ignored(there) == [".worktrees/notes.txt", "vendor/plain.txt"]


def test_a_pipe_among_the_ignored_files_does_not_stop_setup(repo: Repo, cli: Cli) -> None:
    project(repo, "*\n").write("config/one.txt", "copied\n")
    os.mkfifo(repo.path / "config/pipe")

    assert copied(repo, cli) == ["config/one.txt"]


def test_a_worktree_that_is_kept_and_a_dry_run_get_nothing(repo: Repo, cli: Cli) -> None:
    project(repo, "*\n", "core", "api")
    copied(repo, cli)
    repo.write("my.env", "secret\n")
    before = snapshot(repo.path.parent)

    cli("setup", PLAN_ID, "--dry-run", cwd=repo.path)
    assert row(cli("setup", PLAN_ID, "core", cwd=repo.path), "core")[1] == "kept"

    assert snapshot(repo.path.parent) == before
    assert copied(repo, cli, "api") == ["my.env"]


def test_a_folder_of_that_name_is_nothing(repo: Repo, cli: Cli) -> None:
    project(repo, "").write("my.env", "secret\n")
    (repo.path / ".worktreeinclude").unlink()
    repo.write(".worktreeinclude/my.env", "*\n")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    assert not (repo.stage(PLAN_ID, "core").path / "my.env").exists()


def test_a_folder_that_ignores_itself_is_copied_and_setup_says_so(repo: Repo, cli: Cli) -> None:
    repo.write(".venv/.gitignore", "*\n")
    repo.write(".venv/bin/python", "a program\n")
    shop(repo, "core").write(".worktreeinclude", ".venv/\n")

    result = cli("setup", PLAN_ID, cwd=repo.path)

    there = repo.stage(PLAN_ID, "core")
    assert there.read(".venv/bin/python") == "a program\n"
    assert there.git("status", "--porcelain") == ""
    assert "stage core: copied .venv/ (2 files) (.worktreeinclude)\n" in result.stderr


def test_what_a_pattern_names_and_is_left_out_is_told_with_the_reason(repo: Repo, cli: Cli) -> None:
    repo.git("switch", "--quiet", "--create", "release")
    repo.git("switch", "--quiet", "main")
    repo.write(".gitignore", "*.env\n")
    repo.write(".worktreeinclude", "*.env\nnotes.txt\nlibrary/\n")
    shop(repo, "core", base="release")
    repo.write("my.env", "secret\n")
    repo.write("notes.txt", "mine\n")
    new_repo(repo.path / "library").write("more.txt", "not committed\n")

    result = cli("setup", PLAN_ID, "--json", cwd=repo.path)

    (stage,) = json.loads(result.stdout)["stages"]
    assert {left["path"]: left["reason"] for left in stage["left_out"]} == {
        "library/": "it is a repository of its own",
        "notes.txt": "home does not ignore it",
        "my.env": "the stage's branch does not ignore it",
    }
    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


def test_what_is_in_the_way_of_a_copy_is_told(repo: Repo, cli: Cli) -> None:
    """A hook may have made the file, and a link of the branch leads elsewhere."""
    project(repo, "*.env\nconfig/\n")
    repo.git("switch", "--quiet", "--create", "linked")
    (repo.path / "config").symlink_to("elsewhere")
    repo.git("add", "--force", "config")
    repo.commit("A link where others have a folder")
    repo.git("switch", "--quiet", "main")
    repo.git("branch", branch("core"), "linked")
    repo.git("update-ref", f"refs/plan-worktree/{PLAN_ID}/base/core", "linked")
    for name in (".env", "config/one"):
        repo.write(name, "of home\n")
    hook(repo, "post-checkout", "echo made >.env\n")

    result = cli("setup", PLAN_ID, "--json", cwd=repo.path)

    (stage,) = json.loads(result.stdout)["stages"]
    assert stage["copied"] == []
    assert {left["path"]: left["reason"] for left in stage["left_out"]} == {
        ".env": "the worktree has one already",
        "config/one": "a link or a file is where its folder would be",
    }
    assert repo.stage(PLAN_ID, "core").read(".env") == "made\n"


def test_what_only_a_left_out_gitignore_would_ignore_is_left_out_too(repo: Repo, cli: Cli) -> None:
    repo.git("switch", "--quiet", "--create", "release")
    repo.git("switch", "--quiet", "main")
    repo.write(".gitignore", "data/.gitignore\n")
    shop(repo, "core", base="release").write(".worktreeinclude", "data/\n")
    repo.write("data/.gitignore", "*.txt\n")
    repo.write("data/one.txt", "secret\n")

    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0

    there = repo.stage(PLAN_ID, "core")
    assert there.git("status", "--porcelain") == ""
    assert not (there.path / "data").exists()
