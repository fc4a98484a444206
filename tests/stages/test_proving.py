"""What is shown of gates, what is kept of what they print, and what is not run again."""

from __future__ import annotations

import json
import os
import pty
import re
import sys
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import Repo, Stage, run
from tests.world import DIAMOND, PLAN_ID, STAGES, Cli, finish, refs, set_up, start, work

FILES = ("src/core.txt",)
PROOFS = f"refs/plan-worktree/{PLAN_ID}/proofs"
# Prints what `pytest --color=yes` prints of 2,000 tests that pass.
REPORT = r"""
printf '\033[1m========================= test session starts =========================\033[0m\n'
printf 'platform linux -- Python 3.11.7, pytest-9.0.1, pluggy-1.6.0\nrootdir: %s\n' "$PWD"
printf '\033[1mcollecting ... \033[0mcollected 2000 items\n\n'
awk 'BEGIN { for (file = 1; file <= 40; file++) {
    printf "tests/test_part_%d.py ", file
    for (test = 0; test < 50; test++) printf "\033[32m.\033[0m"
    printf "\033[32m  [%3d%%]\033[0m\n", file * 100 / 40
} }'
printf '\n\033[32m======================= \033[32m\033[1m2000 passed\033[0m\033[32m in 3.21s'
printf '\033[0m\033[32m =======================\033[0m\n'
"""


def claimed(repo: Repo, cli: Cli, *gates: str) -> Repo:
    """Set a stage up with gates and a second stage, and commit the first one's work."""
    set_up(repo, cli, Stage("core", verify=gates, create=FILES), "api")
    work(repo, "core", "src/core.txt")
    return repo


def complete(repo: Repo, cli: Cli, *args: str) -> Result:
    return cli("complete", *args, cwd=repo.stage(PLAN_ID, "core").path)


def again(repo: Repo, cli: Cli) -> None:
    """Take back that the stage is complete."""
    assert cli("mark", PLAN_ID, "core", "in-progress", cwd=repo.path).exit_code == 0


def logs(repo: Repo) -> Path:
    return repo.path / ".git/plan-worktree/logs" / PLAN_ID / "core"


def ran(repo: Repo) -> str:
    """Return what gates wrote outside of the worktree."""
    path = repo.path.parent / "ran"
    return path.read_text() if path.exists() else ""


def note(word: str) -> str:
    return f"echo {word} >>../../../ran"


def timeless(text: str) -> str:
    return re.sub(r"(in|after) [0-9]+\.[0-9] s", r"\1 0 s", text)


@pytest.mark.thorough
def test_a_whole_plan_with_a_noisy_gate_prints_little(repo: Repo, cli: Cli) -> None:
    repo.write("report.sh", REPORT)
    repo.commit("a gate")
    shown = len(run("sh", "report.sh", cwd=repo.path).stdout)
    stages = [Stage.of(text) for text in DIAMOND]
    set_up(
        repo,
        cli,
        *(
            Stage(s.id, s.depends_on, create=(f"src/{s.id}.txt",), verify=("sh report.sh",))
            for s in stages
        ),
    )
    printed = ""
    for stage in STAGES:
        assert cli("start", PLAN_ID, stage, cwd=repo.path).exit_code == 0
        work(repo, stage, f"src/{stage}.txt")
        printed += cli("complete", cwd=repo.stage(PLAN_ID, stage).path).output
    repo.commit("the plan")

    landed = cli("merge", PLAN_ID, "--verify", cwd=repo.path)

    assert landed.exit_code == 0
    printed += landed.output
    assert printed.count("2000 passed in 3.21s") == 12
    assert shown > 20_000
    assert len(printed) < 12_000


def test_of_a_gate_that_fails_the_end_is_shown_and_the_log_is_named(repo: Repo, cli: Cli) -> None:
    gate = (
        r"seq 100; printf '\033[1A\033[2K\033[31mone\033[0m\n 9%%\r10%%\n\033]0;t\007x\n'; exit 3"
    )
    claimed(repo, cli, gate)

    result = complete(repo, cli)

    (log,) = logs(repo).iterdir()
    assert timeless(result.stderr).splitlines() == [
        f"failed after 0 s: {gate}",
        *map(str, range(64, 101)),
        "one",
        "10%",
        "x",
        f"refused: stage core: exit code 3: {gate}; all that it printed: {log}",
    ]
    assert log.read_bytes().endswith(b"\x1b]0;t\x07x\n")


