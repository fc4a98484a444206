"""Real repositories and real processes for tests, built from small verbs.

Nothing here imports the package: what a test sees is what git and the command line show. The
environment is `os.environ`, which conftest.py has made private before any of these verbs run.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests import copies
from tests.forks import Forks, forks
from tests.result import Result

ROOT = Path(__file__).resolve().parent.parent
PLANS = ".claude/plans"
# Taken before any test has a private one: a registry that the user configured must stay reachable.
REAL_HOME = Path.home()

# Makes a directory once for all workers of a session; see the fixture `shared`.
Shared = Callable[[str, Callable[[Path], object]], Path]


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    stdin: str = "",
) -> Result:
    """Run a process to its end; `env` is laid over the environment of the test."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def checked(
    *command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None
) -> str:
    """Run a process that must succeed and return its stdout."""
    result = run(*command, cwd=cwd, env=env)
    assert result.exit_code == 0, f"{command} exited {result.exit_code}\n{result.output}"
    return result.stdout


def tool(name: str) -> Path:
    """Find a development tool: beside this Python first, so that no environment need be active."""
    beside = shutil.which(name, path=sysconfig.get_path("scripts"))
    found = beside or shutil.which(name)
    assert found, f"{name} is missing; install the dev dependency group"
    return Path(found)


def path_without(program: str, folder: Path) -> str:
    """Return a PATH that offers what this one does, but for one program; makes `folder` for it."""
    folder.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for found in place.iterdir() if place.is_dir() else ():
            link = folder / found.name
            if found.name != program and not os.path.lexists(link):
                link.symlink_to(found)
    return str(folder)


def plan_worktree(
    *args: str | Path,
    cwd: Path,
    env: dict[str, str] | None = None,
    stdin: str = "",
) -> Result:
    """Run the command in a process of its own; a traceback is always a bug.

    That is a fork of one that has imported everything, unless a variable is set that Python reads
    when it starts.
    """
    words = [str(arg) for arg in args]
    if any(name.startswith("PYTHON") for name in env or {}) or not hasattr(os, "fork"):
        result = run(sys.executable, "-m", "plan_worktree", *words, cwd=cwd, env=env, stdin=stdin)
    else:
        whole, server = {**os.environ, **(env or {})}, _forks()
        try:
            result = server.run(*words, cwd=cwd, stdin=stdin, env=whole)
        except BaseException:  # it owes an answer now, which the next test must not get
            server.process.kill()
            _forks.cache_clear()
            raise
    assert "Traceback" not in result.output, result.output
    return result


@lru_cache(maxsize=1)
def _forks() -> Forks:
    """Return this test process's own server of forks; it ends with it."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(forks(measured=True))


@dataclass(frozen=True)
class Stage:
    """One stage of a plan that a test writes; empty fields get the conventional value."""

    id: str
    depends_on: tuple[str, ...] = ()
    name: str = ""
    branch: str = ""
    worktree_path: str = ""
    status: str = "not-started"
    verify: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    modify: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str | Stage) -> Stage:
        """Read the short form: `ui` or `ui:api,db`, the stage and what it depends on."""
        if isinstance(text, Stage):
            return text
        stage_id, _, needs = text.partition(":")
        return cls(stage_id, tuple(needs.split(",")) if needs else ())

    def metadata(self, plan_id: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "name": self.title,
            "branch": self.branch_in(plan_id),
            "worktree_path": self.worktree_path or f"../worktrees/{plan_id}/{self.id}",
            "status": self.status,
            "depends_on": list(self.depends_on),
        }
        if self.verify:
            found["verify"] = list(self.verify)
        return found | self.extra

    @property
    def title(self) -> str:
        return self.name or self.id.replace("-", " ").capitalize()

    def branch_in(self, plan_id: str) -> str:
        return self.branch or f"feature/{plan_id}-{self.id}"

    def files(self) -> list[str]:
        listed = [
            f"- {verb}: `{path}`"
            for verb, paths in (
                ("Create", self.create),
                ("Modify", self.modify),
                ("Delete", self.delete),
            )
            for path in paths
        ]
        return listed or [f"- Create: `src/{self.id}.txt`"]

    def section(self, plan_id: str, number: int) -> str:
        status = {
            "not-started": "Not Started",
            "in-progress": "In Progress",
            "blocked": "Blocked",
            "complete": "Complete",
        }.get(self.status, self.status)
        return STAGE_SECTION.format(
            number=number,
            title=self.title,
            id=self.id,
            branch=self.branch_in(plan_id),
            status=status,
            needs=", ".join(f"`{need}`" for need in self.depends_on) or "None",
            files="\n".join(self.files()),
        )


def plan_text(
    plan_id: str,
    *stages: str | Stage,
    status: str = "draft",
    created: str = "2026-01-02",
    **metadata: Any,
) -> str:
    """Write a whole plan without a finding; keywords add to its metadata or replace it."""
    parts = [Stage.of(stage) for stage in stages or ("core",)]
    block = {
        "plan_id": plan_id,
        "created": created,
        "author": "Ada Example",
        "status": status,
        "stages": [stage.metadata(plan_id) for stage in parts],
    } | metadata
    return PLAN.format(
        title=plan_id,
        block=json.dumps(block, indent=2, ensure_ascii=False),
        sections="\n---\n\n".join(
            stage.section(plan_id, number) for number, stage in enumerate(parts, start=1)
        ),
        todo="\n".join(f"- [ ] {stage.title}" for stage in parts),
    )


@dataclass(frozen=True)
class Repo:
    """A real repository in a temporary directory."""

    path: Path

    def git(self, *args: str) -> str:
        """Run git, which must succeed, and return its stdout without the last newline."""
        return checked("git", *args, cwd=self.path).removesuffix("\n")

    def write(self, rel: str, content: str | bytes) -> Path:
        path = self.path / rel
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, rel: str) -> str:
        return (self.path / rel).read_bytes().decode()

    def commit(self, message: str = "change") -> str:
        """Commit everything there is and return the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head()

    def head(self, rev: str = "HEAD") -> str:
        return self.git("rev-parse", "--verify", f"{rev}^{{commit}}")

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def worktrees(self) -> list[Path]:
        """List the linked worktrees, without this one."""
        entries = self.git("worktree", "list", "--porcelain", "-z").split("\0")
        key = "worktree "
        paths = [Path(entry.removeprefix(key)) for entry in entries if entry.startswith(key)]
        return paths[1:]

    def plan(self, plan_id: str, *stages: str | Stage, **metadata: Any) -> Path:
        """Write a plan where plans live, without committing it."""
        return self.write(f"{PLANS}/{plan_id}.md", plan_text(plan_id, *stages, **metadata))

    def stage(self, plan_id: str, stage_id: str) -> Repo:
        """Return the worktree of a stage at its conventional path."""
        return Repo(self.path.parent / "worktrees" / plan_id / stage_id)


