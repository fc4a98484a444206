"""README's sessions, played for real: python -m tests.docs.session writes their output anew.

Each ``console`` block is typed line by line into a shell of its own world. What happens between
blocks, and README tells in prose, is done by the functions here.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.markdown import Block, blocks
from tests.support import PLANS, ROOT, Repo, Stage, new_repo, plan_text, run, tool

README = ROOT / "README.md"
SHOWN = "/home/ada"  # what README shows instead of the folder that it was played in
API = Stage("api", name="Session API", create=("sessions.py",))
PAGE = Stage("page", ("api",), name="Login page", create=("login.py",))


@dataclass
class World:
    """A person's home directory with a repository, and where that person is."""

    home: Path
    cwd: Path
    plan_id: str = ""

    @property
    def shop(self) -> Repo:
        return Repo(self.home / "shop")

    def plan(self, *stages: Stage, broken: bool = False) -> None:
        """Write the plan as its author leaves it, and commit it when it is in order."""
        proved = [replaced(stage) for stage in stages]
        text = plan_text(self.plan_id, *proved, status="approved")
        if broken:
            text = text.replace('"depends_on": [\n        "api"', '"depend_on": [\n        "api"')
        self.shop.write(f"{PLANS}/{self.plan_id}.md", text)
        if not broken:
            self.shop.commit("Plan the login page")

    def type(self, command: str) -> tuple[str, int]:
        """Type one line; return what is seen, and the exit code."""
        if command.startswith("cd "):
            where = run("bash", "-c", f"{command} && pwd", cwd=self.cwd, env=self.variables)
            assert where.exit_code == 0, where.output
            self.cwd = Path(where.stdout.strip())
            return "", 0
        done = run("bash", "-c", f"{{ {command}\n}} 2>&1", cwd=self.cwd, env=self.variables)
        return done.stdout, done.exit_code

    @property
    def variables(self) -> dict[str, str]:
        programs = f"{tool('plan-worktree').parent}{os.pathsep}{os.environ['PATH']}"
        # Unbuffered, so that both streams come in the order of a terminal; what opens a page is not
        # tested here.
        buffers = {"PYTHONUNBUFFERED": "1", "BROWSER": "true"}
        return {"HOME": str(self.home), "PATH": programs, **buffers}

    def run(self, command: str, ok: int = 0) -> None:
        seen, code = self.type(command)
        assert code == ok, f"{command} exited {code}\n{seen}"

    def shown(self, text: str) -> str:
        return text.replace(str(self.home), SHOWN)


def replaced(stage: Stage) -> Stage:
    """Give a stage the gate that README shows."""
    (file, *_) = (*stage.create, *stage.modify)
    return Stage(
        stage.id, stage.depends_on, stage.name, verify=(f"{GATE} {file}",),
        create=stage.create, modify=stage.modify,
    )  # fmt: skip


def fresh(world: World) -> None:
    for name in ("shop", "worktrees"):
        shutil.rmtree(world.home / name, ignore_errors=True)
    new_repo(world.home / "shop").write(".gitignore", "__pycache__/\n")
    world.shop.commit("Leave out what Python writes")
    world.cwd = world.home / "shop"


def author_slips(world: World) -> None:
    (written,) = (world.shop.path / PLANS).iterdir()
    world.plan_id = written.stem
    world.plan(API, PAGE, broken=True)


def author_mends(world: World) -> None:
    world.plan(API, PAGE)


def agent_works(world: World) -> None:
    stage = world.shop.stage(world.plan_id, "api")
    stage.write("sessions.py", "def start(user):\n    return {'user': user}\n")
    stage.commit("Add sessions")
    stage.write("README.md", "# A shop\n")
    stage.commit("Call it a shop")


def other_agent_starts(world: World) -> None:
    world.run("plan-worktree start login-page --owner agent-2")


def agent_tries_something(world: World) -> None:
    world.shop.stage(world.plan_id, "page").write("draft.txt", "an idea\n")


def two_that_collide(world: World) -> None:
    fresh(world)
    app = Stage("api", name="Session API", modify=("app.py",))
    page = Stage("page", name="Login page", modify=("app.py",))
    world.shop.write("app.py", "routes = []\n")
    world.plan(app, page)
    world.run("plan-worktree setup login-page")
    for stage, route in (("api", "/session"), ("page", "/login")):
        world.run(f"plan-worktree start login-page {stage} --owner agent-{stage}")
        worktree = world.shop.stage(world.plan_id, stage)
        worktree.write("app.py", f"routes = ['{route}']\n")
        worktree.commit(f"Add {route}")
        world.run(f"plan-worktree complete login-page {stage} --owner agent-{stage}")


