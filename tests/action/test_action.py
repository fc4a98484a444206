"""action.yml: its steps, run as GitHub runs them, with the variables that GitHub sets."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.action.github import STEPS, Job
from tests.support import PLANS, ROOT, Repo, copy_checkout, registry_environment, run, tool
from tests.world import PLAN_ID, shop

INSTALLED = {"install": {"bin": str(Path(sys.executable).parent)}}


def job(repo: Repo, **inputs: str) -> Job:
    """Return a job in which the program is installed already."""
    scratch = repo.path.parent / "runner"
    return Job(repo.path, scratch, inputs=inputs, outputs=dict(INSTALLED))


def break_plan(repo: Repo, folder: str = PLANS) -> None:
    path = f"{folder}/{PLAN_ID}.md"
    repo.write(path, repo.read(path).replace('"depends_on"', '"depend_on"'))


def test_a_sound_plan_passes_and_is_shown_with_its_stages_and_its_graph(repo: Repo) -> None:
    shop(repo, "core", "api:core")
    use = job(repo)

    assert use.run() == 0
    assert use.outputs["validate"] == {"exit-code": "0"}
    head, table, graph = use.summary.split("\n```")[:1] + re.findall(
        r"```(?:text|mermaid)\n(.*?)\n```\n", use.summary, re.DOTALL
    )
    assert head.strip() == f"## Implementation plans\n\n### `{PLANS}/{PLAN_ID}.md`"
    assert [line.split()[2] for line in table.splitlines()] == ["STAGE", "core", "api"]
    assert graph.startswith("flowchart LR\n")


def test_findings_are_annotations_and_fail_the_job_after_the_summary(repo: Repo) -> None:
    shop(repo, "core", "api:core")
    break_plan(repo)
    use = job(repo)

    assert use.run() == 1
    assert re.search(
        rf"^::error file={PLANS}/{PLAN_ID}\.md,line=\d+,col=\d+,title=PW103::",
        use.said,
        re.MULTILINE,
    )
    assert use.outputs["validate"] == {"exit-code": "1"}
    assert "Its errors are in the annotations" in use.summary


@pytest.mark.second
def test_warnings_fail_the_job_only_where_that_is_wanted(repo: Repo) -> None:
    shop(repo, "core")
    path = f"{PLANS}/{PLAN_ID}.md"
    repo.write(path, repo.read(path).replace("- Create: `", "- Modify: `"))

    assert job(repo, summary="false").run() == 0
    assert job(repo, strict="true", summary="false").run() == 1


@pytest.mark.thorough
def test_plans_may_live_elsewhere_and_be_named_one_a_line(repo: Repo) -> None:
    shop(repo, "core")
    (repo.path / "docs").mkdir()
    (repo.path / PLANS).rename(repo.path / "docs/my plans")
    sound = repo.read(f"docs/my plans/{PLAN_ID}.md")
    broken = sound.replace(PLAN_ID, "2026-01-03-broken").replace('"stages"', '"stage"')
    repo.write("docs/my plans/2026-01-03-broken.md", broken)

    whole = job(repo, folder="docs/my plans")
    assert whole.run() == 1
    assert whole.summary.count("### `docs/my plans/") == 2
    use = job(repo, plans=f"\ndocs/my plans/{PLAN_ID}.md\n\n", summary="false")
    before = use.summary
    assert use.run() == 0
    assert use.summary == before


@pytest.mark.thorough
def test_what_a_workflow_gives_is_never_run(repo: Repo) -> None:
    shop(repo, "core")
    before = repo.read(f"{PLANS}/{PLAN_ID}.md")
    hostile = ("$(touch pwned)", "`touch pwned`", "--fix", "x; touch pwned", "'\"")

    assert job(repo, plans="\n".join(hostile)).run() == 2
    assert job(repo, folder="; touch pwned; $(touch pwned)", summary="false").run() == 0
    assert not (repo.path / "pwned").exists()
    assert repo.read(f"{PLANS}/{PLAN_ID}.md") == before


@pytest.mark.second
def test_no_plan_ends_the_fence_that_it_is_shown_in(repo: Repo) -> None:
    shop(repo, "core")
    path = f"{PLANS}/{PLAN_ID}.md"
    repo.write(path, repo.read(path).replace('"name": "core"', '"name": "````` <b>core</b>"', 1))
    use = job(repo)

    use.run()

    fences = [line for line in use.summary.splitlines() if line.startswith("```")]
    assert len(fences) == 4
    assert [len(f) - len(f.lstrip("`")) for f in fences] == [6, 6, 3, 3] or "mermaid" in fences[2]


def test_a_repository_without_plans_says_so(repo: Repo) -> None:
    use = job(repo)
    assert use.run() == 0
    assert use.summary == "## Implementation plans\n\nThere is no plan here.\n\n"


def test_the_summary_is_never_longer_than_what_github_shows() -> None:
    code = (
        "import action_summary as a; a.plans = lambda _: list('xyz'); "
        "a.part = lambda *_: 'x' * 400_000; print([t[:80] for t in a.summary('')][-1])"
    )
    result = run(sys.executable, "-c", code, cwd=ROOT / "scripts")
    assert result.stdout == "1 more are not shown: together they are too long.\n\n"


def test_the_action_uses_no_other_action_and_the_workflow_uses_it() -> None:
    assert [step["name"] for step in STEPS if "uses" in step] == []
    assert "uses: ./\n" in (ROOT / ".github/workflows/ci.yml").read_text()


@pytest.mark.registry
@pytest.mark.parametrize("has_uv", (True, pytest.param(False, marks=pytest.mark.soak)))
def test_the_whole_action_in_a_clean_folder(repo: Repo, tmp_path: Path, has_uv: bool) -> None:
    shop(repo, "core", "api:core")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    if has_uv:
        (programs / "uv").symlink_to(tool("uv"))
    env = {**registry_environment(), "PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": ""}
    env |= {"UV_PYTHON_DOWNLOADS": "never", "UV_CACHE_DIR": str(tmp_path / "cache")}
    action = copy_checkout(tmp_path / "the action")
    use = Job(repo.path, tmp_path / "runner temp", action, env=env)

    assert use.run() == 0, use.said
    assert use.summary.count("```") == 4


def test_an_old_python_is_told_what_to_add(repo: Repo, tmp_path: Path) -> None:
    old = f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 9)\n$2"'
    (tmp_path / "python3").write_text(f"#!/bin/sh\n{old}\n")
    (tmp_path / "python3").chmod(0o755)
    use = Job(repo.path, tmp_path / "runner", env={"PATH": f"{tmp_path}:/usr/bin:/bin"})

    assert use.run() == 1
    assert use.said.startswith("plan-worktree needs Python 3.11 or newer: actions/setup-python")
