"""Real `just` in a project that is not ours, with spaces and a quote in every path."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import ROOT, Repo, run, tool

PLAN_ID = "2026-01-02-shop"
PLAN = f".claude/plans/{PLAN_ID}.md"


@dataclass(frozen=True)
class Project:
    """A project whose justfile imports the recipes; its PATH holds only what a test put there."""

    repo: Repo
    bin: Path
    recipes: Path

    def just(self, *args: str, cwd: Path | None = None) -> Result:
        result = run(tool("just"), *args, cwd=cwd or self.repo.path, env={"PATH": str(self.bin)})
        assert "Traceback" not in result.output, result.output
        return result

    def offer(self, name: str, script: str) -> None:
        """Put a program on PATH."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def record(self, name: str, exit_code: int = 0) -> None:
        """Put a program on PATH that prints its name, its directory and its arguments."""
        self.offer(name, f'printf \'%s\\0\' {name} "$PWD" "$@"; exit {exit_code}')

    def justfile(self, text: str) -> None:
        self.repo.write("justfile", f"import {json.dumps(str(self.recipes))}\n{text}")


def make_project(repo: Repo, recipes: Path) -> Project:
    bin_ = repo.path.parent / "the bin"
    bin_.mkdir()
    for name in ("sh", "git"):
        found = shutil.which(name)
        assert found
        (bin_ / name).symlink_to(found)
    project = Project(repo, bin_, recipes)
    project.justfile("")
    return project


@pytest.fixture
def project(make_repo: Callable[[str], Repo], tmp_path: Path) -> Project:
    """Return a project with recipes that lie in somebody else's directory, and no plan-worktree."""
    box = tmp_path / "Ada's tool box"
    box.mkdir()
    shutil.copy(ROOT / "scripts" / "plans.just", box)
    (box / "plan-worktree.py").touch()
    return make_project(make_repo("some project"), box / "plans.just")


@pytest.fixture
def real(make_repo: Callable[[str], Repo]) -> Project:
    """Return a project that uses this repository's recipes and the real program, with a plan."""
    project = make_project(make_repo("some project"), ROOT / "scripts" / "plans.just")
    project.offer("plan-worktree", f'exec "{sys.executable}" -m plan_worktree "$@"')
    project.repo.plan(PLAN_ID, "api", "ui:api", "docs")
    project.repo.commit("a plan")
    return project


def recorded(result: Result) -> tuple[str, Path, list[str]]:
    """Return what a recording program was: its name, its directory and its arguments."""
    assert result.exit_code == 0, result.output
    name, cwd, *args = result.stdout.removesuffix("\0").split("\0")
    return name, Path(cwd), args


@sampled(
    ("typed", "called"),
    (
        (["plan-init", "just", "--dry-run"], ["init", "just", "--dry-run"]),
        (["plan-new", "shop", "--title", "A shop"], ["new", "shop", "--title", "A shop"]),
        (["plan-import", "my tasks.md", "--dry-run"], ["import", "my tasks.md", "--dry-run"]),
        (["plan-validate"], ["validate"]),
        (
            ["plan-validate", "a.md", "b c.md", "--strict"],
            ["validate", "a.md", "b c.md", "--strict"],
        ),
        (["plan-ls", "--json"], ["ls", "--json"]),
        (["plan-list", "shop", "--format", "dot"], ["show", "shop", "--format", "dot"]),
        (["plan-setup", "shop", "--dry-run"], ["setup", "shop", "--dry-run"]),
        (["plan-setup", "shop", "api", "ui"], ["setup", "shop", "api", "ui"]),
        (["plan-stage", "shop", "api", "--json"], ["setup", "shop", "api", "--json"]),
        (["plan-status"], ["status"]),
        (["plan-status", "shop", "--json"], ["status", "shop", "--json"]),
        (["plan-ready", "shop", "--json"], ["ready", "shop", "--json"]),
        (["plan-start", "shop", "--owner", "a b"], ["start", "shop", "--owner", "a b"]),
        (["plan-brief"], ["brief"]),
        (["plan-complete", "shop", "api", "--empty"], ["complete", "shop", "api", "--empty"]),
        (["plan-mark", "shop", "api", "blocked"], ["mark", "shop", "api", "blocked"]),
        (["plan-sync", "shop"], ["sync", "shop"]),
        (["plan-conflicts", "shop", "--json"], ["conflicts", "shop", "--json"]),
        (["plan-merge", "shop", "--dry-run"], ["merge", "shop", "--dry-run"]),
        (["plan-remove", "shop", "api", "--force"], ["remove", "shop", "api", "--force"]),
        (["plan-restore", "shop", "api"], ["restore", "shop", "api"]),
        (["plan-restore", "shop", "--list"], ["restore", "shop", "--list"]),
        (["plan-prune"], ["remove", "--gone"]),
        (["plan-prune", "shop", "--dry-run"], ["remove", "--gone", "shop", "--dry-run"]),
    ),
    ids=" ".join,
    one_in=4,
)
def test_each_recipe_calls_its_command_and_passes_flags_on(
    project: Project, typed: list[str], called: list[str]
) -> None:
    project.record("plan-worktree")
    assert recorded(project.just(*typed)) == ("plan-worktree", project.repo.path, called)


