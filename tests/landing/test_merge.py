"""merge: complete stages land in the target, dependencies first, and nothing by halves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.landings import entry, state
from tests.merging import (
    FILE,
    LINES,
    PLAN,
    WAYS,
    edit,
    land,
    landed_ref,
    names,
    shared,
    untouched,
)
from tests.sampling import sampled
from tests.support import Repo, Stage, new_repo
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    declared,
    executable,
    finish,
    follow,
    hook,
    set_up,
    snapshot,
    start,
    suggested,
    work,
)


def test_merge_lands_complete_stages_and_leaves_the_others(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    core = finish(repo, cli, "core")
    cli("sync", PLAN_ID, "ui", cwd=repo.path)
    ui = finish(repo, cli, "ui")
    work(repo, "api", "src/api.txt")

    result = land(repo, cli)

    assert names(repo) == ["core", "ui"]
    assert [state(repo, cli, stage) for stage in ("core", "ui", "api")] == [
        *("merged", "merged", "in-progress")
    ]
    assert repo.git("status", "--porcelain").strip() == f"M {PLAN}"
    assert "not in main yet: api (in-progress), docs (ready), search (waiting)" in result.stdout
    assert repo.git("rev-parse", f"{landed_ref('core')}^2") == core
    assert repo.git("rev-parse", "HEAD^2") == ui


@pytest.mark.thorough
def test_git_is_started_six_times_for_each_stage_that_lands(
    make_repo: Callable[..., Repo], cli: Cli, tmp_path: Path
) -> None:
    counts = {}
    for stages in (("core",), ("core", "api", "docs")):
        repo, trace = make_repo(f"{len(stages)}/project"), tmp_path / f"trace-{len(stages)}"
        set_up(repo, cli, *stages)
        for stage in stages:
            finish(repo, cli, stage)
        trace.mkdir()

        result = cli("merge", PLAN_ID, cwd=repo.path, env={"GIT_TRACE2_EVENT": str(trace)})

        assert result.exit_code == 0, result.output
        first = (json.loads(file.read_text().split("\n")[0]) for file in trace.iterdir())
        counts[len(stages)] = sum("/" not in event["sid"] for event in first)  # not git's own gits
    # Two predict it, one lands it, one looks at what that has given, and two record that.
    assert counts[3] - counts[1] == 2 * 6


def test_merge_says_in_its_message_what_landed_and_what_proved_it(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, Stage("core", name="The  core", verify=("true", "test -e src/core.txt")))
    commit = finish(repo, cli, "core")

    land(repo, cli)

    assert repo.git("log", "-1", "--format=%B") == (
        f"Merge stage core of {PLAN_ID} into main\n\nThe core\n\n"
        f"Plan: {PLAN_ID}\nStage: core\nVerified: {commit} (2 commands passed)\n"
    )


def test_merge_run_again_changes_nothing(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    land(repo, cli)
    before = snapshot(repo.path.parent)

    result = land(repo, cli)

    assert "nothing to land" in result.stdout
    assert snapshot(repo.path.parent) == before


@pytest.mark.parametrize("flags", WAYS, ids=str)
def test_merge_lands_each_stage_of_a_plan_once_and_says_so(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core", "api:core", "ui:core")
    for stage in ("core", "api", "ui"):
        cli("sync", PLAN_ID, stage, cwd=repo.path)
        finish(repo, cli, stage)
    repo.write("other.txt", "somebody else's\n")
    repo.git("add", "other.txt")
    repo.git("commit", "--quiet", "-m", "other work")
    (expected,) = {repo.git("show", f"{branch(s)}:src/{s}.txt") for s in ("core", "api", "ui")}

    result = land(repo, cli, *flags)

    assert [repo.read(f"src/{s}.txt").strip() for s in ("core", "api", "ui")] == [expected] * 3
    assert declared(repo)[""] == "complete"
    assert (
        "done: all 3 stages are in main; to take their worktrees away, before the plan is "
        f"committed: plan-worktree remove {PLAN_ID} --merged\n" in result.stdout
    )
    commits = int(repo.git("rev-list", "--count", "--first-parent", "HEAD"))
    assert commits == 1 + 1 + 1 + 3  # the first, the plan, other work, and one a stage
    for stage in ("core", "api", "ui"):
        by = entry(repo, cli, stage)["landed"]
        assert by == repo.git("rev-parse", f"{landed_ref(stage)}^1")
        assert f"src/{stage}.txt" in repo.git("diff", "--name-only", f"{by}^1", by)
    assert cli("remove", PLAN_ID, "--merged", cwd=repo.path).exit_code == 0
    assert (repo.branches(), repo.worktrees()) == (["main"], [])
    assert land(repo, cli, *flags).stdout.startswith("nothing to land")


def test_merge_json_says_what_landed(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")

    said = land(repo, cli, "--json").json()

    assert said["landed"] == [{"stage": "core", "commit": repo.head()}]
    assert said["stopped"] is None
    assert said["left"] == [{"stage": "api", "state": "ready"}]


def test_merge_dry_run_changes_nothing_and_predicts(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, cli, "core", "05")
    edit(repo, cli, "api", "05")
    before = snapshot(repo.path.parent)

    for flags in WAYS:
        result = land(repo, cli, "--dry-run", *flags, code=1)
        assert "core" in result.stdout
        assert f"stage api does not land in {FILE}: " in result.stderr

    assert snapshot(repo.path.parent) == before


@sampled("flags", (*WAYS, ("--detached",)), ids=str, one_in=4)
def test_a_conflict_stops_merge_and_leaves_landed_what_has_landed(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    shared(repo, cli, "core", "api", "docs")
    for stage, line in (("core", "05"), ("api", "05"), ("docs", "15")):
        edit(repo, cli, stage, line)
    if flags == ("--detached",):
        repo.git("switch", "--quiet", "--detach")

    said = land(repo, cli, "--json", *flags, code=1).json()

    assert [one["stage"] for one in said["landed"]] == ["core"]
    assert (said["stopped"]["stage"], said["stopped"]["files"]) == ("api", [FILE])
    assert repo.git("status", "--porcelain").strip() == f"M {PLAN}"
    assert repo.git("show", f"main:{FILE}") == LINES.replace("line 05", "core 05").strip()


def test_a_conflict_is_resolved_where_the_message_says_and_merge_goes_on(
    repo: Repo, cli: Cli
) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, cli, "core", "05")
    edit(repo, cli, "api", "05")
    stopped = land(repo, cli, code=1)
    assert suggested(stopped, "plan-worktree sync") == [
        *("plan-worktree", "sync", PLAN_ID, "api", "--resolve")
    ]

    opened = cli("sync", PLAN_ID, "api", "--resolve", cwd=repo.path)

    there = repo.stage(PLAN_ID, "api")
    assert "the merge of main is open, with conflicts in src/shared.txt" in opened.stderr
    there.write(FILE, LINES.replace("line 05", "core and api 05"))
    there.commit("both")
    moved = land(repo, cli, code=1)
    assert "has moved since" in moved.stderr
    assert suggested(moved, "plan-worktree complete")[2:] == [PLAN_ID, "api"]
    cli("complete", PLAN_ID, "api", "--accept-scope", "shared", cwd=there.path)
    land(repo, cli)
    assert repo.read(FILE) == LINES.replace("line 05", "core and api 05")
    assert declared(repo)[""] == "complete"


@pytest.mark.second
def test_sync_resolve_opens_nothing_where_a_stage_merges(repo: Repo, cli: Cli) -> None:
    shared(repo, cli, "core", "api")
    edit(repo, cli, "core", "05")
    edit(repo, cli, "api", "15")
    land(repo, cli, "core")
    before = repo.head(branch("api"))

    result = cli("sync", PLAN_ID, "api", "--resolve", cwd=repo.path)

    assert (result.exit_code, repo.head(branch("api"))) == (0, before)


@pytest.mark.second
def test_stages_land_in_the_order_they_are_named(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api", "docs")
    for stage in ("core", "api", "docs"):
        finish(repo, cli, stage)

    land(repo, cli, "docs", "core", "docs")

    assert names(repo) == ["docs", "core"]


def test_a_stage_does_not_land_before_what_it_depends_on(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    finish(repo, cli, "api")
    before = untouched(repo)

    result = land(repo, cli, "api", code=1)

    assert untouched(repo) == before
    assert suggested(result, "plan-worktree") == ["plan-worktree", "merge", PLAN_ID, "core", "api"]
    land(repo, cli, "core", "api")
    assert names(repo) == ["core", "api"]


def test_a_stage_without_commits_lands_as_it_is(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    cli("complete", PLAN_ID, "core", "--empty", cwd=repo.path)
    finish(repo, cli, "api")

    land(repo, cli)

    assert names(repo) == ["api"]
    assert [state(repo, cli, stage) for stage in ("core", "api")] == ["merged", "merged"]
    assert declared(repo)[""] == "complete"


@sampled("flags", WAYS, ids=str, one_in=3)
def test_a_stage_that_was_reverted_is_not_merged_any_more(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    land(repo, cli, *flags)
    landed = repo.head()
    repo.git("commit", "--quiet", "--all", "-m", "the plan")
    mainline = () if flags else ("--mainline", "1")
    repo.git("revert", "--no-edit", *mainline, landed)
    assert state(repo, cli) == "complete"

    result = cli("merge", PLAN_ID, *flags, cwd=repo.path)

    if result.exit_code:  # its commits are in the target: only a revert of the revert helps
        assert f"was taken out again by {repo.head()[:10]}" in result.stderr
        assert follow(result, "git -C", repo.path).exit_code == 0
    assert repo.read("src/core.txt") == "work\n"
    assert state(repo, cli) == "merged"


@pytest.mark.second
def test_others_may_commit_to_the_target_between_two_landings(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api:core")
    finish(repo, cli, "core")
    land(repo, cli)
    repo.write("other.txt", "other\n")
    repo.git("add", "other.txt")
    repo.git("commit", "--quiet", "-m", "other work")
    cli("sync", PLAN_ID, "api", cwd=repo.path)
    finish(repo, cli, "api")

    land(repo, cli)

    assert declared(repo)[""] == "complete"


# Hooks, drivers, signatures: git makes the landing, as the user has set it up.


def test_hooks_run_as_in_any_merge(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    finish(repo, cli, "api")
    log = tmp_path / "log"
    for name in ("pre-merge-commit", "commit-msg", "post-merge", "pre-commit"):
        hook(repo, name, f"echo {name} >>'{log}'")

    land(repo, cli, "core")
    land(repo, cli, "api", "--squash")

    assert log.read_text().split() == [
        *("pre-merge-commit", "commit-msg", "post-merge"), *("pre-commit", "commit-msg"),
    ]  # fmt: skip


@sampled(
    ("name", "flags"),
    (
        ("pre-merge-commit", ()),
        ("commit-msg", ()),
        ("commit-msg", ("--squash",)),
        ("pre-commit", ("--squash",)),
        ("reference-transaction", ()),
        ("reference-transaction", ("--squash",)),
        ("reference-transaction", ("--rebase",)),
    ),
    ids=str,
    one_in=3,
)
def test_a_hook_that_refuses_leaves_everything_as_it_was(
    repo: Repo, cli: Cli, name: str, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    script = "echo no, not today >&2; exit 1"
    if name == "reference-transaction":
        script = f'if [ "$1" = prepared ] && grep -q "refs/heads/main$"; then {script}; fi'
    hook(repo, name, script)
    before = untouched(repo)

    result = cli("merge", PLAN_ID, *flags, "--json", cwd=repo.path)

    assert result.exit_code == 3, result.output
    assert "not today" in result.json()["stopped"]["reason"]
    assert untouched(repo) == before
    leftovers = {path.name for path in (repo.path / ".git").iterdir()}
    assert leftovers.isdisjoint({"MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "plan-worktree.landing"})
    (repo.path / ".git/hooks" / name).unlink()
    land(repo, cli, *flags)


@pytest.mark.thorough
def test_a_commit_that_cannot_be_signed_leaves_everything_as_it_was(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    gpg = executable(tmp_path / "gpg", "echo no secret key >&2; exit 2")
    repo.git("config", "gpg.program", str(gpg))
    repo.git("config", "commit.gpgSign", "true")
    before = untouched(repo)

    for flags in WAYS:
        result = land(repo, cli, *flags, code=0 if flags == ("--rebase",) else 3)
        if not result.exit_code:  # it stands right behind the target: there is nothing to sign
            break
        assert "gpg failed" in result.stderr
        assert untouched(repo) == before


@pytest.mark.second
def test_a_merge_driver_that_fails_leaves_everything_as_it_was(repo: Repo, cli: Cli) -> None:
    repo.write(".gitattributes", f"{FILE} merge=broken\n")
    shared(repo, cli, "core")
    edit(repo, cli, "core", "05")
    repo.write(FILE, LINES.replace("line 15", "main 15"))
    repo.git("commit", "--quiet", "-m", "other", FILE)
    repo.git("config", "merge.broken.driver", "exit 3")
    before = untouched(repo)

    result = cli("merge", PLAN_ID, cwd=repo.path)

    assert result.exit_code in (1, 3), result.output
    assert untouched(repo) == before


SETTINGS = {
    "merge.ff": "only",
    "branch.main.mergeOptions": "--squash --no-commit",
    "merge.autoStash": "true",
    "commit.cleanup": "scissors",
    "core.commentChar": "P",
    "i18n.commitEncoding": "latin1",
    "i18n.logOutputEncoding": "latin2",
    "merge.log": "true",
    "commit.template": "/nowhere",
}


@pytest.mark.second
@sampled("name", SETTINGS, one_in=3)
def test_a_landing_is_what_it_is_whatever_the_settings(repo: Repo, cli: Cli, name: str) -> None:
    set_up(repo, cli, Stage("core", name="#1 Größe"), Stage("api", name="#2 Prüfung"))
    core = finish(repo, cli, "core")
    there = repo.stage(PLAN_ID, "api")
    there.write("src/api.txt", "work\n")
    api = there.commit("#3 erősebb")
    cli("complete", PLAN_ID, "api", cwd=there.path)
    repo.git("config", "commit.cleanup", "strip")
    repo.git("config", name, SETTINGS[name])

    land(repo, cli, "core")
    land(repo, cli, "api", "--squash")

    utf_8 = ("-c", "i18n.logOutputEncoding=UTF-8")
    assert repo.git(*utf_8, "log", "-1", "--format=%B", "HEAD^") == (
        f"Merge stage core of {PLAN_ID} into main\n\n#1 Größe\n\n"
        f"Plan: {PLAN_ID}\nStage: core\nVerified: {core} (no commands)\n"
    )
    assert repo.git(*utf_8, "log", "-1", "--format=%B") == (
        f"#2 Prüfung (api of {PLAN_ID})\n\n- #3 erősebb\n\n"
        f"Plan: {PLAN_ID}\nStage: api\nVerified: {api} (no commands)\n"
    )
    assert repo.git("stash", "list") == ""


@pytest.mark.second
def test_a_hook_may_change_what_is_merged(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    finish(repo, cli, "api")
    hook(repo, "pre-commit", "date +%N >>stamp.txt; git add stamp.txt")

    land(repo, cli, "--squash")

    assert names(repo) == ["core", "api"]
    assert len(repo.read("stamp.txt").split()) == 2
    assert declared(repo)[""] == "complete"


# --detached


@sampled("flags", WAYS, ids=str, one_in=3)
def test_detached_lands_in_a_branch_that_nobody_has_checked_out(
    repo: Repo, cli: Cli, flags: tuple[str, ...]
) -> None:
    set_up(repo, cli, "core", "api")
    finish(repo, cli, "core")
    finish(repo, cli, "api")
    repo.git("switch", "--quiet", "--create", "elsewhere")
    repo.write("src/core.txt", "mine, untracked\n")

    land(repo, cli, "--detached", *flags)

    assert repo.git("ls-tree", "-r", "--name-only", "main", "src").split() == [
        "src/api.txt",
        "src/core.txt",
    ]
    assert repo.read("src/core.txt") == "mine, untracked\n"
    assert declared(repo)[""] == "complete"


@pytest.mark.second
def test_detached_commits_are_signed_when_the_user_signs(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    repo.git("switch", "--quiet", "--detach")
    gpg = executable(tmp_path / "gpg", "echo no secret key >&2; exit 2")
    repo.git("config", "gpg.program", str(gpg))
    repo.git("config", "commit.gpgSign", "true")
    before = untouched(repo)

    result = cli("merge", PLAN_ID, "--detached", cwd=repo.path)

    assert (result.exit_code, untouched(repo)) == (3, before)
    assert "gpg failed" in result.stderr


def test_detached_refuses_a_target_that_somebody_has_checked_out(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")

    result = land(repo, cli, "--detached", code=1)

    assert suggested(result, "plan-worktree merge") == ["plan-worktree", "merge", PLAN_ID]


@pytest.mark.thorough
def test_two_at_once_land_each_stage_once(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *(f"s{number}" for number in range(5)))
    for number in range(5):
        finish(repo, cli, f"s{number}")
    processes = [start("merge", PLAN_ID, cwd=repo.path) for _ in range(3)]
    ends = [process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], ends
    assert sorted(names(repo)) == [f"s{number}" for number in range(5)]


def test_a_bare_repository_s_home_gets_the_landing(tmp_path: Path, cli: Cli) -> None:
    made = new_repo(tmp_path / "made")
    made.git("clone", "--quiet", "--bare", str(made.path), str(tmp_path / "größe.git"))
    bare = Repo(tmp_path / "größe.git")
    bare.git("worktree", "add", "--quiet", str(tmp_path / "my home"), "main")
    home = Repo(tmp_path / "my home")
    set_up(home, cli, "core")
    finish(home, cli, "core")

    land(home, cli)

    assert home.read("src/core.txt") == "work\n"
    assert names(home) == ["core"]
    assert list(bare.path.glob("worktrees/*/plan-worktree.*")) == []


@pytest.mark.second
def test_merge_warns_of_a_plan_that_owners_have_not_read(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "ui")
    for stage in ("core", "ui"):
        cli("start", PLAN_ID, stage, "--owner", "ada", cwd=repo.path)
        finish(repo, cli, stage)
    path = repo.path / ".claude/plans" / f"{PLAN_ID}.md"
    assert "warning" not in cli("merge", PLAN_ID, "--dry-run", cwd=repo.path).stderr
    path.write_text(path.read_text().replace("Adds the Core part.", "Adds another part."))

    result = land(repo, cli)

    assert result.exit_code == 0
    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning")]
    changed = "the plan has changed since its owner read it (its section)"
    assert warnings == [
        f"warning: stage core: {changed}: plan-worktree brief {PLAN_ID} core",
        f"warning: the plan has edits that are in no commit: git -C {repo.path} diff -- {path}",
    ]
