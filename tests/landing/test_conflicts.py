"""conflicts: what conflicts is known before anybody merges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support import Repo, new_repo
from tests.world import PLAN_ID, Cli, merge, refs, set_up, shop, snapshot, suggested, work

FILE = "src/shared.txt"
LINES = "".join(f"line {number:02}\n" for number in range(20))


def shared(repo: Repo, cli: Cli, *stages: str) -> Repo:
    repo.write(FILE, LINES)
    return set_up(repo, cli, *stages)


def edit(repo: Repo, stage: str, line: str, content: str = "") -> None:
    """Change one line of the file that all stages share, and commit that."""
    there = repo.stage(PLAN_ID, stage)
    there.write(FILE, there.read(FILE).replace(f"line {line}", content or f"{stage} {line}"))
    there.commit(f"{stage} changes {line}")


def found(repo: Repo, cli: Cli, *flags: str, code: int = 1, cwd: Path | None = None) -> Any:
    result = cli("conflicts", PLAN_ID, "--json", *flags, cwd=cwd or repo.path)
    assert result.exit_code == code, result.output
    return result.json()


def pairs(said: Any) -> set[str]:
    return {f"{pair['a']} {pair['b']}" for pair in said["pairs"]}


def test_conflicts_names_the_pairs_that_collide_and_no_others(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api", "ui", "docs")
    edit(repo, "core", "05")
    edit(repo, "api", "05")
    edit(repo, "ui", "15")
    work(repo, "docs")
    before = snapshot(repo.path.parent)

    said = found(repo, cli)

    assert said["pairs"] == [{"a": "core", "b": "api", "files": [FILE], "kinds": {FILE: "content"}}]
    assert said["target"] == []
    assert snapshot(repo.path.parent) == before


def test_conflicts_shows_a_matrix_and_what_it_is_about(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api", "ui:core")
    edit(repo, "core", "05")
    edit(repo, "api", "05")
    work(repo, "ui")

    result = cli("conflicts", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert result.stdout == (
        "   STAGE  1  2  3  main\n"
        "1  core   -  1  -  .\n"
        "2  api    1  -  .  .\n"
        "3  ui     -  .  -  .\n"
        'numbers: paths that conflict; ".": none; "-": the same stage, or one needs the other\n'
        f"core and api: {FILE} (content)\n"
    )
    assert f"plan-worktree merge {PLAN_ID} core ui api\n" in result.stderr
    assert f"api then has to take in what landed before: plan-worktree sync {PLAN_ID}" in (
        result.stderr
    )


def test_conflicts_is_silent_about_stages_that_one_graph_orders(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api:core")
    edit(repo, "core", "05")
    edit(repo, "api", "05")

    assert found(repo, cli, code=0)["pairs"] == []


def test_conflicts_exits_with_0_when_nothing_collides(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, "core", "03")
    edit(repo, "api", "15")

    result = cli("conflicts", PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stderr) == (0, "no conflicts\n")


def test_conflicts_says_that_there_is_nothing_to_land_yet(repo: Repo, cli: Cli) -> None:
    shop(repo)

    result = cli("conflicts", PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "no stage has work" in result.stderr


def test_conflicts_compares_each_stage_with_the_target(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, "core", "05")
    repo.write(FILE, LINES.replace("line 05", "main 05"))
    repo.commit("somebody else's work")

    result = cli("conflicts", PLAN_ID, cwd=repo.path)

    assert found(repo, cli)["target"] == [
        {"stage": "core", "files": [FILE], "kinds": {FILE: "content"}}
    ]
    assert f"core and main: {FILE} (content)" in result.stdout
    assert suggested(result, "plan-worktree") == [
        *("plan-worktree", "sync", PLAN_ID, "core", "--resolve")
    ]


def test_conflicts_leaves_out_what_has_landed(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, "core", "05")
    edit(repo, "api", "05")
    merge(repo, "core")

    said = found(repo, cli)

    assert said["stages"] == ["api"]
    assert [entry["stage"] for entry in said["target"]] == ["api"]


def test_conflicts_counts_what_lies_in_the_worktrees_when_it_is_asked_to(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core", "api", "ui")
    edit(repo, "core", "05")
    there = repo.stage(PLAN_ID, "api")
    there.write(FILE, LINES.replace("line 05", "api 05"))
    there.write("größe 大小.txt", "untracked\n")
    repo.stage(PLAN_ID, "ui").write("größe 大小.txt", "another\n")
    before = snapshot(repo.path.parent), refs(repo)

    said = found(repo, cli, "--uncommitted")

    assert pairs(said) == {"core api", "api ui"}
    assert said["pairs"][1]["kinds"] == {"größe 大小.txt": "add/add"}
    assert (snapshot(repo.path.parent), refs(repo)) == before
    assert pairs(found(repo, cli, code=0)) == set()


def kinds(repo: Repo, cli: Cli) -> dict[str, str]:
    return {
        path: kind for pair in found(repo, cli)["pairs"] for path, kind in pair["kinds"].items()
    }


def test_conflicts_tells_the_kinds_apart(repo: Repo, cli: Cli) -> None:
    for name in ("src/deleted.txt", "src/renamed.txt", "old/one.txt"):
        repo.write(name, f"{name}\n" * 20)
    repo.write("picture", b"\0one")
    shared(repo, cli, "core", "api")
    core, api = repo.stage(PLAN_ID, "core"), repo.stage(PLAN_ID, "api")
    core.git("rm", "--quiet", "src/deleted.txt")
    api.write("src/deleted.txt", "src/deleted.txt\n" * 20 + "more\n")
    core.git("mv", "src/renamed.txt", "src/to one.txt")
    api.git("mv", "src/renamed.txt", "src/to another.txt")
    core.write("folder", "a file\n")
    api.write("folder/inside.txt", "a folder\n")
    core.git("mv", "old", "new")
    api.write("old/two.txt", "into a folder that moves\n")
    core.write("picture", b"\0two")
    api.write("picture", b"\0three")
    core.write("both.txt", "one\n")
    api.write("both.txt", "another\n")
    core.commit("core")
    api.commit("api")

    said = kinds(repo, cli)

    assert said == {
        "src/deleted.txt": "modify/delete",
        "src/renamed.txt": "rename",
        "src/to one.txt": "rename",
        "src/to another.txt": "rename",
        "folder": "directory/file",
        "new/two.txt": "rename",
        "picture": "binary",
        "both.txt": "add/add",
    }


def test_conflicts_sees_a_file_that_is_put_into_a_folder_that_moves(repo: Repo, cli: Cli) -> None:
    """No path is changed by both, and git conflicts all the same."""
    for name in ("one", "two", "three"):
        repo.write(f"old/{name}.txt", f"{name}\n" * 9)
    set_up(repo, cli, "core", "api")
    repo.stage(PLAN_ID, "core").git("mv", "old", "new")
    repo.stage(PLAN_ID, "core").commit("move a folder")
    repo.stage(PLAN_ID, "api").write("old/more.txt", "more\n")
    repo.stage(PLAN_ID, "api").commit("add to the folder")

    assert kinds(repo, cli) == {"new/more.txt": "rename"}


def test_conflicts_follows_the_project_s_merge_drivers(repo: Repo, cli: Cli) -> None:
    repo.write(".gitattributes", f"{FILE} merge=union\n")
    shared(repo, cli, "core", "api")
    edit(repo, "core", "05")
    edit(repo, "api", "05")

    assert found(repo, cli, code=0)["pairs"] == []


def test_conflicts_merges_no_pair_that_changes_nothing_in_common(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core", "api", "ui")
    for stage in ("core", "api", "ui"):
        work(repo, stage, f"src/{stage}/file.txt")
    trace = tmp_path / "trace.json"

    cli("conflicts", PLAN_ID, cwd=repo.path, env={"GIT_TRACE2_EVENT": str(trace)})

    started = [json.loads(line) for line in trace.read_text().splitlines()]
    asked = [entry["argv"] for entry in started if entry["event"] == "start"]
    assert not any("--messages" in argv for argv in asked)


def test_conflicts_finds_the_plan_from_a_stage_s_worktree(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, "core", "05")
    edit(repo, "api", "05")

    result = cli("conflicts", cwd=repo.stage(PLAN_ID, "core").path)

    assert result.exit_code == 1
    assert f"core and api: {FILE} (content)" in result.stdout


def test_conflicts_refuses_without_a_target(tmp_path: Path, cli: Cli) -> None:
    repo = new_repo(tmp_path / "project")
    shop(repo, "core", base="gone")

    result = cli("conflicts", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert "the target branch gone does not exist" in result.stderr


def test_a_file_name_cannot_drive_the_terminal(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    for stage in ("core", "api"):
        work(repo, stage, "\x1b[31mred\nline.txt", stage)

    result = cli("conflicts", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert "\x1b" not in result.output
    assert len([line for line in result.stdout.splitlines() if "red" in line]) == 1
