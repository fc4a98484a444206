"""README as a package index shows it has no link that needs the repository's files beside it."""

from __future__ import annotations

import importlib.util
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from plan_worktree import __version__
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
RELATIVE = re.compile(r"\]\((?![a-z]+:|#)")


@pytest.fixture
def standing_alone(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return the function of hatch_build.py, which needs hatchling only where it is a hook."""
    name = "hatchling.metadata.plugin.interface"
    stand_in = ModuleType(name)
    stand_in.MetadataHookInterface = object  # type: ignore[attr-defined]
    for end in range(1, 5):
        parent = ".".join(name.split(".")[:end])
        monkeypatch.setitem(sys.modules, parent, stand_in if end == 4 else ModuleType(parent))
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.standing_alone  # type: ignore[no-any-return]


def test_without_an_address_links_become_words(standing_alone: Callable[..., str]) -> None:
    shown = standing_alone(README, None, __version__)
    assert RELATIVE.search(README)
    assert not RELATIVE.search(shown)
    assert "\n[CONTRIBUTING.md]" in README
    assert "\nCONTRIBUTING.md · " in shown
    assert "svg" not in shown


def test_with_an_address_links_lead_to_the_files_of_the_version(
    standing_alone: Callable[..., str],
) -> None:
    shown = standing_alone(README, "https://forge.test/o/p", "9.1")
    assert "](https://forge.test/o/p/raw/v9.1/.github/status.svg)" in shown
    assert "](https://forge.test/o/p/blob/v9.1/skills/plan-worktree/references/" in shown
    assert not RELATIVE.search(shown)


def test_nothing_else_changes(standing_alone: Callable[..., str]) -> None:
    text = "a [b](#c) [d](https://e.test/f)\n```text\n[g](h)\n```\n\n````md\n```\n[i](j)\n````\n"
    assert standing_alone(text, None, "1") == text


@pytest.mark.registry
def test_the_wheel_carries_that_readme(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        metadata = archive.read(name).decode()
    assert "Description-Content-Type: text/markdown\n" in metadata
    assert "Several agents on one repository go wrong in known ways." in metadata
    assert not RELATIVE.search(metadata)
