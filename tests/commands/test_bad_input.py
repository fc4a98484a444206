"""validate, and every command that opens a plan, on files that are none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PLANS, Repo, Stage, plan_text, run
from tests.world import PLAN_ID, Cli, set_up, shop, snapshot


def the_error(cli: Cli, path: Path) -> str:
    """Validate a file, which must have exactly one error."""
    result = cli("validate", path.name, cwd=path.parent)
    assert result.exit_code == 1
    lines = [line for line in result.stdout.splitlines() if ": error " in line]
    assert len(lines) == 1, result.stdout
    return lines[0]


@pytest.mark.parametrize(
    ("content", "finding"),
    (
        (b"", "x.md:1:1: error PW001 no metadata block"),
        (b"\n\n", "x.md:1:1: error PW001 no metadata block"),
        (b"\xef\xbb\xbf", "x.md:1:1: error PW001 no metadata block"),
        (b"ab\ncd\xff", "x.md:2:3: error PW006 byte 0xff here is not UTF-8"),
        (b"a\n\0b", "x.md:2:1: error PW006 a NUL character here: this is a binary file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.md:1:1: error PW006 byte 0x89 here is not UTF-8"),
        ("plän".encode("utf-16"), "x.md:1:1: error PW006 byte 0xff here is not UTF-8"),
        (b"```json metadata\n", "x.md:1:1: error PW003 the metadata fence is never closed"),
        (b"```json metadata\n```\n", "x.md:1:1: error PW004 "),
    ),
)
def test_a_file_that_is_no_plan_has_one_finding(
    cli: Cli, tmp_path: Path, content: bytes, finding: str
) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(content)

    assert the_error(cli, path).startswith(finding)


def test_a_directory_a_missing_file_and_a_looping_link_are_findings(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "loop.md").symlink_to("loop.md")

    result = cli("validate", "folder.md", "missing.md", "loop.md", cwd=tmp_path)

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "folder.md:1:1: error PW006 is a directory, not a plan file"
    assert lines[1] == "missing.md:1:1: error PW006 there is no such file"
    assert lines[2].startswith("loop.md:1:1: error PW006 ")
    assert result.stderr == "3 plans checked: 3 errors, 0 warnings\n"


@pytest.mark.parametrize("beside", ((), ("missing.md",)))
def test_a_fifo_is_a_finding_and_is_not_waited_for(tmp_path: Path, beside: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "fifo.md")
    command = [sys.executable, "-m", "plan_worktree", "validate", "fifo.md", *beside]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)

    assert done.stdout.splitlines()[0] == b"fifo.md:1:1: error PW006 is not a regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("")
    path.chmod(0)

    assert the_error(cli, path) == "x.md:1:1: error PW006 cannot be read: Permission denied"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("content", "finding"),
    (
        (b"```json metadata\n" + b"[" * 10_000_000 + b"\n```\n", "is larger than 4 MiB"),
        (b"```json metadata\n" + b"[" * 3_500_000 + b"\n```\n", "nested far deeper"),
        (b'```json metadata\n{"x-a":' + b'{"a":' * 100_000 + b"\n```\n", "nested far deeper"),
        (b">" * 2_000_000 + b"\n", "no metadata block"),
        (b"x" * 4_000_000, "no metadata block"),
        (b"[" * 4_000_000, "no metadata block"),
    ),
    ids=("too large", "brackets", "objects", "quotes", "text", "links"),
)
def test_megabytes_of_nonsense_are_one_error_and_take_no_time(
    cli: Cli, tmp_path: Path, content: bytes, finding: str
) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(content)

    assert finding in the_error(cli, path)


@pytest.mark.second
@pytest.mark.parametrize("content", (b"\n", b"*"), ids=("empty lines", "stars"))
def test_megabytes_of_nonsense_take_no_gigabytes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.md").write_bytes(content * 2_000_000)
    script = f'ulimit -v 1000000 && exec "{sys.executable}" -m plan_worktree validate x.md'

    result = run("sh", "-c", script, cwd=tmp_path)

    assert (result.exit_code, "PW001" in result.stdout) == (1, True)


def test_one_bad_plan_does_not_hide_the_next_ones_findings(repo: Repo, cli: Cli) -> None:
    repo.write(f"{PLANS}/a.md", b"\xff")
    repo.write(f"{PLANS}/b.md", "```json metadata\n{\n```\n")
    repo.plan("2026-01-02-bad", "a:nope")
    repo.plan("2026-02-03-good", "a")

    result = cli("validate", cwd=repo.path)

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    codes = [line.split(": error ")[1][:5] for line in lines if ": error " in line]
    assert codes == ["PW202", "PW006", "PW004"]
    assert result.stderr == "4 plans checked: 3 errors, 0 warnings\n"


@pytest.mark.parametrize("command", ("setup", "status", "remove", "show"))
@pytest.mark.parametrize("content", (b"\xff", b"```json metadata\n[]\n```\n"))
def test_no_command_acts_on_a_file_that_is_no_plan(
    repo: Repo, cli: Cli, command: str, content: bytes
) -> None:
    repo.write(f"{PLANS}/bad.md", content)
    before = snapshot(repo.path.parent)

    result = cli(command, "bad", cwd=repo.path)

    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"{PLANS}/bad.md:")
    assert lines[-1] == (
        f"refused: the plan has errors; fix them, then: plan-worktree validate {PLANS}/bad.md"
    )
    assert snapshot(repo.path.parent) == before


def test_a_directory_is_no_plan_for_setup(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")

    result = cli("setup", PLANS, cwd=repo.path)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{PLANS}:1:1: error PW006 is a directory, not a plan file\n")


@pytest.mark.thorough
def test_a_plan_of_five_thousand_stages_is_checked(repo: Repo, cli: Cli) -> None:
    """A chain, the deepest of all graphs; without a body, so that each stage has a finding."""
    chain = [f"s{n}:s{n - 1}" if n else "s0" for n in range(5000)]
    block = {"plan_id": PLAN_ID, "created": "2026-01-02", "author": "Ada", "status": "draft"}
    stages = [Stage.of(stage).metadata(PLAN_ID) for stage in chain]
    text = json.dumps(block | {"stages": [*stages, {"id": "s0"}]})
    repo.write(f"{PLANS}/{PLAN_ID}.md", f"```json metadata\n{text}\n```\n")

    result = cli("validate", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1
    assert 'PW201 stage id "s0" is already taken in line 2' in result.stdout
    assert "PW204" not in result.stdout


@pytest.mark.thorough
def test_a_chain_of_five_hundred_stages_is_shown_and_can_be_set_up(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, *(f"s{n}:s{n - 1}" if n else "s0" for n in range(500)))

    shown = cli("show", PLAN_ID, cwd=repo.path)
    setup = cli("setup", PLAN_ID, "--dry-run", cwd=repo.path)

    assert shown.stdout.splitlines()[-1].split()[:3] == ["500", "500", "s499"]
    assert setup.exit_code == 0
    assert len(setup.stdout.splitlines()) == 501


def test_validate_names_plans_by_path_id_and_part(repo: Repo, cli: Cli) -> None:
    repo.plan(PLAN_ID, "a:nope")

    for name in (PLAN_ID, "shop", f"{PLANS}/{PLAN_ID}.md"):
        result = cli("validate", name, cwd=repo.path)
        assert result.stdout.startswith(f"{PLANS}/{PLAN_ID}.md:"), name


def test_validate_takes_a_name_for_that_of_a_plan_before_that_of_a_folder_or_file(
    repo: Repo, cli: Cli
) -> None:
    repo.plan(PLAN_ID, "a:nope")
    (repo.path / "shop").mkdir()
    repo.write(PLAN_ID, "a file")

    for name in (PLAN_ID, "shop"):
        assert cli("show", name, cwd=repo.path).stderr.startswith(f"{PLANS}/{PLAN_ID}.md:")
        assert cli("validate", name, cwd=repo.path).stdout.startswith(f"{PLANS}/{PLAN_ID}.md:")
    below = cli("validate", "shop", cwd=repo.path / "shop")
    assert below.stdout.startswith(f"{repo.path}/{PLANS}/{PLAN_ID}.md:")


@pytest.mark.parametrize("name", (".", "docs", "x" * 300))
def test_validate_of_a_name_that_no_plan_has_says_what_is_there(
    repo: Repo, cli: Cli, name: str
) -> None:
    repo.plan(PLAN_ID, "core")
    (repo.path / "docs").mkdir()

    result = cli("validate", name, cwd=repo.path)

    if name in (".", "docs"):
        assert result.stdout == f"{name}:1:1: error PW006 is a directory, not a plan file\n"
    else:
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f'Error: no plan matches "{name}"')


def test_validate_checks_a_named_file_that_is_not_called_like_a_plan(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "plan.txt").write_text(plan_text(PLAN_ID, "a:nope"))

    assert cli("validate", "plan.txt", cwd=tmp_path).stdout.startswith("plan.txt:")


def test_validate_of_all_plans_outside_any_repository_looks_below(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / PLANS).mkdir(parents=True)
    (tmp_path / PLANS / "x.md").write_text(plan_text(PLAN_ID, "a:nope"))

    result = cli("validate", cwd=tmp_path)

    assert result.stdout.startswith(f"{PLANS}/x.md:")


def test_validate_without_any_plan_says_that_it_checked_none(cli: Cli, tmp_path: Path) -> None:
    result = cli("validate", cwd=tmp_path)

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "0 plans checked, nothing found\n"


def test_a_plan_is_checked_against_the_repository_it_lies_in(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    """Not against the one that the command is typed in."""
    shop(repo, "core")
    other = Repo(tmp_path / "other")
    other.path.mkdir()
    other.git("init", "--quiet")
    other.git("config", "planWorktree.root", "/")
    plan = repo.plan(PLAN_ID, "core")
    text = plan.read_text().replace("../worktrees", "../../../outside/worktrees")
    plan.write_text(text)

    result = cli("validate", plan, cwd=other.path)

    assert "PW304" in result.stdout


def test_a_plan_in_a_stages_worktree_is_checked_against_home(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    result = cli(
        "validate", "--strict", f"{PLANS}/{PLAN_ID}.md", cwd=repo.stage(PLAN_ID, "core").path
    )

    assert (result.exit_code, result.stdout) == (0, "")
