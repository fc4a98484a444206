"""One copy of the checkout, one uv cache and one set of environments for all packaging tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support import Shared, checked, copy_checkout, registry_environment, tool


@pytest.fixture(scope="session")
def checkout(shared: Shared) -> Path:
    return shared("check out", copy_checkout)


@pytest.fixture(scope="session")
def uv_env(shared: Shared) -> dict[str, str]:
    """Return variables that keep uv in our directory and at the Python that runs the tests."""
    own = shared("uv", Path.mkdir)
    return registry_environment() | {
        "UV_CACHE_DIR": str(own / "cache"),
        "UV_TOOL_DIR": str(own / "tools"),
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        # What the tests run in must not be what uv installs into.
        "VIRTUAL_ENV": "",
        "PYTHONPATH": "",
    }


@pytest.fixture(scope="session")
def built(checkout: Path, uv_env: dict[str, str], shared: Shared) -> Path:
    """Return the directory with the sdist and the wheel that was built from the sdist."""

    def build(out: Path) -> None:
        checked(tool("uv"), "build", "--quiet", "--out-dir", out, checkout, env=uv_env)

    return shared("built", build)
