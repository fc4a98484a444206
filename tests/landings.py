"""How the work of a stage gets into the target, and how it looks as if it had.

Every way is a verb that takes the project and the stage. A stage changes two lines of a file of
its own, in two commits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, merge, set_up

Way = Callable[[Repo, str], None]
LINES = "".join(f"line {number:02}\n" for number in range(20))


def ready(repo: Repo, cli: Cli, *stages: str) -> Repo:
    """Set stages up, each with a file of its own; return the first one's worktree."""
    for stage in stages:
        repo.write(f"{stage.partition(':')[0]}.txt", LINES)
    set_up(repo, cli, *stages)
    return repo.stage(PLAN_ID, stages[0])


def edit(there: Repo, name: str, old: str, new: str) -> str:
    content = there.read(name)
    assert content.count(old) == 1, content
    there.write(name, content.replace(old, new))
    return there.commit(f"{old} becomes {new}")


def work(repo: Repo, stage: str) -> None:
    """Change two places of the stage's file, in two commits."""
    there = repo.stage(PLAN_ID, stage)
    edit(there, f"{stage}.txt", "line 05", "five")
    edit(there, f"{stage}.txt", "line 15", "fifteen")


def entry(repo: Repo, cli: Cli, stage: str) -> dict[str, Any]:
    result = cli("status", PLAN_ID, "--json", cwd=repo.path)
    assert result.exit_code == 0, result.output
    (found,) = (one for one in result.json()["stages"] if one["id"] == stage)
    assert isinstance(found, dict)
    return found


def state(repo: Repo, cli: Cli, stage: str = "core") -> str:
    return str(entry(repo, cli, stage)["state"])


def is_stale(repo: Repo, cli: Cli, stage: str) -> bool:
    return bool(entry(repo, cli, stage)["stale"])


def shift(repo: Repo, stage: str) -> None:
    """Do other work in the target: all the lines that the stage changes move down."""
    repo.write(f"{stage}.txt", f"one more\nand more\n{repo.read(f'{stage}.txt')}")
    repo.commit("other work above")


def overwrite(repo: Repo, stage: str) -> None:
    """Do other work in the target, in the very line that the stage changed."""
    edit(repo, f"{stage}.txt", "five", "5 at last")


def fast_forward(repo: Repo, stage: str) -> None:
    merge(repo, stage, "--ff-only")


def squash(repo: Repo, stage: str) -> None:
    repo.git("merge", "--quiet", "--squash", branch(stage))
    repo.commit(f"squash {stage}")


def rebase(repo: Repo, stage: str) -> None:
    """Land copies of the stage's commits, as a forge does that rebases; the branch stays."""
    repo.git("switch", "--quiet", "--create", "copies", branch(stage))
    repo.git("rebase", "--quiet", "main")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--ff-only", "copies")
    repo.git("branch", "--quiet", "-D", "copies")


def pick_backwards(repo: Repo, stage: str) -> None:
    repo.git("cherry-pick", branch(stage))
    shift(repo, stage)
    repo.git("cherry-pick", f"{branch(stage)}~1")


def write_the_same(repo: Repo, stage: str) -> None:
    edit(repo, f"{stage}.txt", "line 05", "5")
    edit(repo, f"{stage}.txt", "line 15", "fifteen")
    edit(repo, f"{stage}.txt", "5\n", "five\n")


def take_target_in(repo: Repo, stage: str) -> None:
    repo.stage(PLAN_ID, stage).git("merge", "--quiet", "--no-edit", "main")


def pick_one(repo: Repo, stage: str) -> None:
    repo.git("cherry-pick", branch(stage))


def revert(repo: Repo, stage: str) -> None:
    repo.git("revert", "--no-edit", "HEAD")


def revert_merge(repo: Repo, stage: str) -> None:
    repo.git("revert", "--no-edit", "--mainline", "1", "HEAD")


def revert_at_once(repo: Repo, stage: str) -> None:
    """Take out both commits in one commit."""
    repo.git("revert", "--no-commit", "HEAD", "HEAD~1")
    repo.git("commit", "--quiet", "--message", 'Revert "everything"')


def revert_one(repo: Repo, stage: str) -> None:
    repo.git("revert", "--no-edit", "HEAD~1")


def revert_two(repo: Repo, stage: str) -> None:
    repo.git("revert", "--no-edit", "HEAD", "HEAD~1")


def work_against(repo: Repo, stage: str) -> None:
    edit(repo, f"{stage}.txt", "line 05", "not five")


def work_on(repo: Repo, stage: str) -> None:
    edit(repo.stage(PLAN_ID, stage), f"{stage}.txt", "line 10", "ten")


LANDED: dict[str, tuple[Way, ...]] = {
    "merge-commit": (shift, merge),
    "fast-forward": (fast_forward,),
    "merge-overwritten": (merge, overwrite),
    "merge-reverted-reapplied": (merge, revert_merge, revert),
    "merge-then-a-revert-of-other-work": (merge, overwrite, revert),
    "squash": (squash,),
    "squash-moved": (shift, squash),
    "squash-overwritten": (squash, overwrite),
    "squash-moved-overwritten": (shift, squash, shift, overwrite),
    "rebase": (shift, rebase),
    "rebase-overwritten": (shift, rebase, overwrite),
    "picks": (pick_backwards,),
    "picks-overwritten": (pick_backwards, overwrite),
    "equal-tree": (write_the_same,),
    "target-in-squash": (shift, take_target_in, squash),
    "target-in-squash-overwritten": (shift, take_target_in, squash, overwrite),
    "target-in-squash-target-in": (shift, take_target_in, squash, take_target_in),
}
NOT_LANDED: dict[str, tuple[Way, ...]] = {
    "nothing": (shift,),
    "against": (work_against,),
    "one-of-two": (pick_one,),
    "one-of-two-moved": (shift, pick_one, shift),
    "merge-reverted": (merge, revert_merge),
    "merge-reverted-followed": (merge, revert_merge, shift),
    "merge-reapplied-reverted": (merge, revert_merge, revert, revert),
    "fast-forward-reverted": (fast_forward, revert_two),
    "fast-forward-reverted-at-once": (fast_forward, revert_at_once, shift),
    "fast-forward-one-reverted": (fast_forward, revert_one),
    "squash-reverted": (squash, revert),
    "picks-reverted": (shift, rebase, shift, revert_one),
    "rebase-reverted": (shift, rebase, revert_two),
    "target-in": (shift, take_target_in),
    "squash-with-more": (squash, work_on),
    "merge-with-more": (merge, work_on),
    "squash-target-in-more": (squash, take_target_in, work_on),
}
