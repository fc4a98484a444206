"""init: a project gets the skill, recipes and pre-commit hook, and keeps what is its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.result import Result
from tests.sampling import sampled
from tests.support import ROOT, Repo, checked, path_without, run, tool

Cli = Callable[..., Result]
SKILL = ".claude/skills/plan-worktree"
CONFIG = ".pre-commit-config.yaml"
COPY = ".claude/plan-worktree.just"
IMPORT = f"import '{COPY}'\n"
# Where just and plan-worktree are, for they need not be on that of whoever runs the tests.
PATH = os.pathsep.join(
    [str(tool("just").parent), str(tool("plan-worktree").parent), os.environ["PATH"]]
)
LINK = ".agents/skills/plan-worktree"
UNUSED = {CONFIG: "skipped", ".agents": "skipped"}


@pytest.fixture
def init(cli: Cli, repo: Repo) -> Cli:
    """Run init in the repository, with just on PATH unless another PATH is given."""

    def call(*args: str, cwd: Path | None = None, path: str = PATH) -> Result:
        return cli("init", *args, cwd=cwd or repo.path, env={"PATH": path})

    return call


def contents(repo: Repo) -> dict[str, bytes]:
    return {
        str(path.relative_to(repo.path)): path.read_bytes()
        for path in sorted(repo.path.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(repo.path).parts
    }


def pasted(told: Result) -> str:
    """Return what is to be pasted: the lines below the one message that ends with a colon."""
    assert told.exit_code == 1, told.output
    _, _, below = told.stderr.partition(":\n")
    return "".join(line for line in below.splitlines(keepends=True) if "see it: " not in line)


def actions(told: Result) -> dict[str, str]:
    """Return what became of each file, the skill's as one."""
    rows = [line.split() for line in told.stdout.splitlines()[1:]]
    return {file: action for _, action, file, *_ in rows}


def test_a_project_that_uses_neither_gets_the_skill(init: Cli, repo: Repo) -> None:
    told = init()
    assert told.exit_code == 0, told.output
    for name in ("SKILL.md", "references/metadata.md", "assets/plan-template.md"):
        assert repo.read(f"{SKILL}/{name}") == (ROOT / "skills/plan-worktree" / name).read_text()
    assert not (repo.path / SKILL / "evals").exists()
    assert not (repo.path / SKILL / "assets/demo-project").exists()
    assert not (repo.path / "justfile").exists()
    assert not (repo.path / CONFIG).exists()
    assert "plan-worktree init just" in told.stderr
    assert "plan-worktree init pre-commit" in told.stderr


def test_other_agents_get_a_link_to_the_one_copy_of_the_skill(init: Cli, repo: Repo) -> None:
    assert actions(init("agents")) == {SKILL: "added", LINK: "added"}
    assert (repo.path / LINK).is_symlink()
    assert (repo.path / LINK / "SKILL.md").samefile(repo.path / SKILL / "SKILL.md")
    repo.commit("the skill")
    assert repo.git("ls-files", "--stage", LINK).startswith("120000 ")
    assert actions(init("agents")) == {SKILL: "kept", LINK: "kept"}
    assert actions(init()) == {
        SKILL: "kept", LINK: "kept", CONFIG: "skipped", "justfile": "skipped",
    }  # fmt: skip


@pytest.mark.parametrize("what", ("a file", "a folder", "another link", "a link above"))
def test_what_is_where_the_link_belongs_stays(init: Cli, repo: Repo, what: str) -> None:
    path = repo.path / LINK
    if what == "a link above":
        (repo.path / "else").mkdir()
        path.parent.parent.symlink_to("else")
    else:
        path.parent.mkdir(parents=True)
    if what == "a file":
        path.write_text("mine\n")
    elif what == "a folder":
        path.mkdir()
    elif what == "another link":
        path.symlink_to("nowhere")
    told = init("agents")
    assert actions(told)[LINK] == "left"
    assert "make room for it, then init again" in told.stderr
    assert not (repo.path / "else/skills").exists()


