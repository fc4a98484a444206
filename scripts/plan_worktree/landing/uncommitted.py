"""What lies in a worktree as a commit that nobody sees, so that it can be merged like one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from plan_worktree.git import process
from plan_worktree.git.commits import commit_tree
from plan_worktree.git.files import worktree_git_directory
from plan_worktree.project.home import Home
from plan_worktree.project.refusal import Refused


def commit_working_tree(
    home: Home, worktree: Path, variables: Mapping[str, str]
) -> tuple[str, str]:
    """Return a commit with a worktree's tracked and untracked files, and its tree.

    Of the same files it is the same commit. It is made through a copy of the index, and with the
    `variables` of `gitmerge.scratch_objects` written where it vanishes. Raises git.GitError.
    """
    directory = worktree_git_directory(worktree, home.git_directory)
    if directory is None:
        raise Refused([f"{worktree} has just vanished: run this again"])
    draft = Path(variables["GIT_OBJECT_DIRECTORY"], f"index-of-{directory.name}")
    if (directory / "index").is_file():
        shutil.copyfile(directory / "index", draft)
    told = {**variables, "GIT_INDEX_FILE": str(draft)}
    # Whatever a setting says of line ends, nothing is kept: git add must not refuse.
    process.run(worktree, "-c", "core.safecrlf=false", "add", "--all", "--sparse", variables=told)
    tree = process.run(worktree, "write-tree", variables=told).stdout.strip()
    head = process.run(worktree, "rev-parse", "--verify", "HEAD").stdout.strip()
    return commit_tree(worktree, tree, [head], "", when=0, variables=variables), tree
