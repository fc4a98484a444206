"""README's pictures, made from what a terminal shows: python -m tests.docs.pictures."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.docs.session import World, alone
from tests.support import PLANS, ROOT, Repo, Stage, new_repo, plan_text

FOLDER = ROOT / ".github"
COLUMNS = 132
PLAN_ID = "2026-11-25-notes"
STAGES = (
    Stage("storage", worktree_path="../wt/storage", create=("notes/storage.py",)),
    Stage("search", ("storage",), worktree_path="../wt/search", create=("notes/search.py",)),
    Stage("export", ("storage",), worktree_path="../wt/export", create=("notes/export.py",)),
    Stage("tags", worktree_path="../wt/tags", create=("notes/tags.py",)),
    Stage("cli", ("search", "export"), worktree_path="../wt/cli", create=("notes/cli.py",)),
)
PICTURES = {
    "status": f"plan-worktree status {PLAN_ID}",
    "conflicts": f"plan-worktree conflicts {PLAN_ID} --uncommitted",
}
# Nothing is fetched from elsewhere: whoever looks has a font of fixed width.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def team_at_work(home: Path) -> World:
    """Let three agents be in the middle of a plan of five stages."""
    world = World(home, home / "notes", PLAN_ID)
    repo = new_repo(world.cwd)
    repo.write(f"{PLANS}/{PLAN_ID}.md", plan_text(PLAN_ID, *STAGES, status="approved"))
    repo.commit("Plan the search")
    world.run(f"plan-worktree setup {PLAN_ID}")

    def worktree(stage: str) -> Repo:
        return Repo(home / "wt" / stage)

    def start(stage: str, owner: str) -> None:
        world.run(f"plan-worktree start {PLAN_ID} {stage} --owner {owner}")

    def build(stage: str, owner: str, *files: str) -> None:
        start(stage, owner)
        for file in files:
            worktree(stage).write(file, f"# {stage}\n")
        worktree(stage).commit(f"Add {stage}")
        world.run(f"plan-worktree complete {PLAN_ID} {stage} --owner {owner} --accept-scope shared")

    build("storage", "agent-1", "notes/storage.py")
    world.run(f"plan-worktree merge {PLAN_ID} storage")
    build("search", "agent-1", "notes/search.py", "notes/text.py")
    start("export", "agent-2")
    for file in ("notes/export.py", "notes/text.py"):
        worktree("export").write(file, "# export\n")
    start("tags", "agent-3")
    worktree("tags").write("notes/tags.py", "# tags\n")
    worktree("tags").commit("Read tags")
    return world


def on_a_terminal(world: World, command: str) -> str:
    """Return what a command writes to a terminal, with its colours."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    variables = os.environ | world.variables | {"TERM": "xterm-256color"}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        variables.pop(name, None)
    with subprocess.Popen(
        ["bash", "-c", command], cwd=world.cwd, env=variables,
        stdin=subprocess.DEVNULL, stdout=its, stderr=its,
    ):  # fmt: skip
        os.close(its)
        seen = b""
        while part := _read(ours):
            seen += part
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # what Linux says when the other end is closed
        return b""


def picture(name: str, seen: str) -> str:
    """Return an SVG of a terminal."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {PICTURES[name]}", style="bold"))
    console.print(Text.from_ansi(seen.rstrip("\n")))
    svg = console.export_svg(
        title="plan-worktree", theme=MONOKAI, code_format=FORMAT, unique_id=f"pw-{name}"
    )
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def pictures(home: Path) -> dict[str, str]:
    """Return every picture, made now in a home directory that is there and empty."""
    world = team_at_work(home)
    return {
        name: picture(name, world.shown(on_a_terminal(world, command)))
        for name, command in PICTURES.items()
    }


if __name__ == "__main__":
    alone()
    FOLDER.mkdir(exist_ok=True)
    # As short as what is shown instead, or the lines would break elsewhere.
    with tempfile.TemporaryDirectory() as directory:
        for kind, text in pictures(Path(directory).resolve()).items():
            (FOLDER / f"{kind}.svg").write_text(text)
            sys.stdout.write(f".github/{kind}.svg\n")
