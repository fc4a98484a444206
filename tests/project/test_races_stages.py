"""Agents at once: never two on one stage, and no edit of the plan lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forks import Forks, forks
from tests.kills import copied
from tests.support import PLANS, Repo, new_repo
from tests.world import PLAN_ID, Cli, claim_ref, declared, refs, set_up

SIXTEEN = tuple(f"s{n:02}" for n in range(16))
FEW, MANY = 1, 200
ROUNDS = pytest.mark.parametrize(
    "rounds", (FEW, pytest.param(MANY, marks=(pytest.mark.soak, pytest.mark.timeout(1800))))
)


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as found:
        yield found


@pytest.fixture
def template(tmp_path: Path, cli: Cli) -> Path:
    """Return a folder with a project of sixteen stages, all of them set up."""
    set_up(new_repo(tmp_path / "template/project"), cli, *SIXTEEN)
    return tmp_path / "template"


def fresh(template: Path, tmp_path: Path) -> Repo:
    place = tmp_path / "round"
    shutil.rmtree(place, ignore_errors=True)
    return copied(template, place)


def owners(repo: Repo) -> dict[str, str]:
    """Return who has claimed which stage."""
    found = {}
    for name in refs(repo):
        if name.startswith(claim_ref("")):
            record = json.loads(repo.git("cat-file", "blob", name))
            found[name.removeprefix(claim_ref(""))] = record["owner"]
    return found


@pytest.mark.thorough
@ROUNDS
def test_sixteen_start_one_stage_and_exactly_one_gets_it(
    forked: Forks, template: Path, tmp_path: Path, rounds: int
) -> None:
    agents = [f"agent-{n}" for n in range(16)]
    for _ in range(rounds):
        repo = fresh(template, tmp_path)

        commands = [("start", PLAN_ID, "s03", "--owner", agent) for agent in agents]
        results = forked.together(*commands, cwd=repo.path)

        codes = [result.exit_code for result in results]
        assert sorted(codes) == [0, *[1] * 15], results
        assert owners(repo) == {"s03": agents[codes.index(0)]}
        for result in results:
            held = f"claimed by {agents[codes.index(0)]} on "
            assert result.exit_code == 0 or held in result.output


@pytest.mark.thorough
@ROUNDS
def test_sixteen_start_the_plan_and_get_sixteen_stages(
    forked: Forks, template: Path, tmp_path: Path, rounds: int
) -> None:
    for _ in range(max(rounds // 10, 1)):
        repo = fresh(template, tmp_path)

        commands = [("start", PLAN_ID, "--owner", f"agent-{n}") for n in range(17)]
        results = forked.together(*commands, cwd=repo.path)

        assert sorted(result.exit_code for result in results) == [*[0] * 16, 4]
        found = owners(repo)
        assert (set(found), len(set(found.values()))) == (set(SIXTEEN), 16)
        assert {s: declared(repo)[s] for s in SIXTEEN} == dict.fromkeys(SIXTEEN, "in-progress")
        (late,) = [result for result in results if result.exit_code == 4]
        assert "nothing is ready, waiting for " in late.output


@pytest.mark.thorough
@ROUNDS
def test_without_names_no_two_get_the_same_stage(
    forked: Forks, template: Path, tmp_path: Path, rounds: int
) -> None:
    for _ in range(max(rounds // 10, 1)):
        repo = fresh(template, tmp_path)

        results = forked.together(*[("start", PLAN_ID, "s07")] * 16, cwd=repo.path)

        assert sorted(result.exit_code for result in results) == [0, *[1] * 15]


@pytest.mark.thorough
@ROUNDS
def test_of_many_takeovers_each_has_one_before_it(
    forked: Forks, template: Path, tmp_path: Path, rounds: int
) -> None:
    for _ in range(max(rounds // 10, 1)):
        repo = fresh(template, tmp_path)

        commands = [
            ("start", PLAN_ID, "s03", "--takeover", "--json", "--owner", f"agent-{n}")
            for n in range(8)
        ]
        results = forked.together(*commands, cwd=repo.path)

        answers = [json.loads(r.stdout) for r in results if not r.exit_code]
        before = [answer["previous_owner"] for answer in answers]
        after = [answer["brief"]["owner"] for answer in answers]
        assert len(answers) == 8
        assert before.count(None) == 1
        assert set(after) - set(before) == {owners(repo)["s03"]}


@pytest.mark.thorough
@ROUNDS
def test_sixteen_marks_and_starts_at_once_are_all_in_the_plan(
    forked: Forks, template: Path, tmp_path: Path, rounds: int
) -> None:
    for _ in range(max(rounds // 10, 1)):
        repo = fresh(template, tmp_path)
        before = repo.read(f"{PLANS}/{PLAN_ID}.md")

        commands: list[tuple[str, ...]]
        commands = [("mark", PLAN_ID, stage, "blocked") for stage in SIXTEEN[:8]]
        commands += [("start", PLAN_ID, stage, "--owner", stage) for stage in SIXTEEN[8:]]
        results = forked.together(*commands, cwd=repo.path)

        assert {result.exit_code for result in results} == {0}
        expected = dict.fromkeys(SIXTEEN[:8], "blocked") | dict.fromkeys(SIXTEEN[8:], "in-progress")
        assert declared(repo) == {"": "in-progress"} | expected
        after = repo.read(f"{PLANS}/{PLAN_ID}.md")
        assert len(after.splitlines()) == len(before.splitlines())
        changed = [
            line
            for line, old in zip(after.splitlines(), before.splitlines(), strict=True)
            if line != old
        ]
        assert len(changed) == 33
        assert all("tatus" in line for line in changed)
