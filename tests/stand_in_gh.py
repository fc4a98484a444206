"""A program of gh's interface that keeps pull requests for a bare repository.

It knows the subcommands and flags that we use, and no others. GH_STAND_IN names a folder: in it
`origin.git` is the repository, `requests.json` what it keeps, `calls.jsonl` how it was called.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

PLACE = Path(os.environ["GH_STAND_IN"])
KEPT = PLACE / "requests.json"
FIELDS = {
    "number", "url", "state", "isDraft", "headRefName", "headRefOid", "baseRefName", "title",
    "body", "isCrossRepository", "reviewDecision", "statusCheckRollup", "mergeCommit",
}  # fmt: skip


def fail(said: str, code: int = 1) -> NoReturn:
    sys.stderr.write(f"{said}\n")
    sys.exit(code)


def tip(branch: str) -> str | None:
    command = ("git", f"--git-dir={PLACE / 'origin.git'}", "rev-parse", "-q", "--verify")
    done = subprocess.run(
        [*command, f"refs/heads/{branch}"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    groups = parser.add_subparsers(dest="group", required=True)
    pr = groups.add_parser("pr", allow_abbrev=False).add_subparsers(dest="verb", required=True)
    listing, readying = (pr.add_parser(verb, allow_abbrev=False) for verb in ("list", "ready"))
    for one in (listing, readying):
        one.add_argument("--repo", required=True)
    for flag in ("--head", "--state", "--limit", "--json"):
        listing.add_argument(flag)
    readying.add_argument("number", type=int)
    readying.add_argument("--undo", action="store_true")
    api = groups.add_parser("api", allow_abbrev=False)
    for flag in ("--hostname", "--method", "--input"):
        api.add_argument(flag, required=True)
    api.add_argument("--silent", action="store_true")
    api.add_argument("path")
    return parser.parse_args()


def shown(one: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    if one["state"] == "OPEN":
        one = one | {"headRefOid": tip(one["headRefName"]) or one["headRefOid"]}
    return {field: one[field] for field in fields}


def run(asked: argparse.Namespace, kept: list[dict[str, Any]]) -> None:
    if asked.group == "api":
        assert asked.input == "-", asked
        given = json.load(sys.stdin)
        if asked.method == "POST":
            create(asked, given, kept)
            return
        assert asked.method == "PATCH", asked
        number = int(asked.path.rpartition("/")[2])
        one = next(one for one in kept if one["number"] == number)
        names = {"base": "baseRefName", "title": "title", "body": "body"}
        if "base" in given and not tip(given["base"]):
            fail("gh: Validation Failed (HTTP 422)\nbase is invalid")
        one.update({names[name]: value for name, value in given.items()})
    elif asked.verb == "list":
        fields = asked.json.split(",")
        if unknown := set(fields) - FIELDS:
            fail(f"Unknown JSON field: {unknown}")
        assert asked.state == "all", asked
        found = [one for one in kept if one["headRefName"] == asked.head]
        newest = found[::-1][: int(asked.limit)]
        sys.stdout.write(json.dumps([shown(one, fields) for one in newest]))
    else:
        one = next(one for one in kept if one["number"] == asked.number)
        one["isDraft"] = asked.undo


def create(asked: argparse.Namespace, given: dict[str, Any], kept: list[dict[str, Any]]) -> None:
    ends = (given["head"], given["base"])
    for one in kept:
        if one["state"] == "OPEN" and (one["headRefName"], one["baseRefName"]) == ends:
            fail(f"gh: Validation Failed (HTTP 422)\nA pull request already exists for {ends}.")
    if not tip(given["head"]) or not tip(given["base"]):
        fail(f"gh: Validation Failed (HTTP 422)\nno such branch among {ends}")
    number, slug = len(kept) + 1, asked.path.removeprefix("repos/").removesuffix("/pulls")
    url = f"https://{asked.hostname}/{slug}/pull/{number}"
    kept.append(
        {
            "number": number, "url": url, "state": "OPEN", "isDraft": given["draft"],
            "headRefName": given["head"], "headRefOid": tip(given["head"]),
            "baseRefName": given["base"], "title": given["title"], "body": given["body"],
            "isCrossRepository": False, "reviewDecision": "", "statusCheckRollup": [],
            "mergeCommit": None,
        }
    )  # fmt: skip


def main() -> None:
    with (PLACE / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    if (PLACE / "logged-out").exists():
        fail("To get started with GitHub CLI, please run:  gh auth login", 4)
    if (PLACE / "broken").exists():
        fail("HTTP 502: Bad Gateway \x1b[31m(https://api.github.com/graphql)")
    asked = arguments()
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = json.loads(KEPT.read_text()) if KEPT.exists() else []
        run(asked, kept)
        new = KEPT.with_suffix(".new")  # whoever is killed leaves the old ones
        new.write_text(json.dumps(kept, indent=1))
        new.replace(KEPT)


main()
