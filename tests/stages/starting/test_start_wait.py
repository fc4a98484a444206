"""start --wait and ready --wait: they sleep while others are at work, and miss nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, plan_worktree
from tests.world import PLAN_ID, Cli, finish, kill, refs, set_up, work
from tests.world import start as begin


def claimed(repo: Repo) -> set[str]:
    folder = f"refs/plan-worktree/{PLAN_ID}/claim/"
    return {name.removeprefix(folder) for name in refs(repo) if name.startswith(folder)}


def begun(repo: Repo, cli: Cli, *stages: str | Stage) -> None:
    """Set stages up and let ada begin with core."""
    set_up(repo, cli, *stages)
    assert cli("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path).exit_code == 0


@contextmanager
def waiting(repo: Repo, *args: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that waits; go on when it does."""
    process = begin(*args, cwd=repo.path)
    try:
        until_it_waits(process)
        yield process
    finally:
        if process.poll() is None:
            kill(process)


def until_it_waits(process: subprocess.Popen[str]) -> None:
    """Read what a command says until it waits for others; before, it may wait for the lock."""
    assert process.stderr
    while not (line := process.stderr.readline()).startswith("waiting: "):
        assert line, "it has ended"


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@sampled(
    "words",
    (
        ("--wait", PLAN_ID),
        (PLAN_ID, "--wait"),
        ("--wait", "600", PLAN_ID),
        (PLAN_ID, "--wait=600"),
        (PLAN_ID, "--wait", "1.5e3"),
        ("--wait", "--owner", "eve", PLAN_ID),
        (PLAN_ID, "--wait", "api"),
        ("--wait", "--", PLAN_ID),
    ),
    one_in=3,
)
def test_what_is_no_number_behind_wait_is_a_name(
    repo: Repo, cli: Cli, words: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core", "api")

    result = cli("start", "--owner", "bob", *words, cwd=repo.path)

    if "1.5e3" in words:
        assert result.exit_code == 2
        assert 'the plan has no stage "1.5e3"' in result.stderr
    else:
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("seconds", ("x", "-1", "nan", ""))
@pytest.mark.parametrize("command", ("start", "ready"))
def test_seconds_that_are_no_seconds_are_wrong_usage(
    repo: Repo, cli: Cli, command: str, seconds: str
) -> None:
    set_up(repo, cli, "core")

    result = cli(command, PLAN_ID, f"--wait={seconds}", cwd=repo.path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--wait" in result.stderr


@pytest.mark.second
def test_without_a_stage_the_exit_code_says_what_to_do(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core", Stage("old", status="blocked"))
    start = ("start", PLAN_ID, "--owner", "bob")

    for wait in ((), ("--wait=0",), ("--wait", "0.1")):
        late = cli(*start, *wait, cwd=repo.path)
        assert late.exit_code == 4, wait
        assert late.stdout.startswith("nothing is ready, waiting for core, which is in-progress")
    assert cli("ready", PLAN_ID, "--wait=0.1", cwd=repo.path).exit_code == 4
    finish(repo, cli, "core")
    assert cli(*start, cwd=repo.path).exit_code == 0
    finish(repo, cli, "api")

    mark = f"plan-worktree mark {PLAN_ID} old in-progress"
    for command in (start, ("ready", PLAN_ID)):
        stuck = cli(*command, "--wait", cwd=repo.path)
        assert stuck.exit_code == 1
        said = f"nothing can become ready: old is declared blocked: when old no longer is, {mark}\n"
        assert stuck.output.removeprefix("refused: ") == said
    assert cli(*mark.split()[1:], cwd=repo.path).exit_code == 0
    assert cli(*start, cwd=repo.path).exit_code == 0


def test_what_waits_for_a_blocked_stage_is_stuck_with_it(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, Stage("a", status="blocked"), Stage("b", status="blocked"), "c:a,b", "d:c")

    found = cli("ready", PLAN_ID, "--json", cwd=repo.path)

    assert (found.exit_code, found.json()["next"]) == (1, "stuck")
    said = cli("ready", PLAN_ID, cwd=repo.path).stdout
    assert "a, b are declared blocked, and the rest waits for them: when a no longer is" in said


@pytest.mark.second
def test_when_all_is_done_nobody_waits(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    start = ("start", PLAN_ID, "--owner", "bob", "--wait")
    assert cli(*start, cwd=repo.path).exit_code == 5

    cli("merge", PLAN_ID, cwd=repo.path)
    landed = cli(*start, cwd=repo.path)
    remove = f"plan-worktree remove {PLAN_ID} --merged"
    said = "done: the only stage is in main"
    assert landed.stdout == f"{said}; to take their worktrees away: {remove}\n"
    assert cli(*remove.split()[1:], cwd=repo.path).exit_code == 0

    over = cli("ready", PLAN_ID, "--wait", cwd=repo.path)
    assert (over.exit_code, over.stdout) == (5, f"{said}\n")
    assert cli("ready", PLAN_ID, "--json", cwd=repo.path).json()["next"] == "done"


def test_an_abandoned_plan_is_not_waited_for(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core")
    cli("mark", PLAN_ID, "abandoned", cwd=repo.path)

    for command in ("start", "ready"):
        result = cli(command, PLAN_ID, "--wait", cwd=repo.path)
        assert result.exit_code == 1
        assert f"the plan is abandoned: to take it up again, plan-worktree mark {PLAN_ID}" in (
            result.output
        )


@pytest.mark.second
def test_nobody_waits_for_their_own_work(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core", "ui:api")
    go_on = f"core is yours: go on with it: plan-worktree start {PLAN_ID} core"

    for stage in ("api", "ui"):
        result = cli("start", PLAN_ID, stage, "--owner", "ada", "--wait", cwd=repo.path)
        assert result.exit_code == 1
        assert go_on in result.stderr
    mine = {"PLAN_WORKTREE_OWNER": "ada"}
    found = cli("ready", PLAN_ID, "--wait", cwd=repo.path, env=mine)
    assert (found.exit_code, found.stdout) == (0, f"{go_on}\n")
    assert cli("ready", PLAN_ID, "--json", cwd=repo.path, env=mine).json()["next"] == "take"


def test_a_freed_stage_goes_to_who_waits(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core")

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait") as process:
        finish(repo, cli, "core")
        code, out, _ = ended(process)

    assert (code, claimed(repo)) == (0, {"api"})
    assert "# Stage api: Api" in out


@pytest.mark.second
@sampled("command", (("start", "--owner", "bob"), ("ready",)), one_in=3)
def test_what_is_waited_for_is_said_again_when_it_is_something_else(
    repo: Repo, cli: Cli, command: tuple[str, ...]
) -> None:
    begun(repo, cli, "core", "ui", "api:core,ui")
    cli("start", PLAN_ID, "ui", "--owner", "eve", cwd=repo.path)
    core, ui = "core, which is in-progress (claimed by ada)", "ui, which is {} (claimed by eve)"
    process = begin(*command, PLAN_ID, "--wait", cwd=repo.path)
    assert process.stderr

    said = "waiting: nothing is ready, waiting for "
    assert process.stderr.readline() == f"{said}{core}; {ui.format('in-progress')}\n"
    finish(repo, cli, "core")
    assert process.stderr.readline() == f"{said}{ui.format('in-progress')}\n"
    work(repo, "ui", "src/ui.txt")  # what the owner does changes nothing
    cli("mark", PLAN_ID, "ui", "blocked", cwd=repo.path)
    code, out, err = ended(process)
    assert code == 1
    assert "nothing can become ready: ui is declared blocked" in out + err
    assert "waiting: " not in err


@pytest.mark.second
def test_what_a_named_stage_waits_for_is_said_again_when_it_is_something_else(
    repo: Repo, cli: Cli
) -> None:
    begun(repo, cli, "core", "api:core")
    process = begin("start", PLAN_ID, "api", "--owner", "bob", "--wait", cwd=repo.path)
    assert process.stderr

    assert (
        process.stderr.readline() == "waiting: stage api: it waits for core, in-progress by ada\n"
    )
    cli("start", PLAN_ID, "core", "--owner", "eve", "--takeover", cwd=repo.path)
    assert (
        process.stderr.readline() == "waiting: stage api: it waits for core, in-progress by eve\n"
    )
    finish(repo, cli, "core")
    code, _, err = ended(process)
    assert code == 0
    assert "waiting: " not in err


@pytest.mark.second
def test_who_waits_for_a_claimed_stage_hears_when_its_owner_is_quiet(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api")
    process = begin("start", PLAN_ID, "core", "--owner", "bob", "--wait", cwd=repo.path)
    assert process.stderr

    held = process.stderr.readline().rstrip("\n")
    assert held == f"waiting: stage core: it is claimed by ada on {socket.gethostname()}"
    repo.git("config", "planWorktree.quiet", "0")
    cli("mark", PLAN_ID, "api", "blocked", cwd=repo.path)  # which has it look again
    take_over = f"plan-worktree start {PLAN_ID} core --takeover"
    gone = f"{held}: when nobody works on it any more, {take_over}\n"
    assert process.stderr.readline() == gone
    cli("mark", PLAN_ID, "core", "not-started", cwd=repo.path)
    assert ended(process)[0] == 0


@pytest.mark.second
def test_who_waits_for_a_stage_gets_it_when_it_is_given_back(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api")

    with waiting(repo, "start", PLAN_ID, "core", "--owner", "bob", "--wait") as process:
        cli("mark", PLAN_ID, "core", "not-started", cwd=repo.path)
        code, out, _ = ended(process)

    assert code == 0
    assert "# Stage core: Core" in out


@pytest.mark.second
def test_the_time_for_a_claimed_stage_ends_with_4(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core")
    start = ("start", PLAN_ID, "core", "--owner", "bob")

    assert cli(*start, cwd=repo.path).exit_code == 1
    late = cli(*start, "--wait", "0.3", cwd=repo.path)

    assert late.exit_code == 4
    assert late.stdout.startswith("stage core: it is claimed by ada on ")


@pytest.mark.second
def test_a_landing_without_this_program_wakes(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core")
    work(repo, "core")
    branch = f"feature/{PLAN_ID}-core"

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait") as process:
        repo.git("merge", "--quiet", "--no-ff", "-m", "land core", branch)
        assert ended(process)[0] == 0

    assert "api" in claimed(repo)


# It waits for ten seconds whether a plan that cannot be read is being edited.
LONG = [pytest.param(how, marks=pytest.mark.thorough) for how in ("deleted", "invalid")]


@pytest.mark.parametrize("how", ("blocked", "complete", *LONG))
def test_what_happens_to_the_plan_ends_the_waiting(repo: Repo, cli: Cli, how: str) -> None:
    begun(repo, cli, "core", "api:core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait") as process:
        if how == "deleted":
            path.unlink()
        elif how == "invalid":
            path.write_text(path.read_text().replace('"stages"', '"stags"'))
        else:
            for stage in ("api", "core"):  # the other way round, one of them could be had
                assert cli("mark", PLAN_ID, stage, how, cwd=repo.path).exit_code == 0
        code, out, err = ended(process)

    said = {
        "deleted": (1, "refused: no plan matches"),
        "invalid": (1, "refused: the plan has errors; fix them"),
        "blocked": (1, "refused: nothing can become ready: core, api are declared blocked"),
        "complete": (5, "nothing is left to build"),
    }[how]
    assert (code, said[1] in out + err) == (said[0], True), out + err


@sampled("how", ("deleted", "invalid"), one_in=3)
def test_a_plan_that_is_wrong_while_somebody_edits_it_does_not_end_the_waiting(
    repo: Repo, cli: Cli, how: str
) -> None:
    begun(repo, cli, "core", "api:core")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    whole = path.read_text()

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait") as process:
        path.write_text("half of it") if how == "invalid" else path.unlink()
        time.sleep(2.0)
        assert process.poll() is None
        path.write_text(whole)
        finish(repo, cli, "core")
        assert ended(process)[0] == 0

    assert "api" in claimed(repo)


@pytest.mark.second
def test_refs_that_vanish_end_the_waiting_with_what_git_says(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core")

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait") as process:
        (repo.path / ".git/refs").rename(repo.path / ".git/away")
        code, _, err = ended(process)
        (repo.path / ".git/away").rename(repo.path / ".git/refs")

    assert code in (1, 3)
    assert err
    assert "Traceback" not in err


@sampled("command", ("start", "ready"), one_in=2)
def test_an_interrupt_while_waiting_is_130(repo: Repo, cli: Cli, command: str) -> None:
    begun(repo, cli, "core", "api:core")
    process = begin(command, PLAN_ID, "--wait", cwd=repo.path)
    time.sleep(1)  # it may be anywhere

    while process.poll() is None:  # before Python is ready, it is just gone
        os.kill(process.pid, signal.SIGINT)
        time.sleep(1)

    code, _, err = ended(process)
    assert code in (130, -signal.SIGINT)
    assert code == -signal.SIGINT or err.endswith(
        "interrupted; run the same command again to go on\n"
    )


def test_nothing_is_locked_while_somebody_waits(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core")

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait"):
        for status in ("blocked", "in-progress"):
            marked = cli("mark", PLAN_ID, "core", status, cwd=repo.path)
            assert marked.exit_code == 0, marked.output


@pytest.mark.second
def test_a_dry_run_waits_and_changes_nothing(repo: Repo, cli: Cli) -> None:
    begun(repo, cli, "core", "api:core")

    with waiting(repo, "start", PLAN_ID, "--owner", "bob", "--wait", "--dry-run") as process:
        finish(repo, cli, "core")
        code, _, err = ended(process)

    assert (code, claimed(repo)) == (0, set())
    assert "stage api would be claimed" in err


@pytest.mark.soak
def test_sixteen_wait_in_silence_and_each_gets_what_is_freed(repo: Repo, cli: Cli) -> None:
    """The seconds are in tests/bench/bench_waiting.py: a busy machine has others."""
    freed = [f"s{n:02}" for n in range(8)]
    begun(repo, cli, "core", "more:core", *(f"{s}:core" for s in freed), "last:more")
    team = [f"w{n:02}" for n in range(16)]
    command = ("start", PLAN_ID, "--json", "--wait")
    crowd = [begin(*command, "--owner", name, cwd=repo.path) for name in team]
    for one in crowd:
        until_it_waits(one)
    quiet = [_used(one.pid) for one in crowd]
    began = time.monotonic()
    time.sleep(5)
    passed = time.monotonic() - began
    shares = [(_used(one.pid) - before) / passed for one, before in zip(crowd, quiet, strict=True)]
    assert sorted(shares)[8] < 0.05, shares  # of one core; where nothing else runs it is 0.001

    finish(repo, cli, "core")  # frees nine stages
    while len(claimed(repo)) < 9:
        time.sleep(0.1)
    for stage in ("more", *freed):
        finish(repo, cli, stage)
    while "last" not in claimed(repo):
        time.sleep(0.1)
    finish(repo, cli, "last")

    ends = [(one.wait(300), one.communicate()[0]) for one in crowd]
    got = [json.loads(out)["brief"]["id"] for code, out in ends if code == 0]
    assert sorted(got) == sorted(["more", *freed, "last"])
    assert [json.loads(out)["kind"] for code, out in ends if code == 5] == ["refused"] * 6


def _used(process: int) -> float:
    """Return the processor time of a process and of what it has waited for (proc(5), stat)."""
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        pytest.skip("this system has no /proc")
    fields = path.read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def test_the_claim_that_another_machine_holds_under_the_same_name_is_taken_over(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core")
    repo.write("claim", json.dumps({"owner": "ada", "host": "elsewhere"}))
    record = repo.git("hash-object", "-w", "claim")
    repo.git("update-ref", f"refs/plan-worktree/{PLAN_ID}/claim/core", record)

    repo.git("config", "planWorktree.quiet", "0")
    result = plan_worktree("start", PLAN_ID, "core", "--owner", "ada", cwd=repo.path)

    assert result.exit_code == 1
    assert "it is claimed by ada on elsewhere, " in result.stderr
    assert "process inside: when nobody works on it any more, plan-worktree" in result.stderr
    assert "--owner ada" not in result.stderr
