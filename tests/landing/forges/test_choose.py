"""Which forge a remote is on is told by its address, or by a setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan_worktree.landing.forges.choose import Address, choose_forge, read_address
from plan_worktree.landing.forges.github import GitHub
from plan_worktree.landing.forges.gitlab import GitLab
from plan_worktree.landing.forges.plain import Plain
from plan_worktree.landing.forges.protocol import Forge, Wanted
from plan_worktree.project.refusal import Refused

SHOP = Address("github.com", "acme/shop")


def choose(*urls: str, setting: str | None = None) -> Forge:
    return choose_forge(urls, setting, Path("/"))


@pytest.mark.parametrize(
    "url",
    (
        "https://github.com/acme/shop.git",
        "https://ada:secret@github.com/acme/shop",
        "git@github.com:acme/shop.git",
        "github.com:acme/shop",
        "ssh://git@GitHub.com:22/acme/shop.git/",
        "git://github.com/acme/shop.git",
    ),
)
def test_an_address_is_read_in_every_form_that_git_takes(url: str) -> None:
    assert read_address(url) == SHOP


@pytest.mark.parametrize(
    "url",
    (
        "",
        "../origin.git",
        "/srv/origin.git",
        "./a:b",
        "file:///srv/origin.git",
        "https://github.com",
        "https://github.com/acme",
        "https://github.com/acme/../shop",
        "https://github.com/--repo/shop",
        "https://-oProxyCommand=x/acme/shop",
        "https://[::1/acme/shop",
        "https://github.com/acme/shop\nx",
        "ext::sh -c 'touch x'",
        "C:\\shop\\origin",
    ),
)
def test_what_names_no_project_on_a_host_is_no_address(url: str) -> None:
    assert read_address(url) is None


@given(st.text(max_size=60))
def test_an_address_holds_nothing_that_could_be_an_option_or_a_path(url: str) -> None:
    found = read_address(url)

    if found:
        assert not found.host.startswith("-")
        assert not any(
            part.startswith("-") or part in ("", ".", "..") for part in found.slug.split("/")
        )
        assert found.slug.isprintable()


def test_a_forge_is_known_by_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(choose("git@github.com:acme/shop.git"), GitHub)
    assert isinstance(choose("https://github.acme.example/acme/shop"), GitHub)
    assert isinstance(choose("https://gitlab.com/acme/group/shop"), GitLab)
    assert isinstance(choose("git@gitlab.acme.example:acme/shop"), GitLab)
    assert isinstance(choose("https://code.acme.example/acme/shop"), Plain)
    assert isinstance(choose("/srv/origin.git"), Plain)
    monkeypatch.setenv("GH_HOST", "code.acme.example")
    assert isinstance(choose("https://code.acme.example/acme/shop"), GitHub)


def test_an_address_that_git_rewrites_counts_both_ways() -> None:
    assert isinstance(choose("gh:acme/shop", "https://github.com/acme/shop"), GitHub)
    assert isinstance(choose("https://github.com/acme/shop", "/srv/mirror"), GitHub)


def test_a_setting_says_what_an_address_does_not() -> None:
    there = "https://code.acme.example/acme/shop"
    assert isinstance(choose(there, setting="github"), GitHub)
    assert isinstance(choose(there, setting="gitlab"), GitLab)
    assert isinstance(choose("/srv/origin.git", setting="gitlab"), GitLab)
    assert isinstance(choose("https://github.com/acme/shop", setting="none"), Plain)


def test_a_setting_that_fits_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="not one of github, gitlab, none"):
        choose("https://github.com/acme/shop", setting="gitea")
    with pytest.raises(Refused, match="names no OWNER/REPOSITORY"):
        choose("/srv/origin.git", setting="github")


def test_gitlab_is_told_in_single_lines_and_titles_but_once() -> None:
    forge = choose("https://gitlab.com/acme/shop.git")
    wanted = Wanted("feature/a", "main", "A\nb", "one\n\ntwo\r\n\x1b[31m", draft=True)

    assert isinstance(forge, GitLab)
    assert forge.push_options(wanted, is_new=True) == (
        "merge_request.create",
        "merge_request.target=main",
        "merge_request.title=A\\nb",
        "merge_request.description=one<br><br>two<br>\\x1b[31m",
        "merge_request.draft",
    )
    later = Wanted("feature/a", "main", "A", "b", draft=False, was_draft=True)
    assert forge.push_options(later, is_new=False) == (
        "merge_request.create",
        "merge_request.target=main",
        "merge_request.title=A",
    )
    page = "https://gitlab.com/acme/shop/-/merge_requests/new?"
    assert page in forge.by_hand(wanted)
    nowhere = GitLab(None).by_hand(wanted)
    assert nowhere == "see GitLab for the merge request from feature/a into main"
