"""The same short story through every way in which git reaches a remote."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.clones import bare, clone, finish, records, shared, take
from tests.support import Repo, run
from tests.world import PLAN_ID, branch, executable, wait_for

pytestmark = pytest.mark.thorough


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server to the end of a test."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield server
        finally:
            server.terminate()


@contextmanager
def by_path(there: Repo) -> Iterator[str]:
    yield str(there.path)


@contextmanager
def by_daemon(there: Repo) -> Iterator[str]:
    """Serve by git-daemon(1), which takes pushes only where it is told to."""
    port = free_port()
    program = Path(run("git", "--exec-path").stdout.strip()) / "git-daemon"
    flags = ("--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all")
    base = f"--base-path={there.path.parent}"
    with serving(str(program), *flags, base, "--enable=receive-pack", str(there.path.parent)):
        wait_for(lambda: answers(port))
        yield f"git://127.0.0.1:{port}/{there.path.name}"


@contextmanager
def by_http(there: Repo) -> Iterator[str]:
    """Serve by git-http-backend(1), which is a CGI program (RFC 3875)."""
    there.git("config", "http.receivepack", "true")
    program = str(Path(run("git", "--exec-path").stdout.strip()) / "git-http-backend")

    class Cgi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            given = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            variables = {
                "GIT_PROJECT_ROOT": str(there.path.parent),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(given)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "somebody",
                "REMOTE_ADDR": "127.0.0.1",
            }
            env = {**os.environ, **variables}
            said = subprocess.run([program], input=given, env=env, capture_output=True, check=False)
            head, _, body = said.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - as http.server calls it

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Cgi)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/{there.path.name}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def by_ssh(there: Repo) -> Iterator[str]:
    """Serve by sshd(8) on the loopback, with keys and settings of the test's own."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None or shutil.which("ssh") is None:
        pytest.skip("sshd is missing: apt-get install openssh-server")
    folder, port = there.path.parent / "ssh", free_port()
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        made = run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        assert made.exit_code == 0, made.output
    shutil.copy(folder / "user.pub", folder / "authorized")
    settings = (
        f"Port={port}",
        "ListenAddress=127.0.0.1",
        f"HostKey={folder / 'host'}",
        f"AuthorizedKeysFile={folder / 'authorized'}",
        f"PidFile={folder / 'pid'}",
        "StrictModes=no",
        "UsePAM=no",
        "PasswordAuthentication=no",
    )
    if os.geteuid() == 0:  # where it leaves its rights until somebody has logged in
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    options = [word for setting in settings for word in ("-o", setting)]
    ssh = executable(
        folder / "ssh",
        f"exec ssh -F none -i {folder / 'user'} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no"
        f' -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"',
    )
    with serving(program, "-D", "-f", os.devnull, *options), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_SSH", str(ssh))
        wait_for(lambda: answers(port))
        yield f"ssh://{getpass.getuser()}@127.0.0.1:{port}{there.path}"


@pytest.mark.parametrize("way", (by_path, by_daemon, by_http, by_ssh))
def test_clones_share_a_plan_however_they_reach_the_remote(
    tmp_path: Path, way: Callable[[Repo], ExitStack]
) -> None:
    (seed,) = shared(tmp_path, "seed")
    with way(bare(seed)) as url:
        one, two = (clone(tmp_path / "shared", name, str(url)) for name in ("one", "two"))
        take(one, "core", "ada")
        assert "it is claimed by ada on " in take(two, "core", "bob", code=1).stderr
        commit = finish(one, "core", "ada")
        assert bare(one).head(f"refs/heads/{branch('core')}") == commit
        take(two, "api", "bob")
        assert two.stage(PLAN_ID, "api").read("src/core.txt") == "core\n"
        assert records(two) == records(bare(one))


def test_a_remote_that_can_only_be_read_is_said(tmp_path: Path) -> None:
    (seed,) = shared(tmp_path, "seed")
    port = free_port()
    program = Path(run("git", "--exec-path").stdout.strip()) / "git-daemon"
    place = bare(seed).path.parent
    flags = ("--reuseaddr", "--listen=127.0.0.1", f"--port={port}", "--export-all")
    with serving(str(program), *flags, f"--base-path={place}", str(place)):
        wait_for(lambda: answers(port))
        one = clone(place, "one", f"git://127.0.0.1:{port}/{bare(seed).path.name}")
        refused = take(one, "core", "ada", code=1)
    assert "origin does not take the claim (fatal: " in refused.stderr
    assert "to claim in this clone alone: plan-worktree start" in refused.stderr
