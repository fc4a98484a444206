"""The exit codes and streams that scripts rely on; how wrong usage is answered."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, run
from tests.world import (
    PLAN_ID,
    Cli,
    executable,
    hook,
    kill,
    set_up,
    shop,
    start,
    wait_for,
    work,
)


def test_done_and_clean_is_0_and_results_go_to_stdout(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    for command in (
        ("validate",),
        ("ls",),
        ("show", PLAN_ID),
        ("setup", PLAN_ID, "--dry-run"),
        ("setup", PLAN_ID),
        ("status", PLAN_ID),
        ("remove", PLAN_ID),
        ("new", "login"),
    ):
        result = cli(*command, cwd=repo.path)
        assert result.exit_code == 0, command
        assert bool(result.stdout) is (command != ("validate",)), command


def test_findings_are_1_and_go_to_stdout(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, Stage("core", branch="--force"))

    result = cli("validate", cwd=repo.path)

    assert result.exit_code == 1
    assert "error PW301" in result.stdout
    assert result.stderr.startswith("1 plan checked: ")


def test_a_warning_is_0_and_with_strict_1(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, Stage("core", ("base", "base")), "base")

    lenient = cli("validate", cwd=repo.path)
    strict = cli("validate", "--strict", cwd=repo.path)

    assert "warning PW205" in lenient.stdout
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert lenient.stdout == strict.stdout


def test_refused_is_1_and_goes_to_stderr(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")

    result = cli("remove", PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("refused: ")


@pytest.mark.parametrize(
    ("args", "said"),
    (
        (("stup",), "No such command 'stup'"),
        (("setup", "--dryrun"), "Did you mean '--dry-run'?"),
        (("setup", "--frobnicate"), "No such option '--frobnicate'"),
        (("show", "--format", "jsn"), "'table', 'json', 'mermaid', 'dot', 'html'"),
        (("ls", "extra"), "unexpected extra argument"),
        (("new",), "Missing argument 'SLUG'"),
        (("new", "x", "--stage"), "'--stage' requires an argument"),
        (("status", "nope"), 'no plan matches "nope"'),
        (("status", "nope.md"), "there is no file nope.md"),
        (("setup", PLAN_ID, "nope"), 'the plan has no stage "nope"'),
        (("remove", PLAN_ID, "nope"), 'the plan has no stage "nope"'),
        (("validate", "nope"), 'no plan matches "nope"'),
    ),
)
def test_wrong_usage_is_2_and_helps(repo: Repo, cli: Cli, args: tuple[str, ...], said: str) -> None:
    shop(repo, "core")

    result = cli(*args, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert repo.worktrees() == []


def test_a_wrong_command_suggests_right_ones(cli: Cli) -> None:
    assert "setup" in cli("stup").stderr


def test_a_failure_of_git_is_3_and_shows_command_code_and_what_git_said(
    repo: Repo, cli: Cli
) -> None:
    shop(repo, "core")
    repo.write(".git/packed-refs", "this is no ref\n")

    result = cli("status", PLAN_ID, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (3, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Error: git ")
    assert lines[1] == "exit code 128"
    assert lines[2].startswith("fatal: ")


@pytest.mark.parametrize(
    "args", (("setup", PLAN_ID), ("status", PLAN_ID), ("remove", PLAN_ID), ("demo", "here"))
)
def test_without_git_everything_that_needs_it_is_3(
    repo: Repo, cli: Cli, tmp_path: Path, args: tuple[str, ...]
) -> None:
    shop(repo, "core")
    (tmp_path / "bin").mkdir()

    result = cli(*args, cwd=repo.path, env={"PATH": str(tmp_path / "bin")})

    assert (result.exit_code, result.stdout) == (3, "")
    assert "git is not installed, or not on PATH" in result.stderr


def test_without_git_a_plan_can_be_validated_and_shown(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    plan = repo.plan(PLAN_ID, "core")
    (tmp_path / "bin").mkdir()
    env = {"PATH": str(tmp_path / "bin")}

    result = cli("validate", plan, cwd=tmp_path, env=env)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "1 plan checked, nothing found\n"


@pytest.mark.parametrize("args", (("validate",), ("validate", PLAN_ID), ("show", PLAN_ID), ("ls",)))
def test_without_git_plans_of_the_current_directory_are_found(
    repo: Repo, cli: Cli, tmp_path: Path, args: tuple[str, ...]
) -> None:
    repo.plan(PLAN_ID, "core")
    (tmp_path / "bin").mkdir()

    result = cli(*args, cwd=repo.path, env={"PATH": str(tmp_path / "bin")})

    assert result.exit_code == 0


def old_git(folder: Path, *, faithful: bool) -> dict[str, str]:
    """Put a git on PATH that says it is old, and when `faithful` lacks what came later."""
    real = shutil.which("git")
    lacks = (
        '*"worktree list"*" -z"*) echo "error: unknown switch \\`z\'" >&2; exit 129;;\n'
        f"*--path-format=*) shift 2; echo --path-format=absolute; exec '{real}' rev-parse \"$@\";;"
    )
    script = f"""\
