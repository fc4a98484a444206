"""The recipes of the page on many machines, run as far as one machine goes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.clones import bare, shared
from tests.docs.markdown import blocks
from tests.running.scripted import gated, scripted, statuses
from tests.support import ROOT, Repo, run, tool
from tests.world import PLAN_ID

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the recipes are for a POSIX shell")
PAGE = ROOT / "skills/plan-worktree/references/many-machines.md"
STAGES = ("a", "b:a", "c:a")


def environment(**more: str) -> dict[str, str]:
    path = f"{tool('plan-worktree').parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **more}


def world(folder: Path) -> Repo:
    (ada,) = shared(folder, "ada", stages=gated(*STAGES))
    return ada


def job() -> dict[str, Any]:
    (text,) = [block.text for block in blocks(PAGE, "yaml")]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.mark.skipif(shutil.which("parallel") is None, reason="GNU parallel is missing")
@pytest.mark.thorough
def test_gnu_parallel_starts_workers_that_build_the_plan(tmp_path: Path) -> None:
    ada = world(tmp_path)
    texts = [block.text for block in blocks(PAGE, "text")]
    (line,) = [text for text in texts if "parallel " in text]
    # One machine, and two workers.
    replaced = {"ada@one,ada@two": ":", "/srv/shop": str(ada.path), "PLAN": PLAN_ID}
    replaced |= {"claude": str(scripted(ada)), "4": "2"}
    words = [replaced.get(word, word) for word in line.split()]
    done = run("sh", "-c", " ".join(words), cwd=tmp_path, env=environment())
    # GNU parallel counts those that found nothing to do.
    assert done.exit_code <= 2, done.output
    assert set(statuses(ada).values()) == {"complete"}, done.output
    assert "agent-1 a: stage a is complete" in done.stdout or "agent-2 a: stage" in done.stdout


def test_the_job_is_one_of_kubernetes_and_keeps_a_worker_its_clone() -> None:
    whole = job()
    assert (whole["apiVersion"], whole["kind"]) == ("batch/v1", "Job")
    spec = whole["spec"]
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == spec["parallelism"]
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] == "OnFailure"
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {volume["name"]: container["workingDir"] for volume in pod["volumes"]}


@pytest.mark.thorough
def test_a_pod_of_the_job_builds_the_plan_and_ends_well_again(tmp_path: Path) -> None:
    ada = world(tmp_path)
    (container,) = job()["spec"]["template"]["spec"]["containers"]
    clone = tmp_path / "clone"
    clone.mkdir()
    known = {"URL": str(bare(ada).path), "PLAN": PLAN_ID, "AGENT": str(scripted(ada))}
    given = environment(JOB_COMPLETION_INDEX="0", **known)
    for _ in range(2):  # the second time nothing is left
        done = run(*container["command"], *container["args"], cwd=clone, env=given)
        assert done.exit_code == 0, done.output
    assert set(statuses(Repo(clone / "shop")).values()) == {"complete"}
    assert run("plan-worktree", "status", "--fetch", cwd=ada.path, env=given).exit_code == 0
    assert set(statuses(ada).values()) == {"complete"}
