"""What a terminal gets and what a pipe gets."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

import pytest

from plan_worktree.authoring.validate import Checked
from plan_worktree.diagnostics import Diagnostic, Severity
from plan_worktree.output import findings
from plan_worktree.output.terminal import note, table
from plan_worktree.plan.planfile import loads
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID, Cli, branch, set_up, shop

ESCAPE = "\x1b"


def terminal(*args: str, cwd: Path, **variables: str) -> tuple[int, str]:
    """Run the command at a terminal of 80 columns and return its exit code and what it showed."""
    command = [sys.executable, "-m", "plan_worktree", *args]
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color", **variables}
    master, slave = pty.openpty()
    child = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", 'cd "$0" && exec "$@"', str(cwd), *command],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, slave, n) for n in range(3)]
        + [(os.POSIX_SPAWN_CLOSE, master)],
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, shown.decode().replace("\r\n", "\n")


def plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


def test_a_terminal_gets_colours_and_progress(repo: Repo) -> None:
    shop(repo, "core")

    code, shown = terminal("setup", PLAN_ID, cwd=repo.path)

    assert code == 0
    assert f"{ESCAPE}[32mcreated{ESCAPE}[0m" in shown
    assert re.search(r"core .*100%", plain(shown).replace("\r", "\n"))


@pytest.mark.second
@sampled("how", (("--no-color", {}), ("", {"NO_COLOR": "1"})), one_in=2)
def test_colours_can_be_switched_off(repo: Repo, how: tuple[str, dict[str, str]]) -> None:
    shop(repo, "core")
    repo.plan("2026-02-03-bad", Stage("a", branch="--force"))
    option, variables = how
    options = (option,) if option else ()

    for command in (("status", PLAN_ID), ("validate",), ("setup", "bad")):
        _, shown = terminal(*options, *command, cwd=repo.path, **variables)
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown), command


def test_a_finding_at_a_terminal_shows_its_line_and_place(repo: Repo) -> None:
    repo.plan(PLAN_ID, Stage("core", branch="a..b"))

    code, shown = terminal("validate", cwd=repo.path)

    assert code == 1
    lines = plain(shown).splitlines()
    assert lines[0].startswith(f"{PLANS}/{PLAN_ID}.md:13:17: error PW301 ")
    assert lines[1].strip() == '"branch": "a..b",'
    assert lines[1].index('"a..b"') == lines[2].index("^")


def test_the_caret_stays_under_its_place_in_an_endless_line(repo: Repo) -> None:
    block = '{"plan_id": "x", ' + " " * 100_000 + '"author": 1}'
    repo.write(f"{PLANS}/long.md", f"```json metadata\n{block}\n```\n")

    _, shown = terminal("validate", cwd=repo.path)

    lines = plain(shown).splitlines()
    at = next(n for n, line in enumerate(lines) if "PW102" in line)
    assert max(map(len, lines)) < 400
    assert lines[at + 1][lines[at + 2].index("^")] == "1"


def test_a_narrow_terminal_wraps_cells_and_a_pipe_never_does(repo: Repo, cli: Cli) -> None:
    long = f"feature/{'long-' * 30}core"
    shop(repo, Stage("core", branch=long))

    piped = cli("show", PLAN_ID, cwd=repo.path, env={"COLUMNS": "40"})
    _, shown = terminal("show", PLAN_ID, cwd=repo.path)

    assert piped.stdout.splitlines()[1].split()[-1] == long
    assert max(map(len, plain(shown).splitlines())) <= 80
    assert long in "".join(
        line.split()[-1] for line in plain(shown).splitlines()[1:] if line.strip()
    )


@pytest.mark.second
def test_names_are_no_markup_and_no_escapes_at_a_terminal(repo: Repo) -> None:
    shop(repo, Stage("core", name="[red]x[/red]"))
    plan = repo.path / PLANS / f"{PLAN_ID}.md"
    plan.rename(plan.with_name("\x1b]0;t\x07.md"))

    _, shown = terminal("show", PLAN_ID, cwd=repo.path)
    _, listed = terminal("ls", cwd=repo.path)

    assert "[red]x[/red]" in plain(shown)
    assert "\\x1b]0;t\\x07.md" in plain(listed)
    assert f"{ESCAPE}]" not in listed


def test_a_pipe_gets_no_colours(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    repo.plan("2026-02-03-bad", Stage("a", branch="--force"))

    for command in (("status", PLAN_ID), ("validate",), ("setup", "bad"), ("setup", PLAN_ID)):
        assert ESCAPE not in cli(*command, cwd=repo.path).output


@pytest.mark.parametrize("command", (("validate",), ("setup", "bad")))
def test_force_color_colours_findings_in_a_pipe(
    repo: Repo, cli: Cli, command: tuple[str, ...]
) -> None:
    repo.plan("2026-02-03-bad", Stage("a", branch="--force"))

    result = cli(*command, cwd=repo.path, env={"FORCE_COLOR": "1"})

    assert f"{ESCAPE}[31m" in result.output


@pytest.mark.parametrize("how", (("--no-color", {}), ("", {"NO_COLOR": "1"})))
def test_no_color_is_stronger_than_force_color(
    repo: Repo, cli: Cli, how: tuple[str, dict[str, str]]
) -> None:
    repo.plan("2026-02-03-bad", Stage("a", branch="--force"))
    option, variables = how
    options = (option,) if option else ()

    result = cli(*options, "validate", cwd=repo.path, env={"FORCE_COLOR": "1", **variables})

    assert ESCAPE not in result.output


def test_a_table_in_a_pipe_is_aligned_and_has_no_trailing_spaces(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(("ONE", "TWO", "THREE"), [("a", "long cell", "-"), ("longer", "b", "")])

    assert capsys.readouterr().out == (
        "ONE     TWO        THREE\n"
        "a       long cell  -\n"
        "longer  b\n"
    )  # fmt: skip


def test_a_note_is_as_many_lines_as_it_was_given_whatever_they_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    note("one\nstill one", "\ttwo\x1b[2J\r\u202e\udcff", "")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "one\\nstill one\n\\ttwo\\x1b[2J\\r\\u202e\\xff\n\n"


@pytest.mark.parametrize(
    ("found", "summary"),
    (
        ((), "1 plan checked, nothing found"),
        ((Severity.ERROR,), "1 plan checked: 1 error, 0 warnings"),
        ((Severity.WARNING,) * 2, "1 plan checked: 0 errors, 2 warnings"),
    ),
)
def test_the_summary_counts(found: tuple[Severity, ...], summary: str) -> None:
    diagnostics = tuple(Diagnostic("x.md", 1, 1, "PW999", "m", severity) for severity in found)

    assert findings.summary([Checked(loads(b"", "x.md"), diagnostics)]) == summary


def test_github_annotations_escape_what_ends_them(capsys: pytest.CaptureFixture[str]) -> None:
    """GitHub reads `%` escapes everywhere, and `:` and `,` in properties (actions/toolkit)."""
    hostile = Diagnostic("a,b:c%0A\n::error::.md", 2, 3, "PW001", "100%0A\r\n::set-output::x")

    findings.as_github([Checked(loads(b"", "x.md"), (hostile,))])

    out = capsys.readouterr().out
    assert out == (
        "::error file=a%2Cb%3Ac%250A\\n%3A%3Aerror%3A%3A.md,line=2,col=3,title=PW001"
        "::100%250A\\r\\n::set-output::x\n"
    )


def test_github_annotations_name_file_line_and_column(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, Stage("core", branch="a..b"))

    result = cli("validate", "--format", "github", cwd=repo.path)

    assert result.exit_code == 1
    first = result.stdout.splitlines()[0]
    assert first.startswith(f"::error file={PLANS}/{PLAN_ID}.md,line=13,col=17,title=PW301::")
    assert result.stderr.startswith("1 plan checked: ")


def test_the_branch_column_says_what_became_of_the_branch(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    assert f"{branch('core')} (deleted)" in cli("remove", PLAN_ID, cwd=repo.path).stdout


def test_a_branch_that_does_not_exist_is_not_shown_as_kept(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    assert "kept" not in cli("remove", PLAN_ID, cwd=repo.path).stdout