@sampled(
    "argument",
    (
        "my plan.md",
        "it's",
        'a "quoted" word',
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "{{ env('HOME') }}",
        "two\nlines",
        "*",
        "--",
        "-n",
        "",
        "\\",
        "größe",
    ),
    one_in=3,
)
def test_an_argument_reaches_the_program_as_it_was_typed(project: Project, argument: str) -> None:
    project.record("plan-worktree")
    _, _, args = recorded(project.just("plan-status", "x", argument))
    assert args == ["status", "x", argument]
    assert not (project.repo.path / "pwned").exists()


def test_without_plan_worktree_on_the_path_uv_runs_the_script_beside_the_recipes(
    project: Project,
) -> None:
    project.record("uv")
    project.record("python3")
    script = str(project.recipes.with_name("plan-worktree.py"))
    name, _, args = recorded(project.just("plan-status"))
    assert (name, args) == ("uv", ["run", "--quiet", "--script", script, "status"])


def test_without_uv_python_runs_the_script_beside_the_recipes(project: Project) -> None:
    project.record("python3")
    script = str(project.recipes.with_name("plan-worktree.py"))
    name, _, args = recorded(project.just("plan-status"))
    assert (name, args) == ("python3", [script, "status"])


def test_recipes_that_lie_alone_need_plan_worktree_on_the_path(project: Project) -> None:
    project.record("uv")
    project.recipes.with_name("plan-worktree.py").unlink()
    told = project.just("plan-status")
    assert (told.exit_code, told.stdout) == (3, "")
    assert told.stderr == "plan-worktree is not on PATH: pip install plan-worktree\n"


def test_an_installed_plan_worktree_is_preferred(project: Project) -> None:
    for name in ("plan-worktree", "uv", "python3"):
        project.record(name)
    assert recorded(project.just("plan-status"))[0] == "plan-worktree"


def test_a_recipe_runs_in_the_directory_it_was_called_from(project: Project) -> None:
    project.record("plan-worktree")
    below = project.repo.path / "docs and more"
    below.mkdir()
    _, cwd, args = recorded(project.just("plan-validate", "../x.md", cwd=below))
    assert (cwd, args) == (below, ["validate", "../x.md"])


@sampled("code", (1, 2, 3, 130), one_in=4)
def test_a_recipe_ends_with_the_exit_code_of_the_program_and_adds_no_words(
    project: Project, code: int
) -> None:
    project.record("plan-worktree", exit_code=code)
    result = project.just("plan-validate")
    assert (result.exit_code, result.stderr) == (code, "")


@sampled(
    "setting",
    (
        'set shell := ["sh", "-c", "exit 9"]',
        "set export",
        "set positional-arguments",
        "set quiet",
        "set ignore-comments",
        "set dotenv-load",
        "set allow-duplicate-recipes",
        "set allow-duplicate-variables",
        'set working-directory := ".claude"',
        "set no-exit-message",
        "set unstable",
    ),
    one_in=3,
)
def test_the_settings_of_the_project_change_nothing(project: Project, setting: str) -> None:
    project.record("plan-worktree")
    project.justfile(f"{setting}\n")
    _, cwd, args = recorded(project.just("plan-validate", "a b.md"))
    assert (cwd, args) == (project.repo.path, ["validate", "a b.md"])


def test_as_a_module_the_recipes_do_the_same(project: Project) -> None:
    project.record("plan-worktree")
    project.repo.write("justfile", f"mod plan {json.dumps(str(project.recipes))}\n")
    below = project.repo.path / "below"
    below.mkdir()
    for typed in (("plan", "plan-status"), ("plan::plan-status",)):
        _, cwd, args = recorded(project.just(*typed, "../a b.md", cwd=below))
        assert (cwd, args) == (below, ["status", "../a b.md"])


def test_the_recipes_of_the_project_go_on_working(project: Project) -> None:
    project.justfile("script := 'mine'\n\ngreet NAME:\n    @echo hello {{ NAME }} {{ script }}\n")
    assert project.just("greet", "ada").stdout == "hello ada mine\n"


