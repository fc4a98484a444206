"""merge --verify against gates that hang, destroy and wander off, kills, and two runs at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.landings import state
from tests.merging import land, names, untouched
from tests.queueing import complete, culprits, landed, prove, scratches, unless
from tests.support import Repo, Stage, run
from tests.world import PLAN_ID, Cli, branch, finish, git_that_fails, refs, set_up, start, wait_for

pytestmark = pytest.mark.thorough


def only_merged(command: str) -> str:
    """Make a command that passes in a stage's own worktree, and is in earnest in a scratch one."""
    return f'case "$PWD" in *scratch*) {command};; esac'


def test_a_gate_that_hangs_is_a_culprit_after_the_timeout(repo: Repo, cli: Cli) -> None:
    hangs = Stage("core", verify=(only_merged("exec sleep 600"),))
    complete(repo, cli, "api", hangs, "ui")

    said = prove(repo, cli, "--timeout", "1", "--jobs", "2", code=1)

    assert (landed(said), culprits(said)) == (["api", "ui"], ["core"])
    assert "took longer than 1 s" in said["culprits"][0]["reason"]
    assert said["culprits"][0]["exit_code"] is None


def test_what_a_gate_leaves_running_ends_with_it(repo: Repo, cli: Cli) -> None:
    number = repo.path.parent / "pid"
    complete(repo, cli, "core", verify=[f"sleep 600 & echo $! >'{number}'"])

    prove(repo, cli)

    state = run("ps", "-o", "stat=", "-p", number.read_text().strip()).stdout
    assert state.strip()[:1] in ("", "Z")


@pytest.mark.parametrize(
    "harm",
    (
        "git switch -qC tmp && git commit -q --allow-empty -m more",
        "git commit -q --allow-empty -m more",
        "touch $(git rev-parse --git-dir)/index.lock",
        "git rm -qr . && mkdir README.md && touch README.md/x",
        "chmod 000 src; rm -rf .gitignore",
        "git config core.bare false; git stash -q; git bisect start -q 2>&1",
    ),
)
def test_the_next_position_is_checked_out_whatever_a_gate_has_done(
    repo: Repo, cli: Cli, harm: str
) -> None:
    seen = "git status --porcelain; git rev-parse HEAD^{tree}; ls src"
    complete(repo, cli, "core", "api", "ui", verify=[f"{seen}; {harm}"])
    tip = repo.head()

    said = prove(repo, cli, "--jobs", "1")

    assert landed(said) == ["core", "api", "ui"]
    trees = [repo.head(f"{one['commit']}") for one in said["landed"]]
    logs = [Path(one["log"]).read_text().split() for one in said["gates"]]
    assert [log[0] for log in logs] == [repo.git("rev-parse", f"{one}^{{tree}}") for one in trees]
    assert [len(log) - 1 for log in logs] >= [1, 2, 3]
    assert repo.git("merge-base", tip, "main") == tip
    assert refs(repo).get("refs/heads/tmp") != repo.head()


def test_a_gate_that_destroys_its_worktree_is_told_and_nothing_else_is_touched(
    repo: Repo, cli: Cli
) -> None:
    repo.write("mine.txt", "untracked, in home\n")
    complete(repo, cli, "core", "api", verify=["rm -rf .git"])
    repo.write("mine.txt", "untracked, in home\n")

    said = prove(repo, cli, "--jobs", "1", code=3)

    assert landed(said) == []
    assert "a command has destroyed the scratch worktree" in said["stopped"]["reason"]
    assert repo.read("mine.txt") == "untracked, in home\n"
    assert prove(repo, cli, "--dry-run")["landed"] != []
    assert scratches(repo) == []


