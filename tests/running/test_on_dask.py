"""run --engine dask: workers in clones of their own, on a cluster that loses one."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from plan_worktree.project.refusal import Refused
from plan_worktree.running import on_dask
from tests.clones import bare, records, shared
from tests.running.scripted import counts, gated, scripted, statuses
from tests.running.test_run import summary
from tests.support import Repo
from tests.world import PLAN_ID, Cli, shop, start, wait_for

needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="needs dask.distributed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the agents are shell scripts")
STAGES = ("slow", "a", "b:a", "c:a", "d:b,c", "e:slow", "f:e", "g:d,f", "h:a", "i:h")


def parent(process: int) -> int:
    stat = Path(f"/proc/{process}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


@needs_dask
@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for parents")
def test_a_cluster_that_loses_a_worker_builds_the_whole_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(tmp_path / "dask"))
    (ada,) = shared(tmp_path, "ada", stages=gated(*STAGES))
    asked = ("--agent", str(scripted(ada)), "--yes", "--grace", "0", "--json", "--workers", "2")
    process = start("run", PLAN_ID, *asked, "--engine", "dask", cwd=ada.path)
    wait_for(lambda: (counts(ada) / "slow.began").exists() or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    # The agent's shell has noted whose child it is: of a worker, which is a task's.
    task = parent(int((counts(ada) / "slow.worker").read_text()))
    os.kill(task, signal.SIGKILL)
    (counts(ada) / "go").touch()

    out, err = process.communicate()
    assert process.returncode == 0, err
    told = summary(out)
    assert told["outcome"] == "done"
    assert {one["id"]: one["state"] for one in told["stages"]} == dict.fromkeys(
        (stage.partition(":")[0] for stage in STAGES), "complete"
    )
    assert set(statuses(ada).values()) == {"complete"}
    done = [name for name in records(bare(ada)) if name.startswith("verified/")]
    assert len(done) == len(STAGES)
    # What is complete is in the clone of the run, too: it can land.
    assert len(ada.worktrees()) == len(STAGES)
    clones = sorted((tmp_path / "dask").glob("*/plan-worktree/run-*/clone"))
    assert [clone.parent.name[:6] for clone in clones] == ["run-1@", "run-2@"]


def refused(cli: Cli, repo: Repo, *words: str) -> str:
    agent = scripted(repo)
    done = cli("run", PLAN_ID, "--agent", agent, "--yes", *words, cwd=repo.path)
    assert done.exit_code == 1, done.output
    return done.stderr


def test_a_clone_that_shares_nothing_has_no_workers_elsewhere(repo: Repo, cli: Cli) -> None:
    said = refused(cli, shop(repo, *gated("good"), status="approved"), "--engine", "dask")
    assert said.endswith("share through a remote: plan-worktree init share\n")


def test_a_plan_that_the_remote_does_not_have_is_built_nowhere_else(
    tmp_path: Path, cli: Cli
) -> None:
    (ada,) = shared(tmp_path, "ada", stages=gated("good"))
    ada.git("push", "--quiet", "--force", "origin", "HEAD~1:refs/heads/main")
    said = refused(cli, ada, "--engine", "dask")
    command = f"git -C {ada.path} push origin main"
    assert said.endswith(f"origin does not have the plan; commit it, then: {command}\n")


def test_without_dask_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Refused, match=r"needs dask.distributed: .* -m pip install distributed$"):
        on_dask._connect(None, 1)


@needs_dask
@pytest.mark.thorough
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_dask, "_ANSWER", 1)
    with pytest.raises(Refused, match=r"no scheduler of dask answers at tcp://127.0.0.1:9: "):
        on_dask._connect("tcp://127.0.0.1:9", 1)


def test_a_scheduler_belongs_to_dask(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", PLAN_ID, "--scheduler", "tcp://127.0.0.1:9", cwd=tmp_path)
    assert (done.exit_code, "--scheduler goes with --engine dask" in done.stderr) == (2, True)
