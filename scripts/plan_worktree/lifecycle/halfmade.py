"""A worktree whose setup was killed while files were being checked out: it is finished.

Git locks a worktree with the reason "initializing" until it is whole. What is missing in it is
written; what somebody has written into it since is left alone. A file that a killed git left
cut short holds nothing that is not in the commit, and is written again.
"""

from pathlib import Path

from plan_worktree import git
from plan_worktree.gitfiles import worktree_git_directory
from plan_worktree.lifecycle.home import Home

_NOTHING = "0" * 40


def finish(home: Home, worktree: Path) -> None:
    """Complete a half-made worktree and unlock it. Must run under the repository lock.

    Raises git.GitError and OSError.
    """
    directory = worktree_git_directory(worktree, home.git_directory)
    if directory:  # we hold the repository's lock, so the git that held this one is dead
        (directory / "index.lock").unlink(missing_ok=True)
    git.run(worktree, "reset", "--quiet")
    git.run(worktree, "checkout-index", "--all", "--quiet", ok=(0, 1, 128))
    for name in git.run(worktree, "diff-files", "--name-only", "-z").stdout.split("\0")[:-1]:
        if _is_cut_short(worktree, name):
            git.run(worktree, "checkout-index", "--force", "--quiet", "--", name)
    head = git.run(worktree, "rev-parse", "HEAD").stdout.strip()
    hook = ("hook", "run", "--ignore-missing", "post-checkout", "--", _NOTHING, head, "1")
    git.run(worktree, *hook)
    git.run(home.root, "worktree", "unlock", "--", str(worktree))


def _is_cut_short(worktree: Path, name: str) -> bool:
    path = worktree / name
    if path.is_symlink() or not path.is_file():
        return False
    whole = git.run(worktree, "cat-file", "--filters", f"HEAD:{name}").stdout
    return whole.encode("utf-8", "surrogateescape").startswith(path.read_bytes())
