"""What lies in a worktree as a commit that nobody sees, so that it can be merged like one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from plan_worktree.git.files import worktree_git_directory
from plan_worktree.git.index import add_all, write_tree
from plan_worktree.git.objects.commits import commit_tree, head_commit
from plan_worktree.project.home import Home
from plan_worktree.project.refusal import Refused


def commit_working_tree(
    home: Home, worktree: Path, variables: Mapping[str, str]
) -> tuple[str, str]:
    """Commit a worktree's tracked and untracked files to a scratch store; return commit and tree.

    `variables` come from `scratch_objects` and name the store, which is deleted after use. The
    worktree's own index stays as it is. Equal files on the same HEAD give the same commit. Raises
    Refused, GitError and OSError.
    """
    directory = worktree_git_directory(worktree, home.git_directory)
    if directory is None:
        raise Refused([f"{worktree} has just vanished: run this again"])
    draft = Path(variables["GIT_OBJECT_DIRECTORY"], f"index-of-{directory.name}")
    if (directory / "index").is_file():
        shutil.copyfile(directory / "index", draft)
    add_all(worktree, draft, variables=variables)
    tree = write_tree(worktree, draft, variables)
    head = head_commit(worktree)
    return commit_tree(worktree, tree, [head], "", when=0, variables=variables), tree
