"""Merges of plans: statuses and ticks are no conflicts, and all else is merged as git merges it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan_worktree.plan.model import Plan, StageStatus
from plan_worktree.plan.parts.todo import read_tasks, ticks
from plan_worktree.plan.planfile import loads
from plan_worktree.plan.text.document import Document
from plan_worktree.plan.text.edit import Edit
from plan_worktree.planfiles.statuses import declared
from plan_worktree.sharing.levelled import levelled, places
from tests.result import Result
from tests.support import PLANS, Repo, Stage, plan_text, run, tool

Cli = Callable[..., Result]
PLAN_ID = "2026-01-02-shop"
STAGES = ("core", "api", "ui", "docs")
PLAN = plan_text(PLAN_ID, "core", "api:core", "ui:core", "docs:core", status="approved").encode()
FILE = f"{PLANS}/{PLAN_ID}.md"
BOXES = len(read_tasks(loads(PLAN, "plan").document, range(PLAN.count(b"\n"))))  # type: ignore[arg-type]


def changed(raw: bytes, statuses: dict[str, str], boxes: Sequence[int] = ()) -> bytes:
    """Return a plan with statuses as our commands write them, and some boxes turned."""

    def turned(document: Document, _: Plan) -> list[Edit]:
        tasks = read_tasks(document, range(len(document.source.lines)))
        chosen = [task for task in tasks if task.number in boxes]
        return [edit for task in chosen for edit in ticks([task], not task.done)]

    wanted = {stage: StageStatus(status) for stage, status in statuses.items()}
    written = declared(loads(raw, "plan"), wanted, frozenset(), turned)
    return written.document.source.raw if written and written.document else raw


def merge_file(folder: Path, versions: Sequence[bytes]) -> tuple[int, bytes]:
    """Return how many conflicts git finds, and what it makes of three versions."""
    names = ("base", "ours", "theirs")
    for name, raw in zip(names, versions, strict=True):
        (folder / name).write_bytes(raw)
    told = run("git", "merge-file", "--quiet", "ours", "base", "theirs", cwd=folder)
    return told.exit_code, (folder / "ours").read_bytes()


def masked(raw: bytes) -> list[str]:
    """Return the lines of a plan with a mark where statuses and ticks are."""
    lines = raw.decode().split("\n")
    for one in sorted(places(loads(raw, "plan")).values(), reverse=True):
        line = lines[one.line]
        lines[one.line] = f"{line[: one.column]}?{line[one.column + len(one.text) :]}"
    return lines


def words(raw: bytes) -> dict[str, str]:
    return {"/".join(key): place.text for key, place in places(loads(raw, "plan")).items()}


_SIDE = st.tuples(
    st.dictionaries(st.sampled_from(STAGES), st.sampled_from([*StageStatus])),
    st.lists(st.integers(1, BOXES), unique=True, max_size=8),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("versions")


fewer = settings(max_examples=max(3, settings().max_examples // 4))


@fewer
@given(before=_SIDE, ours=_SIDE, theirs=_SIDE)
def test_statuses_and_ticks_of_both_sides_are_never_a_conflict(
    folder: Path,
    before: tuple[dict[str, str], list[int]],
    ours: tuple[dict[str, str], list[int]],
    theirs: tuple[dict[str, str], list[int]],
) -> None:
    base = changed(PLAN, *before)
    versions = [base, changed(base, *ours), changed(base, *theirs)]

    conflicts, merged = merge_file(folder, levelled(versions))

    assert conflicts == 0
    assert masked(merged) == masked(PLAN)
    said = [words(version) for version in (*versions, merged)]
    for name, base_word in said[0].items():
        one, other, got = (version[name] for version in said[1:])
        assert got in (one, other)
        if one != base_word and other == base_word:
            assert got == one
        if name.startswith("box/") and "x" in (one, other) and base_word == " ":
            assert got == "x"


_TEXT = st.lists(
    st.tuples(st.sampled_from(["insert", "replace", "delete"]), st.integers(0, 10_000)), max_size=4
)


def rewritten(raw: bytes, edits: Sequence[tuple[str, int]], who: str) -> bytes:
    """Return a plan with lines that somebody has written, replaced or taken out."""
    lines = raw.decode().split("\n")
    for number, (verb, place) in enumerate(edits):
        at = place % len(lines)
        lines[at : at + (verb != "insert")] = [] if verb == "delete" else [f"{who} {number}"]
    return "\n".join(lines).encode()


@pytest.mark.second
@fewer
@given(ours=_SIDE, theirs=_SIDE, our_text=_TEXT, their_text=_TEXT)
def test_whatever_else_both_sides_write_is_merged_as_git_merges_it(
    folder: Path,
    ours: tuple[dict[str, str], list[int]],
    theirs: tuple[dict[str, str], list[int]],
    our_text: list[tuple[str, int]],
    their_text: list[tuple[str, int]],
) -> None:
    versions = [
        PLAN,
        rewritten(changed(PLAN, *ours), our_text, "ours"),
        rewritten(changed(PLAN, *theirs), their_text, "theirs"),
    ]
    level = levelled(versions)

    plain, by_git = merge_file(folder, versions)
    conflicts, merged = merge_file(folder, level)

    for old, new in zip(versions, level, strict=True):  # nothing but statuses and ticks
        assert new == old or masked(new) == masked(old)
    assert conflicts <= plain
    if plain == 0:
        assert masked(merged) == masked(by_git)
    for line in re.findall(rb"(?m)^(?:ours|theirs) \d$", b"\n".join(versions[1:])):
        assert line in merged


def test_a_tick_that_was_taken_away_on_one_side_is_away() -> None:
    done = changed(PLAN, {}, [1])
    assert levelled([done, done, PLAN]) == [PLAN] * 3


def test_of_two_statuses_the_one_that_is_further_stays() -> None:
    begun, finished = (
        changed(PLAN, {"core": status, "api": "blocked"}) for status in ("in-progress", "complete")
    )
    for versions in ([PLAN, begun, finished], [PLAN, finished, begun]):
        assert {words(raw)["stage/core"] for raw in levelled(versions)} == {"complete"}
        assert {words(raw)["section/core"] for raw in levelled(versions)} == {"Complete"}


@pytest.mark.parametrize(
    "broken",
    (b"", b"no plan\n", PLAN.replace(b'"plan_id"', b'"plan_id'), PLAN.replace(b"json", b"\xff")),
)
@pytest.mark.parametrize("at", range(3))
def test_where_one_version_cannot_be_read_all_stay_as_they_are(broken: bytes, at: int) -> None:
    versions = [PLAN, changed(PLAN, {"core": "in-progress"}), changed(PLAN, {"core": "blocked"})]
    versions[at] = broken
    assert levelled(versions) == versions


def test_items_that_cannot_be_told_apart_are_left_to_git() -> None:
    twice = PLAN.replace(b"- [ ] Write it.\n", b"- [ ] Write it.\n- [ ] Write it.\n", 1)
    ticked = twice.replace(b"- [ ] Write it.", b"- [x] Write it.", 1)
    assert levelled([twice, ticked, twice]) == [twice, ticked, twice]


def test_items_of_one_text_are_told_apart_by_the_items_around_them(tmp_path: Path) -> None:
    listed = b"- [ ] Api\n  - [ ] Test it.\n  - [ ] Say it.\n"
    listed += b"- Ui\n  - [ ] Test it.\n  - [ ] Say it.\n"
    base = PLAN.replace(b"- [ ] Write it.\n", listed, 1)
    ours = base.replace(b"[ ] Test it.", b"[x] Test it.", 1)
    theirs = base.replace(b"[ ] Api", b"[x] Api").replace(b"[ ] Test it.", b"[x] Test it.", 2)
    theirs = theirs.replace(b"[ ] Say it.", b"[X] Say it.", 2)

    assert merge_file(tmp_path, [base, ours, theirs])[0] > 0
    assert levelled([base, ours, theirs]) == [theirs] * 3


def test_an_item_is_known_also_where_the_one_around_it_has_another_name() -> None:
    listed = b"- [ ] Api\n  - [ ] Say it.\n"
    base = PLAN.replace(b"- [ ] Write it.\n", listed, 1)
    ours, theirs = base.replace(b"[ ] Say", b"[x] Say"), base.replace(b"[ ] Api", b"[ ] The API")

    assert levelled([base, ours, theirs]) == [ours, ours, theirs.replace(b"[ ] Say", b"[x] Say")]


@pytest.fixture
def both_sides(repo: Repo, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Return a clone in which two branches have changed the same statuses and boxes."""
    monkeypatch.setenv("PATH", str(tool("plan-worktree").parent), prepend=":")
    repo.git("remote", "add", "origin", "../elsewhere")
    repo.plan(PLAN_ID, *(Stage(stage) for stage in STAGES), status="approved")
    repo.commit("a plan")
    raw = repo.read(FILE).encode()
    repo.git("checkout", "-q", "-b", "other")
    repo.write(FILE, changed(raw, {"core": "complete", "api": "in-progress"}, [9, 11]))
    repo.commit("statuses of another clone")
    repo.git("checkout", "-q", "main")
    repo.write(FILE, changed(raw, {"core": "in-progress", "ui": "in-progress"}, [8, 10]))
    repo.commit("statuses of this clone")
    return repo


def test_git_merges_plans_by_it_where_init_share_has_said_so(both_sides: Repo, cli: Cli) -> None:
    repo = both_sides
    told = cli("init", "share", cwd=repo.path)
    assert told.exit_code == 0, told.output

    repo.git("merge", "-q", "--no-edit", "other")

    got = words(repo.read(FILE).encode())
    assert [got[f"stage/{stage}"] for stage in STAGES] == [
        *("complete", "in-progress", "in-progress", "not-started"),
    ]
    assert repo.read(FILE).count("[x]") == 4
    assert cli("validate", PLAN_ID, cwd=repo.path).exit_code == 0


def test_where_the_program_is_gone_git_merges_plans_as_any_other_file(
    both_sides: Repo, cli: Cli
) -> None:
    repo = both_sides
    cli("init", "share", cwd=repo.path)
    driver = repo.git("config", "merge.plan-worktree.driver")
    repo.git("config", "merge.plan-worktree.driver", driver.replace("plan-worktree ", "gone ", 1))

    told = run("git", "merge", "other", cwd=repo.path)

    assert told.exit_code == 1, told.output
    assert {"<<<<<<< ours", "=======", ">>>>>>> theirs"} <= set(repo.read(FILE).splitlines())
