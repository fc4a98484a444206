"""What the skill's page says of ports, databases and caches is so: its snippets run."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import blocks
from tests.result import Result
from tests.slots import give
from tests.support import REAL_HOME, ROOT, Repo, Stage, checked, registry_environment, run, tool
from tests.world import PLAN_ID, Cli, shop, start, work

PAGE = ROOT / "skills/plan-worktree/references/environments.md"


def snippet(word: str, language: str = "sh") -> str:
    """Return the one snippet of the page that holds a word."""
    (text,) = [block.text for block in blocks(PAGE, language) if word in block.text]
    return text


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}")


def in_both(
    folder: Path, script: str, home: Path, env: dict[str, str] | None = None
) -> dict[int, Path]:
    """Run a script at the same time in the worktrees of two slots; return those by slot."""
    places = {slot: folder / f"stage-{slot}" for slot in (0, 1)}
    running = []
    for slot, place in places.items():
        own = {"PLAN_WORKTREE_SLOT": str(slot), "PLAN_WORKTREE_HOME": str(home)}
        variables = {**os.environ, **(env or {}), **own}
        place.mkdir(exist_ok=True)
        running.append(
            subprocess.Popen(
                ["sh", "-euc", script], cwd=place, env=variables, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
        )  # fmt: skip
    ended = [(process.communicate(timeout=300)[0], process.returncode) for process in running]
    assert [code for _, code in ended] == [0, 0], ended
    return places


SERVICE = """
import http.server, pathlib, sqlite3, sys
from settings import database, port

store = sqlite3.connect(pathlib.Path(sys.argv[1], database), check_same_thread=False)
store.execute("create table if not exists orders (item text)")

class Orders(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        item = self.rfile.read(int(self.headers["Content-Length"])).decode()
        store.execute("insert into orders values (?)", (item,))
        store.commit()
        self.answer("")

    def do_GET(self):
        self.answer(",".join(item for item, in store.execute("select item from orders")))

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Orders)
"""

TEST = """
import os, pathlib, sys, threading, time, urllib.request
import service

