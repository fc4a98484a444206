"""Forecast against reality: conflicts says what a real ``git merge`` does, and in which files.

Each seed is a repository of its own, with three branches beside the target that edit, rename,
delete, link, change modes, line ends and submodules, and take each other in.
"""

from __future__ import annotations

import os
import sys
from itertools import combinations
from pathlib import Path

import pytest

from plan_worktree.git.objects.conflicts import find_conflicts
from plan_worktree.git.objects.merge import merge_trees
from tests.generated import MergeDied, generate, really
from tests.sampling import sampled
from tests.support import Repo
from tests.world import PLAN_ID, Cli, base_ref, branch

STAGES = ("core", "api", "ui")


def made(path: Path, seed: int) -> Repo:
    """Make a repository in which the stages have worked and the target has moved on."""
    path.mkdir()
    generate(path, seed, [*map(branch, STAGES), "target"])
    repo = Repo(path)
    repo.plan(PLAN_ID, *STAGES, base="target")
    for stage in STAGES:
        repo.git("update-ref", base_ref(stage), "main")
    return repo


def disagreements(cli: Cli, folder: Path, seed: int) -> tuple[list[str], int, int]:
    """Return where conflicts and git differ, how many merges were compared, and conflicts met."""
    repo = made(folder / f"seed {seed}", seed)
    result = cli("conflicts", PLAN_ID, "--json", cwd=repo.path)
    assert result.exit_code in (0, 1), result.output
    said = result.json()
    told = {(pair["a"], pair["b"]): set(pair["files"]) for pair in said["pairs"]}
    told |= {("target", one["stage"]): set(one["files"]) for one in said["target"]}
    pairs = [*combinations(said["stages"], 2), *(("target", name) for name in said["stages"])]
    wrong, met = [], 0
    for ours, theirs in pairs:
        names = [name if name == "target" else branch(name) for name in (ours, theirs)]
        try:
            conflict, files = really(repo.path, folder / f"scratch {seed}", *names)
        except MergeDied:  # git has neither merged nor told of a conflict
            continue
        met += conflict
        found = told.get((ours, theirs))
        # A folder of which it is unclear where it went leaves no path unmerged.
        if (found is not None) != conflict or (files and found != files):
            wrong.append(f"seed {seed}: {ours} and {theirs}: {found}, git: {conflict} {files}")
    assert (result.exit_code == 1) == bool(told)
    return wrong, len(pairs), met


@sampled("first", range(0, 40, 4), one_in=10)
def test_conflicts_says_what_a_real_merge_does(cli: Cli, tmp_path: Path, first: int) -> None:
    found = [disagreements(cli, tmp_path, seed) for seed in range(first, first + 4)]

    assert [line for wrong, _, _ in found for line in wrong] == []
    assert sum(met for _, _, met in found) >= 1


@pytest.mark.soak
def test_conflicts_says_what_a_thousand_real_merges_do(
    cli: Cli, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = int(os.environ.get("SEED", "0"))

    found = [disagreements(cli, tmp_path, seed) for seed in range(first, first + 1000)]

    merges, met = sum(count for _, count, _ in found), sum(met for _, _, met in found)
    with capfd.disabled():
        sys.stderr.write(f"\n1000 repositories, {merges} merges, {met} of them conflict\n")
    assert [line for wrong, _, _ in found for line in wrong] == []


def test_a_merge_over_which_git_breaks_hides_no_other(tmp_path: Path) -> None:
    """Git 2.39 ends this one with a failed assertion, and all that were asked with it."""
    generate(tmp_path, 1235, ("one", "two", "three"))
    repo = Repo(tmp_path)
    one, two, three = (repo.head(name) for name in ("one", "two", "three"))

    found = find_conflicts(tmp_path, [(one, two), (one, three)])
    merged = merge_trees(tmp_path, [(one, two), (one, three)])

    assert found[0] != ()
    assert found[1] == find_conflicts(tmp_path, [(one, three)])[0]
    assert not merged[0].clean
    assert merged[1] == merge_trees(tmp_path, [(one, three)])[0]
