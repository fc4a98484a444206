"""Gates run one after the other, whatever they print, and end with all that they have started."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plan_worktree.gates.gates import Kind, Listener, Ran, Site, run_command, run_gates
from plan_worktree.gates.logs import HEAD, TAIL
from plan_worktree.gates.side_by_side import Limits, Running
from plan_worktree.git.process import environment
from plan_worktree.project.home import Home
from plan_worktree.project.refusal import Refused
from tests.sampling import sampled


@pytest.fixture
def site(tmp_path: Path) -> Site:
    for name in ("common", "there"):
        (tmp_path / name).mkdir()
    return Site(Home(tmp_path, tmp_path / "common"), "plan", "core", tmp_path / "there", 2)


def run(
    site: Site, *gates: str, timeout: float | None = None, known: tuple[str, ...] = ()
) -> list[Ran]:
    return run_gates(Running(Limits(timeout)), site, gates, Listener(), known)


def printed(ran: Ran) -> bytes:
    assert ran.log
    return ran.log.read_bytes()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def ends(pid: int) -> bool:
    end = time.monotonic() + 30
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_running(pid)


def test_gates_run_until_one_fails_each_with_a_log(site: Site) -> None:
    told: list[object] = []
    listener = Listener(told.append, told.append, told.append)
    gates = (
        "echo one; printf '\\033[32mgreen\\033[0m\\n\\n'",
        "echo two >&2; exit 3",
        "echo three",
    )

    ran = run_gates(Running(Limits()), site, gates, listener)

    assert [(one.line, one.code, one.last, one.known) for one in ran] == [
        (gates[0], 0, "green", False), (gates[1], 3, "two", False),
    ]  # fmt: skip
    assert [printed(one) for one in ran] == [b"one\n\x1b[32mgreen\x1b[0m\n\n", b"two\n"]
    assert [one for one in told if not isinstance(one, bytes)] == [
        gates[0],
        ran[0],
        gates[1],
        ran[1],
    ]
    assert b"".join(one for one in told if isinstance(one, bytes)) == b"".join(map(printed, ran))
    assert ran[1].failure() == f"exit code 3: {gates[1]}; all that it printed: {ran[1].log}"


def test_two_gates_of_the_same_words_are_one(site: Site) -> None:
    ran = run(site, "echo x >>ran", "true", "echo x >>ran")
    assert [one.line for one in ran] == ["echo x >>ran", "true"]
    assert (site.worktree / "ran").read_text() == "x\n"


def test_what_has_passed_before_is_not_run(site: Site) -> None:
    ran = run(site, "touch ran", "true", known=("touch ran",))
    assert [(one.code, one.known, one.log is None) for one in ran] == [
        (0, True, True),
        (0, False, False),
    ]
    assert not (site.worktree / "ran").exists()


@pytest.mark.parametrize(
    ("given", "said"), (({}, b"1 true"), ({"NO_COLOR": "", "CI": "mine"}, b" mine"))
)
def test_colours_and_questions_are_asked_away_unless_the_user_says_otherwise(
    site: Site, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: bytes
) -> None:
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    try:
        (ran,) = run(site, 'echo "$NO_COLOR $CI"')
    finally:
        environment.cache_clear()
    assert printed(ran) == said + b"\n"


def test_a_gate_that_never_ends_is_ended_with_all_it_started(site: Site) -> None:
    (ran,) = run(site, "sleep 600 & echo $!; wait", timeout=2)
    assert (ran.code, ran.passed) == (None, False)
    assert ends(int(printed(ran)))
    assert ran.failure(2).startswith("took longer than 2 s: sleep 600")


@pytest.mark.parametrize(("kind", "is_left"), ((Kind.GATE, False), (Kind.EACH, True)))
def test_a_gate_leaves_nothing_running_and_a_command_of_each_may(
    site: Site, kind: Kind, is_left: bool
) -> None:
    ran = run_command(Running(Limits()), site, "sleep 600 & echo $!", kind, lambda _: None)
    child = int(printed(ran))
    assert ran.code == 0
    assert is_running(child) if is_left else ends(child)
    if is_left:
        os.kill(child, 9)


def test_a_run_can_be_ended_from_another_thread(site: Site) -> None:
    running, begun = Running(Limits()), threading.Event()

    def end() -> None:
        begun.wait(30)
        running.end()

    threading.Thread(target=end).start()

    ran = run_gates(
        running, site, ("echo $$; sleep 600", "true"), Listener(heard=lambda _: begun.set())
    )

    assert [one.code for one in ran] == [-9]
    assert ends(int(printed(ran[0])))
    assert run_gates(running, site, ("sleep 600",), Listener())[0].code == -9


def test_nobody_has_to_listen(site: Site) -> None:
    def gone(_: bytes) -> None:
        raise BrokenPipeError

    (ran,) = run_gates(Running(Limits()), site, ("seq 10000",), Listener(heard=gone))
    assert ran.passed
    assert printed(ran).endswith(b"\n10000\n")


def noisy(megabytes: int) -> dict[str, tuple[str, int]]:
    size = megabytes << 20
    return {
        "zeros": (f"head -c {size} /dev/zero", size),
        "no line feed": (f"head -c {size} /dev/zero | tr '\\0' x", size),
        "cursor": (
            f"yes \"$(printf '\\033[1A\\033[2K\\033]0;t\\007 50%%\\r100%%')\" | head -c {size}",
            size,
        ),
        "binary": (f"head -c {size} /dev/urandom", size),
        "short lines": (f"yes | head -c {size}", size),
    }


def peak() -> int:
    """Return the most memory this process has ever had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.second
@sampled("name", noisy(0), one_in=3)
def test_a_gate_may_print_without_end(site: Site, name: str) -> None:
    check_noise(site, *noisy(64)[name])


@pytest.mark.thorough
@pytest.mark.parametrize("name", noisy(0))
def test_a_gate_may_print_a_gigabyte(site: Site, name: str) -> None:
    check_noise(site, *noisy(1024)[name])


def check_noise(site: Site, gate: str, size: int) -> None:
    before = peak()

    (ran,) = run(site, gate)

    assert ran.passed
    assert ran.log
    assert HEAD + TAIL <= ran.log.stat().st_size <= HEAD + 2 * TAIL + (1 << 17)
    assert b"bytes are left out here]" in printed(ran)[HEAD : HEAD + 100]
    assert len(ran.last) <= 200
    assert "\x1b" not in ran.last
    assert peak() - before < 48 << 10


def limited(size: int, work: Callable[[], None]) -> int:
    """Do some work in a process whose files may grow to `size` bytes; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_log_that_cannot_be_written_ends_the_gate_and_names_the_log(site: Site) -> None:
    def work() -> None:
        with pytest.raises(
            OSError, match=r"the log of a command cannot be written: .*-gate\.log: "
        ):
            run(site, "echo $$ >shell; yes")

    assert limited(300_000, work) == 0
    assert ends(int((site.worktree / "shell").read_text()))


def test_a_log_folder_that_is_a_link_is_refused_before_the_gate_runs(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "away").mkdir()
    (site.home.git_directory / "plan-worktree").symlink_to(tmp_path / "away")

    with pytest.raises(Refused):
        run(site, "touch ran")

    assert not (site.worktree / "ran").exists()
    assert list((tmp_path / "away").iterdir()) == []
