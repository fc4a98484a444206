"""What just itself tells about justfiles.

Only the justfile's text is asked for: ``--dump`` runs nothing that is in it.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_PATIENCE = 10  # seconds


def just_recipes(root: Path) -> frozenset[str] | None:
    """Return the names of all recipes and aliases, ``module::recipe`` for those of modules.

    None when there is no just, no justfile, or one that just cannot read.
    """
    try:
        return frozenset(_names(json.loads(_dump(root)), ""))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def just_refuses(*files: Path) -> str | None:
    """Return what just says against one justfile that imports all of the files.

    Empty when just can read it; None when there is no just. Raises OSError.
    """
    return _refused("".join(f"import {_string(file)}\n" for file in files))


def just_refuses_module(file: Path, name: str, module: Path) -> str | None:
    """Return the same of one justfile that imports a file and has a module of some name."""
    return _refused(f"import {_string(file)}\nmod {name} {_string(module)}\n")


def _refused(justfile: str) -> str | None:
    with TemporaryDirectory() as folder:
        Path(folder, "justfile").write_bytes(os.fsencode(justfile))
        try:
            _dump(Path(folder))
        except OSError:
            return None
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = bytes(error.stderr or b"").decode(errors="replace")
            return said.partition("\n")[0] or str(error)
    return ""


def _string(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def _dump(folder: Path) -> bytes:
    """Return what just reads in a folder, as JSON. Raises OSError and SubprocessError."""
    command = ["just", "--dump", "--dump-format", "json"]
    return subprocess.run(  # noqa: S603 - a fixed list of arguments, no shell
        command, cwd=folder, capture_output=True, timeout=_PATIENCE, check=True
    ).stdout


def _names(justfile: dict[str, Any], prefix: str) -> list[str]:
    names = [*justfile.get("recipes", {}), *justfile.get("aliases", {})]
    found = [prefix + name for name in names]
    for name, module in justfile.get("modules", {}).items():
        found += _names(module, f"{prefix}{name}::")
    return found