def agent_mends(world: World) -> None:
    page = world.shop.stage(world.plan_id, "page")
    page.write("app.py", "routes = ['/session', '/login']\n")
    page.git("add", "app.py")
    page.git("commit", "--quiet", "--no-edit")


# What has happened before the block that begins with this command.
BEFORE: dict[str, Callable[[World], None]] = {
    "plan-worktree new login-page": fresh,
    "plan-worktree validate login-page": author_slips,
    "plan-worktree setup login-page": author_mends,
    "cd ~/worktrees/DATE-login-page/api": agent_works,
    "plan-worktree status login-page": other_agent_starts,
    "plan-worktree remove login-page page --force": agent_tries_something,
    "plan-worktree conflicts login-page": two_that_collide,
    "cd ~/worktrees/DATE-login-page/page": agent_mends,
}
ENDS_WITH_1 = re.compile(
    r"^refused: |errors?, |^api and page: | does not land |the merge of \S+ is open", re.MULTILINE
)
GATE = "python3 -m py_compile"


@dataclass(frozen=True)
class Played:
    """One block as it stands, and as it was just seen."""

    block: Block
    seen: str


def play(home: Path) -> Iterator[Played]:
    """Play README's sessions in order, in a home directory that is there and empty."""
    world = World(home, home)
    for block in blocks(README, "console"):
        typed = list(exchanges(block.text))
        before = [step for begin, step in BEFORE.items() if dated(typed[0][0]).startswith(begin)]
        for step in before:
            step(world)
        seen = ""
        for command, expected in typed:
            today = re.sub(r"\d{4}-\d\d-\d\d(?=-login)", world.plan_id[:10] or "", command)
            output, code = world.type(today if world.plan_id else command)
            ends = 4 if "nothing is ready" in expected else int(bool(ENDS_WITH_1.search(expected)))
            assert code == ends, f"{command} exited {code}\n{output}"
            seen += f"$ {today if world.plan_id else command}\n{cut(world.shown(output), expected)}"
        yield Played(block, seen)


def exchanges(text: str) -> Iterator[tuple[str, str]]:
    """Return each command of a block with the output that is shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def cut(output: str, expected: str) -> str:
    """Leave out of the output what README leaves out, marked by a line with an ellipsis."""
    lines, wanted = output.splitlines(keepends=True), expected.splitlines()
    if "…" not in wanted:
        return output
    head = wanted.index("…")
    tail = len(wanted) - head - 1
    return "".join([*lines[:head], "…\n", *lines[len(lines) - tail :]])


def dated(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d", "DATE", text)


def steady(text: str) -> str:
    """Replace what differs from run to run: dates, commits, ages, sizes, and columns they widen."""
    text = dated(text)
    for pattern, word in (
        (r"\b\d{8}T\d{6}\.\d+Z\b", "TIME"),
        (r"\b[0-9a-f]{7,40}\b", "COMMIT"),
        (r"\(\d+ s\)|\bnow\b|\b\d+(?:\.\d+)? s\b", "AGE"),
        (r"\b\d+ B\b", "SIZE"),
        (r" {2,}", "  "),
    ):
        text = re.sub(pattern, word, text)
    return text


def write() -> None:
    """Put what is seen now into README."""
    with tempfile.TemporaryDirectory() as name:
        played = list(play(Path(name).resolve()))
    lines = README.read_text().splitlines(keepends=True)
    for one in reversed(played):
        length = len(one.block.text.splitlines())
        lines[one.block.line : one.block.line + length] = [one.seen]
    README.write_text("".join(lines))


def alone() -> None:
    """Make the environment as private as the tests have it."""
    who = {"NAME": "Ada Example", "EMAIL": "ada@example.org"}
    os.environ |= {
        f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()
    }
    os.environ |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "init.defaultBranch",
        "GIT_CONFIG_VALUE_0": "main",
    }


if __name__ == "__main__":
    alone()
    write()
    sys.stdout.write(f"{shlex.quote(str(README))} shows what is seen now\n")
