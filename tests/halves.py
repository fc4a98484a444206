"""Stands in for `git update-ref --stdin`, and is killed between one ref of it and the next.

Git's files backend changes the refs of a transaction one after the other: creations and updates
as they are given; then the logs of all that are deleted go, then what only packed-refs has, then
each loose file (refs/files-backend.c, `files_transaction_finish`). This does the same, with a
git of its own for each, up to the step with the number KILL_AT; the first is that nothing was
done yet, and all transactions of several refs in a run are counted through.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# A lock file that is old was left behind: the next command need not wait to see that.
LONG_AGO = time.time() - 100

# What is on PATH for git: all but these transactions goes to git itself.
WRAPPER = """\
case " $* " in
*" update-ref "*"--stdin "*) exec {python} -I -S {script} {git} "$@" ;;
*) exec {git} "$@" ;;
esac\
"""


def main(git: str, *args: str) -> int:
    given = sys.stdin.buffer.read()
    commands = list(_commands(given))
    if len(commands) > 1:
        _may_die(git, args, commands)
    return subprocess.run([git, *args], input=given, check=False).returncode


def _may_die(git: str, args: tuple[str, ...], commands: list[list[bytes]]) -> None:
    counter, last = Path(os.environ["KILL_CALLS"], "steps"), int(os.environ["KILL_AT"])
    passed = int(counter.read_text()) if counter.exists() else 0
    common = _said(git, "rev-parse", "--path-format=absolute", "--git-common-dir")
    steps = list(_steps(git, args, Path(common), commands))
    if passed < last <= passed + len(steps) + 1:
        names = [common + "/" + command[1].decode() for command in commands]
        for step in steps[: last - passed - 1]:
            step()
        for lock in [f"{name}.lock" for name in names]:
            Path(lock).parent.mkdir(parents=True, exist_ok=True)
            Path(lock).touch()
            os.utime(lock, (LONG_AGO, LONG_AGO))
        os.killpg(0, signal.SIGKILL)
    counter.write_text(str(passed + len(steps) + 1))


def _steps(
    git: str, args: tuple[str, ...], common: Path, commands: list[list[bytes]]
) -> Iterator[Callable[[], object]]:
    deleted = [command for command in commands if command[0] == b"delete"]
    for command in commands:
        if command not in deleted:
            yield _alone(git, args, [command])
    logs = [common / "logs" / command[1].decode() for command in deleted]
    if found := [log for log in logs if log.exists()]:
        yield lambda: list(map(os.unlink, found))
    packed = [command for command in deleted if not (common / command[1].decode()).exists()]
    if packed:
        yield _alone(git, args, packed)
    for command in deleted:
        if command not in packed:
            yield _alone(git, args, [command])


def _alone(git: str, args: tuple[str, ...], commands: list[list[bytes]]) -> Callable[[], object]:
    script = b"start\0"
    for command in commands:
        script += b"option no-deref\0" if command[1].startswith(b"refs/plan-worktree/") else b""
        script += command[0] + b" " + b"\0".join(command[1:]) + b"\0"
    given = script + b"prepare\0commit\0"
    return lambda: subprocess.run([git, *args], input=given, check=True, stdout=subprocess.DEVNULL)


def _commands(script: bytes) -> Iterator[list[bytes]]:
    """Yield verb, ref and values of each command (git-update-ref(1), `-z`)."""
    fields = iter(script.split(b"\0"))
    values = {b"update": 2, b"create": 1, b"delete": 1}
    for field in fields:
        verb, _, name = field.partition(b" ")
        if verb in values:
            yield [verb, name, *(next(fields) for _ in range(values[verb]))]


def _said(git: str, *args: str) -> str:
    return subprocess.run(
        [git, *args], stdout=subprocess.PIPE, check=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
