"""Each kind of JSON output has a schema, and real output of every state fits it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.result import Result
from tests.support import PLANS, ROOT, Repo, Stage
from tests.world import (
    PLAN_ID,
    Cli,
    branch,
    executable,
    keep_from_checkout,
    merge,
    set_up,
    shop,
    work,
)

SCHEMAS = {
    path.name.removeprefix("output-").removesuffix(".schema.json"): path
    for path in sorted((ROOT / "schemas").glob("output-*.schema.json"))
}
KINDS = (
    *("validate", "ls", "show", "setup", "status", "remove", "restore", "saved"),
    *("ready", "start", "brief", "complete", "sync", "conflicts", "merge", "submit", "todo"),
    *("import", "refused", "run", "run-event"),
)


def schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMAS[kind].read_text())
    return found


def fits(kind: str, result: Result, exit_code: int = 0) -> Any:
    """Return the output, which must be one object that fits the schema of its kind."""
    assert result.exit_code == exit_code, result.output
    assert result.stdout.isascii()
    value = result.json()
    problems = [
        f"{error.json_path}: {error.message}"
        for error in Draft202012Validator(schema(kind)).iter_errors(value)
    ]
    assert problems == []
    assert list(value)[:2] == ["kind", "version"]
    return value


def validate_line(kind: str, value: Any) -> None:
    """See that an object, one of several that a command printed, fits the schema of its kind."""
    errors = Draft202012Validator(schema(kind)).iter_errors(value)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def objects(node: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, child in node.items():
            yield from objects(child, f"{path}.{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from objects(child, f"{path}[{index}]")


def test_every_kind_has_a_schema() -> None:
    assert set(KINDS) <= set(SCHEMAS)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_valid_named_and_described(kind: str) -> None:
    found = schema(kind)

    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == f"urn:plan-worktree:schema:output-{kind}:1"
    assert found["title"]
    assert found["properties"]["kind"]["const"] == kind
    assert found["properties"]["version"]["const"] == 1


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_requires_every_key_and_allows_no_other(kind: str) -> None:
    for path, node in objects(schema(kind)):
        if "properties" in node and "type" in node:
            assert node["required"] == list(node["properties"]), path
            assert node["additionalProperties"] is False, path
            for name, child in node["properties"].items():
                assert child["description"], f"{path}.{name}"


def test_a_schema_notices_a_key_too_many_and_one_too_few(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    value = cli("status", PLAN_ID, "--json", cwd=repo.path).json()
    validator = Draft202012Validator(schema("status"))
    assert validator.is_valid(value)

    assert not validator.is_valid(value | {"extra": 1})
    for name in value["stages"][0]:
        stage = {key: child for key, child in value["stages"][0].items() if key != name}
        assert not validator.is_valid(value | {"stages": [stage]}), name


def test_validate_output_fits_its_schema(repo: Repo, cli: Cli) -> None:
    validate = ("validate", "--format", "json")
    assert fits("validate", cli(*validate, cwd=repo.path))["diagnostics"] == []
    shop(repo)
    assert fits("validate", cli(*validate, cwd=repo.path))["diagnostics"] == []
    repo.plan("2026-02-03-bad", Stage("a", ("a", "x", "x"), branch="--force"), "b:c", "c:b")
    repo.write(f"{PLANS}/none.md", "# No plan\n")
    repo.write(f"{PLANS}/bytes.md", b"\xff\xfe\x00")
    repo.write(f"{PLANS}/json.md", '```json metadata\n{"a": 1, "a": NaN}\n```\n')

    found = fits("validate", cli(*validate, cwd=repo.path), 1)["diagnostics"]

    assert {"PW001", "PW004", "PW006", "PW202", "PW203", "PW204", "PW205", "PW301"} <= {
        finding["code"] for finding in found
    }
    assert {finding["severity"] for finding in found} == {"error", "warning"}
    missing = fits("validate", cli(*validate, "missing.md", cwd=repo.path), 1)
    assert [finding["file"] for finding in missing["diagnostics"]] == ["missing.md"]


def test_ls_output_fits_its_schema(repo: Repo, cli: Cli, tmp_path: Path) -> None:
    assert fits("ls", cli("ls", "--json", cwd=tmp_path))["plans"] == []
    shop(repo)
    plans = fits("ls", cli("ls", "--json", cwd=repo.path))["plans"]
    assert plans == [
        {
            "file": f"{PLANS}/{PLAN_ID}.md",
            "plan_id": PLAN_ID,
            "status": "draft",
            "stages": 6,
            "problem": None,
        }
    ]


@pytest.mark.parametrize("block", ("{", "[]", '{"plan_id": 1}', '{"stages": {}}'))
def test_ls_output_of_an_unreadable_plan_fits_its_schema(repo: Repo, cli: Cli, block: str) -> None:
    repo.write(f"{PLANS}/broken.md", f"```json metadata\n{block}\n```\n")

    fits("ls", cli("ls", "--json", cwd=repo.path))


def test_show_output_fits_its_schema(repo: Repo, cli: Cli) -> None:
    shop(repo)
    fits("show", cli("show", PLAN_ID, "--format", "json", cwd=repo.path))
    shop(
        repo,
        Stage("core", verify=("true", "test -f x"), status="blocked"),
        Stage("api", ("core",), name="Größe 漢字"),
        base="main",
        status="approved",
    )

    shown = fits("show", cli("show", PLAN_ID, "--format", "json", cwd=repo.path))

    assert shown["base"] == "main"
    assert shown["order"] == ["core", "api"]
    assert shown["waves"] == [["core"], ["api"]]
    assert shown["stages"][0]["verify"] == ["true", "test -f x"]
    assert shown["stages"][1]["name"] == "Größe 漢字"
    assert [stage["wave"] for stage in shown["stages"]] == [1, 2]


def test_setup_output_fits_its_schema(repo: Repo, cli: Cli) -> None:
    shop(repo)
    keep_from_checkout(repo, "ui")
    dry = fits("setup", cli("setup", PLAN_ID, "--json", "--dry-run", cwd=repo.path))
    assert dry["dry_run"] is True

    first = fits("setup", cli("setup", PLAN_ID, "--json", cwd=repo.path), 3)
    shutil.rmtree(repo.stage(PLAN_ID, "api").path)
    again = fits("setup", cli("setup", PLAN_ID, "--json", cwd=repo.path), 3)

    def actions(value: Any) -> list[str]:
        return [stage["action"] for stage in value["stages"]]

    assert actions(dry) == ["created"] * 6
    assert actions(first) == ["created", "created", "failed", "created", "created", "created"]
    assert first["stages"][2]["error"].startswith("git read-tree")
    assert actions(again)[:3] == ["kept", "repaired", "failed"]
    assert first["stages"][0] == {
        "id": "core",
        "action": "created",
        "branch": branch("core"),
        "worktree": str(repo.stage(PLAN_ID, "core").path),
        "base": repo.head(),
        "taken_from": None,
        "copied": [],
        "left_out": [],
        "slot": 0,
        "warnings": [],
        "each": None,
        "gates": None,
        "error": None,
    }


def test_setup_output_of_a_landed_plan_fits_its_schema(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    work(repo, "core")
    merge(repo, "core")
    cli("remove", PLAN_ID, cwd=repo.path)

    result = cli("setup", PLAN_ID, "--json", cwd=repo.path)

    assert fits("setup", result)["stages"] == []


def test_status_output_fits_its_schema_in_every_state(repo: Repo, cli: Cli) -> None:
    stages = (
        "core",
        "api",
        Stage("ui", status="blocked"),
        Stage("docs", status="complete"),
        "search:api",
        "gone",
        "next:core",
    )
    shop(repo, *stages)
    before = fits("status", cli("status", PLAN_ID, "--json", cwd=repo.path))
    cli("setup", PLAN_ID, cwd=repo.path)
    work(repo, "core")
    merge(repo, "core")
    repo.stage(PLAN_ID, "api").write("new.txt", "")
    shutil.rmtree(repo.stage(PLAN_ID, "gone").path)

    during = fits("status", cli("status", PLAN_ID, "--json", cwd=repo.path))
    cli("remove", PLAN_ID, "core", cwd=repo.path)
    after = fits("status", cli("status", PLAN_ID, "--json", cwd=repo.path))

    def states(value: Any) -> list[str]:
        return [stage["state"] for stage in value["stages"]]

    assert set(states(before)) == {"ready", "waiting", "blocked", "complete"}
    assert states(during) == [
        "merged", "in-progress", "blocked", "complete", "waiting", "ready", "ready",
    ]  # fmt: skip
    assert [stage["missing"] for stage in during["stages"]].index(True) == 5
    assert states(after) == states(during)
    assert (after["stages"][0]["worktree"], after["stages"][0]["dirty"]) == (None, None)


@pytest.mark.parametrize("stand", ("detached", "orphan"))
def test_status_output_without_a_target_fits_its_schema(repo: Repo, cli: Cli, stand: str) -> None:
    shop(repo, "core")
    if stand == "detached":
        repo.git("checkout", "--quiet", "--detach")
    else:
        repo.git("switch", "--quiet", "--orphan", "empty")
        repo.plan(PLAN_ID, "core")

    fits("status", cli("status", PLAN_ID, "--json", cwd=repo.path))


def test_remove_output_fits_its_schema(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api", "ui")
    absent = fits("remove", cli("remove", PLAN_ID, "--json", cwd=repo.path))
    cli("setup", PLAN_ID, cwd=repo.path)
    work(repo, "core")
    merge(repo, "core")
    shutil.rmtree(repo.stage(PLAN_ID, "ui").path)
    gone = ("remove", PLAN_ID, "--gone", "--json")
    dry = fits("remove", cli("remove", PLAN_ID, "--json", "--dry-run", cwd=repo.path))
    dropped = fits("remove", cli(*gone, cwd=repo.path))
    nothing = fits("remove", cli(*gone, cwd=repo.path))
    removed = fits("remove", cli("remove", PLAN_ID, "--json", cwd=repo.path))

    def deleted(value: Any) -> list[tuple[str, bool]]:
        return [(stage["action"], stage["branch_deleted"]) for stage in value["stages"]]

    assert deleted(absent) == [("absent", False)] * 3
    assert dry["dry_run"] is True
    assert deleted(dry) == [("removed", True)] * 3
    assert deleted(dropped) == [("removed", False)]
    assert deleted(nothing) == []
    assert deleted(removed) == [("removed", True)] * 3


def test_restore_and_what_is_saved_fit_their_schemas(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api")
    listing = ("restore", PLAN_ID, "--list", "--json")
    assert fits("saved", cli(*listing, cwd=repo.path))["saved"] == []
    cli("setup", PLAN_ID, cwd=repo.path)
    work(repo, "core")
    merge(repo, "core")
    tip = repo.head(branch("api"))
    repo.stage(PLAN_ID, "api").write("new.txt", "half a sentence")
    forced = ("remove", PLAN_ID, "--force", "--json")
    removed = fits("remove", cli(*forced, cwd=repo.path))["stages"]

    saved = fits("saved", cli(*listing, cwd=repo.path))["saved"]
    back = ("restore", PLAN_ID, "api", "--json")
    dry = fits("restore", cli(*back, "--dry-run", cwd=repo.path))
    done = fits("restore", cli(*back, cwd=repo.path))

    assert [one["ref"] for one in saved] == [stage["saved"] for stage in removed]
    assert [(one["id"], one["files"]) for one in saved] == [("core", False), ("api", True)]
    assert saved[1]["tip"] == tip
    assert saved[1]["ref"].endswith(saved[1]["time"])
    assert dry == done | {"dry_run": True}
    assert done["stages"] == [
        {
            "id": "api",
            "action": "restored",
            "branch": branch("api"),
            "worktree": str(repo.stage(PLAN_ID, "api").path),
            "saved": saved[1]["ref"],
        }
    ]
    assert repo.stage(PLAN_ID, "api").read("new.txt") == "half a sentence"


def test_remove_output_of_a_failure_fits_its_schema(repo: Repo, cli: Cli) -> None:
    set_up(repo, cli, "core")
    executable(
        repo.path / ".git/hooks/reference-transaction",
        '[ "$1" != prepared ] || ! grep -q "0\\{40\\} refs/heads/" || { echo no; exit 1; }',
    )

    stage = fits("remove", cli("remove", PLAN_ID, "--json", cwd=repo.path), 3)["stages"][0]

    assert (stage["action"], stage["branch_deleted"]) == ("failed", False)
    assert "git update-ref" in stage["error"]
    assert branch("core") in repo.branches()


@pytest.mark.parametrize(
    "command",
    (
        ("setup", "nope", "--json"),
        ("status", "nope", "--json"),
        ("remove", "nope", "--json"),
        ("restore", "nope", "core", "--json"),
        ("show", "nope", "--format", "json"),
    ),
)
def test_no_half_an_object_is_printed_when_a_command_is_refused(
    repo: Repo, cli: Cli, command: tuple[str, ...]
) -> None:
    shop(repo, "core")

    result = cli(*command, cwd=repo.path)

    assert result.exit_code == 2
    assert result.stdout == ""


def test_outputs_about_work_on_stages_fit_their_schemas(repo: Repo, cli: Cli) -> None:
    stages = (
        Stage("core", create=("core.txt",), verify=("test -f core.txt",)),
        *(Stage(name, ("core",)) for name in ("api", "ui")),
    )
    shop(repo, *stages)
    at_home = {"cwd": repo.path}
    assert (
        fits("ready", cli("ready", PLAN_ID, "--json", **at_home))["stages"][0]["worktree"] is None
    )
    early = fits("brief", cli("brief", PLAN_ID, "api", "--json", **at_home))
    assert (early["base"], early["delivered"][0]["head"]) == (None, None)
    cli("setup", PLAN_ID, **at_home)
    start = ("start", PLAN_ID, "core", "--owner", "ada", "--json")
    dry = fits("start", cli(*start, "--dry-run", **at_home))
    assert (dry["dry_run"], dry["brief"]["owner"]) == (True, None)
    assert fits("start", cli(*start, **at_home))["action"] == "claimed"
    assert fits("start", cli(*start, **at_home))["action"] == "kept"
    work(repo, "core")
    there = {"cwd": repo.stage(PLAN_ID, "core").path}
    assert fits("todo", cli("todo", "--json", **there))["changed"] == []
    assert fits("todo", cli("todo", "2", "--json", **there))["changed"] == [2]
    plan = repo.read(f"{PLANS}/{PLAN_ID}.md")
    repo.write(
        f"{PLANS}/{PLAN_ID}.md", plan.replace("- [x] Test it.\n", "").replace("- [ ] W", "W")
    )
    assert fits("todo", cli("todo", "--json", **there))["todo"] is None
    assert fits("complete", cli("complete", "--json", "--dry-run", **there))["ready"] == []
    done = fits("complete", cli("complete", "--json", **there))
    assert (done["action"], done["verified"], len(done["ready"])) == ("completed", True, 2)
    assert fits("complete", cli("complete", "--json", **there))["action"] == "kept"
    fits("status", cli("status", PLAN_ID, "--json", **at_home))
    work(repo, "ui", "core.txt", "ui\n")
    assert fits("sync", cli("sync", PLAN_ID, "--json", "--dry-run", **at_home), 1)["dry_run"]
    found = fits("sync", cli("sync", PLAN_ID, "--json", **at_home), 1)["stages"]
    assert [(s["id"], s["action"]) for s in found] == [("api", "forwarded"), ("ui", "conflict")]
    opened = fits("sync", cli("sync", PLAN_ID, "ui", "--resolve", "--json", **at_home), 1)
    assert opened["stages"][0]["action"] == "opened"
    brief = fits("brief", cli("brief", PLAN_ID, "api", "--json", **at_home))
    assert brief["delivered"][0]["files"] == [{"change": "create", "path": "core.txt"}]


@pytest.mark.second
def test_outputs_about_landing_fit_their_schemas(repo: Repo, cli: Cli) -> None:
    shop(repo, "core", "api", "ui")
    at_home = {"cwd": repo.path}
    cli("setup", PLAN_ID, **at_home)
    for stage in ("core", "api"):
        work(repo, stage, "shared.txt", stage)
        scope = ("--accept-scope", "it is shared")
        cli("complete", PLAN_ID, stage, *scope, cwd=repo.stage(PLAN_ID, stage).path)
    conflict = fits("conflicts", cli("conflicts", PLAN_ID, "--json", **at_home), 1)
    assert conflict["pairs"][0]["kinds"] == {"shared.txt": "add/add"}
    assert fits("merge", cli("merge", PLAN_ID, "--json", "--dry-run", **at_home), 1)["dry_run"]
    stopped = fits("merge", cli("merge", PLAN_ID, "--json", **at_home), 1)
    assert [one["stage"] for one in stopped["landed"]] == ["core"]
    assert stopped["stopped"]["files"] == ["shared.txt"]
    conflict = fits("conflicts", cli("conflicts", PLAN_ID, "--json", **at_home), 1)
    assert [one["stage"] for one in conflict["target"]] == ["api"]
    status = fits("status", cli("status", PLAN_ID, "--json", **at_home))
    assert status["stages"][0]["landed"] == repo.head()
    fits("conflicts", cli("conflicts", PLAN_ID, "--json", "--uncommitted", **at_home), 1)
    cli("mark", PLAN_ID, "api", "in-progress", **at_home)
    assert fits("merge", cli("merge", PLAN_ID, "--json", **at_home))["stopped"] is None
