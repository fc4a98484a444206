"""GitHub, through its own program gh: it is logged in, and we see no token.

Pull requests are looked up by their branch (`gh pr list`), never through GitHub's search, which
lags behind: two requests for one branch would follow. They are opened and changed through `gh api`:
`gh pr edit` of versions before 2.82 asks for what GitHub no longer has (cli/cli, issue 11983).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

from plan_worktree.git.process import environment
from plan_worktree.landing.forges.protocol import Change, ForgeError, Request, Wanted

# Seconds; gh itself has no limit.
TIMEOUT = 60
# gh help exit-codes: "encounters an authentication issue".
_NOT_LOGGED_IN = 4
_FIELDS = (
    "number", "url", "state", "isDraft", "headRefName", "headRefOid", "baseRefName", "title",
    "body", "isCrossRepository", "reviewDecision", "statusCheckRollup", "mergeCommit",
)  # fmt: skip
# Of one branch there are few; those that others opened from forks come on top.
_MOST = 50
# At once, so that a plan of many stages does not wait for one answer after the other.
_AT_ONCE = 4
# gh must not ask, colour, or look for a newer version of itself (gh help environment).
_QUIET = MappingProxyType(
    {
        "GH_PROMPT_DISABLED": "1",
        "GH_NO_UPDATE_NOTIFIER": "1",
        "NO_COLOR": "1",
        "CLICOLOR_FORCE": "0",
        "GH_FORCE_TTY": "",
    }
)


class GitHub:
    """A repository on a host of GitHub's software, as `gh` sees it from a directory."""

    name = "github"

    def __init__(self, host: str, slug: str, directory: Path) -> None:
        self._host, self._slug, self._directory = host, slug, directory

    def is_installed(self) -> bool:
        """Tell whether there is a gh on PATH."""
        return shutil.which("gh") is not None

    def look(self, branches: Sequence[str]) -> Mapping[str, Request]:
        """Return the pull request of each branch that has one: the open one, else the newest."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(self._look_at, branches))
        return {branch: request for branch, request in zip(branches, found, strict=True) if request}

    def create(self, wanted: Wanted) -> Request:
        """Open a pull request. Raises ForgeError, also when there is one already."""
        given = {name: getattr(wanted, name) for name in ("head", "base", "title", "body", "draft")}
        self._send("POST", f"repos/{self._slug}/pulls", given)
        request = self._look_at(wanted.head)
        if request is None:
            raise ForgeError(f"gh opened a pull request for {wanted.head}, and does not show it")
        return request

    def change(self, request: Request, change: Change) -> None:
        """Change a pull request, what it says last: that tells what we have made of the rest."""
        if change.draft is not None:
            undo = ("--undo",) if change.draft else ()
            self._gh("pr", "ready", self._repo, str(request.number), *undo)
        fields = {"base": change.base, "title": change.title, "body": change.body}
        if given := {name: value for name, value in fields.items() if value is not None}:
            self._send("PATCH", f"repos/{self._slug}/pulls/{request.number}", given)

    def reopen(self, request: Request) -> str:
        """Return what opens a closed pull request again."""
        return f"gh pr reopen {self._repo} {request.number}"

    @property
    def _repo(self) -> str:
        return f"--repo={self._host}/{self._slug}"

    def _send(self, method: str, path: str, given: Mapping[str, object]) -> None:
        """Send fields to GitHub's own interface (docs.github.com, REST, "Pulls")."""
        where = (f"--hostname={self._host}", f"--method={method}", "--input=-", "--silent")
        self._gh("api", *where, path, stdin=json.dumps(given))

    def _look_at(self, branch: str) -> Request | None:
        fields = ",".join(_FIELDS)
        asked = (f"--head={branch}", "--state=all", f"--limit={_MOST}", f"--json={fields}")
        said = self._gh("pr", "list", self._repo, *asked)
        try:
            listed = json.loads(said)
            found = [_request(one) for one in listed if not one.get("isCrossRepository")]
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise ForgeError(f"gh pr list said what cannot be read: {said[:200]}") from error
        mine = [one for one in found if one.head == branch]
        return max(mine, key=lambda one: (one.state == "open", one.number), default=None)

    def _gh(self, *words: str, stdin: str = "") -> str:
        """Run gh and return what it printed. Raises ForgeError with what it said."""
        shown = " ".join(["gh", *[word for word in words if not word.startswith("-")][:2]])
        try:
            done = subprocess.run(  # noqa: S603 - a list of arguments, each of our making
                ["gh", *words],  # noqa: S607 - the user's own, from PATH
                cwd=self._directory,
                env=environment() | dict(_QUIET),
                input=stdin.encode("utf-8", "replace"),
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except FileNotFoundError:
            login = f"gh auth login --hostname {self._host}"
            raise ForgeError(
                f"gh: not found: install it (https://cli.github.com), then: {login}"
            ) from None
        except subprocess.TimeoutExpired:
            raise ForgeError(f"{shown}: no answer within {TIMEOUT} seconds") from None
        except (OSError, ValueError) as error:
            raise ForgeError(f"{shown} could not be started: {error}") from error
        if done.returncode == 0:
            return done.stdout.decode("utf-8", "replace")
        said = done.stderr.decode("utf-8", "replace").strip()
        if done.returncode == _NOT_LOGGED_IN or "gh auth login" in said:
            login = f"gh auth login --hostname {self._host}"
            raise ForgeError(f"gh is not logged in to {self._host}: {login}\n{said}".rstrip())
        raise ForgeError(f"{shown} fails with exit code {done.returncode}:\n{said}".rstrip())


def _request(said: Mapping[str, object]) -> Request:
    """Read one pull request as gh tells of it. Raises KeyError, TypeError and ValueError."""
    commit = said.get("mergeCommit")
    merged_as = commit.get("oid") if isinstance(commit, dict) else None
    return Request(
        number=int(str(said["number"])),
        url=str(said["url"]),
        state=str(said["state"]).lower(),
        draft=bool(said["isDraft"]),
        head=str(said["headRefName"]),
        base=str(said["baseRefName"]),
        title=str(said["title"]),
        body=str(said["body"] or ""),
        commit=str(said["headRefOid"]),
        review=_word(said.get("reviewDecision")),
        checks=_checks(said.get("statusCheckRollup")),
        merged_as=merged_as if isinstance(merged_as, str) else None,
    )


def _word(value: object) -> str | None:
    """Return one of GitHub's constants as a word for people, such as "changes requested"."""
    return str(value).replace("_", " ").lower() if value else None


_FAILED = frozenset(
    {"ACTION_REQUIRED", "CANCELLED", "ERROR", "FAILURE", "STALE", "STARTUP_FAILURE", "TIMED_OUT"}
)
_PASSED = frozenset({"NEUTRAL", "SKIPPED", "SUCCESS"})


def _checks(value: object) -> str | None:
    """Say in one word how checks went: of a run its conclusion counts, of a status its state."""
    if not isinstance(value, list) or not value:
        return None
    ends = [_end(one) for one in value]
    if any(end in _FAILED for end in ends):
        return "failing"
    return "passing" if all(end in _PASSED for end in ends) else "pending"


def _end(one: object) -> str:
    said = one if isinstance(one, dict) else {}
    return str(said.get("conclusion") or said.get("state") or "PENDING")


def known_hosts() -> frozenset[str]:
    """Return the hosts that gh speaks to: github.com, and what GH_HOST names."""
    named = os.environ.get("GH_HOST", "").strip().lower()
    return frozenset({"github.com", named} - {""})
