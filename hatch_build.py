"""README as a package index shows it: there are no other files there, so its links are absolute.

hatchling runs this whenever it makes metadata (Hatch, "Custom metadata hook"). Links lead to the
address that pyproject.toml has under `urls`, "Repository", to the files of this version. Without
that address a link becomes its text, and images are left out: nothing leads nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_FENCED = re.compile(r"(^(`{3,}).*?^\2`*$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z+]+:|#)([^)\s]+)\)")
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def standing_alone(readme: str, repository: str | None, version: str) -> str:
    """Return README without links that need other files beside it; what is in fences stays."""

    def replaced(found: re.Match[str]) -> str:
        mark, words, path = found[1], found[2], found[3]
        if repository is None:
            return "" if mark else words
        place = f"{repository}/{'raw' if mark else 'blob'}/v{version}"
        return f"{mark}[{words}]({place}/{path})"

    parts = _FENCED.split(readme)  # text, fence, the fence's marks, text ...
    return "".join(
        part if number % 3 else _LINK.sub(replaced, part)
        for number, part in enumerate(parts)
        if number % 3 != 2
    )


class Readme(MetadataHookInterface):
    """Gives the project its readme."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add README to the metadata that hatchling makes."""
        root = Path(self.root)
        version = _VERSION.findall((root / "scripts/plan_worktree/__init__.py").read_text())[0]
        text = (root / "README.md").read_text(encoding="utf-8")
        address = metadata.get("urls", {}).get("Repository")
        shown = standing_alone(text, address, version)
        metadata["readme"] = {"content-type": "text/markdown", "text": shown}
