"""Home: where it is in ordinary and in awkward repositories."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plan_worktree.project.home import find_home
from plan_worktree.project.refusal import Refused
from plan_worktree.project.settings import Settings
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, checked, new_repo, plan_text
from tests.world import PLAN_ID, POINTER, Cli, branch, cell, executable, follow, row, shop


def bare_clone(repo: Repo, tmp_path: Path) -> Repo:
    checked("git", "clone", "--quiet", "--bare", repo.path, tmp_path / "bare/project.git")
    return Repo(tmp_path / "bare/project.git")


def bare_with_home(repo: Repo, tmp_path: Path) -> tuple[Repo, Repo]:
    bare = bare_clone(repo, tmp_path)
    bare.git("worktree", "add", "--quiet", "../main", "main")
    return bare, Repo(tmp_path / "bare/main")


def submodule(make_repo: Callable[[str], Repo]) -> Repo:
    library, project = make_repo("library"), make_repo("project")
    allow = ("-c", "protocol.file.allow=always")
    project.git(*allow, "submodule", "--quiet", "add", str(library.path), "libs/library")
    project.commit()
    return Repo(project.path / "libs/library")


def separate(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "project")
    checked("git", "init", "--quiet", "--separate-git-dir", tmp_path / "elsewhere.git", repo.path)
    repo.write("README.md", "# A project\n")
    repo.commit()
    return repo


AWKWARD = (
    "-rf it's größe 漢字 🚀",
    '"$(touch hacked)`touch hacked`"',
    "a*[b]?#;%41\\c",
)


@sampled("name", AWKWARD, one_in=3)
def test_any_name_of_the_projects_directory_works(tmp_path: Path, cli: Cli, name: str) -> None:
    repo = shop(new_repo(tmp_path / name / name), "core")

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"
    assert row(cli("setup", cwd=repo.stage(PLAN_ID, "core").path), "core")[1] == "kept"
    assert row(cli("status", PLAN_ID, cwd=repo.path), "core")[1] == "ready"
    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"

    assert repo.worktrees() == []
    assert not (repo.path / "hacked").exists()


@sampled("name", [name.replace("\\", "") for name in AWKWARD], one_in=3)
def test_any_name_of_a_worktrees_directory_works(repo: Repo, cli: Cli, name: str) -> None:
    shop(repo, Stage("core", worktree_path=f"../{name}/core {name}"))

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"

    assert repo.worktrees() == [repo.path.parent / name / f"core {name}"]
    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"
    assert not (repo.path.parent / name).exists()


@pytest.mark.parametrize("name", AWKWARD)
def test_any_name_of_a_plan_file_works(repo: Repo, cli: Cli, name: str) -> None:
    plan = repo.plan(PLAN_ID, "core")
    plan = plan.rename(plan.with_name(f"{name}.md"))

    result = cli("setup", "--", f"./{PLANS}/{name}.md", cwd=repo.path)

    assert row(result, "core")[1] == "created"
    assert (repo.stage(PLAN_ID, "core").path / POINTER).resolve() == plan


def test_a_file_is_found_by_its_plan_id_when_its_name_differs(repo: Repo, cli: Cli) -> None:
    plan = repo.plan(PLAN_ID, "core")
    plan.rename(plan.with_name("renamed.md"))

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"


def test_plans_can_live_in_a_folder_of_the_projects_choice(repo: Repo, cli: Cli) -> None:
    plan = repo.plan(PLAN_ID, "core")
    (repo.path / "docs/plans/2026").mkdir(parents=True)
    plan.rename(repo.path / f"docs/plans/2026/{PLAN_ID}.md")
    repo.git("config", "planWorktree.plans", "docs/plans")

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"

    assert row(cli("status", cwd=repo.stage(PLAN_ID, "core").path), "core")[1] == "ready"


def test_the_root_setting_allows_another_place(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    inner = new_repo(tmp_path / "deep/project")
    place = tmp_path / "trees"
    shop(inner, Stage("core", worktree_path="../../trees/core"))
    before = cli("setup", PLAN_ID, cwd=inner.path)
    inner.git("config", "planWorktree.root", str(place))

    after = cli("setup", PLAN_ID, cwd=inner.path)

    assert before.exit_code == 1
    assert "git config planWorktree.root" in before.stderr
    assert row(after, "core")[1] == "created"
    assert inner.worktrees() == [place / "core"]


def test_the_root_setting_understands_the_users_home(cli: Cli, tmp_path: Path, home: Path) -> None:
    inner = new_repo(tmp_path / "deep/project")
    shop(inner, Stage("core", worktree_path=f"{home}/trees/core"))
    inner.git("config", "planWorktree.root", "~/trees")

    assert row(cli("setup", PLAN_ID, cwd=inner.path), "core")[1] == "created"


def test_the_plans_setting_understands_the_users_home(repo: Repo, cli: Cli, home: Path) -> None:
    repo.git("config", "planWorktree.plans", "~/plans")
    written = cli("new", "till", cwd=repo.path)
    plan = home / "plans" / f"{PLAN_ID}.md"
    plan.write_text(plan_text(PLAN_ID, "core"))
    repo.write(plan.name, "something else\n")

    assert Path(written.stdout.strip()).parent == home / "plans"
    Path(written.stdout.strip()).unlink()
    assert not (repo.path / "~").exists()
    assert PLAN_ID in cli("ls", cwd=repo.path).stdout
    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"
    there = repo.stage(PLAN_ID, "core")
    assert (there.path / POINTER).resolve() == plan
    for words in ((), (PLAN_ID,), (plan,)):
        for place in (repo.path, there.path):
            assert row(cli("status", *words, cwd=place), "core")[1] == "ready"


def test_a_plan_outside_all_repositories_is_checked_against_the_one_that_keeps_it_there(
    repo: Repo, cli: Cli, home: Path
) -> None:
    repo.git("config", "planWorktree.plans", "~/plans")
    plan = home / "plans/done" / f"{PLAN_ID}.md"
    plan.parent.mkdir(parents=True)
    plan.write_text(plan_text(PLAN_ID, Stage("core", modify=("nowhere.txt",))))

    for words in ((), (PLAN_ID,), (str(plan),)):
        result = cli("validate", *words, cwd=repo.path)
        assert "PW502" in result.stdout, words
    assert "PW502" not in cli("validate", plan, cwd=home).stdout


@sampled(
    ("name", "command"),
    (
        ("planWorktree.plans", "ls"),
        ("planWorktree.plans", "new"),
        ("planWorktree.plans", "validate"),
        ("planWorktree.plans", "status"),
        ("planWorktree.plans", "setup"),
        ("planWorktree.root", "setup"),
        ("planWorktree.root", "validate"),
    ),
    one_in=3,
)
def test_a_setting_that_names_an_unknown_user_is_refused_with_the_way_out(
    make_repo: Callable[[str], Repo], cli: Cli, name: str, command: str
) -> None:
    repo = make_repo("deep/project")
    shop(repo, Stage("core", worktree_path="../../outside/core"))
    repo.git("config", name, "~nobody-of-that-name/x")
    words = {"ls": (), "new": ("till",)}.get(command, (PLAN_ID,))

    result = cli(command, *words, cwd=repo.path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"refused: the setting {name} names an unknown user: ~nobody-of-that-name/x: "
        f"git config {name} DIRECTORY\n"
    )
    assert not (repo.path / "~nobody-of-that-name").exists()
    folder = PLANS if name.endswith("plans") else ".."
    repo.git(*shlex.split(result.stderr.rpartition(": git ")[2].replace("DIRECTORY", folder)))
    assert "unknown user" not in cli(command, *words, cwd=repo.path).stderr


def test_hooks_in_the_users_home_are_run(repo: Repo, cli: Cli, home: Path) -> None:
    shop(repo, "core")
    executable(home / "hooks/post-checkout", "touch here")
    repo.git("config", "core.hooksPath", "~/hooks")

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"

    assert (repo.stage(PLAN_ID, "core").path / "here").exists()
    assert not (repo.path / "~").exists()


@pytest.mark.parametrize(
    "written",
    (
        "x",
        "./x y",
        "/x",
        "~",
        "~/",
        "~/x",
        "~//x/..",
        "~root",
        "~root/x",
        "./~x",
        "./~",
        "a/~/b",
        "é",
    ),
)
def test_paths_in_settings_are_read_as_git_reads_them(repo: Repo, written: str) -> None:
    repo.git("config", "planWorktree.plans", written)

    found = Settings(repo.path / ".git").path("planWorktree.plans")

    assert found == Path(repo.git("config", "--type=path", "planWorktree.plans"))


@pytest.mark.parametrize("written", ("", " "))
def test_a_setting_without_a_value_is_none(repo: Repo, written: str) -> None:
    repo.write(
        ".git/config", repo.read(".git/config") + f"[planWorktree]\n plans ={written}\n root\n"
    )
    settings = Settings(repo.path / ".git")

    assert settings.path("planWorktree.plans") is None
    assert settings.path("planWorktree.root") is None


def test_a_bare_clone_without_its_default_branch_says_which_worktree_to_add(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    bare = bare_clone(shop(repo, "core"), tmp_path)

    result = cli("setup", PLAN_ID, cwd=bare.path)

    assert result.exit_code == 1
    assert "has no worktree of its default branch main, which would be home" in result.stderr
    assert follow(result, "git -C", tmp_path).exit_code == 0
    assert row(cli("setup", PLAN_ID, cwd=bare.path), "core")[1] == "created"


@sampled("place", ("project.git", "main", "main/.claude", "other"), one_in=2)
def test_home_of_a_bare_clone_is_the_worktree_of_its_default_branch(
    repo: Repo, cli: Cli, tmp_path: Path, place: str
) -> None:
    bare, home = bare_with_home(shop(repo, "core"), tmp_path)
    bare.git("worktree", "add", "--quiet", "-b", "other", "../other")

    result = cli("setup", PLAN_ID, cwd=tmp_path / "bare" / place)

    assert row(result, "core")[1] == "created"
    assert home.stage(PLAN_ID, "core").path in bare.worktrees()
    assert row(cli("status", cwd=home.stage(PLAN_ID, "core").path), "core")[1] == "ready"


def test_a_bare_clone_kept_as_dot_git_beside_its_worktrees_works(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    shop(repo, "core")
    folder = tmp_path / "layout"
    checked("git", "clone", "--quiet", "--bare", repo.path, folder / ".git")
    Repo(folder).git("worktree", "add", "--quiet", "main", "main")

    assert row(cli("setup", PLAN_ID, cwd=folder), "core")[1] == "created"

    assert (folder / "worktrees" / PLAN_ID / "core").is_dir()


def test_home_of_a_bare_clone_is_found_when_worktrees_have_settings_of_their_own(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    """`git sparse-checkout set` moves core.bare to a file that linked worktrees do not read."""
    _, home = bare_with_home(shop(repo, "core"), tmp_path)
    home.git("sparse-checkout", "set", "--no-cone", "/*")

    assert row(cli("setup", PLAN_ID, cwd=home.path), "core")[1] == "created"


def test_home_of_a_bare_clone_is_found_where_git_must_be_told_of_bare_repositories(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    """In a linked worktree safe.bareRepository=explicit allows everything."""
    _, home = bare_with_home(shop(repo, "core"), tmp_path)
    home.git("config", "--global", "safe.bareRepository", "explicit")

    assert row(cli("setup", PLAN_ID, cwd=home.path), "core")[1] == "created"


def test_a_plan_by_path_and_by_name_belong_to_the_same_home(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    """Some people keep their plans in a repository of notes, linked to from each project."""
    notes = shop(make_repo("notes"), "core")
    (repo.path / ".claude").mkdir()
    (repo.path / PLANS).symlink_to(notes.path / PLANS)

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"
    assert row(cli("setup", f"{PLANS}/{PLAN_ID}.md", cwd=repo.path), "core")[1] == "kept"

    assert notes.worktrees() == []


def test_home_can_be_a_submodule(make_repo: Callable[[str], Repo], cli: Cli) -> None:
    home = shop(submodule(make_repo), "core")

    result = cli("setup", PLAN_ID, cwd=home.path)

    assert row(result, "core")[1] == "created"
    there = home.stage(PLAN_ID, "core")
    assert there.git("symbolic-ref", "--short", "HEAD") == branch("core")
    assert row(cli("status", PLAN_ID, cwd=there.path), "core")[1] == "ready"
    assert (there.path / POINTER).resolve() == home.path / PLANS / f"{PLAN_ID}.md"
    assert row(cli("remove", PLAN_ID, cwd=there.path), "core")[1] == "removed"


def test_home_can_have_its_git_directory_elsewhere(cli: Cli, tmp_path: Path) -> None:
    home = shop(separate(tmp_path), "core")

    assert row(cli("setup", PLAN_ID, cwd=home.path), "core")[1] == "created"

    assert row(cli("status", PLAN_ID, cwd=home.path), "core")[1] == "ready"
    assert (tmp_path / "elsewhere.git/info/exclude").read_text().endswith(f"/{POINTER}\n")
    assert row(cli("remove", PLAN_ID, cwd=home.path), "core")[1] == "removed"


def test_a_stages_worktree_finds_a_home_whose_git_directory_is_elsewhere(
    cli: Cli, tmp_path: Path
) -> None:
    home = shop(separate(tmp_path), "core")
    cli("setup", PLAN_ID, cwd=home.path)

    result = cli("ls", cwd=home.stage(PLAN_ID, "core").path)

    assert PLAN_ID in result.stdout


@pytest.mark.parametrize("command", ("status", "remove"))
@sampled("kind", ("submodule", "separate"), one_in=2)
def test_home_on_a_stages_branch_is_recognised_wherever_its_git_directory_is(
    make_repo: Callable[[str], Repo], cli: Cli, tmp_path: Path, kind: str, command: str
) -> None:
    home = shop(submodule(make_repo) if kind == "submodule" else separate(tmp_path), "core")
    cli("setup", PLAN_ID, cwd=home.path)
    home.git("worktree", "remove", str(home.stage(PLAN_ID, "core").path))
    home.git("switch", "--quiet", branch("core"))

    result = cli(command, PLAN_ID, cwd=home.path)

    if command == "status":
        assert cell(result, "core", "WORKTREE") == "."
    else:
        assert result.exit_code == 1
        assert "is checked out in home" in result.stderr


def test_a_sparse_checkout_carries_over_to_worktrees(repo: Repo, cli: Cli) -> None:
    repo.write("big/data.txt", "data\n")
    repo.write("src/code.txt", "code\n")
    shop(repo, "core")
    repo.git("sparse-checkout", "set", "src", PLANS)

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"

    there = repo.stage(PLAN_ID, "core")
    assert there.git("status", "--porcelain") == ""
    assert row(cli("status", PLAN_ID, cwd=there.path), "core")[1] == "ready"


def test_variables_that_point_git_elsewhere_are_ignored(
    repo: Repo, make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    """As inside a hook of the other repository."""
    shop(repo, "core")
    other = make_repo("other")
    env = {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(other.path / ".git/index"),
        "GIT_COMMON_DIR": str(other.path / ".git"),
        "GIT_OBJECT_DIRECTORY": str(other.path / ".git/objects"),
        "GIT_PREFIX": "sub/",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.worktree",
        "GIT_CONFIG_VALUE_0": str(other.path),
        "GIT_CONFIG_PARAMETERS": "'core.bare'='true'",
    }

    assert row(cli("setup", PLAN_ID, cwd=repo.path, env=env), "core")[1] == "created"
    assert row(cli("status", PLAN_ID, cwd=repo.path, env=env), "core")[1] == "ready"
    assert row(cli("remove", PLAN_ID, cwd=repo.path, env=env), "core")[1] == "removed"

    assert other.branches() == ["main"]
    assert repo.branches() == ["main"]


def test_a_commit_hook_can_set_a_plan_up(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    index = repo.git("rev-parse", "--git-path", "index")
    env = {"GIT_DIR": ".git", "GIT_INDEX_FILE": index, "GIT_PREFIX": ""}

    assert row(cli("setup", PLAN_ID, cwd=repo.path, env=env), "core")[1] == "created"

    assert repo.stage(PLAN_ID, "core").git("status", "--porcelain") == ""


SETTINGS = (
    ("core.quotePath", "true"),
    ("status.showUntrackedFiles", "no"),
    ("status.renames", "copies"),
    ("status.branch", "true"),
    ("worktree.guessRemote", "true"),
    ("checkout.defaultRemote", "origin"),
    ("init.defaultBranch", "trunk"),
    ("core.logAllRefUpdates", "always"),
    ("extensions.worktreeConfig", "true"),
    ("color.ui", "always"),
    ("log.showSignature", "true"),
    ("core.untrackedCache", "true"),
    ("column.ui", "always"),
    ("branch.autoSetupMerge", "always"),
    ("advice.detachedHead", "false"),
)


def test_unusual_settings_change_nothing(repo: Repo, cli: Cli) -> None:
    for name, value in SETTINGS:
        repo.git("config", name, value)
    plan = repo.plan(PLAN_ID, "core", Stage("size", ("core",), branch="feature/größe-size"))
    env = {"LANG": "de_DE.UTF-8", "LANGUAGE": "de", "GIT_CEILING_DIRECTORIES": str(plan.parents[3])}

    assert row(cli("setup", PLAN_ID, cwd=repo.path, env=env), "size")[1] == "created"
    repo.stage(PLAN_ID, "core").write("größe.txt", "untracked\n")
    status = cli("status", PLAN_ID, cwd=repo.path, env=env)

    assert row(status, "core")[1] == "in-progress"
    assert row(status, "size")[1] == "waiting"
    assert cell(status, "core", "FLAGS") == "dirty"
    refused = cli("remove", PLAN_ID, "core", cwd=repo.path, env=env)
    assert refused.exit_code == 1
    assert "stage core: größe.txt is in no commit" in refused.stderr


def test_no_identity_is_needed(repo: Repo, cli: Cli, home: Path) -> None:
    shop(repo, "core")
    (home / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")

    assert row(cli("setup", PLAN_ID, cwd=repo.path), "core")[1] == "created"
    assert row(cli("remove", PLAN_ID, cwd=repo.path), "core")[1] == "removed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository away")
def test_a_repository_of_somebody_else_is_explained_by_git(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 54321, 54321)

    result = cli("setup", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 3
    assert "detected dubious ownership" in result.stderr
    assert "git config --global --add safe.directory" in result.stderr
    shown = cli("validate", f"{PLANS}/{PLAN_ID}.md", cwd=repo.path)
    assert shown.exit_code == 0


@pytest.mark.parametrize("command", ("setup", "status", "remove"))
def test_a_plan_in_no_repository_has_no_worktrees(
    cli: Cli, repo: Repo, tmp_path: Path, command: str
) -> None:
    plan = repo.plan(PLAN_ID, "core")
    (tmp_path / "loose").mkdir()
    plan = plan.rename(tmp_path / "loose" / plan.name)

    result = cli(command, plan, cwd=tmp_path)

    assert result.exit_code == 1
    assert result.stderr == (
        f"refused: {plan} is not in a git repository, so it can have no worktrees: git init\n"
    )


def test_find_home_outside_any_repository_is_none(tmp_path: Path) -> None:
    assert find_home(tmp_path) is None


def test_find_home_of_a_path_that_does_not_exist_looks_above_it(repo: Repo) -> None:
    home = find_home(repo.path / "not/yet/there.md")

    assert home
    assert home.root == repo.path


def test_find_home_of_a_bare_repository_suggests_a_command_for_any_path(
    repo: Repo, tmp_path: Path
) -> None:
    checked("git", "clone", "--quiet", "--bare", repo.path, tmp_path / "two words/project.git")

    with pytest.raises(Refused) as refusal:
        find_home(tmp_path / "two words/project.git")

    command = shlex.split(str(refusal.value).partition("would be home: ")[2])
    assert command == [
        "git", "-C", str(tmp_path / "two words/project.git"),
        "worktree", "add", str(tmp_path / "two words/main"), "main",
    ]  # fmt: skip


def gits(cli: Cli, *words: str, cwd: Path, trace: Path) -> list[str]:
    """Run a command; return the verbs of the gits that it starts."""
    trace.mkdir()
    result = cli(*words, cwd=cwd, env={"GIT_TRACE2_EVENT": str(trace)})
    assert result.exit_code == 0, result.output
    told = "".join(file.read_text() for file in trace.iterdir()).splitlines()
    events = [event for event in map(json.loads, told) if event["event"] == "start"]
    lines = [" ".join(event["argv"][1:]) for event in events]
    shutil.rmtree(trace)
    verbs = ("rev-parse", "config", "worktree list", "ls-tree", "for-each-ref", "status")
    return sorted(verb for line in lines for verb in verbs if f" {verb} " in f" {line} ")


FROM_HOME = {"rev-parse"}
ASKING = {"config"}  # the setting planWorktree.plans
FROM_A_WORKTREE = {"rev-parse", "config", "worktree list"}


@sampled(
    ("words", "asks", "reads"),
    (
        (("validate", f"{PLANS}/{PLAN_ID}.md"), set(), {"ls-tree"}),
        (("validate", PLAN_ID), ASKING, {"ls-tree"}),
        (("validate",), ASKING, {"ls-tree"}),
        (("show", f"{PLANS}/{PLAN_ID}.md"), set(), set()),
        (("ls",), ASKING, set()),
        (("status", PLAN_ID), ASKING, {"worktree list", "for-each-ref", "status"}),
        (("ready", PLAN_ID), ASKING, {"worktree list", "for-each-ref"}),
        (("brief", PLAN_ID, "core"), ASKING, {"worktree list", "for-each-ref"}),
        (("setup", PLAN_ID, "--dry-run"), ASKING, {"worktree list", "for-each-ref", "ls-tree"}),
    ),
    one_in=2,
)
def test_home_its_settings_and_its_worktrees_are_asked_for_once_and_only_when_needed(
    repo: Repo,
    cli: Cli,
    tmp_path: Path,
    words: tuple[str, ...],
    asks: set[str],
    reads: set[str],
) -> None:
    shop(repo, "core")
    cli("setup", PLAN_ID, cwd=repo.path)

    home = gits(cli, *words, cwd=repo.path, trace=tmp_path / "trace")
    linked = gits(cli, *words, cwd=repo.stage(PLAN_ID, "core").path, trace=tmp_path / "trace")

    assert home == sorted(FROM_HOME | asks | reads)
    assert linked == sorted(FROM_A_WORKTREE | asks | reads)


def test_settings_are_read_anew_each_time_that_home_is_looked_for(repo: Repo) -> None:
    before = find_home(repo.path)
    assert before
    assert before.plans_folder() == repo.path / PLANS
    repo.git("config", "planWorktree.plans", "docs")
    after = find_home(repo.path)

    assert before.plans_folder() == repo.path / PLANS
    assert after
    assert after.plans_folder() == repo.path / "docs"


@pytest.mark.parametrize("kind", ("ordinary", "bare"))
def test_the_settings_are_those_of_home_wherever_a_command_is_typed(
    repo: Repo, cli: Cli, tmp_path: Path, kind: str
) -> None:
    home = repo if kind == "ordinary" else bare_with_home(repo, tmp_path)[1]
    home.git("config", "extensions.worktreeConfig", "true")
    home.git("worktree", "add", "--quiet", "-b", "other", "../linked")
    linked = Repo(home.path.parent / "linked")
    home.git("config", "--worktree", "planWorktree.plans", "docs")
    linked.git("config", "--worktree", "planWorktree.plans", "elsewhere")
    home.write(f"docs/{PLAN_ID}.md", plan_text(PLAN_ID, "core"))

    for place in (home, linked):
        assert PLAN_ID in cli("ls", cwd=place.path).stdout


def test_home_of_a_sparse_submodule_is_found_from_its_worktrees(
    make_repo: Callable[[str], Repo], cli: Cli
) -> None:
    """`git sparse-checkout set` moves core.worktree to a file that linked worktrees do not read."""
    home = shop(submodule(make_repo), "core")
    cli("setup", PLAN_ID, cwd=home.path)
    home.git("sparse-checkout", "set", "--no-cone", "/*")

    result = cli("status", PLAN_ID, cwd=home.stage(PLAN_ID, "core").path)

    assert row(result, "core")[1] == "ready"


def test_home_knows_which_paths_git_ignores(repo: Repo) -> None:
    repo.write(".gitignore", "/trees/\n*.tmp\n!keep.tmp\n")
    home = find_home(repo.path)
    assert home

    asked = [repo.path / name for name in ("trees", "src", "a.tmp", "keep.tmp", "trees/a b")]

    assert home.ignored(asked) == {asked[0], asked[2], asked[4]}
    assert home.ignored([]) == frozenset()
