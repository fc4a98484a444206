"""start: one owner a stage, on a base that has what the stage needs."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.result import Result
from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage, new_repo, tool
from tests.world import (
    LOCK,
    PLAN_ID,
    Cli,
    base_ref,
    branch,
    claim_ref,
    declared,
    executable,
    finish,
    follow,
    hook,
    merge,
    refs,
    set_up,
    shop,
    snapshot,
    work,
)
from tests.world import start as begin


def start(repo: Repo, cli: Cli, *args: str, owner: str = "ada") -> Result:
    return cli("start", PLAN_ID, *args, "--owner", owner, cwd=repo.path)


def claim(repo: Repo, stage: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(repo.git("cat-file", "blob", claim_ref(stage)))
    return found


def test_start_claims_the_stage_marks_the_plan_and_prints_the_brief(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, status="approved")

    result = start(repo, cli, "core")

    assert result.exit_code == 0
    assert result.stdout.startswith("# Stage core: Core\n")
    assert result.stderr == "stage core is yours\n"
    held = claim(repo, "core")
    assert (held["owner"], held["base"]) == ("ada", repo.head())
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", held["time"])
    assert declared(repo) | {"": "in-progress", "core": "in-progress"} == declared(repo)
    assert repo.git("diff", "--stat").endswith("3 insertions(+), 3 deletions(-)")
    shown = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"][0]
    assert (shown["state"], shown["owner"]) == ("in-progress", "ada")
    assert shown["claimed_at"] == held["time"]
    assert "ada (" in cli("status", PLAN_ID, cwd=repo.path).stdout


def test_a_second_start_is_refused_and_says_who_has_it_since_when(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    start(repo, cli, "core")
    before = snapshot(repo.path.parent)

    result = start(repo, cli, "core", owner="bob")

    assert (result.exit_code, result.stdout) == (1, "")
    held = claim(repo, "core")
    assert f"claimed by ada on {held['host']} since {held['time']} (" in result.stderr
    seen = r", seen \d s ago, last change .* ago: when that is you, --owner ada;"
    assert re.search(seen, result.stderr)
    assert result.stderr.endswith(f"to take another stage, plan-worktree start {PLAN_ID}\n")
    assert "--takeover" not in result.stderr
    assert snapshot(repo.path.parent) == before


def test_the_same_owner_again_changes_nothing_and_gets_the_brief(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    first = start(repo, cli, "core")
    before = snapshot(repo.path.parent)

    again = start(repo, cli, "core")

    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert again.stderr == "stage core is yours already\n"
    assert snapshot(repo.path.parent) == before


def test_the_same_name_on_another_machine_is_somebody_else(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    start(repo, cli, "core")
    other = claim(repo, "core") | {"host": "elsewhere"}
    repo.write("claim.json", json.dumps(other))
    repo.git("update-ref", claim_ref("core"), repo.git("hash-object", "-w", "claim.json"))

    assert start(repo, cli, "core").exit_code == 1


def test_takeover_swaps_the_claim(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    start(repo, cli, "core")

    result = start(repo, cli, "core", "--takeover", owner="bob")

    assert result.exit_code == 0
    assert result.stderr.startswith("stage core is yours, taken over from ada, seen ")
    assert claim(repo, "core")["owner"] == "bob"
    assert start(repo, cli, "core").exit_code == 1


def test_a_dry_run_of_a_takeover_is_one_line_that_says_from_whom(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    start(repo, cli, "core")
    words = ("core", "--takeover", "--dry-run")

    shown = start(repo, cli, *words, owner="bob")
    repo.stage(PLAN_ID, "core").write("src/core.txt", "half")
    dirty = start(repo, cli, *words, owner="bob")

    assert shown.stderr == ""
    said = r"stage core would be taken over from ada on \S+ since \S+ \(\d+ s ago\), seen .* ago"
    assert re.fullmatch(f"{said}\n", shown.stdout)
    assert re.fullmatch(f"{said}, with work that is in no commit\n", dirty.stdout)
    assert claim(repo, "core")["owner"] == "ada"


def test_whoever_takes_over_hears_of_work_that_is_in_no_commit(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    start(repo, cli, "core")
    there = repo.stage(PLAN_ID, "core")
    there.write("src/core.txt", "half")

    result = start(repo, cli, "core", "--takeover", owner="bob")

    fix = f"work that is in no commit lies there, to go on with: git -C {there.path} status"
    assert result.stderr.endswith(f" ago\n{fix}\n")
    assert there.read("src/core.txt") == "half"


@sampled("text", ("", "no JSON", "[]", '{"owner": 1, "time": "never"}', "[" * 9999), one_in=3)
def test_a_claim_that_nobody_can_read_is_still_a_claim(repo: Repo, cli: Cli, text: str) -> None:
    set_up(repo, cli)
    repo.write("claim", text)
    repo.git("update-ref", claim_ref("core"), repo.git("hash-object", "-w", "claim"))

    result = start(repo, cli, "core")

    assert result.exit_code == 1
    assert "claimed by somebody on ?" in result.stderr
    assert start(repo, cli, "core", "--takeover").exit_code == 0


def test_without_a_stage_each_owner_gets_another_one(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    finish(repo, cli, "core")

    got = [start(repo, cli, owner=f"agent-{n}").stdout.split()[2] for n in range(3)]
    late = start(repo, cli, owner="agent-3")

    # api and ui unblock two stages each, docs one.
    assert got == ["api:", "ui:", "docs:"]
    assert (late.exit_code, late.stderr) == (4, "")
    assert "nothing is ready, waiting for api, which is in-progress (claimed by agent-0, seen " in (
        late.stdout
    )
    # Who has one gets that again, and not a second one.
    assert start(repo, cli, owner="agent-1").stdout.startswith("# Stage ui:")


def test_in_a_stages_worktree_start_needs_no_arguments(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    below = repo.stage(PLAN_ID, "api").write("deep/er/x.txt", "x\n").parent

    result = cli("start", "--owner", "ada", cwd=below)

    assert result.stdout.startswith("# Stage api:")
    cli("mark", PLAN_ID, "api", "complete", cwd=repo.path)
    following = cli("start", "--owner", "ada", cwd=below)
    assert following.stdout.startswith("# Stage core:")


def test_a_stage_whose_dependencies_are_not_done_is_refused_with_their_names(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli)
    start(repo, cli, "core")

    result = start(repo, cli, "search")

    assert result.exit_code == 1
    assert "stage search: it waits for api, waiting; ui, waiting: " in result.stderr
    assert "stage api: it waits for core, in-progress by ada: " in start(repo, cli, "api").stderr
    assert not [name for name in refs(repo) if "/claim/search" in name]


@pytest.mark.parametrize(("status", "word"), (("complete", "complete"), ("blocked", "blocked")))
def test_a_stage_that_is_declared_done_or_blocked_is_refused_until_it_is_marked(
    repo: Repo, cli: Cli, status: str, word: str
) -> None:
    set_up(repo, cli, Stage("core", status=status))

    refused = start(repo, cli, "core")

    assert refused.exit_code == 1
    assert word in refused.stderr
    fix = f"plan-worktree mark {PLAN_ID} core in-progress"
    assert refused.stderr.endswith(f"{fix}\n")
    assert cli(*fix.split()[1:], cwd=repo.path).exit_code == 0
    assert start(repo, cli, "core").exit_code == 0


def test_a_merged_stage_and_an_abandoned_plan_are_refused(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core", "api")
    work(repo, "core")
    merge(repo, "core")
    assert "it is merged already" in start(repo, cli, "core").stderr
    repo.plan(PLAN_ID, "core", "api", status="abandoned")
    assert "its plan is abandoned" in start(repo, cli, "api").stderr
    assert "the plan is abandoned" in start(repo, cli).stderr


def test_a_missing_worktree_is_refused_with_the_command_or_made_on_demand(
    repo: Repo, cli: Cli
) -> None:
    shop(repo)

    refused = start(repo, cli, "core")
    assert refused.exit_code == 1
    assert refused.stderr.endswith(f"it has no worktree: plan-worktree setup {PLAN_ID} core\n")
    assert start(repo, cli).exit_code == 1
    dry = start(repo, cli, "--setup", "--dry-run")
    assert dry.exit_code == 0
    assert repo.worktrees() == []

    result = start(repo, cli, "--setup")

    assert result.exit_code == 0
    assert repo.worktrees() == [repo.stage(PLAN_ID, "core").path]
    assert claim(repo, "core")["owner"] == "ada"


def test_without_a_stage_those_without_a_worktree_are_passed_over(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    cli("setup", PLAN_ID, "api", cwd=repo.path)

    assert start(repo, cli).stdout.startswith("# Stage api:")


def test_a_worktree_with_unclaimed_work_is_given_only_to_who_asks_for_it(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "core", "api")
    repo.stage(PLAN_ID, "core").write("draft.txt", "by hand\n")

    assert start(repo, cli, owner="a").stdout.startswith("# Stage api:")
    nothing = start(repo, cli, owner="b")
    assert nothing.exit_code == 1
    assert f"plan-worktree start {PLAN_ID} core" in nothing.stderr
    assert start(repo, cli, "core", owner="b").exit_code == 0


def test_an_untouched_branch_is_brought_to_its_dependencies_tips(repo: Repo, cli: Cli) -> None:
    hook(repo, "post-merge", 'echo "$1" >"$(git rev-parse --git-dir)/post-merge"')
    set_up(repo, cli)
    core = finish(repo, cli, "core")
    there = repo.stage(PLAN_ID, "api")
    assert there.head() != core

    result = start(repo, cli, "api")

    assert result.exit_code == 0
    assert f"- Base: {core}" in result.stdout
    assert (there.head(), refs(repo)[base_ref("api")]) == (core, core)
    assert claim(repo, "api")["base"] == core
    assert there.git("status", "--porcelain") == ""
    assert there.read("src/core.txt") == "work\n"
    assert (repo.path / ".git/worktrees/api/post-merge").read_text() == "0\n"
    log = there.git("reflog", "--format=%gs", "-1")
    assert log == "plan-worktree: brought up to date"
    stages = cli("status", PLAN_ID, "--json", cwd=repo.path).json()["stages"]
    assert [s["stale"] for s in stages if s["id"] == "api"] == [False]


def test_two_dependencies_are_integrated_for_the_stage_that_needs_both(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli)
    for stage in ("core", "api", "ui"):
        start(repo, cli, stage, owner=stage)
        finish(repo, cli, stage)

    assert start(repo, cli, "search").exit_code == 0

    there = repo.stage(PLAN_ID, "search")
    for stage in ("core", "api", "ui"):
        assert there.read(f"src/{stage}.txt") == "work\n"
    assert there.head() == refs(repo)[base_ref("search")]
    assert there.git("status", "--porcelain") == ""


def test_dependencies_that_do_not_merge_refuse_the_stage_before_any_change(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, "api", "ui", "search:api,ui")
    for stage in ("api", "ui"):
        work(repo, stage, "same.txt", f"{stage}\n")
        cli("mark", PLAN_ID, stage, "complete", cwd=repo.path)
    before = snapshot(repo.path.parent)

    result = start(repo, cli, "search")

    assert result.exit_code == 1
    assert "ui conflicts with api in same.txt" in result.stderr
    assert {n: c for n, c in snapshot(repo.path.parent).items() if "/objects/" not in n} == {
        n: c for n, c in before.items() if "/objects/" not in n
    }


def test_a_branch_with_commits_is_not_moved_but_its_brief_says_that_it_is_stale(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli)
    own = work(repo, "api")
    finish(repo, cli, "core")

    result = start(repo, cli, "api")

    assert result.exit_code == 0
    assert repo.stage(PLAN_ID, "api").head() == own
    assert f"`plan-worktree sync {PLAN_ID} api`" in result.stdout


@pytest.mark.second
def test_commits_of_a_dependency_that_was_rewritten_since_are_kept(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    first = finish(repo, cli, "core")
    start(repo, cli, "api")
    core = repo.stage(PLAN_ID, "core")
    core.git("commit", "--quiet", "--amend", "--message", "better")
    core.write("src/core.txt", "better\n")
    core.git("commit", "--quiet", "--amend", "--all", "--no-edit")
    repo.git("update-ref", "-d", claim_ref("api"))
    unproved = start(repo, cli, "api")
    assert unproved.exit_code == 1
    assert f"no longer has {first[:10]}, the commit that passed: plan-worktree complete " in (
        unproved.stderr
    )
    assert cli("complete", cwd=core.path).exit_code == 0

    assert start(repo, cli, "api").exit_code == 0

    assert repo.stage(PLAN_ID, "api").head() == core.head()
    saved = [value for name, value in refs(repo).items() if f"/{PLAN_ID}/saved/api/" in name]
    assert saved == [first]


def lose_branch(repo: Repo) -> None:
    repo.git("worktree", "remove", "--force", str(repo.stage(PLAN_ID, "core").path))
    repo.git("branch", "--quiet", "-D", branch("core"))


def edit_branch(repo: Repo) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    path.write_text(path.read_text().replace(branch("core"), "feature/other"))


def rename(repo: Repo) -> None:
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text().replace('"core"', '"kern"').replace("`core`", "`kern`")
    path.write_text(text)


@pytest.mark.parametrize(
    ("change", "said"),
    (
        (
            lambda repo: repo.stage(PLAN_ID, "core").git("reset", "--hard", "HEAD~1"),
            "no longer has",
        ),
        (lose_branch, "is gone: git branch "),
        (edit_branch, "and of that the plan was changed: the plan says branch"),
        (rename, "was set up for a stage core, which is no longer in the plan"),
    ),
)
def test_a_dependency_is_not_done_when_its_work_is_not_there(
    repo: Repo, cli: Cli, change: Callable[[Repo], object], said: str
) -> None:
    set_up(repo, cli, "core", "api:core", "top:api")
    finish(repo, cli, "core")
    change(repo)
    before = refs(repo)

    result = start(repo, cli, "api")

    assert result.exit_code == 1, result.output
    assert said in result.stderr
    assert refs(repo) == before


def test_a_dependency_that_was_done_without_us_is_believed(repo: Repo, cli: Cli) -> None:
    shop(repo, Stage("core", status="complete"), "api:core")
    cli("setup", PLAN_ID, "api", cwd=repo.path)

    assert start(repo, cli, "api").exit_code == 0


def test_a_claim_that_is_a_symbolic_ref_is_not_followed(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    repo.git("branch", "precious")
    repo.git("symbolic-ref", claim_ref("core"), "refs/heads/precious")

    assert start(repo, cli, "core").exit_code == 1
    assert start(repo, cli, "core", "--takeover").exit_code == 0
    assert claim(repo, "core")["owner"] == "ada"
    assert cli("mark", PLAN_ID, "core", "not-started", cwd=repo.path).exit_code == 0

    assert repo.head("precious") == repo.head()
    assert claim_ref("core") not in refs(repo)


@pytest.mark.parametrize("git", ("as it is", "that crashes and names nothing"))
def test_a_broken_record_is_named_with_the_command_that_drops_it(
    repo: Repo, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: str
) -> None:
    set_up(repo, cli, "core")
    repo.write(f".git/{claim_ref('core')}", "1" * len(repo.head()) + "\n")
    if git != "as it is":
        real = tool("git")
        crash = f'case $1 in for-each-ref) {real} "$@" 2>/dev/null || kill -ABRT $$; exit;; esac'
        executable(tmp_path / "bin/git", f'{crash}; exec {real} "$@"')
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)

    broken = start(repo, cli, "core")

    assert broken.exit_code == 3
    assert f"git cannot read the object that {claim_ref('core')} points at" in broken.stderr
    assert follow(broken, "git update-ref -d", repo.path).exit_code == 0
    assert start(repo, cli, "core").exit_code == 0


@pytest.mark.second
def test_a_submodule_that_cannot_follow_does_not_stop_the_start(repo: Repo, cli: Cli) -> None:
    library = new_repo(repo.path.parent / "library")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.path), "lib")
    repo.commit("a library")
    set_up(repo, cli, "core", "api:core")
    inside = Repo(repo.stage(PLAN_ID, "core").path / "lib")
    inside.write("new.txt", "only here\n")
    inside.commit("only here")
    work(repo, "core", "src/core.txt")
    core = repo.stage(PLAN_ID, "core")
    done = cli("complete", "--accept-scope", "the library, too", cwd=core.path)
    assert done.exit_code == 0, done.output

    result = start(repo, cli, "api")

    assert result.exit_code == 0, result.output
    assert repo.stage(PLAN_ID, "api").head() == core.head()
    assert declared(repo)["api"] == "in-progress"
    assert start(repo, cli, "api").exit_code == 0


@sampled("name", ("src/core.txt", "src"), one_in=2)
def test_an_ignored_file_in_the_way_refuses_the_move_and_nothing_is_lost(
    repo: Repo, cli: Cli, name: str
) -> None:
    ignored = f"{name}\n/.claude/plans/CURRENT_STAGE.md\n"
    set_up(repo, cli)
    finish(repo, cli, "core")
    there = repo.stage(PLAN_ID, "api")
    repo.write(".git/info/exclude", ignored)
    there.write(name, "precious\n")
    before = refs(repo)

    result = start(repo, cli, "api")

    assert result.exit_code == 1, result.output
    assert name in result.stderr
    assert there.read(name) == "precious\n"
    assert refs(repo) == before
    assert there.git("status", "--porcelain") == ""
    (there.path / name).unlink()
    assert start(repo, cli, "api").exit_code == 0


def test_a_plan_with_placeholders_stays_a_draft_and_never_becomes_invalid(
    repo: Repo, cli: Cli
) -> None:
    path = Path(cli("new", "shop", "--stage", "core", cwd=repo.path).stdout.strip())
    repo.commit()
    assert cli("setup", "shop", cwd=repo.path).exit_code == 0

    result = cli("start", "shop", "--owner", "ada", cwd=repo.path)

    assert result.exit_code == 0
    assert "the plan stays a draft while it has placeholders" in result.stderr
    assert '"status": "draft"' in path.read_text()
    assert '"status": "in-progress"' in path.read_text()
    assert cli("validate", cwd=repo.path).exit_code == 0


def test_start_as_json_holds_the_brief(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)

    found = start(repo, cli, "--json").json()

    assert (found["kind"], found["action"], found["previous_owner"]) == ("start", "claimed", None)
    assert (found["brief"]["id"], found["brief"]["owner"]) == ("core", "ada")


def test_a_dry_run_says_what_would_be_taken_and_changes_nothing(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    before = snapshot(repo.path.parent)

    result = start(repo, cli, "--dry-run")

    assert (result.exit_code, result.stderr) == (0, "stage core would be claimed\n")
    assert snapshot(repo.path.parent) == before


@sampled("name", ("", "  ", "a\nb", "\x1b[2J", "x" * 101), one_in=3)
def test_a_name_that_cannot_be_shown_is_wrong_usage(repo: Repo, cli: Cli, name: str) -> None:
    set_up(repo, cli, "core")

    result = start(repo, cli, owner=name)

    assert result.exit_code == 2
    assert "owner" in result.stderr


def test_an_unknown_stage_is_wrong_usage_with_a_suggestion(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)

    result = start(repo, cli, "serch")

    assert result.exit_code == 2
    assert 'did you mean "search"?' in result.stderr


def test_the_owner_can_come_from_the_environment(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    env = {"PLAN_WORKTREE_OWNER": "agent-7"}

    cli("start", PLAN_ID, cwd=repo.path, env=env)

    assert claim(repo, "core")["owner"] == "agent-7"
    assert cli("start", PLAN_ID, "core", cwd=repo.path, env=env).exit_code == 0


def test_without_a_name_and_a_terminal_no_two_processes_are_the_same(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")

    assert cli("start", PLAN_ID, "core", cwd=repo.path).exit_code == 0
    again = cli("start", PLAN_ID, "core", cwd=repo.path)

    assert again.exit_code == 1
    held = claim(repo, "core")["owner"]
    assert f"when that is you, --owner {held};" in again.stderr
    assert start(repo, cli, "core", owner=held).exit_code == 0


@pytest.mark.second
@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals of this kind")
def test_at_a_terminal_the_owner_stays_the_same(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "plan_worktree", "start", PLAN_ID, "core"]

    codes = [
        subprocess.run(
            command, cwd=repo.path, stdin=theirs, capture_output=True, check=False
        ).returncode
        for _ in range(2)
    ]

    assert codes == [0, 0]
    assert os.ttyname(theirs).removeprefix("/dev/").replace("/", "") in claim(repo, "core")["owner"]
    os.close(ours)
    os.close(theirs)


@sampled(
    ("command", "status"),
    (("start", "blocked"), ("start", "complete"), ("complete", "blocked")),
    one_in=3,
)
def test_what_was_declared_while_the_lock_was_waited_for_counts(
    repo: Repo, cli: Cli, command: str, status: str
) -> None:
    set_up(repo, cli, "core")
    work(repo, "core", "src/core.txt")
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    with FileLock(repo.path / ".git" / LOCK):
        process = begin(command, PLAN_ID, "core", "--owner", "ada", cwd=repo.path)
        assert process.stderr
        assert "waiting" in process.stderr.readline()
        text = path.read_text().replace('"not-started"', f'"{status}"')
        path.write_text(text.replace("Not Started", status.title()))
    _, said = process.communicate(timeout=300)

    assert process.returncode == 1, said
    assert status in said
    assert declared(repo)["core"] == status
    assert claim_ref("core") not in refs(repo)


def test_a_plan_that_a_person_saves_meanwhile_is_not_overwritten(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli)
    path = repo.path / PLANS / f"{PLAN_ID}.md"
    text = path.read_text()
    path.write_text(text.replace("What is built, and why it matters.", "Edited by a person."))

    start(repo, cli, "core")

    assert "Edited by a person." in path.read_text()
    assert declared(repo)["core"] == "in-progress"


@pytest.mark.thorough
def test_few_gits_are_started_however_many_stages_there_are(
    make_repo: Callable[..., Repo], cli: Cli, tmp_path: Path
) -> None:
    counts = set()
    for size in (2, 25):
        repo = make_repo(f"{size}/project")
        done = [f"done-{n}" for n in range(size)]
        set_up(repo, cli, *done, *(f"late-{n}:done-{n}" for n in range(size)))
        work(repo, "done-0")
        cli("mark", PLAN_ID, "done-0", "complete", cwd=repo.path)
        cli("mark", PLAN_ID, "done-1", "complete", cwd=repo.path)
        for words in (
            ("ready", PLAN_ID),
            ("brief", PLAN_ID, "late-0"),
            ("start", PLAN_ID, "late-0"),
        ):
            trace = tmp_path / f"{size}-{words[0]}"
            trace.mkdir()
            env = {"GIT_TRACE2_EVENT": str(trace), "PLAN_WORKTREE_OWNER": "ada"}
            result = cli(*words, cwd=repo.path, env=env)
            assert result.exit_code == 0, result.output
            counts.add((words[0], len(list(trace.iterdir()))))

    assert len(counts) == 3, counts
    assert max(count for _, count in counts) <= 13
