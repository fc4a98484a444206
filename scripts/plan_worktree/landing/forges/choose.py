"""Which forge a remote is on: what a setting says, else what its address tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from plan_worktree.landing.forges.github import GitHub, known_hosts
from plan_worktree.landing.forges.gitlab import GitLab
from plan_worktree.landing.forges.plain import Plain
from plan_worktree.landing.forges.protocol import Forge
from plan_worktree.project.refusal import Refused

SETTING = "planWorktree.forge"
_NAMES = ("github", "gitlab", "none")
# As in ssh: a host before the first colon, and no slash before that (git-fetch(1), "GIT URLS").
_SCP = re.compile(r"(?:[^@/:]+@)?([A-Za-z0-9.-]+):(?!//)(.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
_SLUG = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100}){1,20}", re.ASCII)


class Address(NamedTuple):
    """Where a project is: a host, in lower case, and a path there such as "acme/shop"."""

    host: str
    slug: str


def read_address(url: str) -> Address | None:
    """Read the address of a project from a remote's URL; None for a path and what is no address."""
    if not url.isprintable():
        return None
    if "://" in url:
        try:
            parts = urlsplit(url)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return None
        if parts.scheme not in ("https", "http", "ssh", "git", "git+ssh", "ssh+git"):
            return None
    elif found := _SCP.fullmatch(url):
        host, path = found[1], found[2]
    else:
        return None
    slug = path.strip("/").removesuffix(".git")
    climbs = any(part.strip(".") == "" or part.startswith("-") for part in slug.split("/"))
    if climbs or not _HOST.fullmatch(host) or host.startswith("-") or not _SLUG.fullmatch(slug):
        return None
    return Address(host.lower(), slug)


def choose_forge(urls: Iterable[str], setting: str | None, directory: Path) -> Forge:
    """Return the forge that a remote is on.

    `urls` are the remote's addresses, as configured and as git rewrites them. `setting` is what
    planWorktree.forge says. `directory` is where the forge's program is started. Raises Refused for
    a setting that names no forge, and one that does not fit the address.
    """
    if setting is not None and setting not in _NAMES:
        known = ", ".join(_NAMES)
        raise Refused([f"{SETTING} is {setting}, not one of {known}: git config {SETTING} none"])
    addresses = [address for url in urls if (address := read_address(url))]
    for address in addresses:
        kind = setting or _kind(address.host)
        if kind == "github" and address.slug.count("/") == 1:
            return GitHub(address.host, address.slug, directory)
        if kind == "gitlab":
            return GitLab(f"https://{address.host}/{address.slug}")
    if setting == "github":
        where = "the remote's URL names no OWNER/REPOSITORY on a host"
        raise Refused([f"{SETTING} is github, and {where}: git config {SETTING} none"])
    return GitLab(None) if setting == "gitlab" else Plain()


def _kind(host: str) -> str:
    if host in known_hosts() or "github" in host.split("."):
        return "github"
    return "gitlab" if "gitlab" in host else "none"
