"""How fast worktrees are made and looked at. Run: just bench (or python this file).

Every figure is a ratio to what git needs for the same, timed in turn with it, or a number of git
processes. Speed is no test: the machine that runs the tests has other things to do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from timing import finish, python, ratio, report

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import plan_text

PLANS = ".claude/plans"
MAIN = "refs/heads/main"
FILES = 4000
FILE = b"a line of thirty-one characters\n" * 64


def main() -> None:
    # The user's settings, such as a number of checkout workers, would hit both sides unalike.
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = _repository(folder / "large/project", FILES)
        print(f"repository: {FILES} files of {len(FILE)} bytes; {os.cpu_count()} processors")
        finish([_six(large), _status(large), _look(folder), *_counts(folder), *_growth(folder)])


def _six(repository: Path) -> bool:
    """Time six worktrees of 4,000 files; branches are new in every round, worktrees taken away."""

    def ours(number: int) -> Callable[[], object]:
        plan_id = f"2026-01-02-round-{number}"
        _plan(repository, plan_id, 6)
        return lambda: _set_up(repository, plan_id)

    def theirs(number: int) -> Callable[[], object]:
        def loop() -> None:
            for one in range(6):
                path = f"../worktrees/loop-{number}/{one}"
                _git(repository, "worktree", "add", "--quiet", "-b", f"loop/{number}-{one}", path)

        return loop

    def tidy() -> None:
        _check(repository, 6)
        _forget(repository)
        os.sync()

    figures = _in_turn(ours, theirs, tidy, 7)
    return report("setup of 6 worktrees, to the loop of git worktree add", figures, 0.65)


def _status(repository: Path) -> bool:
    _plan(repository, "2026-01-02-many", 50)
    _set_up(repository, "2026-01-02-many")
    trees = [str(path) for path in _check(repository, 50)]

    def theirs() -> None:
        _git(repository, "worktree", "list", "--porcelain")
        for tree in trees:
            _git(repository, "-C", tree, "status", "--porcelain")

    ours = python("-m", "plan_worktree", "status", "2026-01-02-many", cwd=str(repository))
    figures = ratio(ours, theirs, 5)
    _forget(repository)
    return report("status of 50 stages, to git status in each of them", figures, 0.6)


def _look(folder: Path) -> bool:
    """Time status of 30 stages with a commit each against two git processes in every worktree."""
    repository = _repository(folder / "looked-at/project", 5)
    _plan(repository, "2026-01-02-thirty", 30)
    _set_up(repository, "2026-01-02-thirty")
    trees = _check(repository, 30)
    for tree in trees:
        (tree / "src/new.txt").write_text(f"{tree.name}\n")
        _git(tree, "add", "--all")
        _git(tree, "commit", "--quiet", "--message", "work")

    def theirs() -> None:
        for tree in trees:
            _git(tree, "status", "--porcelain")
            _git(tree, "rev-list", "--left-right", "--count", "main...HEAD")

    ours = python("-m", "plan_worktree", "status", "2026-01-02-thirty", cwd=str(repository))
    figures = ratio(ours, theirs, 15)
    return report("status of 30 stages, to git status and git rev-list in each", figures, 0.9)


def _counts(folder: Path) -> Iterator[bool]:
    """Count the git processes of a setup that finds everything there, and of status."""
    setups: dict[int, int] = {}
    statuses: dict[int, int] = {}
    for count in (2, 10, 50):
        repository = _repository(folder / f"counted-{count}/project", 5)
        _plan(repository, "2026-01-02-counted", count)
        _set_up(repository, "2026-01-02-counted")
        for command, found in (("setup", setups), ("status", statuses)):
            log = folder / f"{command}-{count}.json"
            variables = {**os.environ, "GIT_TRACE2_EVENT": str(log)}
            words = (sys.executable, "-m", "plan_worktree", command, "2026-01-02-counted")
            subprocess.run(words, cwd=repository, env=variables, check=True, capture_output=True)
            found[count] = log.read_text().count('"event":"start"')
    beyond = {count: number - count for count, number in statuses.items()}
    for what, found, limit in (
        ("git processes of a setup that finds all there", setups, 8),
        ("git processes of status beyond one a worktree", beyond, 12),
    ):
        kept = max(found.values()) <= limit and len(set(found.values())) == 1
        shown = ", ".join(f"{number} for {count} stages" for count, number in found.items())
        print(f"{what}: {shown} (limit {limit}, and the same for all) {_verdict(kept)}")
        yield kept


def _growth(folder: Path) -> Iterator[bool]:
    """Time 200 stages against 10 in a small repository: the work is the same for each."""
    few, many = (_repository(folder / f"grown-{n}/project", 5) for n in (10, 200))

    def setup(repository: Path, count: int) -> Callable[[int], Callable[[], object]]:
        def ready(number: int) -> Callable[[], object]:
            plan_id = f"2026-01-02-round-{number}"
            _plan(repository, plan_id, count)
            return lambda: _set_up(repository, plan_id)

        return ready

    def tidy() -> None:
        for repository, count in ((few, 10), (many, 200)):
            if (repository.parent / "worktrees").exists():
                _check(repository, count)
                _forget(repository)

    figures = _in_turn(setup(many, 200), setup(few, 10), tidy, 3)
    yield report("setup of 200 stages to 10 stages", figures, 20)
    for repository, count in ((few, 10), (many, 200)):
        _plan(repository, "2026-01-02-grown", count)
        _set_up(repository, "2026-01-02-grown")
    ours, theirs = (
        python("-m", "plan_worktree", "status", "2026-01-02-grown", cwd=str(repository))
        for repository in (many, few)
    )
    yield report("status of 200 stages to 10 stages", ratio(ours, theirs, 5), 20)


def _in_turn(
    ours: Callable[[int], Callable[[], object]],
    theirs: Callable[[int], Callable[[], object]],
    tidy: Callable[[], object],
    rounds: int,
) -> tuple[float, float, float]:
    """Do as `ratio` does, with something to prepare before and to tidy after each timing."""
    pairs = []
    for number in range(rounds + 1):
        pair = []
        for side in (ours, theirs):
            work = side(number)
            start = time.perf_counter()
            work()
            pair.append(time.perf_counter() - start)
            tidy()
        pairs.append(pair)
    pairs = pairs[1:]  # the first finds nothing in the caches
    middle = statistics.median(one / other for one, other in pairs)
    ours_ms, theirs_ms = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return middle, ours_ms, theirs_ms


def _repository(path: Path, files: int) -> Path:
    """Make a repository of so many files, a hundred to a folder, no two alike."""
    for number in range(files):
        file = path / f"src/{number // 100}/{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"%d\n" % number + FILE)
    _git(path, "init", "--quiet", "--initial-branch", "main")
    _git(path, "config", "user.name", "Ada Example")
    _git(path, "config", "user.email", "ada@example.org")
    _git(path, "config", "gc.auto", "0")
    _git(path, "add", "--all")
    _git(path, "commit", "--quiet", "--message", "all files")
    return path


def _plan(repository: Path, plan_id: str, stages: int) -> None:
    """Write the only plan."""
    file = repository / PLANS / f"{plan_id}.md"
    shutil.rmtree(file.parent, ignore_errors=True)
    file.parent.mkdir(parents=True)
    file.write_text(plan_text(plan_id, *(f"part-{number}" for number in range(stages))))


def _set_up(repository: Path, plan_id: str) -> None:
    done = python("-m", "plan_worktree", "setup", plan_id, cwd=str(repository))()
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stderr.decode()


def _check(repository: Path, count: int) -> list[Path]:
    """Return the worktrees, which must be so many and whole: what fails is fast."""
    lines = _git(repository, "worktree", "list", "--porcelain").decode().splitlines()
    assert not [line for line in lines if line.startswith(("locked", "prunable"))]
    trees = [Path(line.split(" ", 1)[1]) for line in lines if line.startswith("worktree ")][1:]
    assert len(trees) == count, f"{len(trees)} worktrees, not {count}"
    assert all((tree / "src/0/4.txt").is_file() for tree in trees)
    return trees


def _forget(repository: Path) -> None:
    """Take all worktrees and every ref but main away."""
    shutil.rmtree(repository.parent / "worktrees")
    _git(repository, "worktree", "prune")
    listed = _git(repository, "for-each-ref", "--format=%(refname)").decode().split()
    gone = "".join(f"option no-deref\ndelete {name}\n" for name in listed if name != MAIN)
    _git(repository, "update-ref", "--stdin", stdin=gone.encode())


def _git(directory: Path, *words: str, stdin: bytes = b"") -> bytes:
    command = ["git", *words]
    return subprocess.run(
        command, cwd=directory, input=stdin, check=True, capture_output=True
    ).stdout


def _verdict(kept: bool) -> str:
    return "ok" if kept else "TOO MANY"


if __name__ == "__main__":
    main()