stage, meeting = os.environ["PLAN_WORKTREE_STAGE"], pathlib.Path(sys.argv[2])
threading.Thread(target=service.server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{service.port}/"
urllib.request.urlopen(url, data=stage.encode()).close()
(meeting / stage).touch()
end = time.monotonic() + 120
while len(list(meeting.iterdir())) < 2:  # the other's server is up, and has its order
    assert time.monotonic() < end, "the other stage's tests do not run"
    time.sleep(0.02)
with urllib.request.urlopen(url) as said:
    assert said.read().decode() == stage
print(f"port {service.port}, database {service.database}")
"""


def free_slots(count: int) -> int:
    """Return the first of so many slots whose first ports nobody has now."""
    slots = list(range(200))
    random.shuffle(slots)
    for slot in slots:
        held = [socket.socket() for _ in range(count)]
        try:
            for number, one in enumerate(held):
                one.bind(("127.0.0.1", 10_000 + 100 * (slot + number)))
        except OSError:
            continue
        else:
            return slot
        finally:
            for one in held:
                one.close()
    raise AssertionError("no ports are free")


@pytest.mark.thorough
def test_two_stages_test_a_web_service_at_once_on_their_own_ports_and_databases(
    repo: Repo, cli: Cli, tmp_path: Path
) -> None:
    data, meeting = tmp_path / "data", tmp_path / "meeting"
    data.mkdir()
    meeting.mkdir()
    repo.write("settings.py", snippet("port =", "python"))
    repo.write("service.py", SERVICE)
    repo.write("check.py", TEST)
    repo.write(".gitignore", "__pycache__/\n")
    gate = f"{sys.executable} check.py {data} {meeting}"
    stages = [Stage(n, verify=(gate,), create=(f"{n}.txt",)) for n in ("orders", "customers")]
    shop(repo, *stages)
    first = free_slots(2)
    give(repo, *range(first))
    assert cli("setup", PLAN_ID, cwd=repo.path).exit_code == 0
    for stage in stages:
        work(repo, stage.id, f"{stage.id}.txt")

    running = [start("complete", PLAN_ID, s.id, "--show-output", cwd=repo.path) for s in stages]
    ended = [(*process.communicate(timeout=500), process.returncode) for process in running]

    for number, (stdout, stderr, code) in enumerate(ended):
        slot = first + number
        assert code == 0, stdout + stderr
        assert f"port {10_000 + 100 * slot}, database shop_{slot}\n" in stderr
    assert {path.name for path in data.iterdir()} == {f"shop_{first}", f"shop_{first + 1}"}


def test_the_page_reads_the_file_of_variables_as_it_says(repo: Repo, cli: Cli) -> None:
    shop(repo, "core")
    assert cli("setup", PLAN_ID, "--env-file", ".env.stage", cwd=repo.path).exit_code == 0
    there = repo.stage(PLAN_ID, "core").path
    text = PAGE.read_text()
    for command in ("set -a; . ./.env.stage; set +a", "node --env-file=.env.stage FILE"):
        assert f"`{command}`" in text
    read = f"set -a; . ./.env.stage; set +a; {sys.executable} -c "
    ask = "'import os; print(os.environ[\"PLAN_WORKTREE_PORT\"])'"
    assert checked("sh", "-c", read + ask, cwd=there) == "10000\n"
    if shutil.which("node") and "env-file" in checked("node", "--help"):
        (there / "ask.js").write_text("console.log(process.env.PLAN_WORKTREE_PORT)\n")
        assert checked("node", "--env-file=.env.stage", "ask.js", cwd=there) == "10000\n"


@pytest.mark.thorough
def test_the_compose_file_is_one(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(snippet("services:", "yaml"))
    schema = ("--builtin-schema", "vendor.compose-spec")
    valid = run(tool("check-jsonschema"), *schema, path)
    assert valid.exit_code == 0, valid.output


def has_compose() -> bool:
    return bool(shutil.which("docker")) and run("docker", "compose", "version").exit_code == 0


@pytest.mark.thorough
@pytest.mark.skipif(not has_compose(), reason="needs Docker Compose")
def test_compose_gives_every_slot_its_own_project_and_ports(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(snippet("services:", "yaml"))
    config = ("docker", "compose", "--file", path, "config")
    ours = {"PLAN_WORKTREE_SLOT": "3", "PLAN_WORKTREE_PORT": "10300"}
    said = checked(*config, env=ours)
    assert "name: shop-3\n" in said
    assert 'published: "10300"' in said
    assert "name: theirs\n" in checked(*config, env={**ours, "COMPOSE_PROJECT_NAME": "theirs"})
    assert "name: shop-home\n" in checked(*config)


def test_the_gate_takes_down_what_it_has_brought_up_also_when_the_tests_fail(
    tmp_path: Path,
) -> None:
    """Docker and just are stand-ins that write down how they are called."""
    for name, code in (("docker", 0), ("just", 3)):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $* ($COMPOSE_PROJECT_NAME)"\nexit {code}\n')
        program.chmod(0o755)
    env = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PLAN_WORKTREE_SLOT": "3"}
    done = run("sh", "-c", snippet("docker compose down"), env=env)
    assert done == Result(
        3,
        "docker compose up --detach --wait (shop-3)\njust test (shop-3)\n"
        "docker compose down --volumes (shop-3)\n",
        "",
    )


@pytest.fixture
def postgres() -> Iterator[dict[str, str]]:
    """Start a server of PostgreSQL on a socket; yield the variables that lead to it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path must be short
    as_user: list[str] = []
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "nobody")
        as_user = ["setpriv", "--reuid=nobody", "--clear-groups"]
    folder.chmod(0o755)
    programs = Path(os.path.realpath(shutil.which("initdb") or "initdb")).parent
    data = folder / "data"
    control: list[str | Path] = [*as_user, programs / "pg_ctl", "--pgdata", data, "--wait"]
    checked(
        *as_user, programs / "initdb", "--pgdata", data, "--username", "shop", "--auth", "trust",
        "--no-sync", cwd=folder,
    )  # fmt: skip
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    log = folder / "log"
    checked(*control, "--log", log, "--options", options, "start", cwd=folder)
    try:
        yield {"PGHOST": str(folder), "PGUSER": "shop", "PGDATABASE": "postgres"}
    finally:
        checked(*control, "--mode", "immediate", "stop", cwd=folder)
        shutil.rmtree(folder)


