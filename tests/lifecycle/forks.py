"""Runs the command in forks of one process that has imported everything.

What a test of many runs looks for happens after the imports, and so a run costs a third of the
time. A fork leads a process group of its own, so killing the group kills every git it started;
they find its number in LEADER. It does what `python -m plan_worktree` does.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.support import ROOT, Result

# A run that takes longer than these seconds is ended by its alarm: a negative exit code.
LIMIT = 60

# The events (sys.addaudithook) with which Python changes the disk; `open` depends on its flags.
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Forks:
    """The process that forks; it has one run at a time."""

    process: subprocess.Popen[str]

    def start(self, *args: str, cwd: Path, change: float = 0, **variables: str) -> int:
        request = {"args": args, "cwd": str(cwd), "change": change, "env": os.environ | variables}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return int(self._answer())

    def finish(self) -> Result:
        code, output = self._answer()
        assert "Traceback" not in output, output
        return Result(code, output, "")

    def run(self, *args: str, cwd: Path, change: float = 0, **variables: str) -> Result:
        self.start(*args, cwd=cwd, change=change, **variables)
        return self.finish()

    def together(self, *commands: tuple[str, ...], cwd: Path, **variables: str) -> list[Result]:
        """Run commands at once, each in a fork of its own, and wait for all of them."""
        request = {"many": commands, "cwd": str(cwd), "change": 0, "env": os.environ | variables}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answers = self._answer()
        assert not [output for _, output in answers if "Traceback" in output], answers
        return [Result(code, output, "") for code, output in answers]

    def must(self, *args: str, cwd: Path) -> None:
        result = self.run(*args, cwd=cwd)
        assert result.exit_code == 0, f"{args}: exit code {result.exit_code}\n{result.output}"

    def _answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())


@contextmanager
def forks() -> Iterator[Forks]:
    command = [sys.executable, "-m", "tests.lifecycle.forks"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Forks(process)


def _serve() -> None:
    """Fork a run for every request; answer with its process id, then with how it ended."""
    package = importlib.import_module("plan_worktree")
    for module in pkgutil.walk_packages(package.__path__, "plan_worktree."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("filelock", "jsonschema"):
        importlib.import_module(name)
    for line in sys.stdin:
        if "many" in (request := json.loads(line)):
            sys.stdout.write(json.dumps(_all(request)) + "\n")
            sys.stdout.flush()
            continue
        with tempfile.TemporaryFile() as output:
            child = os.fork()
            if not child:
                _become(json.loads(line), output.fileno())
            with suppress(OSError):  # the child does the same; whoever is first
                os.setpgid(child, child)
            sys.stdout.write(f"{child}\n")
            sys.stdout.flush()
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            output.seek(0)
            sys.stdout.write(json.dumps([code, output.read().decode(errors="replace")]) + "\n")
            sys.stdout.flush()


def _all(request: dict[str, Any]) -> list[tuple[int, str]]:
    """Fork a run for each command, all of them before the first is waited for."""
    begun = []
    for args in request["many"]:
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it was read
        child = os.fork()
        if not child:
            _become(request | {"args": args}, output.fileno())
        begun.append((child, output))
    answers = []
    for child, output in begun:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with output:
            output.seek(0)
            answers.append((code, output.read().decode(errors="replace")))
    return answers


def _become(request: dict[str, Any], output: int) -> NoReturn:
    """Be the command, in a fork."""
    code = 70
    try:
        with suppress(OSError):
            os.setpgid(0, 0)
        signal.alarm(LIMIT)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"], LEADER=str(os.getpid()))
        sys.argv = ["plan-worktree", *request["args"]]
        if request["change"]:
            _die_at_change(request["change"])
        code = importlib.import_module("plan_worktree.cli").main()
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _die_at_change(last: int) -> None:
    changes = itertools.count(1)

    def watch(event: str, args: tuple[Any, ...]) -> None:
        opens = event == "open" and args[0] != os.devnull and args[2] & WRITING
        if (opens or event in CHANGES) and next(changes) == last:
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(watch)


if __name__ == "__main__":
    _serve()
