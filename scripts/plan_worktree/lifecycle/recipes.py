"""The recipes of a project's justfile, told by just itself.

Only the justfile's text is asked for: ``--dump`` runs nothing that is in it.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

_PATIENCE = 10  # seconds


def just_recipes(root: Path) -> frozenset[str] | None:
    """Return the names of all recipes and aliases, ``module::recipe`` for those of modules.

    None when there is no just, no justfile, or one that just cannot read.
    """
    command = ["just", "--dump", "--dump-format", "json"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed list of arguments, no shell
            command, cwd=root, capture_output=True, timeout=_PATIENCE, check=True
        )
        return frozenset(_names(json.loads(done.stdout), ""))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _names(justfile: dict[str, Any], prefix: str) -> list[str]:
    names = [*justfile.get("recipes", {}), *justfile.get("aliases", {})]
    found = [prefix + name for name in names]
    for name, module in justfile.get("modules", {}).items():
        found += _names(module, f"{prefix}{name}::")
    return found