case "$*" in
version) echo "git version 2.30.1"; exit 0;;
{lacks if faithful else ""}
esac
exec '{real}' "$@" """
    executable(folder / "git", script)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


NEEDED = "git 2.38 or newer is needed, this is git version 2.30.1: update git"


@pytest.mark.parametrize("args", (("setup", PLAN_ID), ("remove", PLAN_ID), ("demo", "here")))
def test_an_old_git_is_3_and_said_to_be_old(
    repo: Repo, cli: Cli, tmp_path: Path, args: tuple[str, ...]
) -> None:
    shop(repo, "core")

    result = cli(*args, cwd=repo.path, env=old_git(tmp_path / "bin", faithful=False))

    assert (result.exit_code, result.stdout) == (3, "")
    assert NEEDED in result.stderr
    assert repo.branches() == ["main"]


@pytest.mark.parametrize(
    "args", (("setup", PLAN_ID), ("status", PLAN_ID), ("ls",), ("new", "x"), ("validate",))
)
def test_a_git_that_lacks_what_is_needed_is_said_to_be_old(
    repo: Repo, cli: Cli, tmp_path: Path, args: tuple[str, ...]
) -> None:
    shop(repo, "core")

    result = cli(*args, cwd=repo.path, env=old_git(tmp_path / "bin", faithful=True))

    assert result.exit_code == 3
    assert NEEDED in result.stderr


@pytest.mark.parametrize("said", ("git version 2.51.0.windows.1", "git version 2.39.5 (Apple Git)"))
def test_versions_of_other_builds_are_understood(
    repo: Repo, cli: Cli, tmp_path: Path, said: str
) -> None:
    shop(repo, "core")
    script = (
        f'[ "$*" != version ] || {{ echo "{said}"; exit; }}\nexec \'{shutil.which("git")}\' "$@"'
    )
    executable(tmp_path / "bin/git", script)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"

    assert cli("setup", PLAN_ID, cwd=repo.path, env={"PATH": path}).exit_code == 0


def test_a_directory_that_is_gone_is_3_without_a_traceback(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD" && exec "$0" -m plan_worktree ls'

    result = run("sh", "-c", script, sys.executable, cwd=gone)

    assert result.exit_code == 3
    assert "Traceback" not in result.stderr


def test_a_directory_that_is_gone_is_named_as_such(tmp_path: Path) -> None:
    """As after removing the worktree one stands in."""
    gone = tmp_path / "gone"
    gone.mkdir()

    result = run(
        "sh", "-c", 'rmdir "$PWD" && exec "$0" -m plan_worktree ls', sys.executable, cwd=gone
    )

    assert "current directory" in result.stderr


def test_an_interrupt_is_130_and_the_next_run_goes_on(repo: Repo, cli: Cli) -> None:
    shop(repo)
    waiting = repo.path / ".git/waiting"
    slow = hook(repo, "post-checkout", f"case $PWD in */ui) : >'{waiting}'; exec sleep 600;; esac")
    process = start("setup", PLAN_ID, cwd=repo.path)
    wait_for(waiting.exists)

    os.killpg(process.pid, signal.SIGINT)  # as the terminal does, git included
    _, stderr = process.communicate(timeout=300)

    assert process.returncode == 130
    assert stderr.lstrip("\n") == "interrupted; run the same command again to go on\n"
    slow.unlink()
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    assert len(repo.worktrees()) == 6


@pytest.mark.thorough
def test_an_interrupt_while_waiting_for_the_lock_is_130(repo: Repo) -> None:
    shop(repo)
    waiting = repo.path / ".git/waiting"
    hook(repo, "post-checkout", f"touch '{waiting}'; sleep 600")
    holder = start("setup", PLAN_ID, cwd=repo.path)
    wait_for(waiting.exists)
    process = start("setup", PLAN_ID, cwd=repo.path)
    assert process.stderr
    assert process.stderr.readline().startswith("waiting for another plan-worktree")

    process.send_signal(signal.SIGINT)

    process.communicate(timeout=300)
    assert process.returncode == 130
    kill(holder)


def piped(*args: str, cwd: Path, reader: str) -> tuple[int, str]:
    """Run the command with a reader that stops early; return its exit code and stderr."""
    with subprocess.Popen(
        [sys.executable, "-m", "plan_worktree", *args],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        if reader == "one line":
            process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read()
        return process.wait(300), stderr


@pytest.mark.thorough
@sampled(
    ("args", "reader"),
    itertools.product(
        (("show", PLAN_ID), ("show", PLAN_ID, "--format", "json"), ("--help",), ("validate",)),
        ("one line", "nothing"),
    ),
    one_in=3,
)
def test_a_reader_that_stops_early_makes_no_noise(
    repo: Repo, args: tuple[str, ...], reader: str
) -> None:
    stages = [Stage(f"s{n}", name="n" * 300, branch=f"x..{n}") for n in range(250)]
    good = [Stage(f"s{n}", name="n" * 300) for n in range(250)]
    shop(repo, *(stages if args == ("validate",) else good))

    code, stderr = piped(*args, cwd=repo.path, reader=reader)

    assert "Traceback" not in stderr
    assert "Exception ignored" not in stderr
    assert "Broken pipe" not in stderr
    assert code in (0, 1)


@pytest.mark.thorough
@pytest.mark.parametrize("redirect", (">/dev/full", "2>/dev/full", "<&-"))
def test_streams_that_do_not_work_end_without_a_traceback(repo: Repo, redirect: str) -> None:
    shop(repo, "core")
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    command = f'"$0" -m plan_worktree show {redirect}'
    buffered = {"PYTHONUNBUFFERED": ""}
    result = run("sh", "-c", command, sys.executable, cwd=repo.path, env=buffered)

    assert "Traceback" not in result.output
    assert "Exception ignored" not in result.output
    assert result.exit_code == (3 if redirect == ">/dev/full" else 0)


@sampled("command", ("show", "status", "ls", "validate"), one_in=2)
def test_a_closed_stdout_ends_without_a_traceback(repo: Repo, command: str) -> None:
    shop(repo, "core")
    repo.plan("2026-02-03-bad", Stage("a", branch="--force"))
    plan = "" if command in ("ls", "validate") else PLAN_ID

    result = run(
        "sh", "-c", f'"$0" -m plan_worktree {command} {plan} >&-', sys.executable, cwd=repo.path
    )

    assert "Traceback" not in result.output


@pytest.mark.parametrize("encoding", ("latin-1", "cp1252"))
def test_a_stream_that_cannot_show_a_name_shows_something_else(
    repo: Repo, cli: Cli, encoding: str
) -> None:
    shop(repo, Stage("core", name="漢字"))

    result = cli("show", PLAN_ID, cwd=repo.path, env={"PYTHONIOENCODING": encoding})

    assert result.exit_code == 0


def test_two_commands_leave_stdin_alone(repo: Repo, cli: Cli) -> None:
    """Inside `while read`, a program that reads stdin eats the loop's lines."""
    shop(repo, "core")
    script = 'printf "a\\nb\\n" | { "$0" -m plan_worktree setup shop >&2; cat; }'

    result = run("sh", "-c", script, sys.executable, cwd=repo.path)

    assert result.stdout == "a\nb\n"


def test_a_hook_that_asks_a_question_gets_no_answer_and_does_not_hang(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    hook(repo, "post-checkout", "read answer || exit 0; exit 1")

    assert cli("setup", PLAN_ID, cwd=repo.path, stdin="yes\n").exit_code == 0


def test_the_module_can_be_run_by_its_name(repo: Repo) -> None:
    shop(repo, "core")

    result = run(sys.executable, "-m", "plan_worktree", "ls", cwd=repo.path)

    assert f"{PLANS}/{PLAN_ID}.md" in result.stdout