def test_what_landed_before_git_failed_stays(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    stages = [Stage("core"), Stage("api", verify=(only_merged(f"touch '{broken}'"),)), Stage("ui")]
    complete(repo, cli, *stages, verify=["test -d src"])
    path = git_that_fails(tmp_path, "clean", after=broken)

    flags = ("--verify", "--jobs", "1", "--json")
    result = cli("merge", PLAN_ID, *flags, cwd=repo.path, env={"PATH": path})

    assert result.exit_code == 3, result.output
    assert landed(result.json()) == ["core", "api"]
    assert result.json()["stopped"]["stage"] == "ui"
    assert scratches(repo) == []


def test_a_log_that_cannot_be_written_lands_nothing(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "core", verify=["test -d src"])
    logs = repo.path / f".git/plan-worktree/logs/{PLAN_ID}/core"
    logs.parent.mkdir(parents=True, exist_ok=True)
    logs.symlink_to(repo.path.parent)
    before = untouched(repo)

    said = prove(repo, cli, code=1)

    assert landed(said) == []
    assert "is a link" in said["stopped"]["reason"]
    assert untouched(repo) == before


@pytest.mark.parametrize("number", (signal.SIGKILL, signal.SIGINT, signal.SIGTERM))
def test_a_run_that_is_ended_leaves_home_alone_and_the_next_command_tidies_up(
    repo: Repo, cli: Cli, number: signal.Signals
) -> None:
    began = repo.path.parent / "began"
    command = only_merged(f"echo $$ >'{began}'; exec sleep 600")
    complete(repo, cli, "api", Stage("core", verify=(command,)), verify=["test -d src"])
    files, before, status = untouched(repo)

    process = start("merge", PLAN_ID, "--verify", "--jobs", "1", cwd=repo.path)
    wait_for(lambda: began.exists() and began.read_text() != "")
    os.killpg(process.pid, number)
    if number == signal.SIGKILL:  # a gate leads a process group of its own
        assert scratches(repo) != []
        with suppress(ProcessLookupError):
            os.kill(int(began.read_text()), number)
    process.communicate()
    assert cli("sync", PLAN_ID, cwd=repo.path).exit_code == 0

    after = untouched(repo)
    proofs = f"refs/plan-worktree/{PLAN_ID}/proofs"
    assert after[1].pop(proofs) is not None  # what had passed is known
    before.pop(proofs, None)
    assert after == (files, before, status)
    assert scratches(repo) == []
    assert state(repo, cli) == "complete"


def test_two_runs_at_once_share_no_scratch_and_land_each_stage_once(repo: Repo, cli: Cli) -> None:
    stages = [f"s{number}" for number in range(4)]
    complete(repo, cli, *stages, verify=["sleep 0.3; test -d src; echo $PWD"])
    runs = [
        start("merge", PLAN_ID, "--verify", "--json", "--jobs", "2", cwd=repo.path)
        for _ in range(2)
    ]
    ends = [process.communicate() for process in runs]

    assert [process.returncode for process in runs] == [0, 0], ends
    assert sorted(one for out, _ in ends for one in landed(json.loads(out))) == stages
    assert sorted(names(repo)) == stages
    assert scratches(repo) == []


def test_setup_and_remove_mind_scratch_worktrees_no_more_than_git_does(
    repo: Repo, cli: Cli
) -> None:
    began, goes_on = repo.path.parent / "began", repo.path.parent / "goes on"
    wait = only_merged(f"touch '{began}'; until test -e '{goes_on}'; do sleep 0.05; done")
    complete(repo, cli, Stage("core", verify=(wait,)), "api", verify=["test -d src"])
    land(repo, cli, "api")
    process = start("merge", PLAN_ID, "--verify", cwd=repo.path)
    wait_for(began.exists)

    assert len(scratches(repo)) == 2  # its directory, and git's entry
    for command in (("remove", PLAN_ID, "api"), ("setup", PLAN_ID, "api"), ("status", PLAN_ID)):
        result = cli(*command, cwd=repo.path)
        assert result.exit_code == 0, result.output
        assert "scratch" not in result.output
    assert cli("remove", "--gone", cwd=repo.path).exit_code == 0
    repo.git("worktree", "prune")
    assert len(scratches(repo)) == 2
    goes_on.touch()
    process.communicate()

    assert process.returncode == 0
    assert scratches(repo) == []


def test_a_plan_that_is_changed_meanwhile_is_proved_anew(repo: Repo, cli: Cli) -> None:
    began, goes_on = repo.path.parent / "began", repo.path.parent / "goes on"
    gate = f"touch '{began}'; until test -e '{goes_on}'; do sleep 0.05; done"
    complete(repo, cli, "core", verify=[gate])
    process = start("merge", PLAN_ID, "--verify", cwd=repo.path)
    wait_for(began.exists)
    plan = f".claude/plans/{PLAN_ID}.md"
    repo.write(plan, repo.read(plan).replace(json.dumps(gate), '"test ! -d src"'))
    goes_on.touch()
    process.communicate()

    assert process.returncode == 1
    assert names(repo) == []


def test_a_branch_that_moves_meanwhile_is_not_landed_unproved(repo: Repo, cli: Cli) -> None:
    began, goes_on = repo.path.parent / "began", repo.path.parent / "goes on"
    gate = f"touch '{began}'; until test -e '{goes_on}'; do sleep 0.05; done"
    complete(repo, cli, "api", "core", "ui", "web:core", verify=[gate])
    process = start("merge", PLAN_ID, "--verify", cwd=repo.path)
    wait_for(began.exists)
    there = repo.stage(PLAN_ID, "core")
    there.write("src/core.txt", "more\n")
    there.commit("more")
    goes_on.touch()
    _, said = process.communicate()

    assert process.returncode == 1
    assert f"stage core does not land: {branch('core')} has moved since" in said
    assert names(repo) == ["api", "ui"]


def test_a_stage_that_leaves_the_plan_meanwhile_does_not_land(repo: Repo, cli: Cli) -> None:
    began, goes_on = repo.path.parent / "began", repo.path.parent / "goes on"
    gate = f"touch '{began}'; until test -e '{goes_on}'; do sleep 0.05; done"
    complete(repo, cli, "api", "core", verify=[gate])
    process = start("merge", PLAN_ID, "--verify", cwd=repo.path)
    wait_for(began.exists)
    repo.plan(PLAN_ID, Stage("api", status="complete"), verify=[gate])
    goes_on.touch()
    _, said = process.communicate()

    assert (process.returncode, names(repo)) == (0, ["api"]), said


def test_scratch_worktrees_that_cannot_be_made_stop_it(repo: Repo, cli: Cli) -> None:
    complete(repo, cli, "core", verify=["test -d src"])
    folder = repo.stage(PLAN_ID, "core").path.parent
    folder.chmod(0o555)
    before = untouched(repo)

    result = land(repo, cli, "--verify", code=0 if os.geteuid() == 0 else 3)

    folder.chmod(0o755)
    assert os.geteuid() == 0 or (untouched(repo) == before and "core" in result.stderr)


def test_a_landing_that_an_older_version_left_unproved_is_taken_back(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    finish(repo, cli, "core")
    old = repo.head()
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge stage core", branch("core"))
    note = {
        "plan": str(repo.path / f".claude/plans/{PLAN_ID}.md"),
        "target": "refs/heads/main",
        "old": old,
        "tree": repo.git("rev-parse", "HEAD^{tree}"),
        "head": repo.head(branch("core")),
        "record": f"refs/plan-worktree/{PLAN_ID}/landed/core",
        "subject": "Merge stage core",
        "tip": None,
        "prove": True,
        "recorded": None,
    }
    (repo.path / ".git/plan-worktree.landing").write_text(json.dumps(note))

    assert cli("sync", PLAN_ID, cwd=repo.path).exit_code == 0

    assert repo.head() == old
    assert state(repo, cli) == "complete"


def test_scratch_worktrees_stand_where_git_ignores_them(repo: Repo, cli: Cli) -> None:
    repo.write(".gitignore", "/trees/*/core\n/trees/*/api\n")
    paths = {name: f"trees/x/{name}" for name in ("core", "api")}
    stages = [Stage(name, worktree_path=path) for name, path in paths.items()]
    set_up(repo, cli, *stages, verify=["echo $PWD; git -C $PLAN_WORKTREE_HOME status --short"])
    there = Repo(repo.path / paths["core"])
    there.write("src/core.txt", "work\n")
    there.commit("core")
    assert cli("complete", PLAN_ID, "core", cwd=there.path).exit_code == 0

    (gate,) = prove(repo, cli)["gates"]

    place, *changed = Path(gate["log"]).read_text().splitlines()
    assert Path(place).is_relative_to(repo.path / ".git/plan-worktree")
    assert [line for line in changed if "scratch" in line] == []
    assert list((repo.path / ".git/plan-worktree").glob("plan-worktree-scratch-*")) == []


def test_a_failure_that_follows_from_another_one_is_no_culprit(repo: Repo, cli: Cli) -> None:
    """`slow` fails late, and `quick`, which was tried behind it, fails only together with it."""
    slow = only_merged("sleep 1; exit 1")
    quick = only_merged(unless("slow", "quick"))
    stages = (Stage("slow", verify=(slow,)), Stage("quick", verify=(quick,)), "third")
    complete(repo, cli, "first", *stages)

    said = prove(repo, cli, "--jobs", "3", code=1)

    assert (landed(said), culprits(said)) == (["first", "quick", "third"], ["slow"])


def test_an_installed_git_hook_sees_only_proved_commits(repo: Repo, cli: Cli) -> None:
    seen = repo.path.parent / "seen"
    hooks = repo.path / ".git/hooks/reference-transaction"
    complete(repo, cli, "core", "api", "ui", verify=[unless("core", "ui")])
    hooks.parent.mkdir(exist_ok=True)
    hooks.write_text(
        f'#!/bin/sh\n[ "$1" = committed ] && grep " refs/heads/main$" >>"{seen}"\nexit 0\n'
    )
    hooks.chmod(0o755)

    said = prove(repo, cli, "--jobs", "2", code=1)

    commits = [line.split()[1] for line in seen.read_text().splitlines()]
    assert commits == [one["commit"] for one in said["landed"]]
    assert subprocess.run(["git", "status", "--short"], cwd=repo.path, check=True).returncode == 0


def test_git_that_fails_while_results_are_predicted_keeps_what_is_proved(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    fails = Stage("api", verify=(only_merged(f"touch '{broken}'; exit 1"),))
    complete(repo, cli, "core", fails, "ui", verify=["test -d src"])
    path = git_that_fails(tmp_path, "merge-tree", after=broken)

    flags = ("--verify", "--jobs", "1")
    result = cli("merge", PLAN_ID, *flags, cwd=repo.path, env={"PATH": path})

    assert result.exit_code == 3, result.output
    assert "git merge-tree fails" in result.stderr or "broken" in result.stderr
    assert scratches(repo) == []


def test_what_somebody_has_put_where_a_scratch_worktree_would_be_stays(
    repo: Repo, cli: Cli
) -> None:
    complete(repo, cli, "core", verify=["pwd"])
    mine = repo.stage(PLAN_ID, "core").path.parent / "plan-worktree-scratch-0"
    mine.mkdir()
    (mine / "mine.txt").write_text("mine\n")

    (gate,) = prove(repo, cli)["gates"]

    assert Path(gate["log"]).read_text().strip().endswith("/plan-worktree-scratch-1")
    assert (mine / "mine.txt").read_text() == "mine\n"


def test_git_that_makes_no_worktree_is_told_and_holds_nothing(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    complete(repo, cli, "core", verify=["pwd"])
    path = git_that_fails(tmp_path, "worktree add", after=repo.path)

    result = cli("merge", PLAN_ID, "--verify", cwd=repo.path, env={"PATH": path})

    assert (result.exit_code, names(repo)) == (3, [])
    assert "git worktree fails" in result.stderr
    assert landed(prove(repo, cli)) == ["core"]
