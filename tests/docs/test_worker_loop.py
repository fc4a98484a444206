"""The loop of a worker that the skill shows: real shells run it until nothing is left."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import blocks
from tests.sampling import sampled
from tests.support import ROOT, Repo, Stage, run, tool
from tests.world import PLAN_ID, Cli, declared, executable, set_up

PAGE = ROOT / "skills/plan-worktree/references/orchestrating.md"

# Reads a brief on stdin, goes where that says, builds, commits and completes.
AGENT = """\
brief=$(cat)
stage=$(printf '%s\\n' "$brief" | sed -n 's/^# Stage \\([^:]*\\):.*/\\1/p' | head -n 1)
there=$(printf '%s\\n' "$brief" | sed -n 's/^- Worktree: //p' | head -n 1)
cd "$there" || exit 1
echo "$stage" >>"$LOG.$PLAN_WORKTREE_OWNER"
[ "$stage" != "$FAILING" ] || exit 1
mkdir -p src && echo "$stage" >"src/$stage.txt" && git add --all && git commit -qm "$stage" &&
exec plan-worktree complete >&2
"""


def loop(worker: str) -> str:
    """Return the lines of the page, with the words in capitals replaced."""
    (shown,) = [block.text for block in blocks(PAGE, "text") if "while " in block.text]
    assert len(shown.splitlines()) == 3
    replaced = {"WORKER": worker, "PLAN": PLAN_ID, "AGENT": "agent"}
    for word, value in replaced.items():
        shown, times = re.subn(rf"\b{word}\b", value, shown)
        assert times, word
    return shown


def environment(folder: Path, **more: str) -> dict[str, str]:
    executable(folder / "bin/agent", AGENT)
    path = os.pathsep.join(map(str, (folder / "bin", tool("plan-worktree").parent)))
    return {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "LOG": str(folder / "log")} | more


SIX = ("core", "api:core", "ui:core", "docs:core", "search:api,ui", "release:search,docs")


@pytest.mark.soak
def test_three_workers_build_a_plan_of_six_stages_and_all_stop(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    set_up(repo, cli, *(Stage.of(stage) for stage in SIX))
    variables = {**os.environ, **environment(tmp_path, FAILING="")}

    crowd = [
        subprocess.Popen(
            ["sh", "-c", loop(f"worker-{n}")],
            cwd=repo.path,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]
    ends = [(*one.communicate(timeout=400), one.returncode) for one in crowd]

    assert [code for *_, code in ends] == [5, 5, 5], ends
    land = f"(two at once do no harm): plan-worktree merge {PLAN_ID} --verify\n"
    assert all(out.endswith(land) for out, *_ in ends), ends
    built = [line for log in tmp_path.glob("log.*") for line in log.read_text().split()]
    assert sorted(built) == sorted(stage.partition(":")[0] for stage in SIX)
    assert set(declared(repo).values()) == {"complete", "in-progress"}
    assert cli("merge", PLAN_ID, cwd=repo.path).exit_code == 0


@pytest.mark.thorough
@sampled(("stage", "code"), (("api", 0), ("", 1)), one_in=2)
def test_a_worker_stops_where_it_fails_or_where_somebody_has_to_see_to_it(
    repo: Repo, cli: Cli, tmp_path: Path, stage: str, code: int
) -> None:
    set_up(repo, cli, "core", "api:core", Stage("old", status="blocked"))
    variables = environment(tmp_path, FAILING=stage)

    result = run("sh", "-c", loop("ada"), cwd=repo.path, env=variables)

    assert result.exit_code == code, result.output
    last = result.stdout.splitlines()[-1]
    if stage:
        own = f"api is yours: go on with it: plan-worktree start {PLAN_ID} api"
        assert shlex.split(last) == shlex.split(own)
    else:
        assert last.startswith("nothing can become ready: old is declared blocked: ")
