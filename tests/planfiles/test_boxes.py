"""The Overall TODO List says what is proved, landed and removed; other boxes are people's."""

from __future__ import annotations

import difflib

import pytest

from tests.sampling import sampled
from tests.support import PLANS, Repo, Stage
from tests.world import PLAN_ID, Cli, declared, finish, merge, set_up, snapshot, work

PLAN = f"{PLANS}/{PLAN_ID}.md"
OVERALL = f"""\
### Pre-Implementation

- [ ] Review and approve plan
- [ ] Set up worktrees for stages (run `plan-worktree setup {PLAN_ID}`)

### Implementation (per stage)

- [ ] Stage 1: Core - See Stage 1 TODO above
- [ ] Stage 2: Api - See Stage 2 TODO above

### Integration & Testing

- [ ] Merge all stage branches, in dependency order
- [ ] Run full integration tests
- [ ] Remove the worktrees (run `plan-worktree remove {PLAN_ID} --merged`)
"""


STAGES = (Stage("core", create=("src/core.txt",)), Stage("api", create=("src/api.txt",)))


@pytest.fixture
def begun(repo: Repo, cli: Cli) -> Repo:
    """Set up a plan of two stages that has the template's list."""
    set_up(repo, cli, *STAGES, status="approved")
    text = repo.read(PLAN)
    repo.write(PLAN, text.replace("- [ ] Core\n- [ ] Api\n", OVERALL))
    repo.commit("the template's list")
    assert ticked(repo) == []
    assert OVERALL in repo.read(PLAN)
    return repo


def ticked(repo: Repo) -> list[str]:
    """Return the words that the ticked lines of the plan's Overall TODO List begin with."""
    lines = repo.read(PLAN).partition("## Overall TODO List")[2].splitlines()
    return [" ".join(line.split()[2:4]) for line in lines if line.startswith("- [x]")]


