"""The line at the end of a project's justfile that brings the plan recipes: an import, or a module.

To just it makes no difference where an import stands, but for two rules: the default recipe is
never an imported one, and of recipes with one name, where the project allows them, the earlier
import's counts. So our line comes last, and nothing that the project has becomes something else.
Where the project has one of our names already, ours become a module: `just plan-worktree plan-ls`.
"""

from __future__ import annotations

from pathlib import Path

from plan_worktree.authoring.addition import Addition, copy_of_ours, read
from plan_worktree.git import repository
from plan_worktree.project.home import Home
from plan_worktree.project.just import just_refuses, just_refuses_module
from plan_worktree.resources import RECIPES, resource

COPY = ".claude/plan-worktree.just"
LINE = f"import '{COPY}'"
MODULE = "plan-worktree"
MODULE_LINE = f"mod {MODULE} '{COPY}'"


def justfile(root: Path) -> str | None:
    """Return the name of the project's justfile, which just finds in any spelling."""
    names = sorted(path.name for path in root.iterdir() if not path.is_dir())
    return next((name for name in names if name.lower() in {"justfile", ".justfile"}), None)


def import_recipes(home: Home) -> list[Addition]:
    """Decide about our copy of the recipes and the line that imports it."""
    root = home.root
    copy = copy_of_ours(root, "just", COPY, resource(RECIPES).read_bytes())
    name = justfile(root) or "justfile"
    before, unusual = read(root, name)
    lines = (before or b"").decode(errors="replace").split("\n")
    imports = [line for line in lines if line.startswith(("import", "mod"))]
    if any(COPY in line for line in imports):
        return [copy, Addition("just", name, "kept")]
    if any("scripts/plans.just" in line for line in imports):  # from where this program lies
        return [Addition("just", name, "kept")]
    if why := _obstacle(root, name, before or b"", unusual, copy):
        return [copy, Addition("just", name, "left", why)]
    if not before:
        return [copy, Addition("just", name, "added", "", f"{LINE}\n".encode(), before)]
    line, how = LINE, ""
    if taken := just_refuses(root / name, resource(RECIPES)):
        line = MODULE_LINE
        how = (
            f"{name} has a name that is one of ours ({taken}); call ours as: just {MODULE} plan-ls"
        )
    return [copy, Addition("just", name, "changed", how, before + f"\n{line}\n".encode(), before)]


def _obstacle(root: Path, name: str, before: bytes, unusual: str, copy: Addition) -> str:
    """Return why our line is not plainly right at the end of a justfile, and what to do."""
    paste = f"add this line at the end of {name}:\n{LINE}"
    if unusual:
        return f"{unusual}; to import the recipes, {paste}"
    if copy.action == "left":
        return f"{COPY} was left as it is; if it has the recipes, {paste}"
    if repository.ignored(root, [COPY]):
        optional = paste.replace("import", "import?")
        return f"git ignores {COPY}, and others have none; to import it where it is, {optional}"
    if not before:
        return ""
    for file in (root / name, resource(RECIPES)):
        if said := just_refuses(file):
            return f"just cannot read {file} ({said}); once it can (1.29 or newer), init again"
    said = just_refuses(root / name, resource(RECIPES))
    if said and just_refuses_module(root / name, MODULE, resource(RECIPES)):
        both = f"{name} has names that are ours ({said}), {MODULE} among them; to keep both"
        return f"{both}, add this line at its end with a name of your choice:\nmod NAME '{COPY}'"
    if said is None and any(word in before for word in (b"plan", b"import", b"mod")):
        return f"no just is here to tell whether {name} has names of ours; if not, {paste}"
    if b"\r" in before or before[-1:] != b"\n" or before.startswith(b"\xef\xbb\xbf"):
        return f"{name} has a byte order mark, a CR, or no newline at its end; {paste}"
    return ""