def test_every_recipe_is_grouped_and_says_what_it_does(project: Project) -> None:
    dumped = project.just("--dump", "--dump-format", "json").json()
    assert dumped["recipes"]
    for name, recipe in dumped["recipes"].items():
        assert name.startswith("plan-")
        assert recipe["doc"], name
        assert {"group": "plans"} in recipe["attributes"], name


def test_every_variable_is_private_and_specific(project: Project) -> None:
    dumped = project.just("--dump", "--dump-format", "json").json()
    assert all(name.startswith("_plan_worktree") for name in dumped["assignments"])


def test_every_command_has_a_recipe(project: Project, cli: Callable[..., Result]) -> None:
    """Only `demo` has none: nobody shows the demonstration twice."""
    listed = cli("--help").stdout.partition("Commands:")[2].splitlines()
    commands = {line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "}
    recipes = set(project.just("--dump", "--dump-format", "json").json()["recipes"])
    renamed = {"show": "list"}
    missing = {
        command
        for command in commands - {"demo"}
        if f"plan-{renamed.get(command, command)}" not in recipes
    }
    assert commands >= {"validate", "setup", "status", "remove"}
    assert not missing


def test_recipe_validate_reports_every_finding(real: Project) -> None:
    assert real.just("plan-validate").exit_code == 0
    real.repo.plan("2026-01-02-broken", "api:nobody")
    result = real.just("plan-validate")
    assert result.exit_code == 1
    assert "2026-01-02-broken.md:" in result.stdout
    assert "PW202" in result.stdout


def test_recipe_setup_accepts_a_plan_path_with_spaces(real: Project) -> None:
    text = (real.repo.path / PLAN).read_text()
    real.repo.write("my plans/the shop.md", text)
    result = real.just("plan-setup", "my plans/the shop.md")
    assert result.exit_code == 0, result.output
    assert real.repo.stage(PLAN_ID, "api").path.is_dir()


@pytest.mark.thorough
def test_recipe_setup_accepts_a_path_relative_to_a_subdirectory(real: Project) -> None:
    below = real.repo.path / "docs"
    below.mkdir()
    result = real.just("plan-setup", f"../{PLAN}", "--dry-run", cwd=below)
    assert result.exit_code == 0, result.output
    assert real.repo.worktrees() == []


@pytest.mark.thorough
def test_recipe_stage_sets_up_only_that_stage(real: Project) -> None:
    result = real.just("plan-stage", PLAN_ID, "docs")
    assert result.exit_code == 0, result.output
    assert real.repo.worktrees() == [real.repo.stage(PLAN_ID, "docs").path]


def test_recipe_stage_needs_a_stage(real: Project) -> None:
    assert real.just("plan-stage", PLAN_ID).exit_code != 0
    assert real.repo.worktrees() == []


@pytest.mark.thorough
def test_recipe_status_names_every_stage(real: Project) -> None:
    result = real.just("plan-status", PLAN_ID)
    assert result.exit_code == 0, result.output
    assert all(stage in result.stdout for stage in ("api", "ui", "docs"))


@pytest.mark.thorough
def test_recipe_worktrees_lists_what_git_knows(real: Project) -> None:
    real.just("plan-setup", PLAN_ID, "api")
    result = real.just("plan-worktrees")
    assert str(real.repo.path) in result.stdout
    assert str(real.repo.stage(PLAN_ID, "api").path) in result.stdout


@pytest.mark.thorough
def test_recipe_remove_takes_the_worktrees_of_a_plan_away(real: Project) -> None:
    real.just("plan-setup", PLAN_ID)
    assert len(real.repo.worktrees()) == 3
    result = real.just("plan-remove", PLAN_ID)
    assert result.exit_code == 0, result.output
    assert real.repo.worktrees() == []


@pytest.mark.thorough
def test_recipe_prune_forgets_worktrees_whose_directories_are_gone(real: Project) -> None:
    real.just("plan-setup", PLAN_ID)
    shutil.rmtree(real.repo.stage(PLAN_ID, "api").path)
    result = real.just("plan-prune")
    assert result.exit_code == 0, result.output
    assert real.repo.stage(PLAN_ID, "api").path not in real.repo.worktrees()
    assert real.repo.stage(PLAN_ID, "ui").path in real.repo.worktrees()


@pytest.mark.thorough
def test_recipe_new_writes_a_plan_that_recipe_ls_and_list_show(real: Project) -> None:
    result = real.just("plan-new", "tea-room", "--stage", "kettle", "--stage", "cups:Cups:kettle")
    assert result.exit_code == 0, result.output
    assert "tea-room" in real.just("plan-ls").stdout
    shown = real.just("plan-list", "tea-room")
    assert shown.exit_code == 0, shown.output
    assert "kettle" in shown.stdout
