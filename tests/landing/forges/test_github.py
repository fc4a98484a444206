"""The real gh knows every flag that we use, and what a stand-in says is read."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from plan_worktree.git.process import environment
from plan_worktree.landing.forges import github
from plan_worktree.landing.forges.github import GitHub
from plan_worktree.landing.forges.protocol import Change, ForgeError, Wanted
from tests.support import run
from tests.world import executable

REAL = shutil.which("gh")


def gh(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> GitHub:
    """Put a program in the place of gh, which finds its arguments in "$@"."""
    path = executable(folder / "bin/gh", script).parent
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    environment.cache_clear()
    return GitHub("github.com", "acme/shop", folder)


def said(**fields: Any) -> dict[str, Any]:
    return {
        "number": 7, "url": "https://github.com/acme/shop/pull/7", "state": "OPEN",
        "isDraft": False, "headRefName": "a", "headRefOid": "0" * 40, "baseRefName": "main",
        "title": "A",
        "body": "", "isCrossRepository": False, "reviewDecision": "", "statusCheckRollup": [],
        "mergeCommit": None,
    } | fields  # fmt: skip


def listed(monkeypatch: pytest.MonkeyPatch, folder: Path, *found: dict[str, Any]) -> GitHub:
    (folder / "said.json").write_text(json.dumps(found))
    return gh(monkeypatch, folder, f"cat '{folder}/said.json'")


@pytest.mark.thorough
@pytest.mark.skipif(REAL is None, reason="there is no gh here: apt-get install gh")
def test_the_real_gh_knows_every_flag_and_field_of_our_calls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log, answer = tmp_path / "calls", tmp_path / "said.json"
    answer.write_text(json.dumps([said()]))
    script = f"""for word; do printf '%s\\n' "$word" | head -n 1; done >>'{log}'; echo >>'{log}'
case $2 in list) cat '{answer}';; esac"""
    forge = gh(monkeypatch, tmp_path, script)
    forge.look(["a"])
    forge.create(Wanted("a", "main", "A", "body", draft=True))
    (request,) = forge.look(["a"]).values()
    forge.change(request, Change("main", "A", "body", draft=False))
    forge.change(request, Change(draft=True))
    calls = [call.splitlines() for call in log.read_text().split("\n\n") if call]

    verbs = set()
    for call in calls:
        verb = [word for word in call if not word.startswith("-")][:2]
        verb = verb[:1] if verb[0] == "api" else verb
        verbs.add(tuple(verb))
        page = run(str(REAL), *verb, "--help")
        assert page.exit_code == 0, page.output
        known = set(re.findall(r"(--[a-z-]+)", page.stdout))
        used = {word.partition("=")[0] for word in call if word.startswith("--")}
        assert used <= known, (verb, used - known)
    assert verbs == {("pr", "list"), ("pr", "ready"), ("api",)}
    fields = run(str(REAL), "pr", "list", "--json", cwd=tmp_path).output.split()
    assert set(github._FIELDS) <= set(fields)
    assert f"gh {forge.reopen(request).split()[1]}" == "gh pr"
    assert run(str(REAL), "pr", "reopen", "--help").exit_code == 0


@pytest.mark.thorough
@pytest.mark.skipif(REAL is None, reason="there is no gh here: apt-get install gh")
def test_the_real_gh_that_is_not_logged_in_is_understood(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    forge = gh(monkeypatch, tmp_path, f'exec {REAL} "$@"')

    with pytest.raises(ForgeError, match=r"gh auth login --hostname github\.com"):
        forge.look(["a"])


def test_the_open_request_counts_and_else_the_newest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forge = listed(
        monkeypatch, tmp_path,
        said(number=9, state="CLOSED"), said(number=8), said(number=5, isCrossRepository=True),
        said(number=10, headRefName="another"),
    )  # fmt: skip
    assert forge.look(["a"])["a"].number == 8
    forge = listed(monkeypatch, tmp_path, said(number=3, state="CLOSED"), said(state="MERGED"))
    assert forge.look(["a"])["a"].state == "merged"
    assert listed(monkeypatch, tmp_path).look(["a"]) == {}


def test_reviews_and_checks_are_said_in_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def checks(*rollup: object) -> str | None:
        one = said(reviewDecision="CHANGES_REQUESTED", statusCheckRollup=list(rollup))
        found = listed(monkeypatch, tmp_path, one).look(["a"])["a"]
        assert found.review == "changes requested"
        return found.checks

    passed, failed = {"conclusion": "SUCCESS"}, {"state": "FAILURE"}
    running = {"conclusion": "", "status": "IN_PROGRESS"}
    assert checks() is None
    assert checks(passed, {"conclusion": "SKIPPED"}) == "passing"
    assert checks(passed, running) == "pending"
    assert checks(passed, running, failed) == "failing"
    assert checks("strange") == "pending"


@pytest.mark.parametrize("answer", ("", "null", "[7]", "[{}]", '{"a": 1}', "[" * 100_000))
def test_an_answer_that_is_none_is_an_error_of_the_forge(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    (tmp_path / "answer").write_text(answer)
    forge = gh(monkeypatch, tmp_path, f"cat '{tmp_path}/answer'")

    with pytest.raises(ForgeError, match="what cannot be read"):
        forge.look(["a"])


def test_a_request_that_gh_opened_and_does_not_show_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ForgeError, match="does not show it"):
        listed(monkeypatch, tmp_path).create(Wanted("a", "main", "A", "", draft=False))


def test_gh_that_does_not_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(github, "TIMEOUT", 0.2)
    forge = gh(monkeypatch, tmp_path, "exec sleep 5")

    with pytest.raises(ForgeError, match=r"no answer within 0\.2 seconds"):
        forge.look(["a"])


def test_gh_that_cannot_be_started_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forge = gh(monkeypatch, tmp_path, "true")
    forge = GitHub("github.com", "acme/shop", tmp_path / "bin/gh")  # no directory

    with pytest.raises(ForgeError, match="could not be started"):
        forge.look(["a"])
