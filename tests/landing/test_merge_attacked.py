"""merge against hooks, commands and settings that do not behave, and people who do as they like."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.landings import state
from tests.merging import (
    FILE,
    LINES,
    PLAN,
    WAYS,
    edit,
    land,
    landed_ref,
    names,
    shared,
    untouched,
)
from tests.support import PLANS, Repo, run
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    declared,
    finish,
    follow,
    git_that_fails,
    hook,
    refs,
    set_up,
    shop,
    start,
    suggested,
    wait_for,
    work,
)

pytestmark = pytest.mark.thorough

LANDING = ".git/plan-worktree.landing"


def test_a_setting_that_keeps_git_from_committing_lands_nothing(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("config", "branch.main.mergeOptions", "--squash")

    land(repo, cli, "--rebase")

    assert repo.git("show", "main:src/core.txt") == "work"
    assert state(repo, cli) == "merged"


@pytest.mark.parametrize("option", ("-s ours", "-Xours", "--strategy=ours"))
def test_a_strategy_that_cannot_be_predicted_is_refused(repo: Repo, cli: Cli, option: str) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("config", "branch.main.mergeOptions", option)
    before = untouched(repo)

    result = land(repo, cli, code=1)

    assert untouched(repo) == before
    assert suggested(result, "git -C")[-1] == "branch.main.mergeOptions"


@pytest.mark.parametrize(
    ("name", "flags"), (("pre-merge-commit", ()), ("pre-commit", ("--squash",)))
)
def test_what_a_hook_changes_before_it_refuses_is_stashed(
    repo: Repo, cli: Cli, name: str, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    hook(repo, name, "echo x >>README.md; echo x >>src/core.txt; exit 1")
    before = untouched(repo)
    repo.git("update-ref", "ORIG_HEAD", branch("core"))

    result = land(repo, cli, *flags, code=3)

    if flags:  # git merge documents that it changes it
        assert repo.head("ORIG_HEAD") == repo.head(branch("core"))
    files, found, status = untouched(repo)
    stash = found.pop("refs/stash")
    assert (files, found, status) == before
    assert repo.git("show", f"{stash}:src/core.txt") == "work\nx"
    assert "what a hook or command left in home is stashed: git -C" in result.stderr


def test_detached_does_not_move_a_branch_that_is_being_rebased(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "-m", "the plan")
    repo.git("-c", "sequence.editor=sed -i 1ibreak", "rebase", "--quiet", "-i", "HEAD")
    before = refs(repo)

    result = land(repo, cli, "--detached", code=1)

    assert "main is checked out in" in result.stderr
    assert refs(repo) == before


def test_stages_behind_new_attributes_are_predicted_anew(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    repo.stage(PLAN_ID, "core").write(".gitattributes", f"{FILE} -merge\n")
    edit(repo, cli, "core", "02")
    edit(repo, cli, "api", "17")

    said = land(repo, cli, "--json", code=1).json()

    assert [one["stage"] for one in said["landed"]] == ["core"]
    assert (said["stopped"]["stage"], said["stopped"]["files"]) == ("api", [FILE])


def test_a_file_that_a_hook_puts_in_the_way_of_the_next_stage_stops_it(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core", "docs", "api")
    repo.stage(PLAN_ID, "core").write(".gitattributes", "*.png binary\n")
    edit(repo, cli, "core", "02")
    finish(repo, cli, "docs")
    finish(repo, cli, "api")
    hook(repo, "post-merge", "mkdir -p src; echo mine >src/api.txt")

    result = land(repo, cli, "--json", code=1)

    said = result.json()
    assert [one["stage"] for one in said["landed"]] == ["core", "docs"]
    assert said["stopped"]["stage"] == "api"
    assert "src/api.txt in" in said["stopped"]["reason"]
    assert [one["stage"] for one in said["left"]] == ["api"]
    assert "refused" not in result.stderr
    assert repo.read("src/api.txt") == "mine\n"
    (repo.path / ".git/hooks/post-merge").unlink()
    assert run("sh", "-c", reason_command(said, "mv"), cwd=repo.path).exit_code == 0
    land(repo, cli)
    assert names(repo) == ["core", "docs", "api"]


def reason_command(said: dict[str, Any], start: str) -> str:
    """Return the command that a reason ends with, with a place that a person would think of."""
    line = str(said["stopped"]["reason"])
    return line[line.rindex(f"{start} ") :].replace("ELSEWHERE", "elsewhere.txt")


def test_a_prediction_that_fails_after_a_landing_stops_the_rest(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shared(repo, cli, "core", "api")
    repo.stage(PLAN_ID, "core").write(".gitattributes", "*.png binary\n")
    edit(repo, cli, "core", "02")
    finish(repo, cli, "api")
    landed = tmp_path / "landed"
    hook(repo, "post-merge", f"touch '{landed}'")
    path = git_that_fails(tmp_path, "merge-tree", after=landed)

    said = cli("merge", PLAN_ID, "--json", cwd=repo.path, env={"PATH": path})

    assert said.exit_code == 3, said.output
    assert [one["stage"] for one in said.json()["landed"]] == ["core"]
    assert said.json()["stopped"]["stage"] == "api"
    assert "git merge-tree fails" in said.json()["stopped"]["reason"]


def test_a_landing_that_cannot_be_recorded_is_told_as_landed(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    finish(repo, cli, "api")
    deny = 'if [ "$1" = prepared ] && grep -q "/landed/core$"; then echo no >&2; exit 1; fi'
    denied = hook(repo, "reference-transaction", deny)

    said = land(repo, cli, "--json", code=3).json()

    assert said["landed"] == [{"stage": "core", "commit": repo.head()}]
    assert said["stopped"]["stage"] is None
    assert f"plan-worktree merge {PLAN_ID}; or where that hook wants" in said["stopped"]["reason"]
    denied.unlink()
    assert [one["stage"] for one in land(repo, cli, "--json").json()["landed"]] == ["api"]
    assert state(repo, cli, "core") == "merged"
    assert repo.git("rev-parse", f"{landed_ref('core')}^1") == repo.head("HEAD^")


def test_a_record_that_somebody_has_made_meanwhile_stays(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    hook(repo, "post-merge", f"git update-ref {landed_ref('core')} HEAD")

    land(repo, cli)

    assert refs(repo)[landed_ref("core")] == repo.head()
    assert state(repo, cli, "core") == "merged"


def test_a_plan_that_cannot_be_marked_is_told_after_what_has_landed(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    hook(repo, "post-merge", f"echo broken >{PLAN}")

    result = land(repo, cli, "--json", code=1)

    assert [one["stage"] for one in result.json()["landed"]] == ["core"]
    assert result.json()["stopped"]["stage"] is None
    assert "the plan has errors" in result.json()["stopped"]["reason"]


def test_a_commit_of_1970_is_made_again_with_its_date(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    there.write("src/core.txt", "work\n")
    there.git("add", "--all")
    there.git("-c", "user.name=Größe", "commit", "--quiet", "-m", "alt", "--date=@0 +0100")
    cli("complete", PLAN_ID, "core", cwd=there.path)
    repo.write("other.txt", "other\n")
    repo.git("add", "other.txt")
    repo.git("commit", "--quiet", "-m", "other")

    land(repo, cli, "--rebase")

    assert repo.git("log", "-1", "--format=%at %s") == "0 alt"


def test_a_hook_that_calls_the_command_is_refused_and_not_waited_for(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    said = tmp_path / "said"
    hook(repo, "post-merge", f"'{sys.executable}' -m plan_worktree sync {PLAN_ID} 2>'{said}'")

    land(repo, cli)

    assert "run it when that has ended" in said.read_text()


# What must be there, and is not; what must not be there, and is.


def refused(repo: Repo, cli: Cli, *args: str) -> str:
    before = untouched(repo)
    result = land(repo, cli, *args, code=1)
    assert untouched(repo) == before
    return result.stderr


def test_home_with_changes_is_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.write("README.md", "mine\n")

    assert "home has changes that are in no commit: README.md: commit them" in refused(repo, cli)


def test_a_staged_plan_is_refused_with_what_unstages_it(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("add", PLAN)

    said = refused(repo, cli)

    assert f"{PLAN} is staged in home" in said
    assert f"restore --staged {PLAN}" in said


@pytest.mark.parametrize("flags", WAYS, ids=str)
@pytest.mark.parametrize("ignored", (False, True))
def test_an_untracked_file_in_the_way_is_refused(
    repo: Repo, cli: Cli, flags: tuple[str, ...], ignored: bool
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.write("src/core.txt", "mine\n")
    if ignored:
        repo.write(".git/info/exclude", "src/\n")

    said = refused(repo, cli, *flags)

    assert "src/core.txt" in said
    assert "is in no commit and would be overwritten" in said


def test_home_on_another_branch_keeps_its_files_when_a_stage_lands(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    core = finish(repo, cli, "core")
    repo.git("switch", "--quiet", "--create", "other")
    before = repo.head(), repo.git("status", "--porcelain")

    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0

    assert repo.head("main^2") == core
    assert (repo.head(), repo.git("status", "--porcelain")) == before


def test_home_in_the_middle_of_a_rebase_is_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("commit", "--quiet", "--all", "-m", "the plan")
    repo.git("-c", "sequence.editor=sed -i 1ibreak", "rebase", "--quiet", "-i", "HEAD")

    assert "home is in the middle of a rebase: finish it" in refused(repo, cli)


def test_a_stage_that_was_only_declared_complete_is_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")
    cli("mark", PLAN_ID, "core", "complete", cwd=repo.path)

    said = refused(repo, cli)

    assert "declared complete, and never proved: plan-worktree complete" in said


def test_a_branch_that_is_gone_is_refused_with_what_brings_it_back(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    commit = finish(repo, cli, "core")
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("branch", "--quiet", "-D", branch("core"))

    said = refused(repo, cli)

    assert f"is gone: git branch {branch('core')} {commit}" in said


def test_a_stage_that_is_not_complete_is_refused_by_name(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    assert "it is ready, not complete" in refused(repo, cli, "core")
    assert cli("merge", PLAN_ID, "cor", cwd=repo.path).exit_code == 2


def test_a_target_that_was_rewritten_is_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    before = repo.head()
    land(repo, cli)
    finish(repo, cli, "api")
    repo.git("commit", "--quiet", "--all", "-m", "plan")
    repo.git("reset", "--quiet", "--keep", before)
    cli("mark", PLAN_ID, "core", "complete", cwd=repo.path)
    cli("mark", PLAN_ID, "api", "complete", cwd=repo.path)

    said = refused(repo, cli)

    assert "which main no longer has (was it rewritten?)" in said
    repo.git("update-ref", "-d", landed_ref("core"))
    land(repo, cli)
    assert names(repo) == ["core", "api"]


def test_a_base_that_was_rewritten_is_refused_and_left_by_sync(repo: Repo, cli: Cli) -> None:
    repo.write("dropped.txt", "dropped\n")
    repo.commit("will be dropped")
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("stash", "--quiet")
    repo.git("rebase", "--quiet", "--onto", "HEAD~2", "HEAD~1")
    repo.git("stash", "pop", "--quiet")

    said = refused(repo, cli)

    assert f"plan-worktree sync {PLAN_ID} core --onto-target" in said
    assert cli("sync", PLAN_ID, "core", "--onto-target", cwd=repo.path).exit_code == 0
    cli("complete", PLAN_ID, "core", cwd=repo.stage(PLAN_ID, "core").path)
    land(repo, cli)
    assert not (repo.path / "dropped.txt").exists()
    assert declared(repo)[""] == "complete"


def test_a_commit_of_a_person_is_missed_whatever_it_is_called(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.write("dropped.txt", "dropped\n")
    dropped = repo.commit("Integrate what others have done")
    cli("setup", PLAN_ID, cwd=repo.path)
    finish(repo, cli, "core")
    repo.git("reset", "--quiet", "--keep", "HEAD^")

    assert f"its branch stands on {dropped[:10]}" in refused(repo, cli)


def test_nobody_misses_the_commit_that_integrates_what_a_stage_builds_on(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api", "ui:core,api")
    finish(repo, cli, "core")
    finish(repo, cli, "api")
    assert cli("sync", PLAN_ID, "ui", cwd=repo.path).exit_code == 0
    assert repo.git("log", "-1", "--format=%P", branch("ui")).count(" ") == 1
    finish(repo, cli, "ui")

    land(repo, cli)

    assert names(repo) == ["core", "api", "ui"]


def test_a_graph_that_was_changed_after_landings_began_is_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api", "docs")
    finish(repo, cli, "core")
    land(repo, cli)
    finish(repo, cli, "docs")
    text = repo.read(PLAN).replace('"depends_on": []', '"depends_on": ["api"]', 1)
    repo.write(PLAN, text.replace("**Dependencies**: None", "**Dependencies**: `api`", 1))

    said = refused(repo, cli)

    assert "it has landed, and the plan now says that it needs api" in said
    land(repo, cli, "docs")


def test_a_stage_behind_its_dependency_is_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    finish(repo, cli, "api")
    work(repo, "core", "src/more.txt")
    there = repo.stage(PLAN_ID, "core").path
    cli("complete", PLAN_ID, "core", "--accept-scope", "more", cwd=there)

    assert f"has moved on since: plan-worktree sync {PLAN_ID} api" in refused(repo, cli)


def test_a_file_that_home_has_edited_is_not_merged_over(repo: Repo, cli: Cli) -> None:
    """Another plan may be edited in home, unless a stage changes it, too."""
    repo.plan("2026-01-03-other", "other")
    set_up(repo, cli, "core", "api")
    other = f"{PLANS}/2026-01-03-other.md"
    there = repo.stage(PLAN_ID, "core")
    there.write(other, f"{there.read(other)}\nmore\n")
    there.commit("another plan")
    cli("complete", PLAN_ID, "core", "--accept-scope", "x", cwd=there.path)
    finish(repo, cli, "api")
    repo.write(other, f"{repo.read(other)}\nmine\n")

    assert f"stage core changes {other}, edited in home" in refused(repo, cli)
    land(repo, cli, "api")


# sync --onto-target


def test_onto_target_frees_a_branch_of_commits_that_were_squashed(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api:core")
    edit(repo, cli, "core", "05")
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    there = repo.stage(PLAN_ID, "api")
    there.write(FILE, there.read(FILE).replace("core 05", "core and api 05"))
    own = there.commit("api changes what core has changed")
    land(repo, cli, "core", "--squash")

    dry = cli("sync", PLAN_ID, "api", "--onto-target", "--dry-run", cwd=repo.path)
    assert ("rebased" in dry.stdout, there.head()) == (True, own)
    result = cli("sync", PLAN_ID, "--onto-target", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert there.git("log", "--format=%s", "main..HEAD") == "api changes what core has changed"
    assert there.read(FILE) == LINES.replace("line 05", "core and api 05")
    assert there.git("status", "--porcelain") == ""
    assert own in refs(repo).values()  # the old tip stays saved
    again = cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path)
    assert "current" in again.stdout
    cli("complete", PLAN_ID, "api", "--accept-scope", "shared", cwd=there.path)
    land(repo, cli, "--squash")
    assert declared(repo)[""] == "complete"


def test_onto_target_that_conflicts_changes_nothing(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, cli, "core", "05")
    edit(repo, cli, "api", "05")
    land(repo, cli, "core")
    before = refs(repo)

    result = cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path)

    assert (result.exit_code, refs(repo)) == (1, before)
    assert f"conflicts with main in {FILE}" in result.stderr
    assert suggested(result, "plan-worktree sync")[-2:] == ["api", "--resolve"]


def test_onto_target_waits_for_what_has_not_landed(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    work(repo, "api")

    result = cli("sync", PLAN_ID, "api", "--onto-target", cwd=repo.path)

    assert result.exit_code == 1
    assert suggested(result, "plan-worktree merge")[-1] == "core"


def test_resolve_and_onto_target_exclude_each_other(repo: Repo, cli: Cli) -> None:
    assert cli("sync", PLAN_ID, "--resolve", "--onto-target", cwd=repo.path).exit_code == 2


# setup --ready, remove --merged


def test_setup_ready_leaves_out_what_waits(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, "core", "api:core", "docs")
    repo.commit("a plan")

    assert cli("setup", PLAN_ID, "--ready", cwd=repo.path).exit_code == 0

    assert [path.name for path in repo.worktrees()] == ["core", "docs"]


def test_remove_merged_leaves_the_others(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    land(repo, cli)
    work(repo, "api")

    result = cli("remove", PLAN_ID, "--merged", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert [path.name for path in repo.worktrees()] == ["api"]
    assert cli("remove", PLAN_ID, "--merged", "--gone", cwd=repo.path).exit_code == 2


@pytest.mark.parametrize("length", (0, 9, 40))
def test_a_merge_head_that_was_cut_short_does_not_stay(repo: Repo, cli: Cli, length: int) -> None:
    """Git was killed while it was writing it."""
    set_up(repo, cli, "core")
    commit = finish(repo, cli, "core")
    hook(repo, "commit-msg", "exec sleep 600")
    process = start("merge", PLAN_ID, cwd=repo.path)
    merging = repo.path / ".git/MERGE_HEAD"
    wait_for(merging.exists)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    merging.write_text(commit[:length])
    (repo.path / ".git/hooks/commit-msg").unlink()

    land(repo, cli)

    assert not merging.exists()
    assert names(repo) == ["core"]


@pytest.mark.parametrize("content", ("", "[]", "{}", "null", "\0", "[" * 100_000, "größe"))
def test_a_note_that_somebody_has_damaged_is_told_and_not_followed(
    repo: Repo, cli: Cli, content: str
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.write(LANDING, content)
    before = untouched(repo)

    result = land(repo, cli, code=3)

    assert untouched(repo) == before
    assert follow(result, "rm ", repo.path).exit_code == 0
    land(repo, cli)