def new_repo(path: Path) -> Repo:
    """Make a repository with one commit on `main`."""

    def fill(place: Path) -> None:
        place.mkdir(parents=True)
        Repo(place).git("init", "--quiet")
        Repo(place).write("README.md", "# A project\n")
        Repo(place).commit("first commit")

    assert not path.exists(), path
    copies.made("a repository", path, fill)
    return Repo(path)


def copy_checkout(path: Path) -> Path:
    """Copy what a clean checkout holds; builds leave their traces there and not here."""
    leave_out = (".git", ".venv", "uv.lock", ".*cache", "__pycache__", ".coverage*", ".hypothesis")
    results = ("dist", "build", "htmlcov", "node_modules", "plan-worktree-demo")
    shutil.copytree(ROOT, path, ignore=shutil.ignore_patterns(*leave_out, *results), symlinks=True)
    return path


def registry_environment() -> dict[str, str]:
    """Return variables that keep the user's registries in force when HOME is private."""
    places = {
        "PIP_CONFIG_FILE": (".config/pip/pip.conf", ".pip/pip.conf"),
        "UV_CONFIG_FILE": (".config/uv/uv.toml",),
    }
    found = {
        variable: str(REAL_HOME / name)
        for variable, names in places.items()
        for name in names
        if (REAL_HOME / name).is_file()
    }
    # uv does not read pip's settings, which may be all that a machine behind a mirror has.
    pip = run(sys.executable, "-m", "pip", "config", "list", env=found)
    for line in pip.stdout.splitlines():
        setting, _, value = line.partition("=")
        variable = {"index_url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}.get(
            setting.rpartition(".")[2].replace("-", "_")
        )
        if variable:
            found[variable] = value.strip("'")
    return {name: value for name, value in found.items() if name not in os.environ}


PLAN = """\
# Implementation Plan: {title}

```json metadata
{block}
```

## Overview

What is built, and why it matters.

## Requirements

### Functional Requirements

- [ ] It does what the overview says.

### Non-Functional Requirements

- [ ] Security: nothing leaves the machine.

## Technical Approach

### Architecture

One file for each stage.

### Technologies

- **Language**: plain text

### Design Patterns

None is needed.

### Existing Code to Follow

README.md.

## Implementation Stages

{sections}
---

## Testing Strategy

### Unit Tests

**Key Scenarios**:

- The file is there.

### Integration Tests

**Scenarios**:

- All files are there.

### Manual Testing

**Checklist**:

- [ ] Look at the files.

## Deployment Plan

### Pre-deployment

- [ ] All checks pass.

### Rollback Plan

1. Revert the merge.

## Risks & Mitigations

| Risk | Likelihood | Impact | Mitigation |
|------|------------|--------|------------|
| The disk is full | Low | Low | Make room |

## Dependencies

### Upstream Dependencies

- [ ] Nothing waits for another team.

### Downstream Impact

- Nobody is affected.

## Open Questions

- [ ] Is anything still open?

## Success Criteria

- [ ] Every stage is merged.

## Overall TODO List

{todo}

## References

- Design doc: README.md
"""

STAGE_SECTION = """\
### Stage {number}: {title}

**Stage ID**: `{id}`
**Branch**: `{branch}`
**Status**: {status}
**Dependencies**: {needs}

#### What

Adds the {title} part.

#### Why

The other parts rest on it.

#### How

**Architecture**:

It stands alone.

**Implementation Details**:

- Detail: plain text.

**Files to Change**:

{files}

#### Validation

- [ ] Run `git diff --check`

#### TODO for Stage {number}

- [ ] Write it.
- [ ] Test it.
"""
