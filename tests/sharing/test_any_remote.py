"""Whatever a remote has under the names of records, no command crashes, and no work is lost."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clones import LIVE, bare, shared, take
from tests.sampling import examples
from tests.support import Repo, plan_worktree, run
from tests.world import PLAN_ID, branch

KINDS = ("base", "blocked", "claim", "completed", "landed", "verified")
OBJECTS = (
    "a commit", "a tree", "a tag", "nothing known", "an empty list", "a large blob", "a claim",
    "a completion", "another commit",
)  # fmt: skip
COMMANDS = (
    ("status", PLAN_ID, "--fetch"),
    ("sync", PLAN_ID),
    ("start", PLAN_ID, "--owner", "eve"),
    ("complete", PLAN_ID, "core", "--owner", "ada"),
    ("mark", PLAN_ID, "api", "blocked"),
    ("merge", PLAN_ID),
    ("remove", PLAN_ID, "--merged"),
    ("status", PLAN_ID, "--json"),
)


def written(there: Repo) -> dict[str, str]:
    """Write an object of each kind, and return their names."""

    def blob(text: str) -> str:
        return run("git", "hash-object", "-w", "--stdin", cwd=there.path, stdin=text).stdout.strip()

    there.git("tag", "--annotate", "--message", "x", "a-tag", "main")
    return {
        "a commit": there.head("main"),
        "a tree": there.git("rev-parse", "main^{tree}"),
        "a tag": there.git("rev-parse", "a-tag"),
        "nothing known": blob("\0\x1b[2J"),
        "an empty list": blob("[]"),
        "a large blob": blob("x" * 100_000),
        "a claim": blob('{"owner": "mallory", "host": "there\\n", "seen": "tomorrow", "base": 7}'),
        "a completion": blob('{"owner": null, "files": [[]], "ticked": ["x"], "commands": {}}'),
        "another commit": there.head(f"refs/heads/{branch('core')}"),
    }


@pytest.mark.thorough
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(KINDS), st.sampled_from(("core", "api"))),
        st.sampled_from(OBJECTS),
        min_size=1,
    )
)
@settings(examples(one_in=4), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_remote_has_nothing_crashes(
    tmp_path_factory: pytest.TempPathFactory, said: dict[tuple[str, str], str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (one,) = shared(folder, "one")
    take(one, "core", "ada")
    draft = one.stage(PLAN_ID, "core").write("draft.txt", "not in a commit\n")
    there = bare(one)
    one.git("push", "--quiet", "origin", branch("core"))
    objects = written(there)
    for (kind, stage), name in said.items():
        there.git("update-ref", f"{LIVE}/{kind}/{stage}", objects[name])
    for command in COMMANDS:
        plan_worktree(*command, cwd=one.path)  # which sees to it that there is no traceback
    assert draft.read_text() == "not in a commit\n"
    shutil.rmtree(folder)
