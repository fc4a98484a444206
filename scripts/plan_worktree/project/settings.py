"""What the configuration of git says to this program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote

from plan_worktree.git import repository
from plan_worktree.project.refusal import Refused


def each_setting(plan_id: str) -> str:
    """Name the setting of the command that ``setup --each`` ran last in a plan's worktrees."""
    return f"planWorktree.{plan_id}.each"


@dataclass(frozen=True)
class Settings:
    """The settings that hold in a git directory; without one there are none.

    All are read at once when the first is asked for: checking a plan seldom needs one, and asking
    git costs a process.
    """

    git_directory: Path | None = None

    def text(self, name: str) -> str | None:
        """Return a setting as it is written, None when it is not set. Raises GitError."""
        return self._written.get(name.lower()) or None

    def path(self, name: str) -> Path | None:
        """Return a setting that names a folder, which may be relative; None when it is not set.

        ``~`` stands for the home of a user, as in ``git config --type=path``. Raises Refused when
        that user is unknown, and GitError.
        """
        written = self.text(name)
        if written is None:
            return None
        if not written.startswith("~"):
            return Path(written)
        try:
            return Path(written).expanduser()
        except RuntimeError:
            unknown = f"the setting {name} names an unknown user: {written}"
            raise Refused([f"{unknown}: git config {name} DIRECTORY"]) from None

    def quiet(self) -> float:
        """Return after how many seconds of silence an owner may be gone: planWorktree.quiet.

        The setting is in whole minutes; without it they are 30. Raises Refused for anything else
        than a number of up to six digits, and GitError.
        """
        said = self.text("planWorktree.quiet") or "30"
        if not (said.isascii() and said.isdigit() and len(said) <= 6):
            example = "git config planWorktree.quiet 30"
            raise Refused([f"planWorktree.quiet is {said!r}, and not whole minutes: {example}"])
        return int(said) * 60.0

    def shared_through(self) -> str | None:
        """Return the remote through which claims and proofs are shared: planWorktree.remote.

        None where this clone shares nothing. Raises Refused where there is no such remote, and
        GitError.
        """
        name = self.text("planWorktree.remote")
        if name is None or name in self.remotes():
            return name
        ways = f"git remote add {quote(name)} URL"
        ways += ", or to share nothing: git config --unset planWorktree.remote"
        raise Refused([f"planWorktree.remote names {name}, and there is no such remote: {ways}"])

    def merges_plans(self) -> bool:
        """Tell whether git merges plans by the driver of `init share`. Raises GitError."""
        return self.text("merge.plan-worktree.driver") is not None

    def remotes(self) -> tuple[str, ...]:
        """Return the names of the configured remotes (git-config(1), "remote.<name>.url")."""
        keys = (key for key in self._written if key.startswith("remote.") and key.endswith(".url"))
        return tuple(key.removeprefix("remote.").removesuffix(".url") for key in keys)

    @cached_property
    def _written(self) -> dict[str, str]:
        if self.git_directory is None:
            return {}
        pattern = (
            r"^(planworktree\.|core\.(worktree|hookspath)$|remote\..*\.(url|fetch)$"
            r"|merge\.plan-worktree\.driver$)"
        )
        return repository.settings(self.git_directory, pattern, git_directory=self.git_directory)
