"""The worker that the page on sharing shows: real shells run it in several clones of one remote."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from textwrap import dedent

import pytest

from tests import remotes
from tests.docs.markdown import blocks
from tests.support import ROOT, Repo, run, tool
from tests.world import PLAN_ID, Cli, declared, executable, refs, shop

PAGE = ROOT / "skills/plan-worktree/references/sharing.md"
WORKFLOW = ROOT / ".github/workflows/plan-worktree-pool.yml"
SHARED = re.compile(rf"refs/plan-worktree/{PLAN_ID}/(?:claim|completed|verified|base)/")
# Runners of GitHub have it.
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is missing")

# Reads a brief on stdin, goes where that says, builds, commits and completes. The first one that
# gets the stage STUCK never ends.
AGENT = """\
brief=$(cat)
stage=$(printf '%s\\n' "$brief" | sed -n 's/^# Stage \\([^:]*\\):.*/\\1/p' | head -n 1)
there=$(printf '%s\\n' "$brief" | sed -n 's/^- Worktree: //p' | head -n 1)
cd "$there" || exit 1
if [ "$stage" = "$STUCK" ] && mkdir "$LOG.stuck" 2>/dev/null; then
    echo "$PLAN_WORKTREE_OWNER" >"$LOG.owner"
    while :; do sleep 1; done
