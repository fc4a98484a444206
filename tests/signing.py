"""Commits that are signed with a key of their own (git-config(1), "gpg.format")."""

from __future__ import annotations

import shutil

import pytest

from tests.support import Repo, run


def sign_commits(repo: Repo) -> None:
    """Let a project's commits be signed from now on; skip where nothing can make a key."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    key = repo.path.parent / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key), cwd=repo.path)
    settings = {"gpg.format": "ssh", "user.signingkey": str(key), "commit.gpgsign": "true"}
    for name, value in settings.items():
        repo.git("config", name, value)


def unsigned(repo: Repo, commits: str) -> list[str]:
    """Return the subjects of those of a range of commits that have no signature."""
    listed = repo.git("rev-list", commits).splitlines()
    without = [c for c in listed if "gpgsig" not in repo.git("cat-file", "commit", c)]
    return [repo.git("log", "-1", "--format=%s", commit) for commit in without]