def test_run_again_it_changes_nothing(init: Cli, repo: Repo) -> None:
    assert init("skill", "agents", "just", "pre-commit").exit_code == 0
    before = contents(repo)
    told = init()
    assert told.exit_code == 0
    assert contents(repo) == before
    assert set(actions(told).values()) == {"kept"}


def test_a_dry_run_says_the_same_and_changes_nothing(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "greet:\n    echo hello\n")
    before = contents(repo)
    told = init("--dry-run", "skill", "just", "pre-commit")
    assert contents(repo) == before
    assert "nothing was changed" in told.stderr
    assert init("skill", "just", "pre-commit").stdout == told.stdout


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


@pytest.mark.second
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


# Files that are ours, and what stands where they belong


def test_an_older_skill_is_updated_when_git_has_it(init: Cli, repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write(f"{SKILL}/SKILL.md", "an older\r\none\r\n")
    repo.commit()
    told = init("skill")
    assert told.exit_code == 0
    assert "updated" in told.stdout
    assert "an older" not in repo.read(f"{SKILL}/SKILL.md")
    assert repo.git("show", f"HEAD:{SKILL}/SKILL.md") == "an older\none"


@pytest.mark.parametrize("how", ("untracked", "unseen", "filtered"))
def test_a_skill_that_git_does_not_have_as_it_is_is_left(init: Cli, repo: Repo, how: str) -> None:
    name = f"{SKILL}/SKILL.md"
    if how == "unseen":
        repo.write(name, "committed")
        repo.commit()
        repo.git("update-index", "--assume-unchanged", name)
    repo.write(name, "mine\nSECRET 42\n")
    if how == "filtered":
        repo.git("config", "filter.s.clean", "sed /SECRET/d")
        repo.write(".gitattributes", "*.md filter=s\n")
        repo.commit()
        assert repo.git("status", "--porcelain") == ""
    told = init("skill")
    assert told.exit_code == 1
    assert repo.read(name) == "mine\nSECRET 42\n"
    assert f"skill: {name} differs" in told.stderr
    assert (repo.path / SKILL / "references/metadata.md").exists()  # the others are new


def test_what_a_killed_one_left_is_finished(init: Cli, repo: Repo) -> None:
    draft = repo.write(f"{SKILL}/.SKILL.md.0a1b_z9x.plan-worktree", "half")
    mine = repo.write(f"{SKILL}/.SKILL.md.notes.plan-worktree", "mine")
    for name in (f"{SKILL}/SKILL.md", "justfile", CONFIG):
        repo.write(name, "")
    assert init().exit_code == 0
    assert not draft.exists()
    assert mine.exists()
    assert "name: plan-worktree" in repo.read(f"{SKILL}/SKILL.md")
    assert repo.read("justfile") == IMPORT
    assert "plan-validate" in repo.read(CONFIG)


def test_a_skill_behind_a_link_is_left(init: Cli, repo: Repo, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repo.path / ".claude").mkdir()
    (repo.path / ".claude/skills").symlink_to(elsewhere)
    told = init("skill")
    assert told.exit_code == 1
    assert "behind a link" in told.stderr
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("kind", ("folder", "fifo", "link to nowhere", "link to a file"))
def test_what_is_no_plain_file_is_left_and_the_rest_goes_on(
    init: Cli, repo: Repo, tmp_path: Path, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("repos:\n")
    for name in (f"{SKILL}/SKILL.md", "justfile", CONFIG):
        path = repo.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "folder":
            path.mkdir()
        elif kind == "fifo":
            os.mkfifo(path)
        else:
            path.symlink_to("nowhere" if kind == "link to nowhere" else outside)
    told = init("skill", "just", "pre-commit")
    assert told.exit_code == 1
    assert told.stderr.count("is no plain file") == 3
    assert IMPORT in told.stderr
    assert "    - id: plan-validate\n" in told.stderr
    assert outside.read_text() == "repos:\n"
    assert not (repo.path / "nowhere").exists()
    assert (repo.path / SKILL / "references/metadata.md").is_file()


def test_a_file_where_a_folder_should_be_is_left(init: Cli, repo: Repo) -> None:
    repo.write(".claude", "a file\n")
    repo.write("justfile", "a:\n    true\n")
    assert init().exit_code == 1
    assert repo.read(".claude") == "a file\n"
    assert repo.read("justfile") == "a:\n    true\n"  # an import of nothing would break it


def test_a_file_that_git_has_and_the_disk_does_not_is_left(init: Cli, repo: Repo) -> None:
    files = ("justfile", CONFIG, f"{SKILL}/SKILL.md")
    for name in (*files, "here/x"):
        repo.write(name, "an older one\n")
    repo.commit()
    repo.git("sparse-checkout", "set", "--no-cone", "here")
    told = init("skill", "just", "pre-commit")
    assert told.exit_code == 1
    assert told.stderr.count("and the disk does not") == 3
    assert repo.git("status", "--porcelain", "--", *files) == ""


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


def test_a_skill_that_git_ignores_is_for_one_person_alone(init: Cli, repo: Repo) -> None:
    repo.write(".gitignore", "/.claude/\n")
    told = init("skill")
    assert told.exit_code == 0
    assert "nobody else gets it" in told.stderr


# just


def recipes(repo: Repo) -> dict[str, Any]:
    """Return what just reads in the project."""
    dumped = checked(tool("just"), "--dump", "--dump-format", "json", cwd=repo.path)
    found: dict[str, Any] = json.loads(dumped)
    return found


def test_a_justfile_is_begun_when_asked_for_and_its_recipes_work(init: Cli, repo: Repo) -> None:
    (repo.path.parent / "justfile").write_text("plan-setup:\n    true\n")  # somebody else's
    assert init("just").exit_code == 0
    assert repo.read("justfile") == IMPORT
    assert not (repo.path / SKILL).exists()
    repo.plan("2026-01-02-good", "api")
    ran = run(tool("just"), "plan-validate", cwd=repo.path, env={"PATH": PATH})
    assert ran.exit_code == 0, ran.output
    assert "1 plan checked" in ran.output


def test_a_justfile_is_found_in_every_spelling(init: Cli, repo: Repo) -> None:
    repo.write(".JustFile", "a:\n    true\n")
    assert actions(init()) == {SKILL: "added", COPY: "added", ".JustFile": "changed"} | UNUSED


@pytest.mark.parametrize(
    "text",
    (
        "#!/usr/bin/env just --justfile\n# a header\n\ngreet:\n    echo \\\n",
        "mod sub\nimport? 'nothing.just'\nimport 'plans.just'\ngreet:\n    echo hello\n    \n",
        "set allow-duplicate-recipes\nimport 'plans.just'\n\nplan-ls:\n    echo mine\n",
    ),
)
def test_what_the_project_has_stays_what_it_is(init: Cli, repo: Repo, text: str) -> None:
    repo.write("justfile", text)
    repo.write("sub.just", "x:\n    true\n")
    setup = "plan-setup:\n    echo mine too\n" if "duplicate" in text else ""
    repo.write("plans.just", f"other:\n    true\n{setup}")
    before = recipes(repo)
    assert actions(init("just"))["justfile"] == "changed"
    assert repo.read("justfile") == f"{text}\n{IMPORT}"
    after = recipes(repo)
    assert after["recipes"] | before["recipes"] == after["recipes"]
    assert (after["first"], after["modules"]) == (before["first"], before["modules"])
    assert "plan-start" in after["recipes"]


@sampled(
    "text",
    (
        "@plan-setup NAME='x' *REST: other\n    echo mine\n\nother:\n",
        "alias plan-setup := other\n\nother:\n    true\n",
        "_plan_worktree := 'x'\n",
        "import 'plan-setup.just'\nplan-validate := 'x'\n",
    ),
    one_in=4,
)
def test_names_of_ours_are_kept_and_ours_can_be_called_beside_them(
    init: Cli, repo: Repo, text: str
) -> None:
    repo.write("justfile", text)
    repo.write("plan-setup.just", "plan-setup:\n    true\n")
    before = recipes(repo)
    told = init("just")
    assert told.exit_code == 0
    assert "plan-setup" in told.stderr or "_plan_worktree" in told.stderr
    assert "call ours as: just plan-worktree plan-ls\n" in told.stderr
    assert repo.read("justfile") == f"{text}\nmod plan-worktree '{COPY}'\n"
    after = recipes(repo)
    assert after["recipes"] == before["recipes"]
    assert "plan-start" in after["modules"]["plan-worktree"]["recipes"]
    assert actions(init("just"))["justfile"] == "kept"
    ran = run(tool("just"), "plan-worktree", "plan-validate", cwd=repo.path, env={"PATH": PATH})
    assert (ran.exit_code, ran.stdout) == (0, "")


def test_who_has_our_names_and_a_module_of_our_name_gets_a_line_to_paste(
    init: Cli, repo: Repo
) -> None:
    text = "plan-setup:\n    true\n\nplan-worktree:\n    true\n"
    repo.write("justfile", text)
    told = init("just")
    assert repo.read("justfile") == text
    repo.write("justfile", f"{text}\n{pasted(told).replace('NAME', 'plans')}")
    assert "plan-start" in recipes(repo)["modules"]["plans"]["recipes"]


@pytest.mark.parametrize(
    ("text", "action"),
    (
        ("import 'more.just'\n", "left"),
        ("build:\n    true\n", "changed"),
    ),
)
def test_without_just_only_what_is_plain_is_added_to(
    init: Cli, repo: Repo, tmp_path: Path, text: str, action: str
) -> None:
    repo.write("more.just", "")
    repo.write("justfile", text)
    told = init("just", path=path_without("just", tmp_path / "bin"))
    assert actions(told)["justfile"] == action
    if action == "left":
        assert repo.read("justfile") == text
        repo.write("justfile", f"{text}\n{pasted(told)}")
    assert repo.read("justfile") == f"{text}\n{IMPORT}"
    assert "plan-start" in recipes(repo)["recipes"]


@pytest.mark.parametrize(
    "raw", (b"a:\r\n    true\r\n", b"a:\n    true", b"\xef\xbb\xbfa:\n    true\n")
)
def test_unusual_bytes_are_left_to_an_editor(init: Cli, repo: Repo, raw: bytes) -> None:
    path = repo.write("justfile", raw)
    line = pasted(init("just"))
    assert path.read_bytes() == raw
    path.write_bytes(raw + b"\n" + line.encode())
    assert {"a", "plan-start"} <= recipes(repo)["recipes"].keys()
    assert init("just").exit_code == 0


def test_a_justfile_that_just_cannot_read_is_left(init: Cli, repo: Repo) -> None:
    path = repo.write("justfile", raw := b"a:\n    echo \xe9\n")
    told = init("just")
    assert told.exit_code == 1
    assert path.read_bytes() == raw
    assert f"just cannot read {path} (error: " in told.stderr


def test_a_copy_that_is_not_ours_is_not_imported(init: Cli, repo: Repo) -> None:
    repo.write(COPY, "garbage here\n")
    repo.write("justfile", "a:\n    true\n")
    assert set(actions(init("just")).values()) == {"left"}
    assert repo.read("justfile") == "a:\n    true\n"
    assert repo.read(COPY) == "garbage here\n"


def test_a_copy_that_git_ignores_breaks_nobodys_justfile(init: Cli, repo: Repo) -> None:
    repo.write(".gitignore", ".claude/\n")
    repo.write("justfile", "a:\n    true\n")
    told = init("just")
    assert repo.read("justfile") == "a:\n    true\n"
    repo.write("justfile", f"a:\n    true\n\n{pasted(told)}")
    assert "plan-start" in recipes(repo)["recipes"]
    (repo.path / COPY).unlink()
    assert set(recipes(repo)["recipes"]) == {"a"}


def test_an_import_from_elsewhere_is_enough(init: Cli, repo: Repo) -> None:
    repo.write("justfile", "import '../tools/plan-worktree/scripts/plans.just'\n")
    assert actions(init("just")) == {"justfile": "kept"}
    assert not (repo.path / COPY).exists()


# pre-commit


def pre_commit(repo: Repo, tmp_path: Path) -> Result:
    """Run pre-commit on all files, with plan-worktree on PATH."""
    env = {"PATH": PATH, "PRE_COMMIT_HOME": str(tmp_path / "pre-commit")}
    repo.git("add", "--all")
    command = (str(tool("pre-commit")), "run", "--color", "never", "--all-files")
    return run(*command, cwd=repo.path, env=env)


def paste_hook(repo: Repo, told: Result) -> None:
    """Paste where the message says: below the line `repos:`, which is written if there is none."""
    assert "directly below the line repos: " in told.stderr
    text = (repo.path / CONFIG).read_bytes().decode()
    if "repos:" not in text:
        text += "repos:\n"
    start = text.index("repos:")
    cut = text.index("\n", start) + 1
    repo.write(CONFIG, text[:cut] + pasted(told) + text[cut:])


def test_pre_commit_runs_the_configuration_that_was_written(
    init: Cli, repo: Repo, tmp_path: Path
) -> None:
    assert init("pre-commit").exit_code == 0
    repo.plan("2026-01-02-broken", "api:nobody")
    repo.plan("2026-01-02-good", "api")
    ran = pre_commit(repo, tmp_path)
    assert ran.exit_code == 1
    assert "2026-01-02-broken.md:" in ran.stdout
    assert "PW202" in ran.stdout
    assert "2 plans checked" in ran.stdout


@pytest.mark.thorough
def test_the_printed_entry_works_in_the_sample_of_pre_commit(
    init: Cli, repo: Repo, make_repo: Callable[..., Repo], tmp_path: Path
) -> None:
    sample = checked(tool("pre-commit"), "sample-config")
    names = [line.split()[-1] for line in sample.splitlines() if " id: " in line]
    hooks = make_repo("pre-commit-hooks")
    known = [{"id": name, "name": name, "entry": "true", "language": "system"} for name in names]
    hooks.write(".pre-commit-hooks.yaml", json.dumps(known))
    hooks.commit()
    hooks.git("tag", sample.partition("rev: ")[2].split()[0])
    sample = sample.replace("https://github.com/pre-commit/pre-commit-hooks", str(hooks.path))
    repo.write(CONFIG, sample)
    told = init("pre-commit")
    assert repo.read(CONFIG) == sample
    paste_hook(repo, told)
    repo.plan("2026-01-02-broken", "api:nobody")
    ran = pre_commit(repo, tmp_path)
    assert all(f"{name}." in ran.stdout for name in names), ran.output
    assert ran.stdout.count("Passed") == len(names)
    assert "PW202" in ran.stdout
    assert actions(init("pre-commit")) == {CONFIG: "kept"}


@sampled(
    "text",
    (
        "repos:\n- repo: meta\n  hooks:\n  - id: identity # no plan-validate\nfail_fast: true\n",
        "repos:\n    - repo: meta\n      hooks:\n          - id: identity",
        "default_stages:\n- pre-commit\nrepos: #\n\n  - repo: meta\n    hooks: [{id: identity}]\n",
        "\ufeff---\r\nrepos:\r\n  - {repo: meta, hooks: [{id: identity}]}\r\n",
        "fail_fast: true\n",
    ),
    one_in=3,
)
def test_the_printed_entry_fits_every_block_layout(
    init: Cli, repo: Repo, tmp_path: Path, text: str
) -> None:
    repo.write(CONFIG, text)
    told = init("pre-commit")
    assert repo.read(CONFIG) == text
    paste_hook(repo, told)
    ran = pre_commit(repo, tmp_path)
    assert ran.exit_code == 0, ran.output
    assert "validate implementation plans" in ran.stdout
    assert ("\nidentity..." in ran.stdout) == ("identity" in text)


@pytest.mark.parametrize("hook", ("id: plan-validate", "{id: 'plan-validate'} # ours"))
def test_an_entry_that_is_there_is_enough(init: Cli, repo: Repo, hook: str) -> None:
    repo.write(CONFIG, f"repos:\n  - repo: elsewhere\n    rev: v1\n    hooks:\n      - {hook}\n")
    assert actions(init("pre-commit")) == {CONFIG: "kept"}


@sampled(
    ("folder", "files"),
    (
        ("it's a plan", "^it''s\\ a\\ plan/.*\\.md$"),
        (".", "^.*\\.md$"),
        ("a\nb", "^\\.claude/plans/.*\\.md$"),
        ("../outside", "^\\.claude/plans/.*\\.md$"),
    ),
    one_in=4,
)
def test_the_entry_looks_where_plans_live(init: Cli, repo: Repo, folder: str, files: str) -> None:
    repo.git("config", "planWorktree.plans", folder)
    assert init("pre-commit").exit_code == 0
    assert f"        files: '{files}'\n" in repo.read(CONFIG)
    assert run(tool("pre-commit"), "validate-config", cwd=repo.path) == Result(0, "", "")


# claude-worktrees


def test_claude_worktrees_are_only_changed_when_asked_for(init: Cli, repo: Repo) -> None:
    assert "claude-worktrees" not in init().stdout
    assert not (repo.path / ".claude/hooks").exists()
    assert not run("git", "config", "planWorktree.place", cwd=repo.path).stdout


def test_claude_worktrees_set_the_place_and_the_hooks_and_git_ignores_them(
    init: Cli, repo: Repo, cli: Cli
) -> None:
    dry = init("claude-worktrees", "--dry-run")
    assert contents(repo) == {"README.md": (repo.path / "README.md").read_bytes()}
    told = init("claude-worktrees")
    assert (told.exit_code, told.stdout) == (0, dry.stdout)
    assert set(actions(told).values()) == {"added"}
    assert set(actions(init("claude-worktrees")).values()) == {"kept"}
    assert repo.git("config", "planWorktree.place") == ".claude/worktrees"
    made = cli("new", "x", "--stage", "one:One", cwd=repo.path)
    assert made.exit_code == 0
    text = Path(made.stdout.strip()).read_text()
    assert '"worktree_path": ".claude/worktrees/' in text
    assert repo.git("check-ignore", ".claude/worktrees/x/") == ".claude/worktrees/x/"


def test_settings_of_claude_code_that_exist_are_left_and_what_to_add_is_printed(
    init: Cli, repo: Repo
) -> None:
    settings = repo.write(".claude/settings.json", '{"model": "opus"}\n')
    told = init("claude-worktrees")
    assert actions(told)[".claude/settings.json"] == "left"
    assert settings.read_text() == '{"model": "opus"}\n'
    added = json.loads(pasted(told))
    settings.write_text(json.dumps({"model": "opus"} | added))
    assert init("claude-worktrees").exit_code == 0


def test_a_place_that_was_chosen_stays_chosen(init: Cli, repo: Repo) -> None:
    repo.git("config", "planWorktree.place", "../elsewhere")
    told = init("claude-worktrees")
    assert told.exit_code == 0
    assert "git config planWorktree.place .claude/worktrees" in told.stderr
    assert repo.git("config", "planWorktree.place") == "../elsewhere"
