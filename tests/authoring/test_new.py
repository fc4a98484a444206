"""new: a dated plan in which everything that can be derived stands already."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plan_worktree.authoring.new import NewStage, parse_stage, render, write_plan
from plan_worktree.plan.parts.todo import read_tasks
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.sections import read_sections
from plan_worktree.plan.text.inline import code_spans
from plan_worktree.project.refusal import BadArgument
from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, run
from tests.world import PLAN_ID, Cli, executable, set_up, snapshot


def today() -> str:
    return datetime.now().astimezone().date().isoformat()


@pytest.fixture(autouse=True)
def not_at_midnight() -> None:
    """Keep a test from beginning yesterday and ending today."""
    while datetime.now().astimezone().strftime("%H%M%S") >= "235955":
        time.sleep(1)


def written(repo: Repo, slug: str) -> Path:
    return repo.path / PLANS / f"{today()}-{slug}.md"


def metadata(path: Path) -> dict[str, Any]:
    text = path.read_text()
    found: dict[str, Any] = json.loads(
        text.partition("```json metadata\n")[2].partition("\n```")[0]
    )
    return found


def assert_valid(cli: Cli, path: Path) -> None:
    result = cli("validate", path, "--format", "json", cwd=path.parent)
    errors = [d for d in result.json()["diagnostics"] if d["severity"] == "error"]
    assert errors == []


def test_new_prints_the_path_and_says_how_to_go_on(repo: Repo, cli: Cli) -> None:
    result = cli("new", "login-page", cwd=repo.path)

    path = written(repo, "login-page")
    assert result.exit_code == 0
    assert result.stdout == f"{path}\n"
    assert result.stderr.startswith("fill it in, then: plan-worktree validate ")
    assert path.is_file()


def test_new_fills_every_field_that_can_be_derived(repo: Repo, cli: Cli) -> None:
    cli("new", "login-page", cwd=repo.path)

    path = written(repo, "login-page")
    plan_id = f"{today()}-login-page"
    assert path.read_text().startswith("# Implementation Plan: Login page\n")
    found = metadata(path)
    assert {key: found[key] for key in ("plan_id", "created", "author", "status")} == {
        "plan_id": plan_id,
        "created": today(),
        "author": "Ada Example",
        "status": "draft",
    }
    assert found["stages"][1] == {
        "id": "stage-2",
        "name": "[Component/Feature Name]",
        "branch": f"feature/{plan_id}-stage-2",
        "worktree_path": f"../worktrees/{plan_id}/stage-2",
        "status": "not-started",
        "depends_on": ["stage-1"],
    }
    assert "YYYY-MM-DD" not in path.read_text()
    assert "[plan-id]" not in path.read_text()
    assert_valid(cli, path)


def test_new_with_stages_writes_metadata_sections_and_todo_of_each(repo: Repo, cli: Cli) -> None:
    stages = ("api", "page:Login page:api", "docs::api,page")

    cli("new", "login", "--title", "Log in", *(f"--stage={s}" for s in stages), cwd=repo.path)

    path = written(repo, "login")
    text = path.read_text()
    assert text.startswith("# Implementation Plan: Log in\n")
    assert [(s["id"], s["name"], s["depends_on"]) for s in metadata(path)["stages"]] == [
        ("api", "Api", []),
        ("page", "Login page", ["api"]),
        ("docs", "Docs", ["api", "page"]),
    ]
    assert re.findall(r"^### (Stage \d: .*)", text, re.MULTILINE) == [
        "Stage 1: Api", "Stage 2: Login page", "Stage 3: Docs",
    ]  # fmt: skip
    assert re.findall(r"^\*\*Stage ID\*\*: `(.*)`", text, re.MULTILINE) == ["api", "page", "docs"]
    dependencies = re.findall(r"^\*\*Dependencies\*\*: (.*)", text, re.MULTILINE)
    assert dependencies == ["None", "api", "api, page"]
    assert re.findall(r"^\*\*Branch\*\*: `(.*)`", text, re.MULTILINE) == [
        stage["branch"] for stage in metadata(path)["stages"]
    ]
    assert re.findall(r"^- \[ \] Stage \d: (.*?) - ", text, re.MULTILINE) == [
        "Api", "Login page", "Docs",
    ]  # fmt: skip
    assert_valid(cli, path)


def test_a_new_plan_can_be_set_up_at_once(repo: Repo, cli: Cli) -> None:
    cli("new", "login", "--stage", "api", "--stage", "page::api", cwd=repo.path)

    result = cli("setup", "login", cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert [path.name for path in repo.worktrees()] == ["api", "page"]


def test_new_never_overwrites(repo: Repo, cli: Cli) -> None:
    path = written(repo, "login")
    path.parent.mkdir(parents=True)
    path.write_text("precious\n")

    result = cli("new", "login", cwd=repo.path)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"refused: {path} exists already" in result.stderr
    assert path.read_text() == "precious\n"


def test_new_does_not_write_through_a_dangling_link(repo: Repo, cli: Cli) -> None:
    path = written(repo, "login")
    path.parent.mkdir(parents=True)
    path.symlink_to(repo.path.parent / "elsewhere.md")

    result = cli("new", "login", cwd=repo.path)

    assert result.exit_code == 1
    assert not (repo.path.parent / "elsewhere.md").exists()


@pytest.mark.parametrize("place", ("deep/er", ".git"))
def test_new_writes_to_homes_plans_folder_from_anywhere(repo: Repo, cli: Cli, place: str) -> None:
    (repo.path / place).mkdir(parents=True, exist_ok=True)

    cli("new", "login", cwd=repo.path / place)

    assert written(repo, "login").is_file()


def test_new_in_a_stages_worktree_writes_to_home(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    cli("new", "login", cwd=repo.stage(PLAN_ID, "core").path)

    assert written(repo, "login").is_file()


def test_new_follows_the_plans_setting(repo: Repo, cli: Cli) -> None:
    repo.git("config", "planWorktree.plans", "docs/plans")

    result = cli("new", "login", cwd=repo.path)

    assert result.stdout == f"{repo.path}/docs/plans/{today()}-login.md\n"


def test_new_outside_any_repository_writes_below_the_current_directory(
    cli: Cli, tmp_path: Path
) -> None:
    result = cli("new", "login", cwd=tmp_path)

    assert result.stdout == f"{tmp_path}/{PLANS}/{today()}-login.md\n"


@pytest.mark.parametrize(
    ("slug", "hint"),
    (
        ("Login Page", "login-page"),
        ("login_page", "login-page"),
        ("-login-", "login"),
        ("../../escape", "escape"),
        ("a/b", "a-b"),
        (".hidden", "hidden"),
        ("x.md", "x-md"),
        ("$(touch hacked)", "touch-hacked"),
        ("größe", "gr-e"),
        ("login--page", "login-page"),
        ("x\n", "x"),
        ("\x1b[31mred", "31mred"),
    ),
)
def test_new_refuses_a_slug_that_is_none_and_suggests_one(repo: Repo, slug: str, hint: str) -> None:
    before = snapshot(repo.path.parent)

    with pytest.raises(BadArgument) as refusal:
        write_plan(slug, None, (), repo.path)

    said = f"a slug is lower-case words joined by dashes: plan-worktree new {hint}"
    assert str(refusal.value) == said
    assert snapshot(repo.path.parent) == before


@pytest.mark.parametrize("slug", ("", "漢字", "---"))
def test_new_refuses_a_slug_with_nothing_to_suggest(repo: Repo, cli: Cli, slug: str) -> None:
    result = cli("new", "--", slug, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: a slug is lower-case words joined by dashes\n"


@pytest.mark.parametrize(
    ("stages", "said"),
    (
        (("-x",), '"id"'),
        (("a b",), '"id"'),
        (("../up",), '"id"'),
        (("a", "a"), 'stage id "a" is already taken'),
        (("a", "A"), 'stage id "A" is already taken'),
        (("a::nope",), 'stage "a" depends on "nope", which is no stage of this plan'),
        (("api", "page::apo"), 'did you mean "api"?'),
        (("a::a",), 'stage "a" depends on itself'),
        (("a::b", "b::a"), "these stages wait for each other: a -> b -> a"),
        (("a:two\nlines",), "the stage name has a control character"),
        (("a:\x1b[31mred",), "the stage name has a control character"),
        (("",), '"id"'),
        (("x" * 65,), "longer than 64 characters"),
    ),
)
def test_new_refuses_hostile_stages_and_writes_nothing(
    repo: Repo, stages: tuple[str, ...], said: str
) -> None:
    before = snapshot(repo.path.parent)

    with pytest.raises(BadArgument) as refusal:
        write_plan("login", None, stages, repo.path)

    assert said in str(refusal.value)
    assert snapshot(repo.path.parent) == before


def test_new_refuses_hostile_stages_as_wrong_usage(repo: Repo, cli: Cli) -> None:
    result = cli("new", "login", "--stage", "../up", cwd=repo.path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith('Error: stage 1: "id" must be ')
    assert repo.git("status", "--porcelain") == ""


@sampled(
    "text",
    (
        'say "hello"',
        "a ```json metadata fence",
        "</script><!-- comment",
        "--> end",
        "[TITLE] [plan-id] {braces}",
        "back\\slash \\1 \\g<0>",
        "# Stage 1 stage-1",
        "Größe 漢字 🚀",
        "* | _emphasis_",
    ),
    one_in=3,
)
def test_new_takes_any_printable_title_and_name(repo: Repo, cli: Cli, text: str) -> None:
    result = cli("new", "login", "--title", text, "--stage", f"api:{text}", cwd=repo.path)

    assert result.exit_code == 0, result.stderr
    path = written(repo, "login")
    assert path.read_text().startswith(f"# Implementation Plan: {text}\n")
    name = text.partition(":")[0]
    assert [stage["name"] for stage in metadata(path)["stages"]] == [name]
    assert_valid(cli, path)
    assert cli("setup", "login", "--dry-run", cwd=repo.path).exit_code == 0


@pytest.mark.parametrize("title", ("two\nlines", "\x1b]0;title\x07", "\u202eevil", "a\u2028b"))
def test_new_refuses_a_title_that_drives_a_terminal(repo: Repo, cli: Cli, title: str) -> None:
    result = cli("new", "login", "--title", title, cwd=repo.path)

    assert result.exit_code == 2
    assert result.stderr == "Error: the title has a control character or a line break in it\n"


@pytest.mark.parametrize("slug", ("stage-1", "multi-stage-1-build"))
def test_new_keeps_a_slug_that_looks_like_the_templates_stage(
    repo: Repo, cli: Cli, slug: str
) -> None:
    cli("new", slug, "--stage", "api", cwd=repo.path)

    text = written(repo, slug).read_text()

    assert f"**Branch**: `feature/{today()}-{slug}-api`" in text


def test_new_without_a_configured_name_takes_the_users(repo: Repo, cli: Cli, home: Path) -> None:
    (home / ".gitconfig").write_text("")

    cli("new", "login", cwd=repo.path, env={"LOGNAME": "grace"})

    assert metadata(written(repo, "login"))["author"] == "grace"


def unknown_user(repo: Repo) -> Result:
    """Run new as a container does that runs with a number for a user."""
    script = (
        "import os, pwd, sys\n"
        "def nobody(uid):\n"
        "    raise KeyError('getpwuid(): uid not found: 54321')\n"
        "pwd.getpwuid = nobody\n"
        "sys.argv = ['plan-worktree', 'new', 'login']\n"
        "from plan_worktree.cli import main\n"
        "sys.exit(main())\n"
    )
    nameless = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "")
    return run(sys.executable, "-c", script, cwd=repo.path, env=nameless)


def test_new_works_for_a_user_without_a_name(repo: Repo, home: Path) -> None:
    (home / ".gitconfig").write_text("")

    result = unknown_user(repo)

    assert "Traceback" not in result.stderr
    assert result.exit_code == 0
    assert metadata(written(repo, "login"))["author"]


def test_new_takes_a_configured_name_that_is_not_utf_8(repo: Repo, cli: Cli, home: Path) -> None:
    (home / ".gitconfig").write_bytes(b"[user]\n    name = J\xfcrgen\n")

    result = cli("new", "login", cwd=repo.path)

    assert result.exit_code == 0
    assert metadata(written(repo, "login"))["author"].startswith("J")


def test_new_needs_no_git(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()

    result = cli("new", "login", cwd=tmp_path, env={"PATH": str(tmp_path / "bin")})

    assert result.exit_code == 0


def test_new_where_the_plans_folder_is_a_file_is_an_error_of_the_environment(
    repo: Repo, cli: Cli
) -> None:
    repo.write(".claude", "a file\n")

    result = cli("new", "login", cwd=repo.path)

    assert result.exit_code == 3
    assert ".claude" in result.stderr
    assert repo.read(".claude") == "a file\n"


def test_two_processes_never_write_the_same_plan(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    """The second finds the file though it was not there when it looked."""
    path = written(repo, "login")
    git = next(Path(p, "git") for p in os.environ["PATH"].split(":") if Path(p, "git").exists())
    script = f'mkdir -p "{path.parent}"; echo first >"{path}"; exec "{git}" "$@"'
    executable(tmp_path / "bin/git", script)

    result = cli(
        "new", "login", cwd=repo.path, env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    )

    assert result.exit_code == 1
    assert path.read_text() == "first\n"


@pytest.mark.parametrize(
    ("text", "stage"),
    (
        ("api", NewStage("api", "Api", ())),
        ("user_api", NewStage("user_api", "User api", ())),
        (" api : The API : a , b ", NewStage("api", "The API", ("a", "b"))),
        ("api::a,,b,", NewStage("api", "Api", ("a", "b"))),
        ("api:Name:a:b", NewStage("api", "Name", ("a:b",))),
        ("", NewStage("", "", ())),
    ),
)
def test_a_stage_is_read_from_its_short_form(text: str, stage: NewStage) -> None:
    assert parse_stage(text) == stage


def test_a_stage_with_a_control_character_in_its_name_is_refused() -> None:
    with pytest.raises(BadArgument, match="the stage name has a control character"):
        parse_stage("a:b\tc")


def test_new_in_a_bare_clone_says_that_there_is_no_home(
    repo: Repo, cli: Cli, make_repo: Callable[[str], Repo], tmp_path: Path
) -> None:
    run("git", "clone", "--quiet", "--bare", repo.path, tmp_path / "bare.git")

    result = cli("new", "login", cwd=tmp_path / "bare.git")

    assert result.exit_code == 1
    assert "which would be home" in result.stderr


def test_verify_fills_in_the_gates_of_all_stages(repo: Repo, cli: Cli) -> None:
    command = 'pytest  "tests/{id}" -k "{x} ]" && echo `date`'
    stages = ("--stage", "api", "--stage", "web-ui:The page:api")
    cli("new", "login", *stages, "--verify", command, "--verify", "ruff check", cwd=repo.path)

    path = written(repo, "login")
    assert_valid(cli, path)
    for stage in metadata(path)["stages"]:
        own = command.replace("{id}", stage["id"])
        assert stage["verify"] == [own, "ruff check"]
        assert f"\n- [ ] Run `` {own} ``\n- [ ] Run `ruff check`\n" in path.read_text()
        brief = cli("brief", path.stem, stage["id"], "--json", cwd=repo.path).json()
        assert brief["gates"] == brief["verify"] == [own, "ruff check"]
    assert "[the command that tests this stage alone]" not in path.read_text()


def test_verify_fills_in_the_templates_own_stages_as_well(repo: Repo, cli: Cli) -> None:
    cli("new", "login", "--verify", "just test-{id}", cwd=repo.path)

    path = written(repo, "login")
    gates = [stage["verify"] for stage in metadata(path)["stages"]]
    assert gates == [["just test-stage-1"], ["just test-stage-2"]]
    assert path.read_text().count("- [ ] Run `just test-stage-") == 2


def test_without_verify_stages_have_none(repo: Repo, cli: Cli) -> None:
    cli("new", "login", cwd=repo.path)

    path = written(repo, "login")
    assert all("verify" not in stage for stage in metadata(path)["stages"])
    assert path.read_text().count("- [ ] Run [the command that tests this stage alone]") == 2


@pytest.mark.parametrize(
    ("command", "said"),
    (("", "is empty"), ("  ", "is empty"), ("a\nb", "a line break"), ("a\x1bb", "control")),
)
def test_a_command_that_no_line_can_hold_is_wrong_usage(
    repo: Repo, cli: Cli, command: str, said: str
) -> None:
    result = cli("new", "login", "--verify", command, cwd=repo.path)

    assert result.exit_code == 2
    assert said in result.stderr
    assert not written(repo, "login").exists()


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "))
        .map(str.strip)
        .filter(bool),
        min_size=1,
        max_size=3,
    )
)
@example(['a" ]', "b"])
@example(["`", "``a`", "a``"])
@example(["[plan-id] stage-1 Stage 1 YYYY-MM-DD-short-slug", "**Status**: Done", "<!-- x", "\\"])
def test_any_command_of_one_line_stands_in_both_places(commands: list[str]) -> None:
    stage = NewStage("api", "The api", (), tuple(commands))
    text = render("2026-01-02-x", "2026-01-02", "Ada", "X", [stage], "../worktrees")

    file = loads(text.encode(), "plan.md")
    assert file.plan
    assert file.document
    assert file.plan.stages[0].verify == tuple(commands)
    (section,) = read_sections(file.document)
    items = [task.text for task in read_tasks(file.document, section.parts["Validation"])]
    spans = [code_spans(item)[0].content for item in items[: len(commands)]]
    assert spans == [" ".join(command.split()) for command in commands]


@pytest.mark.parametrize("place", ("../trees", "../trees/"))
def test_worktrees_go_where_the_setting_says(cli: Cli, repo: Repo, place: str) -> None:
    repo.git("config", "planWorktree.place", place)
    told = cli("new", "x", "--stage", "one:One", cwd=repo.path)
    assert told.exit_code == 0
    plan = Path(told.stdout.strip())
    assert f'"worktree_path": "../trees/{plan.stem}/one"' in plan.read_text()


@pytest.mark.parametrize("place", ("trees", "/etc", "~/trees", "a\\\\b", "x\x07"))
def test_a_place_that_is_none_for_worktrees_is_refused(cli: Cli, repo: Repo, place: str) -> None:
    repo.git("config", "planWorktree.place", place)
    told = cli("new", "x", "--stage", "one:One", cwd=repo.path)
    assert told.exit_code == 1
    assert "planWorktree.place: worktree path" in told.stderr
    assert "git config planWorktree.place ../worktrees" in told.stderr
    assert not (repo.path / ".claude/plans").exists()