def test_all_is_shown_when_asked_for_without_what_drives_a_terminal(repo: Repo, cli: Cli) -> None:
    gate = r"printf '\033[32mone\033[0m\ntwo\r\n\033]0;a\nb\007three'; echo four >&2"
    claimed(repo, cli, gate, "echo five; false")

    result = complete(repo, cli, "--show-output")

    assert timeless(result.stderr).splitlines()[:-1] == [
        f"$ {gate}", "one", "two", "threefour", f"passed in 0 s: {gate}: threefour",
        "$ echo five; false", "five",
    ]  # fmt: skip


def test_a_terminal_shows_the_gate_that_runs_and_then_how_it_ended(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, "echo begun; sleep 1; echo more; sleep 0.3")
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)

    process = start("complete", cwd=repo.stage(PLAN_ID, "core").path, stderr=theirs)
    os.close(theirs)
    process.communicate(timeout=300)

    said = os.read(ours, 1 << 20).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "begun" in said
    assert re.search(
        r"passed in 1\.[0-9] s: echo begun; sleep 1; echo more; sleep 0\.3: more", said
    )


def test_json_tells_how_each_gate_ended(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, "echo one", "true", "echo one")
    planned = complete(repo, cli, "--dry-run", "--json").json()["gates"]
    first = complete(repo, cli, "--json").json()["gates"]
    kept = complete(repo, cli, "--json").json()["gates"]
    again(repo, cli)
    second = complete(repo, cli, "--json").json()["gates"]

    unrun = {"seconds": None, "log": None, "last_line": None}
    assert planned == [
        {"command": c, "passed_before": False, **unrun} for c in ("echo one", "true")
    ]
    assert [(one["command"], one["passed_before"], one["last_line"]) for one in first] == [
        ("echo one", False, "one"), ("true", False, None),
    ]  # fmt: skip
    assert [Path(one["log"]).read_text() for one in first] == ["one\n", ""]
    assert all(0 <= one["seconds"] < 60 for one in first)
    assert kept == []
    assert second == [{"command": c, "passed_before": True, **unrun} for c in ("echo one", "true")]


def test_what_passed_on_the_same_tree_is_not_run_again(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, note("one"))
    assert complete(repo, cli).exit_code == 0
    again(repo, cli)
    repo.stage(PLAN_ID, "core").git("commit", "-q", "--amend", "-m", "other words")

    planned, result = complete(repo, cli, "--dry-run"), complete(repo, cli)

    assert result.exit_code == 0
    assert f"passed before: {note('one')}\n" in result.stdout
    assert f"passed before: {note('one')}\n" in planned.output
    assert "when its commands pass" not in planned.output
    assert "is complete and verified" in result.stdout
    assert ran(repo) == "one\n"


def test_another_tree_or_other_words_are_run(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, note("one"))
    complete(repo, cli)
    work(repo, "core", "src/core.txt", "more\n")

    result = complete(repo, cli)

    assert "passed before" not in result.output
    assert ran(repo) == "one\none\n"


def test_what_passed_is_kept_when_a_later_gate_fails(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, note("one"), "test -e ../../../fixed")
    assert complete(repo, cli).exit_code == 1
    (repo.path.parent / "fixed").touch()

    result = complete(repo, cli)

    assert result.exit_code == 0
    assert timeless(result.stdout).splitlines()[:2] == [
        f"passed before: {note('one')}",
        "passed in 0 s: test -e ../../../fixed",
    ]
    assert ran(repo) == "one\n"


@pytest.mark.second
@pytest.mark.parametrize(
    "spoils", ("touch left", "echo x >src/core.txt", "git commit -qm x --allow-empty")
)
def test_what_passed_is_not_kept_where_the_worktree_is_no_longer_as_it_was(
    repo: Repo, cli: Cli, spoils: str
) -> None:
    claimed(repo, cli, "true", f"{spoils}; false")

    result = complete(repo, cli)

    assert result.exit_code == 1
    assert "exit code 1: " in result.stderr.splitlines()[-1]
    assert PROOFS not in refs(repo)