fi
[ "$stage" != "$FAILING" ] || { echo half >half.txt; exit 1; }
echo "$stage" >>"$LOG.built"
mkdir -p src && echo "$stage" >"src/$stage.txt" && git add --all && git commit -qm "$stage" &&
exec plan-worktree complete >&2
"""


def worker() -> str:
    (shown,) = [block.text for block in blocks(PAGE, "sh") if "while " in block.text]
    return shown


def step(name: str) -> str:
    """Return the script of a step of the workflow."""
    _, _, behind = WORKFLOW.read_text().partition(f"- name: {name}\n")
    return dedent(re.split(r"\n {0,9}\S", behind.partition("run: |\n")[2], maxsplit=1)[0])


def environment(folder: Path, **more: str) -> dict[str, str]:
    executable(folder / "bin/agent", f"#!/bin/sh\n{AGENT}")
    path = os.pathsep.join(map(str, (folder / "bin", tool("plan-worktree").parent)))
    known = {"PLAN": PLAN_ID, "AGENT": "agent", "LOG": str(folder / "log"), "STUCK": "-"}
    known |= {"FAILING": "-", "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    return {**os.environ, **known, **more}


def clones(repo: Repo, count: int, *stages: str) -> list[Repo]:
    """Return clones that share a plan through a bare repository."""
    shop(repo, *stages)
    remotes.origin(repo)
    found = [repo, *(remotes.clone(repo, f"clone-{number}") for number in range(1, count))]
    for one in found:
        one.git("config", "planWorktree.remote", "origin")
        one.git("config", "planWorktree.quiet", "0")
    return found


def shared_refs(repo: Repo) -> dict[str, str]:
    return {name: value for name, value in refs(repo).items() if SHARED.match(name)}


def begun(clone: Repo, folder: Path, owner: str, stage: str) -> subprocess.Popen[str]:
    """Start a worker in a clone."""
    return subprocess.Popen(
        ["sh", "-c", worker()],
        cwd=clone.path,
        env=environment(folder, PLAN_WORKTREE_OWNER=owner, STUCK="api", STAGE=stage),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_the_workflow_runs_the_worker_of_the_page() -> None:
    assert step("Build stages").strip() == worker().strip()


@pytest.mark.thorough
def test_the_workflow_that_calls_it_is_one_of_github_actions(tmp_path: Path) -> None:
    (block,) = blocks(PAGE, "yaml")
    caller = tmp_path / "caller.yml"
    caller.write_text(block.text)
    schema = ("--builtin-schema", "vendor.github-workflows")
    told = run(tool("check-jsonschema"), *schema, caller, WORKFLOW)
    assert told.exit_code == 0, told.output
    inputs = WORKFLOW.read_text().partition("inputs:\n")[2].partition("secrets:\n")[0]
    known = set(re.findall(r"^      (\w+):", inputs, re.MULTILINE))
    given = block.text.partition("with:\n")[2].partition("secrets:\n")[0]
    assert set(re.findall(r"^      (\w+):", given, re.MULTILINE)) <= known


@pytest.mark.soak
def test_three_clones_with_two_workers_each_finish_a_plan_though_one_clone_is_killed(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    stages = ("core", "api:core", "ui:core", "docs", "release:api,ui,docs")
    names = [stage.partition(":")[0] for stage in stages]
    every = clones(repo, 3, *stages)
    crowd = {
        f"worker-{number}": begun(clone, tmp_path, f"worker-{number}", names[number % 2])
        for number, clone in enumerate(every * 2)
    }
    owner = tmp_path / "log.owner"
    deadline = time.monotonic() + 300
    while not owner.exists() or not owner.read_text().strip():
        assert time.monotonic() < deadline, "nobody has begun the stage"
        time.sleep(0.1)
    number = int(owner.read_text().strip().removeprefix("worker-")) % 3
    dead = [f"worker-{number}", f"worker-{number + 3}"]
    for name in dead:
        os.killpg(crowd[name].pid, signal.SIGKILL)
    for name in dead:
        crowd.pop(name).communicate()

    heir = every[number - 1]
    cli("status", PLAN_ID, "--fetch", cwd=heir.path)
    held = cli("status", PLAN_ID, "--json", cwd=heir.path).json()["stages"]
    left = [stage["id"] for stage in held if stage["owner"] in dead]
    assert "api" in left
    variables = environment(tmp_path, PLAN_WORKTREE_OWNER="heir")
    for name in left:
        start = f"plan-worktree start {PLAN_ID} {name} --takeover --setup | agent"
        taken = run("sh", "-c", start, cwd=heir.path, env=variables)
        assert taken.exit_code == 0, taken.output
    ends = [(one.communicate(timeout=400)[0], one.returncode) for one in crowd.values()]

    said = "\n".join(f"--- {code}\n{out}" for out, code in ends)
    assert [code for _, code in ends] == [0] * 4, said
    assert set((tmp_path / "log.built").read_text().split()) == set(names)
    for clone in every:
        assert cli("status", PLAN_ID, "--fetch", cwd=clone.path).exit_code == 0
        assert set(declared(clone).values()) == {"complete", "in-progress"}
    there = {
        line.split("\t")[1]: line.split("\t")[0]
        for line in repo.git("ls-remote", "origin", "refs/plan-worktree/*").splitlines()
    }
    there = {name: value for name, value in there.items() if SHARED.match(name)}
    claims = {name: value for name, value in there.items() if "/claim/" in name}
    # There the claim of a completed stage is the record of that.
    assert all(there[name.replace("/claim/", "/completed/")] == claims[name] for name in claims)
    records = {n: value for n, value in there.items() if "/base/" not in n and n not in claims}
    for clone in every:
        known = {name: value for name, value in shared_refs(clone).items() if "/base/" not in name}
        assert known == records


@needs_jq
@pytest.mark.thorough
def test_a_runner_that_fails_gives_the_stage_back_and_what_it_has_made_can_be_restored(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    runner, mine = clones(repo, 2, "core")
    variables = environment(tmp_path, PLAN_WORKTREE_OWNER="runner", STAGE="core", FAILING="core")
    failed = run("bash", "-e", "-c", step("Build stages"), cwd=runner.path, env=variables)
    assert failed.exit_code == 1, failed.output
    assert cli("start", PLAN_ID, "core", "--owner", "me", cwd=mine.path).exit_code == 1

    back = step("Give back what was not finished")
    given = run("bash", "-e", "-c", back, cwd=runner.path, env=variables)

    assert given.exit_code == 0, given.output
    told = cli("restore", PLAN_ID, "core", cwd=mine.path)
    assert told.exit_code == 0, told.output
    assert mine.stage(PLAN_ID, "core").read("half.txt") == "half\n"
    assert cli("start", PLAN_ID, "core", "--owner", "me", cwd=mine.path).exit_code == 0


@pytest.mark.thorough
@needs_jq
def test_the_workflow_offers_the_stages_that_are_ready(repo: Repo, tmp_path: Path) -> None:
    runner, other = clones(repo, 2, "core", "docs", "api:core")
    variables = environment(tmp_path, GITHUB_OUTPUT=str(tmp_path / "output"))
    start = ("plan-worktree", "start", PLAN_ID, "docs", "--setup", "--owner", "ada")
    assert run(*start, cwd=other.path, env=variables).exit_code == 0

    told = run("bash", "-e", "-c", step("See what is ready"), cwd=runner.path, env=variables)

    assert told.exit_code == 0, told.output
    name, _, value = (tmp_path / "output").read_text().strip().partition("=")
    assert (name, json.loads(value)) == ("stages", ["core"])
