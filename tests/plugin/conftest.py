"""The newest Claude Code, from npm, for the tests that ask it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support import REAL_HOME, Shared, checked


@pytest.fixture(scope="session")
def claude(shared: Shared) -> Path:
    """Return the program `claude`; skip where npm cannot bring it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so Claude Code cannot be")

    def fill(folder: Path) -> None:
        places = ["--prefix", str(folder), "--cache", str(folder / "cache")]
        # The registry that the user has chosen. By its tag, since npm else takes the newest version
        # that runs on this node, and the program needs none.
        chosen = REAL_HOME / ".npmrc"
        env = {"NPM_CONFIG_USERCONFIG": str(chosen)} if chosen.is_file() else {}
        checked(npm, "install", *places, "@anthropic-ai/claude-code@latest", env=env)

    packages = shared("claude", fill) / "node_modules/@anthropic-ai"
    programs = [path for path in packages.glob("claude-code-*/claude") if os.access(path, os.X_OK)]
    if not programs:
        pytest.skip("there is no Claude Code for this system")
    return programs[0]