def test_without_verify_nothing_is_proved(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, "true")
    assert complete(repo, cli, "--no-verify").exit_code == 0
    assert PROOFS not in refs(repo)


def test_proofs_of_somebody_else_count_for_nothing_and_are_replaced(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, note("one"))
    (repo.path.parent / "foreign").write_text('{"proofs": [{"tree": "\\u001b[2J"}, 7]}')
    blob = repo.git("hash-object", "-w", str(repo.path.parent / "foreign"))
    repo.git("update-ref", PROOFS, blob)

    assert complete(repo, cli).exit_code == 0

    assert ran(repo) == "one\n"
    tree = repo.stage(PLAN_ID, "core").git("rev-parse", "HEAD^{tree}")
    (proof,) = json.loads(repo.git("cat-file", "blob", PROOFS))["proofs"]
    assert proof["tree"] == tree


def test_a_landing_uses_what_complete_has_proved_of_that_tree(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, Stage("core", verify=(note("$PLAN_WORKTREE_STAGE"), "true"), create=FILES))
    finish(repo, cli, "core")

    result = cli("merge", PLAN_ID, "--verify", cwd=repo.path)

    assert result.exit_code == 0
    assert "2 passed" in result.stdout
    assert ran(repo) == "core\n"


@pytest.mark.second
def test_a_landing_runs_all_gates_where_one_is_not_proved(repo: Repo, cli: Cli) -> None:
    """In a scratch worktree nothing is there that an earlier gate has made in the stage's."""
    gates = ("mkdir -p build", "test -d build")
    repo.write(".gitignore", "build\n")
    repo.commit("what gates make")
    set_up(repo, cli, Stage("core", verify=gates, create=FILES))
    finish(repo, cli, "core")
    found = json.loads(repo.git("cat-file", "blob", PROOFS))
    (repo.path.parent / "less").write_text(json.dumps({"proofs": found["proofs"][:1]}))
    repo.git("update-ref", PROOFS, repo.git("hash-object", "-w", str(repo.path.parent / "less")))

    result = cli("merge", PLAN_ID, "--verify", cwd=repo.path)

    assert (result.exit_code, "passed before" in result.output) == (0, False)


def test_a_gate_that_used_a_file_of_home_is_a_warning(repo: Repo, cli: Cli) -> None:
    repo.write("tool.py", "")
    repo.commit("a tool")
    gate = 'echo "File \\"$PLAN_WORKTREE_HOME/tool.py\\", line 3"; pwd'
    claimed(repo, cli, gate, "pwd")

    result = complete(repo, cli)

    assert result.exit_code == 0
    used = f"warning: {gate}: it uses a file of another checkout: {repo.path}/tool.py\n"
    assert used in result.stderr
    assert result.stderr.count("warning: ") == 1


def test_a_log_folder_that_is_a_link_is_refused(repo: Repo, cli: Cli) -> None:
    claimed(repo, cli, note("one"))
    away = repo.path.parent / "away"
    away.mkdir()
    folder = repo.path / ".git/plan-worktree"
    folder.mkdir(exist_ok=True)
    (folder / "logs").symlink_to(away)

    result = complete(repo, cli)

    assert result.exit_code == 1
    command = f"rm {folder / 'logs'}"
    assert result.stderr.startswith(f"refused: {folder / 'logs'} is a link, and logs are written ")
    assert result.stderr.endswith(f": {command}\n")
    assert (ran(repo), list(away.iterdir())) == ("", [])
    assert run("sh", "-c", command).exit_code == 0
    assert complete(repo, cli).exit_code == 0


def test_a_log_that_cannot_be_written_ends_the_gate_and_proves_nothing(
    repo: Repo, cli: Cli
) -> None:
    """As on a full disk: here files may not grow beyond some size (setrlimit(2))."""
    claimed(repo, cli, "true", "yes")
    before = refs(repo)
    command = f"ulimit -f 2000; exec {sys.executable} -m plan_worktree complete"

    result = run("sh", "-c", command, cwd=repo.stage(PLAN_ID, "core").path)

    assert result.exit_code == 3
    log = max(logs(repo).iterdir())
    words = f"Error: the log of a command cannot be written: {log}: File too large; the command was"
    assert result.stderr.splitlines()[-1].startswith(words)
    assert refs(repo) == before
