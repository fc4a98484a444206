"""merge --verify: what passes as it will be merged lands, the culprits are named, home is left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.landings import state
from tests.merging import WAYS, edit, land, names, shared, untouched
from tests.queueing import complete, culprits, landed, prove, scratches, unless
from tests.sampling import sampled
from tests.support import Repo, Stage
from tests.world import PLAN_ID, Cli, declared, finish, hook, refs, set_up, start, wait_for


@sampled("flags", WAYS, one_in=3, ids=str)
def test_gates_run_on_the_merged_result_and_not_in_home(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    complete(repo, cli, Stage("core", verify=("echo $PWD; cat src/*.txt",)), "api")
    land(repo, cli, "api")

    said = prove(repo, cli, *flags)

    assert landed(said) == ["core"]
    (gate,) = said["gates"]
    assert (gate["stage"], gate["passed"], gate["passed_before"]) == ("core", True, False)
    place, *printed = Path(gate["log"]).read_text().split()
    assert printed == ["work", "work"]
    assert Path(place).name.startswith("plan-worktree-scratch-")
    assert scratches(repo) == []
    assert declared(repo)[""] == "complete"


@sampled("flags", WAYS, one_in=3, ids=str)
def test_what_does_not_pass_when_it_is_merged_drops_out_with_what_needs_it(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    bad = Stage("core", verify=(f"echo checking; {unless('api', 'core')}",))
    complete(repo, cli, "api", bad, "ui:core", "docs")

    said = prove(repo, cli, "--jobs", "2", *flags, code=1)

    assert landed(said) == ["api", "docs"]
    (culprit,) = said["culprits"]
    assert culprit["stage"] == "core"
    assert culprit["exit_code"] == 1
    assert Path(culprit["log"]).read_text() == "checking\n"
    assert "merged, it does not pass: exit code 1: echo checking" in culprit["reason"]
    assert {one["stage"] for one in said["left"]} == {"core", "ui"}
    assert {path.name for path in (repo.path / "src").iterdir()} == {"api.txt", "docs.txt"}
    assert state(repo, cli) == "complete"


@pytest.mark.second
def test_stages_that_fail_only_together_are_one_landing_and_one_culprit(
    repo: Repo, cli: Cli
) -> None:
    stages = (f"s{number}" for number in range(5))
    complete(repo, cli, *stages, verify=[unless("s1", "s3")])

    result = land(repo, cli, "--verify", "--jobs", "2", code=1)

    assert names(repo) == ["s0", "s1", "s2", "s4"]
    assert "stage s3 does not land: merged, it does not pass: exit code 1: ! (" in result.stderr
    assert "not in main yet: s3 (complete)" in result.stdout


@pytest.mark.second
def test_the_command_that_a_culprit_names_shows_it_in_its_worktree(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "api", Stage("core", verify=(unless("api", "core"),)))
    (culprit,) = prove(repo, cli, code=1)["culprits"]
    there = repo.stage(PLAN_ID, "core")

    brought = re.search(r"fixed: git -C \S+ (merge main) && plan-worktree", culprit["reason"])

    assert brought
    there.git(*brought[1].split(), "--quiet", "--no-edit")
    failed = cli("complete", PLAN_ID, "core", cwd=there.path)
    assert "exit code 1: ! (test -e src/api.txt" in failed.stderr
    there.git("rm", "--quiet", "src/api.txt")
    there.commit("fixed")
    flags = ("--accept-scope", "it has to go")
    assert cli("complete", PLAN_ID, "core", *flags, cwd=there.path).exit_code == 0
    assert landed(prove(repo, cli)) == ["core"]


def test_a_conflict_does_not_stop_the_others_when_they_are_proved(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "one", "two", "three")
    for stage in ("one", "two"):
        edit(repo, cli, stage, "05")
    finish(repo, cli, "three")

    said = prove(repo, cli, code=1)

    assert landed(said) == ["three", "one"]
    (culprit,) = said["culprits"]
    assert (culprit["stage"], culprit["files"], culprit["gate"]) == (
        "two",
        ["src/shared.txt"],
        None,
    )
    assert "plan-worktree sync" in culprit["reason"]


@pytest.mark.second
@sampled("count", (3, 1), one_in=2)
def test_where_every_stage_fails_nothing_lands(repo: Repo, cli: Cli, count: int) -> None:
    stages = [f"s{number}" for number in range(count)]
    complete(repo, cli, *stages, verify=["test ! -d src"])
    before = untouched(repo)

    said = prove(repo, cli, "--jobs", "2", code=1)

    assert (landed(said), culprits(said)) == ([], stages)
    assert untouched(repo) == before
    assert scratches(repo) == []


def test_what_passed_before_is_not_run_again(repo: Repo, cli: Cli) -> None:
    counted = repo.path.parent / "ran"
    gate = f"echo x >>'{counted}'"
    late = unless("core", "api")
    complete(repo, cli, Stage("core", verify=(gate,)), Stage("api", verify=(gate, late)))
    assert counted.read_text() == "x\nx\n"  # by complete

    dry = land(repo, cli, "--verify", "--dry-run")
    known = {line for line in dry.stdout.splitlines() if line.startswith("would run for")}
    assert known == {f"would run for api: {gate}", f"would run for api: {late}"}
    said = prove(repo, cli, code=1)

    assert [one["passed_before"] for one in said["gates"]] == [True, False, False]
    assert landed(said) == ["core"]
    assert counted.read_text() == "x\n" * 3
    assert culprits(prove(repo, cli, code=1)) == ["api"]
    assert counted.read_text() == "x\n" * 4  # one that failed may need what the others make


@pytest.mark.second
def test_merge_without_verify_says_what_is_proved(repo: Repo, cli: Cli) -> None:
    complete(
        repo, cli, Stage("core", verify=("true && true",)), Stage("api", verify=("true && :",))
    )

    said = land(repo, cli, "--json").json()

    assert [(one["stage"], one["passed"]) for one in said["gates"]] == [
        ("core", True),
        ("api", None),
    ]


@pytest.mark.second
def test_a_target_that_nobody_has_checked_out_gets_what_is_proved(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, Stage("core", verify=("test -e src/core.txt",)), "api")
    repo.git("switch", "--quiet", "--detach")

    assert landed(prove(repo, cli, "core")) == ["core"]
    assert landed(prove(repo, cli, "--detached")) == ["api"]
    assert repo.git("log", "--first-parent", "--format=%s", "-2", "main").count("Merge stage") == 2
    assert not (repo.path / "src").exists()


def test_a_target_that_moves_meanwhile_is_proved_anew(repo: Repo, cli: Cli) -> None:
    began, goes_on = repo.path.parent / "began", repo.path.parent / "goes on"
    gate = f"cat src/*.txt; touch '{began}'; until test -e '{goes_on}'; do sleep 0.05; done"
    set_up(repo, cli, Stage("core", verify=(f"test -e src/api.txt || exit 0; {gate}",)), "api")
    finish(repo, cli, "core")
    finish(repo, cli, "api")
    land(repo, cli, "api")
    process = start("merge", PLAN_ID, "--verify", "--json", cwd=repo.path)
    wait_for(began.exists)

    repo.write("src/more.txt", "more\n")
    repo.git("add", "src")
    repo.git("commit", "--quiet", "--message", "moved on")
    goes_on.touch()
    said, _ = process.communicate()

    assert process.returncode == 0
    assert '"stage": "core"' in said
    logs = sorted((repo.path / f".git/plan-worktree/logs/{PLAN_ID}/core").glob("*.log"))
    assert logs[-1].read_text() == "work\nwork\nmore\n"
    assert repo.git("log", "--format=%s", "-2", "--first-parent").endswith("\nmoved on")


def test_other_commands_go_on_while_gates_run(repo: Repo, cli: Cli) -> None:
    began, goes_on = repo.path.parent / "began", repo.path.parent / "goes on"
    gate = f"touch '{began}'; until test -e '{goes_on}'; do sleep 0.05; done"
    set_up(repo, cli, "core", "api", "ui", verify=[gate])
    finish(repo, cli, "core")
    before = untouched(repo)
    process = start("merge", PLAN_ID, "--verify", cwd=repo.path)
    wait_for(began.exists)

    files, _, status = untouched(repo)
    begun = cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    assert begun.exit_code == 0, begun.output
    assert "waiting" not in begun.stderr
    finish(repo, cli, "ui")
    listed = cli("status", PLAN_ID, "--json", cwd=repo.path)
    goes_on.touch()
    process.communicate()

    assert (files, status) == (before[0], before[2])
    assert "scratch" not in listed.output
    assert process.returncode == 0
    assert names(repo) == ["core"]
    assert scratches(repo) == []


@pytest.mark.second
def test_a_position_finds_nothing_that_the_one_before_it_left(repo: Repo, cli: Cli) -> None:
    leave = "echo x >>README.md; echo x >new; mkdir -p made; git init -q made; echo x >>kept.log"
    repo.write(".gitignore", "*.log\n")
    clean = "git diff --quiet HEAD && test ! -e new && test ! -e made"
    stages = [Stage(name, verify=(f"test -d .git || ({clean})",)) for name in ("one", "two", "six")]
    gate = f"{leave}; cat kept.log"
    complete(repo, cli, *stages, verify=[gate])

    said = prove(repo, cli, "--jobs", "1")

    assert landed(said) == ["one", "two", "six"]
    logs = [Path(one["log"]).read_text() for one in said["gates"] if one["command"] == gate]
    assert [log.count("x\n") for log in logs] == [1, 2, 3]
    again = refs(repo)[f"refs/plan-worktree/{PLAN_ID}/proofs"]
    assert "proofs" in repo.git("cat-file", "blob", again)


def test_scratch_worktrees_get_what_stages_get(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", ".env\ninstalled\n")
    repo.write(".worktreeinclude", ".env\n")
    repo.write(".env", "KEY=1\n")
    repo.plan(PLAN_ID, "core", "api", verify=["cat .env installed .claude/plans/CURRENT_STAGE.md"])
    repo.commit("a plan")
    each = "echo for $PLAN_WORKTREE_STAGE >installed"
    assert cli("setup", PLAN_ID, "--each", each, cwd=repo.path).exit_code == 0
    finish(repo, cli, "core")
    finish(repo, cli, "api")

    said = prove(repo, cli, "--jobs", "1")

    logs = [Path(one["log"]).read_text().split("\n") for one in said["gates"]]
    assert [log[:2] for log in logs] == [["KEY=1", "for core"], ["KEY=1", "for api"]]
    assert repo.git("config", f"planWorktree.{PLAN_ID}.each") == each


def test_a_result_that_each_fails_on_does_not_land(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, "core", verify=["test -d src"])
    repo.commit("a plan")
    each = "test ! -e src/core.txt"
    assert cli("setup", PLAN_ID, "--each", each, cwd=repo.path).exit_code == 0
    finish(repo, cli, "core")

    (culprit,) = prove(repo, cli, code=1)["culprits"]

    assert culprit["gate"] == each


def test_a_kept_worktree_goes_with_the_command_that_is_named(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "api", "core", "ui", verify=[f"touch left; {unless('core')}"])

    result = land(repo, cli, "--verify", "--keep", "--jobs", "2", code=1)

    (words,) = (line for line in result.stderr.splitlines() if "it failed in" in line)
    kept, command = re.findall(r"it failed in (\S+), .* until: git (.*)", words)[0]
    assert (Path(kept) / "src/core.txt").exists()
    assert (Path(kept) / "left").exists()
    assert names(repo) == ["api", "ui"]
    assert prove(repo, cli, code=1)["culprits"][0]["kept"] is None
    assert Path(kept).exists()
    repo.git(*command.split())
    assert scratches(repo) == []


def test_advice_of_an_unregistered_worktree_is_to_complete_again(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "core", verify=["test ! -d src"])
    repo.git("worktree", "remove", "--force", str(repo.stage(PLAN_ID, "core").path))

    (culprit,) = prove(repo, cli, code=1)["culprits"]

    assert culprit["reason"].endswith(f"fix it, then plan-worktree complete {PLAN_ID} core")


@pytest.mark.parametrize(
    "args",
    (
        ("--verify", "--jobs", "0"),
        ("--verify", "--timeout", "0"),
        ("--verify", "--timeout", "nan"),
        ("--jobs", "2"),
        ("--timeout", "2"),
        ("--keep",),
        ("--show-output",),
    ),
    ids=str,
)
def test_options_that_make_no_sense_are_usage_errors(
    repo: Repo, cli: Cli, args: tuple[str, ...]
) -> None:
    assert cli("merge", PLAN_ID, *args, cwd=repo.path).exit_code == 2


@pytest.mark.second
def test_show_output_shows_what_gates_print_with_the_stage(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "core", verify=["echo one; echo two"])

    result = land(repo, cli, "--verify", "--show-output")

    assert "proving 1 merged result\n[core] one\n[core] two\n[core] passed in" in result.stderr


def test_nothing_to_land_proves_nothing(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", verify=["test -d src"])

    assert "nothing to land" in land(repo, cli, "--verify").stdout


@pytest.mark.thorough
def test_a_hook_that_makes_something_else_of_it_lands_nothing(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "core", "api")
    before = untouched(repo)
    hook(repo, "pre-commit", "echo x >>src/core.txt; git add src")

    said = prove(repo, cli, "--squash", code=1)

    assert landed(said) == []
    assert "made another tree of it" in said["stopped"]["reason"]
    assert untouched(repo) == before
