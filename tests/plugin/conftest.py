"""The newest Claude Code, from npm, for the tests that ask it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support import REAL_HOME, ROOT, Shared, checked


@pytest.fixture(scope="session")
def claude(shared: Shared) -> Path:
    """Return the program `claude`; skip where npm has not brought it, and cannot."""
    npm, brought = shutil.which("npm"), _programs(ROOT)
    if brought:
        return brought[0]
    if npm is None:
        pytest.skip("npm is not installed, so Claude Code cannot be")

    def fill(folder: Path) -> None:
        places = ["--prefix", str(folder), "--cache", str(folder / "cache")]
        # The registry that the user has chosen. By its tag, since npm else takes the newest version
        # that runs on this node, and the program needs none.
        chosen = REAL_HOME / ".npmrc"
        env = {"NPM_CONFIG_USERCONFIG": str(chosen)} if chosen.is_file() else {}
        checked(npm, "install", *places, "@anthropic-ai/claude-code@latest", env=env)

    programs = _programs(shared("claude", fill))
    if not programs:
        pytest.skip("there is no Claude Code for this system")
    return programs[0]


def _programs(folder: Path) -> list[Path]:
    found = folder.glob("node_modules/@anthropic-ai/claude-code-*/claude")
    return [path for path in found if os.access(path, os.X_OK)]
