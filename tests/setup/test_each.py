"""setup --each: a command in every new worktree."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import Repo, run
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    keep_from_checkout,
    row,
    set_up,
    shop,
    start,
    wait_for,
)

Spawn = Callable[[], list[int]]
# Starts a process that outlives its shell unless it is ended with it, and names both.
LINGER = "sleep 600 & echo $! $$ >>../pids; wait"


@pytest.fixture
def spawned(repo: Repo) -> Iterator[Spawn]:
    """Return the processes that LINGER started in stages' worktrees; end them after the test."""

    def read() -> list[int]:
        path = repo.stage(PLAN_ID, "pids").path
        return [int(word) for word in path.read_text().split()] if path.exists() else []

    yield read
    for pid in read():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Tell whether a process is at work; what is dead may wait for its parent to notice."""
    status = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return True
        return False
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def each(repo: Repo, cli: Cli, command: str, *args: str, **variables: str) -> Result:
    result: Result = cli("setup", PLAN_ID, *args, "--each", command, cwd=repo.path, env=variables)
    return result


def logs(repo: Repo) -> Path:
    return repo.path / ".git/plan-worktree/logs" / PLAN_ID


def said(repo: Repo) -> list[str]:
    """Return what the command printed in all worktrees, as its newest logs have it, sorted."""
    newest = [max(folder.glob("*-each.log")) for folder in logs(repo).iterdir()]
    return sorted(
        f"[{log.parent.name}] {line}"
        for log in newest
        for line in log.read_text(errors="surrogateescape").split("\n")[:-1]
    )


def told(result: Result) -> list[str]:
    """Return what setup said of the ends, sorted, without times and paths of logs."""
    lines = [line for line in result.stderr.splitlines() if not line.startswith(("in ", "["))]
    without = (
        re.sub(r", after [0-9]+\.[0-9] s(?:: .*)?|; all that it printed: .*", "", x) for x in lines
    )
    return sorted(without)


def test_the_command_runs_in_every_new_worktree_and_its_output_names_the_stage(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api", "ui")
    there = {stage: repo.stage(PLAN_ID, stage).path for stage in ("core", "api", "ui")}
    assert cli("setup", PLAN_ID, "ui", cwd=repo.path).exit_code == 0

    result = each(repo, cli, "pwd && echo 'two  words' >&2; git symbolic-ref --short HEAD")

    assert result.exit_code == 0
    assert told(result) == ["stage api: exit code 0", "stage core: exit code 0"]
    assert "in 2 worktrees, " in result.stderr
    assert said(repo) == sorted(
        f"[{stage}] {line}"
        for stage in ("core", "api")
        for line in (there[stage], "two  words", branch(stage))
    )
    assert [line.split()[1] for line in result.stdout.splitlines()[1:]] == [
        "created", "created", "kept",
    ]  # fmt: skip


def test_lines_of_a_stage_stay_in_order(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")

    assert each(repo, cli, "seq 500").exit_code == 0

    for stage in ("core", "api"):
        (log,) = (logs(repo) / stage).glob("*-each.log")
        assert log.read_text().split() == [str(number) for number in range(1, 501)]


@pytest.mark.parametrize("args", ((), ("--dry-run",)))
def test_the_command_does_not_run_where_nothing_is_new(
    repo: Repo, cli: Cli, args: tuple[str, ...]
) -> None:
    shop(repo, "core")
    if not args:
        cli("setup", PLAN_ID, cwd=repo.path)

    result = each(repo, cli, "touch ../told; exit 1", *args)

    assert (result.exit_code, result.stderr) == (0, "")
    assert not repo.stage(PLAN_ID, "told").path.exists()


def test_the_command_runs_in_a_worktree_that_is_made_again(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    shutil.rmtree(repo.stage(PLAN_ID, "core").path)

    result = each(repo, cli, "echo here")

    assert row(result, "core")[1] == "repaired"
    assert said(repo) == ["[core] here"]


def test_the_command_runs_in_a_worktree_that_an_earlier_setup_could_not_finish(
    repo: Repo, cli: Cli
) -> None:
    """It was never run there: a worktree is new until it is whole."""
    shop(repo, "core", "api")
    keep_from_checkout(repo, "core")
    assert each(repo, cli, "echo here").exit_code == 3
    repo.git("config", "filter.store.smudge", "cat")

    result = each(repo, cli, "echo here")

    assert row(result, "core")[1] == "created"
    assert said(repo) == ["[api] here", "[core] here"]


def test_a_command_that_fails_is_told_and_its_worktree_stays(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")

    result = each(repo, cli, "case $PWD in */api) exit 7;; esac; echo fine")

    assert result.exit_code == 1
    assert told(result) == ["stage api: exit code 7; its worktree stays", "stage core: exit code 0"]
    assert said(repo) == ["[core] fine"]
    assert "[api]" not in result.stderr
    assert row(result, "api")[1] == "created"
    assert repo.stage(PLAN_ID, "api").git("status", "--porcelain") == ""
    assert row(cli("setup", PLAN_ID, cwd=repo.path), "api")[1] == "kept"


def test_a_command_that_is_not_there_is_told(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = each(repo, cli, "no-such-command")

    assert result.exit_code == 1
    assert "stage core: exit code 127; its worktree stays" in told(result)


def test_a_stage_that_cannot_be_set_up_gets_no_command_and_counts_more(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core", "api")
    keep_from_checkout(repo, "core")

    result = each(repo, cli, "echo here; exit 7")

    assert result.exit_code == 3
    assert "stage core failed: git read-tree" in result.stderr
    assert "[api] here\n" in result.stderr
    assert "[core]" not in result.stderr
    assert "stage api: exit code 7; its worktree stays" in told(result)


@pytest.mark.thorough
def test_a_command_that_takes_too_long_is_ended_with_all_it_started(
    repo: Repo, cli: Cli, spawned: Spawn
) -> None:
    shop(repo, "core", "api")
    command = f"case $PWD in */core) {LINGER};; esac; echo fine"

    result = each(repo, cli, command, "--timeout", "5")

    assert result.exit_code == 1
    assert told(result) == [
        "stage api: exit code 0",
        "stage core: ended, for it took longer than 5 s; its worktree stays",
    ]
    assert said(repo) == ["[api] fine"]
    assert len(spawned()) == 2
    wait_for(lambda: not any(map(is_running, spawned())))


@pytest.mark.second
def test_a_process_that_a_command_leaves_running_does_not_hold_setup_up(
    repo: Repo, cli: Cli, spawned: Spawn
) -> None:
    shop(repo, "core")

    result = each(repo, cli, "sleep 600 & echo $! >../pids; echo started")

    assert result.exit_code == 0
    assert said(repo) == ["[core] started"]
    assert [is_running(pid) for pid in spawned()] == [True]


def test_an_interrupt_ends_the_commands_at_once(repo: Repo, spawned: Spawn) -> None:
    shop(repo, "core", "api")
    with start("setup", PLAN_ID, "--each", LINGER, cwd=repo.path) as process:
        wait_for(lambda: len(spawned()) >= 2)

        process.send_signal(signal.SIGINT)

        try:
            _, errors = process.communicate(timeout=300)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "interrupted; run the same command again to go on\n" in errors
    wait_for(lambda: not any(map(is_running, spawned())))


@pytest.mark.parametrize(
    ("args", "said"),
    (
        (("--timeout", "5"), "--timeout is for --each COMMAND"),
        (("--jobs", "2"), "--jobs is for --each COMMAND"),
        (("--each", "true", "--jobs", "0"), "Invalid value for '--jobs'"),
        (("--each", "true", "--timeout", "0"), "Invalid value for '--timeout'"),
        (("--each", "true", "--timeout", "-1"), "Invalid value for '--timeout'"),
        (("--each", "true", "--timeout", "nan"), "Invalid value for '--timeout'"),
    ),
)
def test_a_number_that_makes_no_sense_is_a_usage_error(
    repo: Repo, cli: Cli, args: tuple[str, ...], said: str
) -> None:
    shop(repo, "core")

    result = cli("setup", PLAN_ID, *args, cwd=repo.path)

    assert result.exit_code == 2
    assert f"\nError: {said}" in result.stderr
    assert repo.worktrees() == []


def test_what_a_command_prints_is_harmless_and_stays_in_its_lines(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = each(
        repo, cli, r"printf '\033]0;evil\007\033[2Jx\r[api] y\177\302\233z\377\n\0end'; exit 1"
    )

    assert result.exit_code == 1
    assert not set(result.stderr) & set("\x00\x07\x1b\r\x7f\x9b")
    assert result.stderr.splitlines()[-2:] == [r"[core] [api] y\xff", "[core] end"]


def test_a_line_without_an_end_comes_through(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = each(repo, cli, "head -c 300000 /dev/zero | tr '\\0' x; exit 1")

    (log,) = (logs(repo) / "core").iterdir()
    assert log.read_text() == "x" * 300_000
    assert result.stderr.endswith(f"[core] {'x' * 500}…\n")


def test_the_command_gets_the_users_environment_and_no_input(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    directory = str(repo.path / ".git")
    around = {"GIT_DIR": directory, "GIT_INDEX_FILE": f"{directory}/index", "GIT_WORK_TREE": "."}
    command = 'echo "<$MINE><$GIT_DIR><$GIT_INDEX_FILE><$GIT_WORK_TREE><$(cat)>"; git status -s'

    result = each(repo, cli, command, MINE="of the user", **around)

    assert result.exit_code == 0
    assert said(repo) == ["[core] <of the user><><><><>"]


def test_json_stays_one_object_whatever_a_command_prints(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = each(repo, cli, "echo '{'; exit 7", "--json")

    assert result.exit_code == 1
    (stage,) = result.json()["stages"]
    assert (stage["action"], stage["each"]["exit_code"]) == ("created", 7)
    assert Path(stage["each"]["log"]).read_text() == "{\n"
    assert "[core] {\n" in result.stderr


def test_what_a_command_left_untracked_is_named_and_hinders_nobody(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")

    result = each(repo, cli, "mkdir deps && touch deps/one")

    exclude = repo.path / ".git/info/exclude"
    command = f"echo /deps >> {exclude}"
    assert f"deps/ is untracked now in core, api: to have it ignored: {command}\n" in result.stderr
    shown = cli("status", PLAN_ID, cwd=repo.path)
    assert (row(shown, "core")[1], row(shown, "api")[1]) == ("ready", "ready")
    assert cli("start", PLAN_ID, "--owner", "ada", cwd=repo.path).exit_code == 0
    assert run("sh", "-c", command, cwd=repo.path).exit_code == 0
    assert repo.stage(PLAN_ID, "api").git("status", "--porcelain") == ""


def test_of_a_failure_the_last_lines_are_shown_and_the_log_is_named(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = each(repo, cli, "seq 100; exit 3")

    (log,) = (logs(repo) / "core").iterdir()
    _, end, *lines = result.stderr.splitlines()
    assert end.endswith(f" s; its worktree stays; all that it printed: {log}")
    assert lines == [f"[core] {number}" for number in range(61, 101)]
    assert len(log.read_text().splitlines()) == 100


def test_only_so_many_logs_are_kept(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    folder = logs(repo) / "core"
    folder.mkdir(parents=True)
    for number in range(30):
        (folder / f"20260101T0000{number}.000000Z-1-each.log").write_text("old\n")

    assert each(repo, cli, "echo new").exit_code == 0

    kept = sorted(folder.iterdir())
    assert len(kept) == 20
    assert [log.read_text() for log in kept] == ["old\n"] * 19 + ["new\n"]


@pytest.mark.second
def test_no_more_than_the_wanted_number_run_at_once(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api", "ui")
    # A folder can be made once: a second command beside the first fails.
    alone = "mkdir ../alone && sleep 0.2 && rmdir ../alone"

    result = each(repo, cli, alone, "--jobs", "1")

    assert (result.exit_code, len(told(result))) == (0, 3)
    assert result.stderr.startswith(f"in 3 worktrees, 1 at once: {alone}\n")


def test_the_command_knows_home_plan_and_stage(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    names = ("HOME", "PLAN", "STAGE")
    command = "; ".join(f'echo "$PLAN_WORKTREE_{name}"' for name in names)

    assert each(repo, cli, command).exit_code == 0

    for stage in ("core", "api"):
        (log,) = (logs(repo) / stage).iterdir()
        assert log.read_text().splitlines() == [str(repo.path), PLAN_ID, stage]


def test_hooks_that_are_not_in_a_new_worktree_are_a_warning_unless_the_command_brings_them(
    repo: Repo, cli: Cli
) -> None:
    """As husky has it: an installer makes the folder, and git ignores it."""
    shop(repo, "core", "api")
    repo.git("config", "core.hooksPath", ".husky/_")

    result = each(repo, cli, "case $PWD in */core) mkdir -p .husky/_;; esac", "--json")

    there = repo.stage(PLAN_ID, "api").path
    words = f"core.hooksPath is .husky/_, which is not in {there}: git runs no hooks there until "
    words += "what installs them has run in it"
    assert f"stage api: warning: {words}\n" in result.stderr
    assert "stage core: warning" not in result.stderr
    assert [stage["warnings"] for stage in result.json()["stages"]] == [[], [words]]
