"""complete: proved, recorded, marked, released."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, plan_text
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    cell,
    claim_ref,
    declared,
    executable,
    finish,
    follow,
    kill,
    merge,
    refs,
    row,
    set_up,
    snapshot,
    start,
    suggested,
    verified_ref,
    wait_for,
    work,
)

FILES = ("src/core.txt",)


def complete(repo: Repo, cli: Cli, *args: str, stage: str = "core") -> Result:
    return cli("complete", *args, cwd=repo.stage(PLAN_ID, stage).path)


def claimed(repo: Repo, cli: Cli, *stages: str | Stage) -> Repo:
    """Set stages up, claim core and commit its work."""
    set_up(repo, cli, *(stages or (Stage("core", create=FILES),)))
    assert cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path).exit_code == 0
    work(repo, "core", "src/core.txt")
    return repo


def test_complete_verifies_records_marks_and_releases(repo: Repo, cli: Cli) -> None:
    commands = ("test -f src/core.txt", "echo checked; pwd")
    claimed(repo, cli, Stage("core", verify=commands, create=FILES), Stage("api", ("core",)))
    there = repo.stage(PLAN_ID, "core")

    result = complete(repo, cli)

    assert result.exit_code == 0
    lines = [re.sub(r"in [0-9.]+ s", "in 0 s", line) for line in result.stdout.splitlines()]
    assert lines[:2] == [
        "passed in 0 s: test -f src/core.txt",
        f"passed in 0 s: echo checked; pwd: {there.path}",
    ]
    done = f"stage core is complete and verified at {there.head()[:10]}"
    assert result.stdout.splitlines()[2] == done
    assert row(result, "api")
    assert refs(repo)[verified_ref("core")] == there.head()
    assert claim_ref("core") not in refs(repo)
    assert declared(repo)["core"] == "complete"
    assert "**Status**: Complete" in repo.read(f"{PLANS}/{PLAN_ID}.md")
    assert there.git("status", "--porcelain") == ""
    shown = cli("status", PLAN_ID, cwd=repo.path)
    assert cell(shown, "core", "STATE") == "complete"
    assert cell(shown, "core", "FLAGS") == "verified"
    assert cell(shown, "core", "OWNER") == "by ada"
    assert list((repo.path / ".git/worktrees").glob("*/plan-worktree.seen")) == []


def test_completing_again_changes_nothing(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", verify=("echo once >>../../../ran",), create=FILES))
    complete(repo, cli)
    before = snapshot(repo.path.parent)

    result = complete(repo, cli)

    assert result.exit_code == 0
    assert "is complete already" in result.stdout
    assert snapshot(repo.path.parent) == before


def test_a_commit_after_that_makes_the_stage_unverified(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli)
    complete(repo, cli)
    proved = refs(repo)[verified_ref("core")]
    work(repo, "core", "src/core.txt", "more\n")

    shown = cli("status", PLAN_ID, cwd=repo.path)

    assert f"unverified since {proved[:7]}" in shown.stdout
    entry = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"][0]
    assert (entry["state"], entry["verified"]) == ("complete", proved)
    assert entry["head"] != proved
    assert complete(repo, cli).exit_code == 0
    assert refs(repo)[verified_ref("core")] == entry["head"]


@pytest.mark.parametrize("name", ("README.md", "new.txt"))
def test_what_is_in_no_commit_is_refused(repo: Repo, cli: Cli, name: str) -> None:
    claimed(repo, cli)
    repo.stage(PLAN_ID, "core").write(name, "later\n")
    before = refs(repo)

    result = complete(repo, cli)

    assert result.exit_code == 1
    assert f"stage core: {name} is in no commit" in result.stderr
    assert refs(repo) == before


def test_a_stage_without_commits_needs_empty(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    refused = complete(repo, cli)
    assert refused.exit_code == 1
    assert "no commits of its own" in refused.stderr

    assert complete(repo, cli, "--empty").exit_code == 0
    assert declared(repo)["core"] == "complete"


def test_undeclared_changes_need_a_reason_which_is_recorded(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli)
    work(repo, "core", "other file.txt")

    refused = complete(repo, cli)
    assert refused.exit_code == 1
    assert "it changes what it did not declare: other file.txt: " in refused.stderr
    assert complete(repo, cli, "--accept-scope", " ").exit_code == 2
    result = complete(repo, cli, "--accept-scope", "It was „nötig“.", "--json")

    assert result.exit_code == 0
    assert result.json()["out_of_scope"] == ["other file.txt"]
    record = json.loads(
        repo.git("cat-file", "blob", f"refs/plan-worktree/{PLAN_ID}/completed/core")
    )
    assert record["reason"] == "It was „nötig“."
    assert record["files"] == ["other file.txt"]
    entry = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"][0]
    assert entry["accepted"] == "It was „nötig“."


@pytest.mark.parametrize("listed", (True, False))
def test_undeclared_deletions_always_need_a_reason(repo: Repo, cli: Cli, listed: bool) -> None:
    plan = claimed(repo, cli).path / PLANS / f"{PLAN_ID}.md"
    if not listed:
        plan.write_text(plan.read_text().replace("- Create: `src/core.txt`", "To be seen."))
        work(repo, "core", "anything.txt")
    there = repo.stage(PLAN_ID, "core")
    there.git("rm", "--quiet", "README.md")
    there.commit("delete")

    refused = complete(repo, cli)

    assert refused.exit_code == 1
    assert "it deletes what it did not declare: README.md: " in refused.stderr
    assert "anything.txt" not in refused.stderr
    assert complete(repo, cli, "--accept-scope", "old").exit_code == 0


def test_what_came_in_from_dependencies_and_target_is_not_the_stages_own(
    repo: Repo, cli: Cli
) -> None:
    stages = (Stage("core", create=FILES), Stage("api", ("core",), create=("src/api.txt",)))
    set_up(repo, cli, *stages)
    there = repo.stage(PLAN_ID, "api")
    work(repo, "api", "src/api.txt")
    finish(repo, cli, "core")
    there.git("merge", "--quiet", "--no-edit", f"feature/{PLAN_ID}-core")
    repo.write("target.txt", "of the target\n")
    repo.commit("the target moves")
    there.git("merge", "--quiet", "--no-edit", "main")
    work(repo, "core", "src/core.txt", "and again\n")  # what is not taken in yet

    result = complete(repo, cli, stage="api")

    assert result.exit_code == 0, result.output
    assert "a dependency has moved on since" in result.stderr


def test_taking_back_a_dependencys_change_is_a_change_of_the_stage(repo: Repo, cli: Cli) -> None:
    stages = (Stage("core", create=FILES), Stage("api", ("core",), create=("src/api.txt",)))
    set_up(repo, cli, *stages)
    finish(repo, cli, "core")
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    there = repo.stage(PLAN_ID, "api")
    there.git("rm", "--quiet", "src/core.txt")
    work(repo, "api", "src/api.txt")

    assert (
        "deletes what it did not declare: src/core.txt" in complete(repo, cli, stage="api").stderr
    )


@pytest.mark.second
def test_undoing_what_one_of_several_dependencies_did_is_seen(repo: Repo, cli: Cli) -> None:
    stages = (
        *(Stage(name, create=(f"{name}.txt",)) for name in ("api", "ui")),
        Stage("top", ("api", "ui"), create=("top.txt",)),
    )
    set_up(repo, cli, *stages)
    for stage in ("api", "ui"):
        work(repo, stage)
        complete(repo, cli, stage=stage)
    assert cli("start", PLAN_ID, "top", "--owner", "ada", cwd=repo.path).exit_code == 0
    top = repo.stage(PLAN_ID, "top")
    work(repo, "top")
    work(repo, "api", "api.txt", "more\n")
    complete(repo, cli, stage="api")
    assert cli("sync", cwd=top.path).exit_code == 0
    assert complete(repo, cli, "--dry-run", stage="top").exit_code == 0
    top.git("rm", "--quiet", "ui.txt")
    top.write("api.txt", "work\n")
    top.commit("undo what both did")

    result = complete(repo, cli, stage="top")

    assert result.exit_code == 1
    assert "it changes what it did not declare: api.txt: " in result.stderr
    assert "it deletes what it did not declare: ui.txt: " in result.stderr


@pytest.mark.parametrize("args", (("--dry-run",), ()), ids=str)
def test_the_user_s_orig_head_stays(repo: Repo, cli: Cli, args: tuple[str, ...]) -> None:
    claimed(repo, cli)
    there = repo.stage(PLAN_ID, "core")
    there.git("update-index", "--assume-unchanged", "README.md")
    there.git("update-ref", "ORIG_HEAD", "HEAD^")

    assert complete(repo, cli, *args).exit_code == 0

    assert there.head("ORIG_HEAD") == there.head("HEAD^")


@pytest.mark.parametrize("flag", ("--assume-unchanged", "--skip-worktree"))
def test_a_change_that_is_hidden_from_git_is_no_proof(repo: Repo, cli: Cli, flag: str) -> None:
    claimed(repo, cli, Stage("core", create=FILES, verify=("grep -q hidden src/core.txt",)))
    there = repo.stage(PLAN_ID, "core")
    there.git("update-index", flag, "README.md", "src/core.txt")
    there.write("src/core.txt", "hidden\n")

    result = complete(repo, cli)

    assert result.exit_code == 1
    assert "src/core.txt is changed and hidden from git; show it, then commit it: " in result.stderr
    assert "README.md" not in result.stderr
    follow(result, "git -C", repo.path)
    assert there.git("status", "--porcelain") == " M src/core.txt"


def test_complete_says_how_home_leaves_a_stages_branch_with_edited_files(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    work(repo, "core", "README.md")
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("switch", "--quiet", branch("core"))
    repo.write("README.md", "mine\n")

    result = cli("complete", PLAN_ID, "core", cwd=repo.path)

    assert follow(result, "git -C", repo.path.parent).exit_code == 0
    assert repo.git("branch", "--show-current") == ""
    assert repo.read("README.md") == "mine\n"


@pytest.mark.parametrize("then", (("worktree", "add", "-q", "../other"), ("branch", "-D")))
def test_complete_says_how_home_leaves_a_stages_branch_when_it_cannot_switch_to_the_target(
    repo: Repo, cli: Cli, then: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core")
    repo.git("worktree", "remove", str(repo.stage(PLAN_ID, "core").path))
    repo.git("switch", "--quiet", branch("core"))
    repo.git(*then, "main")

    result = cli("complete", PLAN_ID, "core", cwd=repo.path)

    assert f"branch {branch('core')} is checked out in home" in result.stderr
    assert follow(result, "git -C", repo.path.parent).exit_code == 0
    assert repo.git("branch", "--show-current") == ""


def test_a_stage_that_waits_or_is_blocked_is_not_complete(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, Stage("core"), Stage("api", ("core",)), Stage("ui", status="blocked"))
    for stage in ("api", "ui"):
        work(repo, stage, f"src/{stage}.txt")

    waits = complete(repo, cli, stage="api")
    assert "it waits for core: complete that first" in waits.stderr
    assert cli(*suggested(waits, "plan-worktree brief")[1:], cwd=repo.path).exit_code == 0
    blocked = complete(repo, cli, stage="ui").stderr
    assert blocked.endswith(f"declared blocked: plan-worktree mark {PLAN_ID} ui in-progress\n")


def test_an_edit_of_the_plan_on_a_stages_branch_is_refused_even_with_a_reason(
    repo: Repo, cli: Cli
) -> None:
    claimed(repo, cli)
    there = repo.stage(PLAN_ID, "core")
    name = f"{PLANS}/{PLAN_ID}.md"
    there.write(name, there.read(name) + "\nmore\n")
    dirty = complete(repo, cli)
    assert "its copy of the plan was edited" in dirty.stderr
    there.commit("edit the plan")

    result = complete(repo, cli, "--accept-scope", "I want to")

    assert result.exit_code == 1
    assert f"its commits change the plan {name}" in result.stderr


def test_the_edit_of_a_tracked_plan_is_no_dirt_for_anybody(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", create=FILES), Stage("api", ("core",)))
    complete(repo, cli)

    assert repo.git("status", "--porcelain").split() == ["M", f"{PLANS}/{PLAN_ID}.md"]
    for command in (("start", "api", "--owner", "ada"), ("sync",), ("setup",), ("remove", "api")):
        name, *rest = command
        if name == "remove":
            repo.git("update-ref", "-d", claim_ref("api"))
        result = cli(name, PLAN_ID, *rest, cwd=repo.path)
        assert result.exit_code == 0, result.output


@sampled(
    ("command", "said"),
    (
        ("exit 3", "exit code 3: exit 3"),
        ("no-such-program", "exit code 127 (there is no such command): no-such-program"),
        ("kill -9 $$", "was ended by signal 9: kill -9 $$"),
        ("cat", None),
    ),
    one_in=2,
)
def test_the_first_command_that_fails_stops_it(
    repo: Repo, cli: Cli, command: str, said: str | None
) -> None:
    claimed(repo, cli, Stage("core", verify=("echo one", command, "echo three"), create=FILES))
    before = refs(repo)

    result = complete(repo, cli)

    assert ("three" in result.stdout) == (said is None)
    if said is not None:
        assert result.exit_code == 1
        log = max((repo.path / ".git/plan-worktree/logs" / PLAN_ID / "core").iterdir())
        refusal = f"refused: stage core: {said}; all that it printed: {log}"
        assert result.stderr.splitlines()[-1] == refusal
        assert {n: o for n, o in refs(repo).items() if not n.endswith("/proofs")} == before
        assert declared(repo)["core"] == "in-progress"


@pytest.mark.thorough
def test_a_command_that_hangs_is_ended_with_all_it_started(repo: Repo, cli: Cli) -> None:
    command = "sleep 600 & echo $! >../../../child; wait"
    claimed(repo, cli, Stage("core", verify=(command,), create=FILES))

    result = complete(repo, cli, "--timeout", "3")

    assert result.exit_code == 1
    assert "took longer than 3 s" in result.stderr
    child = int((repo.path.parent / "child").read_text())
    wait_for(lambda: not _is_alive(child))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().split()[2] != "Z"


def test_what_a_command_left_running_ends_with_it(repo: Repo, cli: Cli) -> None:
    command = "sleep 6000 & echo $! >../../../child; echo ok"
    claimed(repo, cli, Stage("core", verify=(command,), create=FILES))

    assert complete(repo, cli).exit_code == 0
    child = int((repo.path.parent / "child").read_text())
    wait_for(lambda: not _is_alive(child))


@pytest.mark.second
def test_output_that_is_no_text_is_shown_escaped(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", verify=(r"printf '\033[2Jx\377\000\n'",), create=FILES))

    result = complete(repo, cli)

    assert result.exit_code == 0
    assert ": x\\xff\n" in result.stdout


@pytest.mark.thorough
@sampled(
    ("command", "said"),
    (
        ("git commit -q --allow-empty -m more", "has moved meanwhile"),
        ("echo x >left.txt", "left.txt is in no commit"),
        ("git switch -q --detach", "has a detached HEAD checked out"),
    ),
    one_in=2,
)
def test_what_a_command_does_to_the_worktree_is_looked_at_before_anything_is_recorded(
    repo: Repo, cli: Cli, command: str, said: str
) -> None:
    claimed(repo, cli, Stage("core", verify=(command,), create=FILES))

    result = complete(repo, cli)

    assert result.exit_code == 1
    assert said in result.stderr
    assert verified_ref("core") not in refs(repo)


def test_what_passed_once_is_no_proof_of_other_commands(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli)
    first = complete(repo, cli, "--json").json()
    assert (first["action"], first["verified"]) == ("completed", False)
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "FLAGS") == "-"
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text().replace('"depends_on": []', '"depends_on": [], "verify": ["false"]', 1)
    path.write_text(text)

    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "FLAGS") == "unverified"
    result = complete(repo, cli)

    assert result.exit_code == 1
    assert "exit code 1: false" in result.stderr


@pytest.mark.thorough
def test_a_reader_that_goes_away_does_not_stop_the_command(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", create=FILES, verify=("seq 1 200000",)))
    process = start("complete", "--show-output", cwd=repo.stage(PLAN_ID, "core").path)
    assert process.stderr
    process.stderr.readline()
    process.stderr.close()

    process.wait(30)

    assert process.stdout
    process.stdout.close()


def test_a_plan_that_changes_while_commands_run_is_read_again(repo: Repo, cli: Cli) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    command = f"echo 'A last line.' >>'{path}'"
    claimed(repo, cli, Stage("core", verify=(command,), create=FILES))

    assert complete(repo, cli).exit_code == 0
    assert path.read_text().endswith("\nA last line.\n")
    assert declared(repo)["core"] == "complete"


@pytest.mark.second
def test_commands_that_change_while_they_run_are_not_taken_for_passed(repo: Repo, cli: Cli) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    command = f"sed -i 's/touched/touched-too/' '{path}' # touched"
    claimed(repo, cli, Stage("core", verify=(command,), create=FILES))

    result = complete(repo, cli)

    assert result.exit_code == 1
    assert "was changed in the plan meanwhile" in result.stderr


@pytest.mark.second
def test_a_stage_without_verify_commands_is_not_called_unverified(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", create=FILES), Stage("api", verify=("false",)))

    result = complete(repo, cli)

    at = repo.stage(PLAN_ID, "core").head()
    says = f"stage core is complete at {at[:10]}; the plan has no verify commands for it"
    assert result.stdout.splitlines()[0] == says
    assert refs(repo)[verified_ref("core")] == at


@pytest.mark.parametrize("verify", (("false",), ()), ids=str)
def test_no_verify_completes_without_proof(repo: Repo, cli: Cli, verify: tuple[str, ...]) -> None:
    claimed(repo, cli, Stage("core", verify=verify, create=FILES))

    result = complete(repo, cli, "--no-verify")

    assert result.exit_code == 0
    assert "not verified" in result.stdout
    assert verified_ref("core") not in refs(repo)
    assert cell(cli("status", PLAN_ID, cwd=repo.path), "core", "FLAGS") == "unverified"


def test_somebody_elses_stage_cannot_be_completed_under_another_name(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli)
    args = ("complete", PLAN_ID, "core")

    refused = cli(*args, "--owner", "bob", cwd=repo.path)
    assert refused.exit_code == 1
    assert "claimed by ada" in refused.stderr
    assert complete(repo, cli, "--owner", "bob").exit_code == 1
    assert cli(*args, cwd=repo.path).exit_code == 1
    # Who is in the worktree and gives no name is taken for the one who works there.
    assert complete(repo, cli, "--dry-run").exit_code == 0
    assert cli(*args, "--owner", "ada", cwd=repo.path).exit_code == 0


@pytest.mark.thorough
def test_while_commands_run_nobody_has_to_wait(repo: Repo, cli: Cli) -> None:
    wait = "touch ../../../running; while [ -e ../../../running ]; do sleep 0.05; done"
    claimed(repo, cli, Stage("core", verify=(wait,), create=FILES), Stage("api"))
    process = start("complete", cwd=repo.stage(PLAN_ID, "core").path)
    running = repo.path.parent / "running"
    wait_for(running.exists)

    taken = cli("start", PLAN_ID, "api", "--owner", "bob", cwd=repo.path)

    assert taken.exit_code == 0
    assert process.poll() is None
    running.unlink()
    assert process.wait(20) == 0
    process.communicate()
    assert declared(repo) == {"": "in-progress", "core": "complete", "api": "in-progress"}


@sampled(
    ("number", "code"),
    ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)),
    one_in=3,
)
def test_an_interrupt_ends_the_command_too(
    repo: Repo, cli: Cli, number: signal.Signals, code: int
) -> None:
    wait = "echo $$ >../../../shell; sleep 600; true"
    claimed(repo, cli, Stage("core", verify=(wait,), create=FILES))
    process = start("complete", cwd=repo.stage(PLAN_ID, "core").path)
    shell = repo.path.parent / "shell"
    wait_for(lambda: shell.exists() and shell.read_text() != "")

    process.send_signal(number)

    assert process.wait(20) == code
    process.communicate()
    wait_for(lambda: not _is_alive(int(shell.read_text())))
    assert declared(repo)["core"] == "in-progress"


@pytest.mark.thorough
def test_killed_after_marking_it_goes_on(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    claimed(repo, cli)
    real = "/usr/bin/env -i PATH=/usr/bin:/bin git"
    script = f'case "$1" in update-ref) kill -9 0;; esac; exec {real} "$@"'
    executable(tmp_path / "bin/git", script)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        process = start("complete", cwd=repo.stage(PLAN_ID, "core").path)
        process.wait(20)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert declared(repo)["core"] == "complete"
    assert claim_ref("core") in refs(repo)

    assert complete(repo, cli).exit_code == 0

    assert claim_ref("core") not in refs(repo)
    assert refs(repo)[verified_ref("core")] == repo.stage(PLAN_ID, "core").head()


def test_the_plan_is_complete_when_all_of_it_is_merged(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    for stage in ("core", "api"):
        finish(repo, cli, stage)
    assert declared(repo)[""] == "in-progress"
    repo.commit("keep the plan")
    for stage in ("core", "api"):
        merge(repo, stage)

    assert cli("mark", PLAN_ID, "api", "complete", cwd=repo.path).exit_code == 0

    assert declared(repo)[""] == "complete"


def test_a_dry_run_runs_nothing_and_changes_nothing(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", verify=("touch ../../../ran",), create=FILES))
    before = snapshot(repo.path.parent)

    result = complete(repo, cli, "--dry-run")

    assert result.exit_code == 0
    assert "would be complete" in result.stdout
    assert snapshot(repo.path.parent) == before


@sampled("timeout", ("0", "-1", "nan", "x"), one_in=4)
def test_a_timeout_that_is_no_time_is_wrong_usage(repo: Repo, cli: Cli, timeout: str) -> None:
    claimed(repo, cli)

    assert complete(repo, cli, "--timeout", timeout).exit_code == 2


@pytest.mark.second
def test_the_output_comes_while_the_command_runs(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", verify=("echo begun; sleep 600",), create=FILES))
    process = start("complete", "--show-output", cwd=repo.stage(PLAN_ID, "core").path)
    assert process.stderr

    assert process.stderr.readline() == "$ echo begun; sleep 600\n"
    assert process.stderr.readline() == "begun\n"
    kill(process)


def test_commands_know_home_plan_and_stage_here_and_when_the_stage_lands(
    repo: Repo, cli: Cli
) -> None:
    names = ("HOME", "PLAN", "STAGE")
    line = "; ".join(f'echo "{name}=$PLAN_WORKTREE_{name}"' for name in names)
    claimed(repo, cli, Stage("core", verify=(line,), create=FILES))

    completed = complete(repo, cli, "--show-output")
    repo.commit("another tree")
    landed = cli("merge", PLAN_ID, "--verify", "--show-output", cwd=repo.path)

    said = f"HOME={repo.path}\nPLAN={PLAN_ID}\nSTAGE=core\n"
    assert said in completed.stderr
    assert "".join(f"[core] {line}\n" for line in said.splitlines()) in landed.stderr


def test_hooks_that_git_does_not_run_there_are_a_warning(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli)
    repo.git("config", "core.hooksPath", ".husky/_")

    result = complete(repo, cli)

    there = repo.stage(PLAN_ID, "core").path
    words = f"core.hooksPath is .husky/_, which is not in {there}: git runs no hooks there until "
    words += "what installs them has run in it"
    assert (result.exit_code, f"warning: {words}\n" in result.stderr) == (0, True)


LISTS = (
    "- Test: `src/core.txt`",
    "- Move: `README.md` to `src/core.txt`",
    "| File | Change |\n|---|---|\n| `src/core.txt` | Create |",
    "- `src/`\n  - `core.txt` (new)",
    "**New files:**\n\n- [`src/core.txt`](../../src/core.txt)",
    "- Create: `src\\{core,more}.txt`",
)


@sampled("lines", LISTS, ids=lambda lines: lines[:20], one_in=3)
def test_a_file_is_declared_however_its_line_is_written(repo: Repo, cli: Cli, lines: str) -> None:
    text = plan_text(PLAN_ID, Stage("core"), status="approved")
    assert text.count("- Create: `src/core.txt`") == 1
    repo.write(f"{PLANS}/{PLAN_ID}.md", text.replace("- Create: `src/core.txt`", lines))
    repo.commit("plan")
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    work(repo, "core", "src/core.txt")

    result = complete(repo, cli)

    assert result.exit_code == 0, result.stderr


def edit(repo: Repo, old: str, new: str) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_note_is_kept_until_another_one_takes_its_place(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli)

    first = complete(repo, cli, "--note", "call it\n once", "--json")
    same = complete(repo, cli, "--json")
    other = complete(repo, cli, "--note", "call it twice", "--json")
    work(repo, "core", "src/core.txt", "more\n")
    later = complete(repo, cli, "--json")

    said = [(one.json()["note"], one.json()["action"]) for one in (first, same, other, later)]
    assert said == [
        ("call it once", "completed"),
        ("call it once", "kept"),
        ("call it twice", "completed"),
        ("call it twice", "completed"),
    ]


@sampled("note", ("", " \n", "\x1b[2J", "x" * 1001, "a\u202eb"), one_in=3)
def test_a_note_is_short_and_printable(repo: Repo, cli: Cli, note: str) -> None:
    claimed(repo, cli)
    before = refs(repo)

    result = complete(repo, cli, "--note", note)

    assert result.exit_code == 2
    assert "--note is a text of 1 to 1000 printable characters" in result.stderr
    assert refs(repo) == before


def test_a_stale_stage_is_told_before_its_commands_run(repo: Repo, cli: Cli) -> None:
    gate = "echo the gate runs"
    set_up(repo, cli, "core", Stage("api", ("core",), verify=(gate,)))
    finish(repo, cli, "core")
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    work(repo, "api", "src/api.txt")
    work(repo, "core", "src/core.txt", "and again\n")
    cli("complete", PLAN_ID, "core", cwd=repo.stage(PLAN_ID, "core").path)

    result = complete(repo, cli, stage="api")

    warning = "warning: stage api: a dependency has moved on since: to take that in first, "
    assert f"{warning}plan-worktree sync {PLAN_ID} api\n" in result.stderr
    assert gate in result.stdout
    assert result.stderr.count("moved on") == 1
    assert result.exit_code == 0


def test_what_moves_on_while_commands_run_is_told_afterwards(repo: Repo, cli: Cli) -> None:
    core = repo.path.parent / "worktrees" / PLAN_ID / "core"
    commit = f"cd {core} && echo more >> src/core.txt && git commit -qam more"
    set_up(repo, cli, Stage("core", create=FILES), Stage("api", ("core",), verify=(commit,)))
    finish(repo, cli, "core")
    cli("start", PLAN_ID, "api", "--owner", "ada", cwd=repo.path)
    work(repo, "api", "src/api.txt")

    result = complete(repo, cli, stage="api")

    assert result.stderr.count("warning: ") == 1
    assert result.exit_code == 0
    assert "a dependency has moved on meanwhile: plan-worktree sync" in result.stderr


def test_complete_warns_of_a_plan_that_its_owner_has_not_read(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", create=FILES, verify=("true",)))
    edit(repo, "Adds the Core part.", "Adds another part.")

    result = complete(repo, cli, "--json")

    assert result.exit_code == 0
    brief, diff = (
        f"plan-worktree brief {PLAN_ID} core",
        f"git -C {repo.path} diff -- {repo.path / PLANS / PLAN_ID}.md",
    )
    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning")]
    assert warnings == [
        f"warning: stage core: the plan has changed since its owner read it (its section): {brief}",
        f"warning: the plan has edits that are in no commit: {diff}",
    ]
    assert result.json()["plan_changed"] == ["section"]
    assert "Adds another part." in cli(*brief.split()[1:], cwd=repo.path).stdout
    assert "+Adds another part." in repo.git(*diff.split()[3:])


def test_statuses_and_ticks_are_no_change_of_the_plan(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", create=FILES), "ui")
    cli("todo", PLAN_ID, "core", "1", cwd=repo.path)
    cli("mark", PLAN_ID, "ui", "blocked", cwd=repo.path)

    assert "warning" not in complete(repo, cli).stderr


@pytest.mark.second
@pytest.mark.parametrize("how", ("ignored", "elsewhere", "broken"))
def test_a_plan_without_a_commit_of_its_own_is_no_edited_one(
    repo: Repo, cli: Cli, how: str
) -> None:
    claimed(repo, cli)
    name = f"{PLANS}/{PLAN_ID}.md"
    text = repo.read(name)
    if how == "broken":
        repo.write(name, "# no plan\n")
        repo.commit("break it")
    else:
        repo.git("rm", "-q", "--cached", name)
        repo.git("commit", "-qm", "not in git")
    if how == "elsewhere":
        (repo.path / name).unlink()
        name = "../notes/shop.md"
        repo.git("config", "planWorktree.plans", "../notes")
    repo.write(name, text)

    result = cli("complete", "shop", "core", "--owner", "ada", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert ("edits that are in no commit" in result.stderr) == (how == "broken")


@pytest.mark.second
def test_a_status_that_an_editor_wrote_over_comes_back_with_complete(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, Stage("core", create=FILES), Stage("api", ("core",)))
    stale = repo.read(f"{PLANS}/{PLAN_ID}.md")
    complete(repo, cli)
    repo.write(f"{PLANS}/{PLAN_ID}.md", stale)
    assert "waiting" in row(cli("status", PLAN_ID, cwd=repo.path), "api")

    result = cli("complete", PLAN_ID, "core", cwd=repo.stage(PLAN_ID, "core").path)

    assert result.exit_code == 0
    assert declared(repo)["core"] == "complete"
    assert "ready" in row(cli("status", PLAN_ID, cwd=repo.path), "api")


def test_a_complete_stage_is_changed_by_marking_it_starting_it_and_completing_it(
    repo: Repo, cli: Cli
) -> None:
    claimed(repo, cli)
    complete(repo, cli)
    refused = cli("start", PLAN_ID, "core", "--owner", "bob", cwd=repo.path)
    assert refused.exit_code == 1

    again = suggested(refused, "plan-worktree")[1:]
    assert cli(*again, cwd=repo.path).exit_code == 0
    assert cli("start", PLAN_ID, "core", "--owner", "bob", cwd=repo.path).exit_code == 0
    work(repo, "core", "src/core.txt", "better\n")
    assert complete(repo, cli).exit_code == 0
    assert declared(repo)["core"] == "complete"