def changes(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_complete_ticks_the_stages_line_and_changes_not_a_byte_besides(
    begun: Repo, cli: Cli
) -> None:
    before = begun.read(PLAN)

    finish(begun, cli, "core")

    assert changes(before, begun.read(PLAN)) == [
        '-   "status": "approved",',
        '+   "status": "in-progress",',
        '-       "status": "not-started",',
        '+       "status": "complete",',
        "- **Status**: Not Started",
        "+ **Status**: Complete",
        "- - [ ] Stage 1: Core - See Stage 1 TODO above",
        "+ - [x] Stage 1: Core - See Stage 1 TODO above",
    ]


def test_a_line_that_is_ticked_already_stays_as_it_is_written(begun: Repo, cli: Cli) -> None:
    begun.write(PLAN, begun.read(PLAN).replace("[ ] Stage 1", "[X] Stage 1"))

    finish(begun, cli, "core")

    assert "- [X] Stage 1: Core" in begun.read(PLAN)


def test_merge_ticks_what_has_landed_and_merging_when_all_has(begun: Repo, cli: Cli) -> None:
    finish(begun, cli, "core")
    before = snapshot(begun.path)
    cli("merge", PLAN_ID, "--dry-run", cwd=begun.path)
    assert snapshot(begun.path) == before

    cli("merge", PLAN_ID, cwd=begun.path)
    assert ticked(begun) == ["Stage 1:"]
    finish(begun, cli, "api")
    text = begun.read(PLAN)
    cli("merge", PLAN_ID, cwd=begun.path)

    assert ticked(begun) == ["Stage 1:", "Stage 2:", "Merge all"]
    assert changes(text, begun.read(PLAN)) == [
        '-   "status": "in-progress",',
        '+   "status": "complete",',
        "- - [ ] Merge all stage branches, in dependency order",
        "+ - [x] Merge all stage branches, in dependency order",
    ]


def test_merge_ticks_the_line_of_a_stage_that_was_landed_by_hand(begun: Repo, cli: Cli) -> None:
    work(begun, "core", "src/core.txt")
    merge(begun, "core")
    cli("mark", PLAN_ID, "core", "complete", cwd=begun.path)
    assert ticked(begun) == []

    cli("merge", PLAN_ID, cwd=begun.path)

    assert ticked(begun) == ["Stage 1:"]


def test_a_stage_that_is_called_like_the_merging_is_ticked_once(repo: Repo, cli: Cli) -> None:
    stage = Stage("core", name="Merge stages", create=("src/core.txt",))
    set_up(repo, cli, stage)
    assert "- [ ] Merge stages\n" in repo.read(PLAN)
    finish(repo, cli, "core")
    repo.write(PLAN, repo.read(PLAN).replace("- [x] Merge stages", "- [ ] Merge stages"))

    cli("merge", PLAN_ID, cwd=repo.path)

    assert "- [x] Merge stages\n" in repo.read(PLAN)


@pytest.fixture
def landed(begun: Repo, cli: Cli) -> Repo:
    for stage in ("core", "api"):
        finish(begun, cli, stage)
    assert cli("merge", PLAN_ID, cwd=begun.path).exit_code == 0
    return begun


@pytest.mark.second
def test_remove_ticks_its_line_when_no_worktree_is_left(landed: Repo, cli: Cli) -> None:
    before = landed.read(PLAN)

    cli("remove", PLAN_ID, "core", cwd=landed.path)
    assert landed.read(PLAN) == before
    cli("remove", PLAN_ID, "--dry-run", cwd=landed.path)
    assert landed.read(PLAN) == before
    result = cli("remove", PLAN_ID, "--merged", cwd=landed.path)

    assert (result.exit_code, landed.worktrees()) == (0, [])
    line = f"Remove the worktrees (run `plan-worktree remove {PLAN_ID} --merged`)"
    assert changes(before, landed.read(PLAN)) == [f"- - [ ] {line}", f"+ - [x] {line}"]


@pytest.mark.second
def test_a_remove_that_was_killed_before_it_ticked_does_so_when_run_again(
    landed: Repo, cli: Cli
) -> None:
    cli("remove", PLAN_ID, cwd=landed.path)
    landed.write(PLAN, landed.read(PLAN).replace("- [x] Remove", "- [ ] Remove"))

    assert cli("remove", PLAN_ID, cwd=landed.path).exit_code == 0

    assert ticked(landed)[-1] == "Remove the"


@pytest.mark.second
def test_remove_of_what_is_gone_ticks_its_line_as_well(landed: Repo, cli: Cli) -> None:
    cli("remove", PLAN_ID, "core", cwd=landed.path)
    there = landed.stage(PLAN_ID, "api").path
    there.rename(there.with_name("away"))

    assert cli("remove", "--gone", cwd=landed.path).exit_code == 0

    assert ticked(landed)[-1] == "Remove the"


def test_remove_of_stages_that_have_not_landed_ticks_nothing(begun: Repo, cli: Cli) -> None:
    before = begun.read(PLAN)

    assert cli("remove", PLAN_ID, cwd=begun.path).exit_code == 0

    assert begun.worktrees() == []
    assert begun.read(PLAN) == before


@pytest.mark.second
def test_remove_says_when_it_could_not_tick_and_has_removed_all_the_same(
    landed: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plan_worktree.removal import remove
    from plan_worktree.removal.step import RemoveOptions

    def fail(_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(remove, "tick_removal", fail)
    said: list[str] = []

    steps = remove.run_remove(RemoveOptions(PLAN_ID), landed.path, said.append)

    assert [step.action.value for step in steps] == ["removed", "removed"]
    assert landed.worktrees() == []
    plan = landed.path / PLAN
    assert f"{plan} does not say yet that the worktrees are gone: the disk is full" in said


@sampled(
    ("status", "left"),
    (("complete", ["Stage 1:"]), ("in-progress", []), ("not-started", []), ("blocked", [])),
    one_in=2,
)
def test_mark_takes_the_tick_away_with_complete(
    begun: Repo, cli: Cli, status: str, left: list[str]
) -> None:
    finish(begun, cli, "core")

    cli("mark", PLAN_ID, "core", status, cwd=begun.path)

    assert (declared(begun)["core"], ticked(begun)) == (status, left)


def test_mark_leaves_a_tick_that_a_person_made_and_makes_none(begun: Repo, cli: Cli) -> None:
    begun.write(PLAN, begun.read(PLAN).replace("[ ] Stage 1", "[x] Stage 1"))

    cli("mark", PLAN_ID, "core", "blocked", cwd=begun.path)
    cli("mark", PLAN_ID, "api", "complete", cwd=begun.path)

    assert ticked(begun) == ["Stage 1:"]


def test_what_stands_for_no_stage_stays_unticked(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, *STAGES)
    repo.write(PLAN, repo.read(PLAN).replace("- [ ] Core\n", "- [ ] Core is reviewed\n"))

    finish(repo, cli, "core")

    assert ticked(repo) == []
    assert declared(repo)["core"] == "complete"
