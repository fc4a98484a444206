"""GitLab gets push options, which a real hook sees; a remote that is no forge gets branches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.output.test_schemas import fits
from tests.remotes import origin
from tests.support import Repo
from tests.world import PLAN_ID, Cli, branch, executable, finish, set_up, work

CHAIN = ("api", "ui", "app:api,ui")
OPTIONS = """i=0
while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
    eval "printf '%s\\n' \\"\\$GIT_PUSH_OPTION_$i\\"" >>'{log}'; i=$((i + 1))
done
while read -r old new ref; do echo "$ref" >>'{log}'; done
echo "View merge request for $ref:" """


@pytest.fixture
def log(repo: Repo, cli: Cli, tmp_path: Path) -> Path:
    """Let a project's remote be on GitLab; return where its hook writes what it sees."""
    set_up(repo, cli, *CHAIN)
    bare, log = origin(repo), tmp_path / "seen"
    repo.git("--git-dir", str(bare), "config", "receive.advertisePushOptions", "true")
    executable(bare / "hooks/pre-receive", OPTIONS.replace("{log}", str(log)))
    url = "git@gitlab.example.org:acme/shop.git"
    repo.git("remote", "set-url", "origin", url)
    repo.git("config", f"url.{bare}.insteadOf", url)
    return log


def seen(log: Path) -> list[str]:
    lines = log.read_text().splitlines() if log.exists() else []
    log.write_text("")
    return lines


def test_gitlab_opens_a_request_with_the_first_push_and_retargets_with_later_ones(
    repo: Repo, cli: Cli, log: Path
) -> None:
    finish(repo, cli, "api")
    dry = cli("submit", PLAN_ID, "--dry-run", cwd=repo.path)
    assert "would be sent" in dry.stdout

    result = cli("submit", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    create, target, title, description, ref = seen(log)
    assert (create, target) == ("merge_request.create", "merge_request.target=main")
    assert title == "merge_request.title=Api (api)"
    assert description.startswith("merge_request.description=<!-- plan-worktree: begin")
    assert "<br>Adds the Api part.<br>" in description
    assert ref == f"refs/heads/{branch('api')}"
    assert "View merge request" in result.stderr
    work(repo, "api", "src/api.txt", "more\n")
    cli("complete", PLAN_ID, "api", cwd=repo.path)
    shown = fits("submit", cli("submit", PLAN_ID, "--json", cwd=repo.path))
    assert (shown["forge"], shown["stages"][0]["action"]) == ("gitlab", "sent")
    assert seen(log) == [create, target, ref]


def test_a_branch_that_gitlab_has_already_is_for_a_person_to_look_at(
    repo: Repo, cli: Cli, log: Path
) -> None:
    finish(repo, cli, "api")
    repo.git("push", "--quiet", "origin", branch("api"))
    seen(log)

    result = cli("submit", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0
    assert seen(log) == []
    page = "https://gitlab.example.org/acme/shop/-/merge_requests/new?merge_request%5Bsource_branch"
    assert page in result.stderr


@pytest.mark.thorough
def test_a_draft_on_gitlab_is_made_ready_by_its_title(repo: Repo, cli: Cli, log: Path) -> None:
    for stage in ("api", "ui"):
        finish(repo, cli, stage)
    assert cli("start", PLAN_ID, "app", "--owner", "w", cwd=repo.path).exit_code == 0
    finish(repo, cli, "app")
    cli("submit", PLAN_ID, cwd=repo.path)
    assert seen(log)[-2:] == ["merge_request.draft", f"refs/heads/{branch('app')}"]
    repo.git("merge", "--quiet", "--no-ff", "-m", "land api", branch("api"))
    repo.git("push", "--quiet", "origin", "main")
    seen(log)
    work(repo, "app", "src/app.txt", "more\n")
    cli("complete", PLAN_ID, "app", cwd=repo.path)

    result = cli("submit", PLAN_ID, "app", cwd=repo.path)

    assert result.exit_code == 0, result.output
    options = seen(log)[:-1]
    assert f"merge_request.target={branch('ui')}" in options
    assert "merge_request.title=App (app)" in options
    assert "merge_request.draft" not in options


@pytest.mark.second
def test_a_remote_that_goes_away_between_two_pushes_is_gone_on_with(
    repo: Repo, cli: Cli, log: Path
) -> None:
    for stage in ("api", "ui"):
        finish(repo, cli, stage)
    bare = repo.path.parent / "origin.git"
    executable(bare / "hooks/post-receive", f"mv '{bare}' '{bare}.away'")

    result = cli("submit", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 1, result.output
    assert "stage ui: git push fails" in result.stderr
    bare.with_name("origin.git.away").rename(bare)
    (bare / "hooks/post-receive").unlink()
    assert cli("submit", PLAN_ID, cwd=repo.path).exit_code == 0
    assert Repo(bare).head(branch("ui")) == repo.head(branch("ui"))


def test_a_remote_that_is_no_forge_gets_branches_and_a_person_the_rest(
    repo: Repo, cli: Cli
) -> None:
    set_up(repo, cli, *CHAIN)
    bare = Repo(origin(repo))
    for stage in ("api", "ui"):
        finish(repo, cli, stage)
    assert cli("start", PLAN_ID, "app", "--owner", "w", cwd=repo.path).exit_code == 0
    finish(repo, cli, "app")

    result = cli("submit", PLAN_ID, cwd=repo.path)

    assert result.exit_code == 0, result.output
    assert f"stage api: open it by hand: from {branch('api')} into main" in result.stderr
    assert f"open it by hand as a draft: from {branch('app')} into main" in result.stderr
    assert bare.head(branch("app")) == repo.head(branch("app"))
    again = cli("submit", PLAN_ID, cwd=repo.path)
    assert again.stdout.count("kept") == 3
