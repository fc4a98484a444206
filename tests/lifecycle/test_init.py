"""init: a project gets the skill, recipes and pre-commit hook, and keeps what is its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.result import Result
from tests.support import ROOT, Repo, run, tool

Cli = Callable[..., Result]
SKILL = ".claude/skills/plan-worktree"
CONFIG = ".pre-commit-config.yaml"
IMPORT = "import '.claude/plan-worktree.just'\n"
ENTRY = """\
  - repo: local
    hooks:
      - id: plan-validate
        name: validate implementation plans
        entry: plan-worktree validate
        language: system
        files: ^\\.claude/plans/.*\\.md$
        types: [markdown]
        require_serial: true
"""


@pytest.fixture
def init(cli: Cli, repo: Repo, tmp_path: Path) -> Cli:
    """Run init in the repository, with just on PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "just").symlink_to(tool("just"))

    def call(*args: str, cwd: Path | None = None, just: bool = True) -> Result:
        path = os.environ["PATH"]
        without = [part for part in path.split(os.pathsep) if not Path(part, "just").exists()]
        found = os.pathsep.join([*([str(programs)] if just else []), *without])
        return cli("init", *args, cwd=cwd or repo.path, env={"PATH": found})

    return call


def contents(repo: Repo) -> dict[str, bytes]:
    return {
        str(path.relative_to(repo.path)): path.read_bytes()
        for path in sorted(repo.path.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(repo.path).parts
    }


def test_a_project_that_uses_neither_gets_the_skill(init: Cli, repo: Repo) -> None:
    told = init()
    assert told.exit_code == 0, told.output
    assert repo.read(f"{SKILL}/SKILL.md") == (ROOT / "skills/plan-worktree/SKILL.md").read_text()
    for name in ("references/metadata.md", "assets/plan-template.md"):
        assert repo.read(f"{SKILL}/{name}") == (ROOT / "skills/plan-worktree" / name).read_text()
    assert not (repo.path / SKILL / "evals").exists()
    assert not (repo.path / SKILL / "assets/demo-project").exists()
    assert not (repo.path / "justfile").exists()
    assert not (repo.path / CONFIG).exists()
    assert "plan-worktree init just" in told.stderr
    assert "plan-worktree init pre-commit" in told.stderr


def test_a_project_that_uses_both_gets_all_and_can_use_it(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "greet:\n    echo hello\n")
    repo.write(CONFIG, "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n")
    repo.commit()
    assert init().exit_code == 0
    assert repo.read("justfile") == f"greet:\n    echo hello\n\n{IMPORT}"
    assert repo.read(CONFIG).endswith(f"- id: identity\n{ENTRY}")
    listed = run(tool("just"), "--summary", cwd=repo.path).stdout.split()
    assert {"greet", "plan-setup", "plan-validate"} <= set(listed)
    assert run(tool("pre-commit"), "validate-config", cwd=repo.path) == Result(0, "", "")


def test_run_again_it_changes_nothing(init: Cli, repo: Repo) -> None:
    assert init("skill", "just", "pre-commit").exit_code == 0
    before = contents(repo)
    told = init()
    assert told.exit_code == 0
    assert contents(repo) == before
    assert {line.split()[1] for line in told.stdout.splitlines()[1:]} == {"kept"}


def test_a_dry_run_says_the_same_and_changes_nothing(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "greet:\n    echo hello\n")
    before = contents(repo)
    told = init("--dry-run")
    assert contents(repo) == before
    assert "nothing was changed" in told.stderr
    assert init().stdout == told.stdout


def test_it_adds_to_the_worktree_it_is_called_in(init: Cli, repo: Repo, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "--quiet", str(linked))
    below = linked / "deep"
    below.mkdir()
    assert init(cwd=below).exit_code == 0
    assert (linked / SKILL / "SKILL.md").exists()
    assert not (repo.path / SKILL).exists()


def test_outside_a_repository_it_refuses(init: Cli, tmp_path: Path) -> None:
    told = init(cwd=tmp_path)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "git init" in told.stderr


def test_a_part_that_does_not_exist_is_a_usage_error(init: Cli) -> None:
    assert init("nix").exit_code == 2


# Files that are ours


def test_an_older_skill_is_updated_when_git_has_it(init: Cli, repo: Repo) -> None:
    repo.write(f"{SKILL}/SKILL.md", "an older one")
    repo.commit()
    told = init("skill")
    assert told.exit_code == 0
    assert "updated" in told.stdout
    assert repo.read(f"{SKILL}/SKILL.md") != "an older one"
    assert repo.git("show", f"HEAD:{SKILL}/SKILL.md") == "an older one"


@pytest.mark.parametrize("how", ("untracked", "staged", "modified", "ignored", "assumed"))
def test_a_skill_that_git_does_not_have_as_it_is_is_left(init: Cli, repo: Repo, how: str) -> None:
    name = f"{SKILL}/SKILL.md"
    if how == "ignored":
        repo.write(".gitignore", "/.claude/\n")
    if how in {"modified", "assumed"}:
        repo.write(name, "committed")
        repo.commit()
    repo.write(name, "mine")
    if how == "staged":
        repo.git("add", name)
    if how == "assumed":
        repo.git("update-index", "--assume-unchanged", name)
    told = init("skill")
    assert told.exit_code == 1
    assert repo.read(name) == "mine"
    assert f"skill: {name} differs" in told.stderr
    assert (repo.path / SKILL / "references/metadata.md").exists()  # the others are new


def test_files_that_are_the_projects_own_stay(init: Cli, repo: Repo) -> None:
    repo.write(f"{SKILL}/references/ours.md", "how we do it\n")
    assert init().exit_code == 0
    assert repo.read(f"{SKILL}/references/ours.md") == "how we do it\n"


def test_a_skill_behind_a_link_is_left(init: Cli, repo: Repo, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repo.path / ".claude").mkdir()
    (repo.path / ".claude/skills").symlink_to(elsewhere)
    told = init("skill")
    assert told.exit_code == 1
    assert "behind a link" in told.stderr
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_is_a_link_is_never_written_through(
    init: Cli, repo: Repo, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("repos:\n")
    for name in (f"{SKILL}/SKILL.md", "justfile", CONFIG):
        (repo.path / name).parent.mkdir(parents=True, exist_ok=True)
        (repo.path / name).symlink_to(outside)
    repo.commit()
    told = init()
    assert told.exit_code == 1
    assert outside.read_text() == "repos:\n"
    assert [line.split()[:3:2] for line in told.stdout.splitlines() if " left " in line] == [
        ["skill", f"{SKILL}"],
        ["just", "justfile"],
        ["pre-commit", CONFIG],
    ]


def test_a_file_where_a_folder_should_be_is_left(init: Cli, repo: Repo) -> None:
    repo.write(".claude", "a file\n")
    repo.write("justfile", "a:\n    true\n")
    told = init()
    assert told.exit_code == 1
    assert repo.read(".claude") == "a file\n"
    assert repo.read("justfile") == "a:\n    true\n"  # an import of nothing would break it


def test_what_a_killed_one_left_is_taken_away(init: Cli, repo: Repo) -> None:
    draft = repo.write(f"{SKILL}/.SKILL.md.0a1b_z9x.plan-worktree", "half")
    mine = repo.write(f"{SKILL}/.SKILL.md.notes.plan-worktree", "mine")
    assert init().exit_code == 0
    assert not draft.exists()
    assert mine.exists()
    draft.write_text("half")  # killed when the file had its name already
    assert "kept" in init().stdout
    assert not draft.exists()


def test_a_file_that_git_has_and_the_disk_does_not_is_left(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "a:\n    true\n")
    repo.write(CONFIG, "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n")
    repo.write(f"{SKILL}/SKILL.md", "an older one")
    repo.write("here/x", "")
    repo.commit()
    repo.git("sparse-checkout", "set", "--no-cone", "here")
    told = init("skill", "just", "pre-commit")
    assert told.exit_code == 1
    assert told.stderr.count("and the disk does not") == 3
    assert repo.git("status", "--porcelain", "--", "justfile", CONFIG, f"{SKILL}/SKILL.md") == ""


@pytest.mark.parametrize("filled", (True, False))
def test_a_submodule_is_not_written_into(
    init: Cli, repo: Repo, make_repo: Callable[..., Repo], *, filled: bool
) -> None:
    other = make_repo("other")
    allow = ("-c", "protocol.file.allow=always")
    repo.git(*allow, "submodule", "add", "--quiet", str(other.path), ".claude/skills")
    repo.commit()
    if not filled:
        repo.git("submodule", "deinit", "--quiet", "--force", ".claude/skills")
    told = init("skill")
    assert told.exit_code == 1
    assert "in another repository" in told.stderr
    assert not (repo.path / SKILL).exists()
    repo.git(*allow, "submodule", "update", "--init", "--quiet")


def test_what_a_filter_leaves_out_of_the_commit_is_kept(init: Cli, repo: Repo) -> None:
    repo.git("config", "filter.s.clean", "sed /SECRET/d")
    repo.write(".gitattributes", "*.md filter=s\n")
    repo.write(f"{SKILL}/SKILL.md", "old\nSECRET 42\n")
    repo.commit()
    assert repo.git("status", "--porcelain") == ""
    assert init("skill").exit_code == 1
    assert repo.read(f"{SKILL}/SKILL.md") == "old\nSECRET 42\n"


def test_an_older_skill_with_other_line_ends_is_updated(init: Cli, repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write(f"{SKILL}/SKILL.md", "an older\r\none\r\n")
    repo.commit()
    assert "updated" in init("skill").stdout


@pytest.mark.parametrize("kind", ("folder", "fifo", "link to nowhere"))
@pytest.mark.parametrize("name", (f"{SKILL}/SKILL.md", "justfile", CONFIG))
def test_what_is_no_plain_file_is_left_and_the_rest_goes_on(
    init: Cli, repo: Repo, name: str, kind: str
) -> None:
    path = repo.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere")
    told = init("skill", "just", "pre-commit")
    assert told.exit_code == 1
    assert "no plain file" in told.stderr
    assert (repo.path / SKILL / "references/metadata.md").is_file()


def test_a_skill_that_git_ignores_is_for_one_person_alone(init: Cli, repo: Repo) -> None:
    repo.write(".gitignore", ".claude/\n")
    repo.write("justfile", "a:\n    true\n")
    told = init()
    assert told.exit_code == 1
    assert "nobody else gets it" in told.stderr
    assert repo.read("justfile") == "a:\n    true\n"  # it would break for everybody else
    assert "git ignores" in told.stderr


def test_four_at_once_are_as_good_as_one(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "a:\n    true\n")
    command = (sys.executable, "-m", "plan_worktree", "init")
    started = [
        subprocess.Popen(command, cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in started:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert repo.read("justfile").count("import") == 1


# just


@pytest.mark.parametrize("name", ("justfile", "Justfile", ".justfile", "JUSTFILE"))
def test_a_justfile_is_found_in_every_spelling(init: Cli, repo: Repo, name: str) -> None:
    repo.write(name, "a:\n    true\n")
    assert init("just").exit_code == 0
    assert repo.read(name) == f"a:\n    true\n\n{IMPORT}"


def test_a_justfile_is_begun_when_asked_for(init: Cli, repo: Repo) -> None:
    assert init("just").exit_code == 0
    assert repo.read("justfile") == IMPORT
    assert not (repo.path / SKILL).exists()


def test_line_ends_are_kept(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "a:\r\n    true")
    assert init("just").exit_code == 0
    assert repo.read("justfile") == f"a:\r\n    true\r\n\r\n{IMPORT.rstrip()}\r\n"


@pytest.mark.parametrize("just", (True, False), ids=("with just", "without just"))
@pytest.mark.parametrize(
    "text",
    (
        "plan-setup:\n    echo mine\n",
        "@plan-setup NAME='x' *REST: other\n    echo mine\n\nother:\n",
        "alias plan-setup := other\n\nother:\n    true\n",
        "mod plan-setup\n\na:\n    true\n",
        "_plan_worktree := 'x'\n\na:\n    true\n",
        "plan-setup x=('a' +\n 'b'):\n    echo {{x}}\n",
    ),
)
def test_recipes_of_our_names_are_never_shadowed(
    init: Cli, repo: Repo, text: str, *, just: bool
) -> None:
    repo.write("justfile", text)
    repo.write("plan-setup.just", "x:\n    true\n")
    told = init("just", just=just)
    assert told.exit_code == 1
    assert repo.read("justfile") == text
    assert "plan-setup" in told.stderr or "_plan_worktree" in told.stderr
    assert IMPORT.strip() in told.stderr


@pytest.mark.parametrize("just", (True, False))
def test_recipes_of_our_names_may_be_in_an_import(init: Cli, repo: Repo, *, just: bool) -> None:
    repo.write("more.just", "plan-setup:\n    echo mine\n")
    repo.write("justfile", "import 'more.just'\n")
    assert init("just", just=just).exit_code == 1
    assert repo.read("justfile") == "import 'more.just'\n"


@pytest.mark.parametrize(
    "text",
    (
        'plan-setup := "a variable"\n',
        "a:\n    just plan-setup: x\n",
        "# plan-setup: a comment\n",
        "plans:\n    true\n",
    ),
)
def test_what_is_no_recipe_of_our_names_is_in_nobodys_way(init: Cli, repo: Repo, text: str) -> None:
    repo.write("justfile", text)
    assert init("just", just=False).exit_code == 0
    assert repo.read("justfile").endswith(IMPORT)


def test_a_line_that_goes_on_is_not_joined_to_ours(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "a:\n    echo \\\n")
    assert init("just").exit_code == 1
    assert repo.read("justfile") == "a:\n    echo \\\n"


def test_a_copy_that_is_not_ours_is_not_imported(init: Cli, repo: Repo) -> None:
    repo.write(".claude/plan-worktree.just", "garbage here\n")
    repo.write("justfile", "a:\n    true\n")
    told = init("just")
    assert told.exit_code == 1
    assert repo.read("justfile") == "a:\n    true\n"


@pytest.mark.parametrize("line", ("import 'plans.just'", "import 'my-plans.just'"))
def test_an_import_of_something_else_is_not_ours(init: Cli, repo: Repo, line: str) -> None:
    repo.write(line.split("'")[1], "b:\n    true\n")
    repo.write("justfile", f"{line}\n")
    assert init("just").exit_code == 0
    assert repo.read("justfile") == f"{line}\n\n{IMPORT}"


def test_a_justfile_further_up_is_somebody_elses(init: Cli, repo: Repo) -> None:
    (repo.path.parent / "justfile").write_text("plan-setup:\n    true\n")
    assert init("just").exit_code == 0
    assert repo.read("justfile") == IMPORT


def test_an_import_from_elsewhere_is_enough(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "import '../tools/plan-worktree/scripts/plans.just'\n")
    told = init("just")
    assert told.exit_code == 0
    assert "kept" in told.stdout
    assert not (repo.path / ".claude/plan-worktree.just").exists()


# pre-commit


@pytest.mark.parametrize(
    "text",
    (
        "repos:\n- repo: meta\n  hooks:\n  - id: identity\n",
        "repos:\n    - repo: meta\n      hooks:\n          - id: identity",
        "# 0\nrepos: # all\n  # 1\n  - repo: meta\n    hooks: [{id: identity}]\n\n# end\n",
        "---\nrepos:\n  - repo: meta\n    hooks:\n      - id: identity\n",
        "repos:\r\n  - repo: meta\r\n    hooks:\r\n      - id: identity\r\n",
    ),
)
def test_a_list_at_the_end_of_the_file_gets_one_more(init: Cli, repo: Repo, text: str) -> None:
    repo.write(CONFIG, text)
    assert init("pre-commit").exit_code == 0
    after = repo.read(CONFIG)
    assert after.startswith(text)
    assert after.count("plan-validate") == 1
    assert ("\r\n" in after) == ("\r\n" in text)
    assert after.replace("\r\n", "").count("\r") == 0
    checked = run(tool("pre-commit"), "validate-config", cwd=repo.path)
    assert checked == Result(0, "", "")


@pytest.mark.parametrize(
    "text",
    (
        "repos: []\n",
        "repos: [{repo: meta, hooks: [{id: identity}]}]\n",
        "repos:\n",
        "repos:\n  - repo: meta\n    hooks:\n      - id: identity\nfail_fast: true\n",
        "repos:\n  - hooks:\n      - id: identity\n    repo: meta\n",
        "repos:\n  - {repo: meta, hooks: [{id: identity}]}\n",
        "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n---\na: 1\n",
        "fail_fast: true\n",
        "",
        "\udcff\n",
    ),
)
def test_what_cannot_be_added_safely_is_shown(init: Cli, repo: Repo, text: str) -> None:
    raw = text.encode(errors="surrogateescape")
    repo.write(CONFIG, raw)
    told = init("pre-commit")
    assert told.exit_code == 1
    assert (repo.path / CONFIG).read_bytes() == raw
    assert "- repo: local\n" in told.stderr
    assert "    - id: plan-validate\n" in told.stderr


@pytest.mark.parametrize(
    "line",
    (
        "- id: plan-validate-notes",
        "- id: identity # not id: plan-validate",
        "# - id: plan-validate",
    ),
)
def test_an_entry_of_something_else_is_not_ours(init: Cli, repo: Repo, line: str) -> None:
    repo.write(CONFIG, f"repos:\n  - repo: meta\n    hooks:\n      {line}\n      - id: other\n")
    assert "changed" in init("pre-commit").stdout


@pytest.mark.parametrize("line", ("- id: plan-validate", "- id: 'plan-validate'"))
def test_an_entry_that_is_there_stays_as_it_is(init: Cli, repo: Repo, line: str) -> None:
    text = f"repos:\n  - repo: elsewhere\n    rev: v1\n    hooks:\n      {line}\n"
    repo.write(CONFIG, text)
    assert init("pre-commit").exit_code == 0
    assert repo.read(CONFIG) == text


@pytest.mark.parametrize(
    ("folder", "files"),
    (
        ("docs/plans", "^docs/plans/.*\\.md$"),
        ("it's a plan", "'^it''s\\ a\\ plan/.*\\.md$'"),
        (".", "^.*\\.md$"),
        ("a\nb", "^\\.claude/plans/.*\\.md$"),
        ("/somewhere/else", "^\\.claude/plans/.*\\.md$"),
        ("../outside", "^\\.claude/plans/.*\\.md$"),
    ),
)
def test_the_entry_looks_where_plans_live(init: Cli, repo: Repo, folder: str, files: str) -> None:
    repo.git("config", "planWorktree.plans", folder)
    assert init("pre-commit").exit_code == 0
    assert f"        files: {files}\n" in repo.read(CONFIG)
    assert run(tool("pre-commit"), "validate-config", cwd=repo.path) == Result(0, "", "")


def test_pre_commit_runs_what_was_added(init: Cli, repo: Repo, tmp_path: Path) -> None:
    assert init("pre-commit").exit_code == 0
    repo.plan("2026-01-02-broken", "api:nobody")
    repo.plan("2026-01-02-good", "api")
    repo.git("add", "--all")
    programs = tmp_path / "with plan-worktree"
    programs.mkdir()
    (programs / "plan-worktree").symlink_to(tool("plan-worktree"))
    env = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
    }
    ran = run(tool("pre-commit"), "run", "--color", "never", cwd=repo.path, env=env)
    assert ran.exit_code == 1
    assert "2026-01-02-broken.md:" in ran.stdout
    assert "PW202" in ran.stdout
    assert "2 plans checked" in ran.stdout


def test_the_recipes_that_were_copied_work(init: Cli, repo: Repo, tmp_path: Path) -> None:
    assert init("just").exit_code == 0
    repo.plan("2026-01-02-good", "api")
    programs = tmp_path / "with plan-worktree"
    programs.mkdir()
    for program in (tool("plan-worktree"), Path(str(shutil.which("sh")))):
        (programs / program.name).symlink_to(program)
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    ran = run(tool("just"), "plan-validate", cwd=repo.path, env=env)
    assert ran.exit_code == 0, ran.output
    assert "1 plan checked" in ran.output
