"""Every test has a home, a git configuration and an environment of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

pytest.register_assert_rewrite("tests.support", "tests.kills")

# A caller who sets it has each of the thousands of processes compile the whole package once more.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from plan_worktree.git import process  # noqa: E402
from tests.result import Result  # noqa: E402
from tests.support import REAL_HOME, Repo, Shared, new_repo, plan_worktree  # noqa: E402

# Two tests at once on a busy machine make any deadline a coin toss.
# The same examples in every run: a change is judged by what it changes. `just soak` looks further.
settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=10)
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("soak", deadline=None, max_examples=20_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

GIT_CONFIG = """\
[user]
    name = Ada Example
    email = ada@example.org
[init]
    defaultBranch = main
    templateDir =
[core]
    fsync = none
[gc]
    auto = 0
[maintenance]
    auto = false
"""

# Variables that would let the caller's machine or git hook change what a test sees.
FOREIGN = ("GIT_", "XDG_", "HYPOTHESIS_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_")

# The object format of the repositories that tests make (git(1)): sha1 unless it says sha256.
FORMAT = "GIT_DEFAULT_HASH"

# Where git, uv, pre-commit or this program would write if a test forgot its private home.
GUARDED = (
    ".gitconfig",
    ".git-credentials",
    ".config/git",
    ".config/plan-worktree",
    ".cache/plan-worktree",
    ".cache/pre-commit",
    "plan-worktree-demo",
    "worktrees",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep, of each thorough test with cases, one in so many of them, where ONE_IN says so.

    That is how the project's own check ends in its time; the first case always stays.
    """
    one_in, seen = int(os.environ.get("ONE_IN", "1")), Counter[str]()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        name, is_long = item.nodeid.partition("[")[0], bool(item.get_closest_marker("thorough"))
        (left if is_long and seen[name] % one_in else kept).append(item)
        seen[name] += is_long
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def _fingerprint(home: Path) -> dict[str, tuple[int, int] | None]:
    found: dict[str, tuple[int, int] | None] = {}
    for name in GUARDED:
        try:
            stat = (home / name).stat()
        except OSError:
            found[name] = None
        else:
            found[name] = (stat.st_mtime_ns, stat.st_size)
    return found


def _move_in(patch: pytest.MonkeyPatch, home: Path) -> None:
    home.mkdir()
    config = home / ".gitconfig"
    config.write_text(GIT_CONFIG)
    for name, value in (("HOME", home), ("USERPROFILE", home), ("GIT_CONFIG_GLOBAL", config)):
        patch.setenv(name, str(value))


@pytest.fixture(scope="session", autouse=True)
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Path]]:
    """Make the environment private for fixtures of the session too; offer homes for the tests."""
    parent = tmp_path_factory.mktemp("homes")
    before = _fingerprint(REAL_HOME)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN) and name != FORMAT]:
            patch.delenv(name)
        for name, value in (("GIT_CONFIG_NOSYSTEM", "1"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")):
            patch.setenv(name, value)
        _move_in(patch, parent / "session")
        yield (parent / str(number) for number in itertools.count())
    after = _fingerprint(REAL_HOME)
    changed = [str(REAL_HOME / name) for name in GUARDED if before[name] != after[name]]
    assert not changed, f"a test changed the real home directory: {changed}"


@pytest.fixture(autouse=True)
def home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home directory of its own and return it."""
    path = next(_homes)
    _move_in(monkeypatch, path)
    return path


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Make a directory once for all workers: `shared(name, fill)`; `fill` gets the path to make.

    Groups of tests that keep to one worker would do as well, but pytest 9.2 breaks those of
    pytest-xdist 3.8 without a word (its issue 1386).
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        path, done = base / f"shared-{name}", base / f"shared-{name}.done"
        with FileLock(base / f"shared-{name}.lock"):
            if not done.exists():
                fill(path)
                done.touch()
        return path

    return make


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    """Make repositories with one commit, side by side in the test's directory."""

    def make(name: str = "project") -> Repo:
        return new_repo(tmp_path / name)

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    """Return a repository with one commit on `main`."""
    return make_repo()


@pytest.fixture
def foreign_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a git that says everything in a language without English words, unless asked for it."""
    real, said = shutil.which("git"), tmp_path / "foreign/said"
    script = f"""#!/bin/sh
case "$LC_ALL:$LANGUAGE" in C:) exec '{real}' "$@";; esac
'{real}' "$@" 2>'{said}'
code=$?
sed "s/'/|/g; s/[a-z][a-z]* /ll /g" '{said}' >&2
exit $code
"""
    foreign = said.with_name("git")
    foreign.parent.mkdir()
    foreign.write_text(script)
    foreign.chmod(0o755)
    monkeypatch.setenv("PATH", f"{foreign.parent}{os.pathsep}{os.environ['PATH']}")
    process.environment.cache_clear()
    yield
    process.environment.cache_clear()


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., Result]:
    """Run the real command line, in the test's directory unless `cwd` says where."""

    def call(*args: str | Path, cwd: Path | None = None, **options: Any) -> Result:
        return plan_worktree(*args, cwd=cwd or tmp_path, **options)

    return call
