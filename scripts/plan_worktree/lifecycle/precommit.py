"""The entry of a project's .pre-commit-config.yaml that checks every committed plan.

YAML is added to as text, without a library: comments and layout are the project's. So only the
form that everybody writes is added to, a list of repositories at the end of the file.
"""

from __future__ import annotations

import re
from pathlib import Path

from plan_worktree.lifecycle.addition import Addition, Unusual, read

CONFIG = ".pre-commit-config.yaml"

# The program that is on PATH, so that the check and the person always use the same one.
_ENTRY = """\
- repo: local
  hooks:
    - id: plan-validate
      name: validate implementation plans
      entry: plan-worktree validate
      language: system
      files: {files}
      types: [markdown]
      require_serial: true
"""
_ID = re.compile(r"^[^#\n]*\bid:[ \t]*(['\"]?)plan-validate\1[ \t]*(?:[,}#\n]|$)", re.MULTILINE)
_ITEM = re.compile(r"^([ ]*)- repo:[ \t]")
_PLAIN = re.compile(r"[\w^$.*/\\-]+")


def add_hook(root: Path, plans: str) -> Addition:
    """Decide about the entry; `plans` is the plans folder, relative to the root, or empty."""
    folder = re.escape(f"{plans}/" if plans else "").replace("\\-", "-")
    entry = _ENTRY.format(files=_quoted(f"^{folder}.*\\.md$"))
    try:
        before = read(root, CONFIG)
    except Unusual as unusual:
        why = f"{unusual}; to its list of repos add:\n{entry.rstrip()}"
        return Addition("pre-commit", CONFIG, "left", why=why)
    if before is None:
        return Addition("pre-commit", CONFIG, "added", f"repos:\n{_indented(entry, 2)}".encode())
    text = before.decode(errors="surrogateescape")
    if _ID.search(text):
        return Addition("pre-commit", CONFIG, "kept")
    indent = _indent_of_items(text)
    if indent is None:
        why = f"{CONFIG} does not end in a plain list of repos; to its list add:\n{entry.rstrip()}"
        return Addition("pre-commit", CONFIG, "left", why=why)
    added = _indented(entry, indent)
    if "\r\n" in text:
        added = added.replace("\n", "\r\n")
    gap = "" if text.endswith("\n") else added[-1]
    after = (text + gap + added).encode(errors="surrogateescape")
    return Addition("pre-commit", CONFIG, "changed", after, before)


def _indent_of_items(text: str) -> int | None:
    """Return how far the items of `repos` are indented; None where adding one is not safe."""
    lines = [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    keys = [number for number, line in enumerate(lines) if line[0] not in " \t-"]
    if not keys or any(line.startswith(("---", "...", "%")) for line in lines[1:]):
        return None
    if not re.fullmatch(r"repos:[ \t]*(#.*)?", lines[keys[-1]]):
        return None
    items = lines[keys[-1] + 1 :]
    found = [match[1] for match in map(_ITEM.match, items) if match]
    if not items or not _ITEM.match(items[0]) or len(set(found)) != 1:
        return None
    return len(found[0])


def _indented(text: str, width: int) -> str:
    return "".join(f"{' ' * width}{line}" for line in text.splitlines(keepends=True))


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"