@pytest.mark.thorough
@needs("initdb", "createdb", "psql")
def test_every_slot_has_a_copy_of_the_template_of_postgresql(
    postgres: dict[str, str], tmp_path: Path
) -> None:
    def ask(database: str, sql: str) -> str:
        return checked("psql", "-qAt", "--command", sql, database, env=postgres)

    checked("createdb", "shop_template", env=postgres)
    ask("shop_template", "create table item (name text); insert into item values ('pen')")

    for _ in range(2):  # the second time there are databases of stages that are gone
        in_both(tmp_path, snippet("createdb"), tmp_path, postgres)
        ask("shop_0", "insert into item values ('ink')")

    assert ask("shop_0", "select name from item order by name") == "ink\npen\n"
    assert ask("shop_1", "select name from item") == "pen\n"


@needs("sqlite3")
def test_every_worktree_has_a_copy_of_the_database_of_sqlite(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    import sqlite3

    store = sqlite3.connect(home / "dev.db")
    store.execute("pragma journal_mode=wal")
    store.execute("create table item (name text)")
    store.execute("insert into item values ('pen')")
    store.commit()  # it stays in the log as long as this connection is open

    places = in_both(tmp_path, snippet("sqlite3"), home)

    for place in places.values():
        assert checked("sqlite3", "dev.db", "select name from item", cwd=place) == "pen\n"
    store.close()


@pytest.mark.thorough
def test_uv_makes_an_environment_in_every_worktree(tmp_path: Path) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    if not Path(uv).exists():
        pytest.skip("needs uv")
    project = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
    env = {
        "UV_CACHE_DIR": str(tmp_path / "cache"), "UV_PYTHON": sys.executable,
        "PATH": f"{Path(uv).parent}{os.pathsep}{os.environ['PATH']}", "UV_OFFLINE": "1",
        "VIRTUAL_ENV": "",
    }  # fmt: skip
    for slot in (0, 1):
        place = tmp_path / f"stage-{slot}"
        place.mkdir()
        (place / "pyproject.toml").write_text(project)
        checked(uv, "lock", cwd=place, env=env)

    for place in in_both(tmp_path, snippet("uv sync"), tmp_path, env).values():
        assert (place / ".venv/pyvenv.cfg").is_file()


@pytest.mark.registry
@needs("npm")
def test_pnpm_links_packages_out_of_one_store(tmp_path: Path) -> None:
    env = registry_environment() | {"npm_config_store_dir": str(tmp_path / "store"), "CI": "1"}
    npm = ("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", tmp_path, "pnpm@10")
    checked(*npm, env=env)
    env["PATH"] = f"{tmp_path / 'node_modules/.bin'}{os.pathsep}{os.environ['PATH']}"
    package = '{"name": "shop", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}\n'
    for slot in (0, 1):
        place = tmp_path / f"stage-{slot}"
        place.mkdir()
        (place / "package.json").write_text(package)
        checked("pnpm", "install", "--lockfile-only", cwd=place, env=env)

    places = in_both(tmp_path, snippet("pnpm"), tmp_path, env)

    found = [place / "node_modules/is-number/index.js" for place in places.values()]
    assert all(path.is_file() for path in found)


@pytest.mark.thorough
@needs("cargo")
def test_cargo_builds_in_every_worktree_without_the_network(tmp_path: Path) -> None:
    # rustup's cargo looks for its toolchains in the user's home, which is private in tests.
    rustup = os.environ.get("RUSTUP_HOME", str(REAL_HOME / ".rustup"))
    env = {"RUSTUP_HOME": rustup, "RUSTUP_AUTO_INSTALL": "0", "CARGO_HOME": str(tmp_path / "cargo")}
    if run("cargo", "--version", env=env).exit_code:
        pytest.skip("needs a toolchain of Rust")
    for slot in (0, 1):
        place = tmp_path / f"stage-{slot}"
        new = ("cargo", "init", "--quiet", "--lib", "--vcs", "none", "--name", "shop", place)
        checked(*new, env=env)
        checked("cargo", "generate-lockfile", "--quiet", "--offline", cwd=place, env=env)

    for place in in_both(tmp_path, snippet("cargo"), tmp_path, env).values():
        assert (place / "target/debug").is_dir()
