"""--help: cheap, complete, with examples that are true."""

from __future__ import annotations

import re
import shlex
import sys

import pytest
from click.testing import CliRunner

from plan_worktree import __version__
from plan_worktree.cli import VERBS, group
from tests.support import Repo, run
from tests.world import PLAN_ID, Cli, shop

COMMANDS = (
    *("demo", "init", "new", "validate", "ls", "show", "setup", "status", "remove", "restore"),
    *("ready", "start", "brief", "complete", "mark", "sync", "conflicts", "merge", "import"),
)


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(group, ["--help"])

    assert result.exit_code == 0
    listed = re.findall(r"^  (\w+) ", result.output.partition("Commands:")[2], re.MULTILINE)
    assert set(COMMANDS) <= set(listed)
    assert set(listed) == set(VERBS)


@pytest.mark.parametrize("command", ("", *VERBS))
def test_every_help_shows_examples_of_the_command(command: str) -> None:
    words = [command] if command else []

    result = CliRunner().invoke(group, [*words, "--help"])

    assert result.exit_code == 0
    examples = result.output.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert len(examples) >= 2
    for example in examples:
        assert example.startswith(f"    plan-worktree {command}".rstrip()), example


@pytest.mark.parametrize("command", ("", *VERBS))
def test_every_help_fits_a_page_of_a_hundred_columns(command: str) -> None:
    words = [command] if command else []

    result = CliRunner().invoke(group, [*words, "--help"])

    assert max(map(len, result.output.splitlines())) <= 100


@pytest.mark.parametrize("command", VERBS)
def test_examples_use_only_options_that_exist(command: str) -> None:
    text = CliRunner().invoke(group, [command, "--help"]).output
    options = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE))

    for line in re.findall(r"^    plan-worktree (.*)", text, re.MULTILINE):
        used = {word for word in shlex.split(line) if word.startswith("--")}
        assert used <= options, line


@pytest.mark.parametrize("flag", ("-h", "--help"))
@pytest.mark.parametrize("command", ((), ("setup",)))
def test_help_goes_to_stdout_and_exits_0(cli: Cli, flag: str, command: tuple[str, ...]) -> None:
    result = cli(*command, flag)

    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout.startswith(f"Usage: plan-worktree {' '.join(command)}".rstrip())


def test_version_is_printed(cli: Cli) -> None:
    result = cli("--version")

    assert result.exit_code == 0
    assert result.stdout == f"plan-worktree, version {__version__}\n"


def test_no_command_shows_the_help(cli: Cli) -> None:
    result = cli()

    assert result.exit_code == 2
    assert "Usage: plan-worktree" in result.stderr


def imported(*args: str) -> set[str]:
    """Return the modules that a call leaves loaded, beyond Python's and click's own."""
    script = (
        "import sys, click\n"
        "before = set(sys.modules)\n"
        f"sys.argv = {['plan-worktree', *args]!r}\n"
        "from plan_worktree.cli import main\n"
        "code = main()\n"
        "print('\\n' + ' '.join(set(sys.modules) - before))\n"
        "sys.exit(code)\n"
    )
    result = run(sys.executable, "-c", script)
    assert result.exit_code == 0, result.output
    return set(result.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("args", (("--help",), ("setup", "--help"), ("--version",)))
def test_help_imports_nothing_heavy(args: tuple[str, ...]) -> None:
    roots = {name.partition(".")[0] for name in imported(*args)}

    assert "plan_worktree" in roots
    assert roots.isdisjoint({"mistune", "jsonschema", "rich", "filelock", "referencing"})


def test_a_command_that_only_reads_imports_neither_lock_nor_tables(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    script = (
        "import sys\n"
        f"sys.argv = ['plan-worktree', 'status', {PLAN_ID!r}]\n"
        "from plan_worktree.cli import main\n"
        "main()\n"
        "print(sorted({'rich', 'filelock'} & set(sys.modules)))\n"
    )

    result = run(sys.executable, "-c", script, cwd=repo.path)

    assert result.stdout.splitlines()[-1] == "[]"
