"""Runs the command in forks of one process that has imported everything.

What a test looks for happens after the imports, and so a run costs a fifth of the time. A fork
leads a process group of its own, so killing the group kills every git it started; they find its
number in LEADER. It does what `python -m plan_worktree` does.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.result import Result

ROOT = Path(__file__).resolve().parent.parent

# A run that takes longer than these seconds is ended by its alarm: a negative exit code.
LIMIT = 500

# The events (sys.addaudithook) with which Python changes the disk; `open` depends on its flags.
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True)
class Forks:
    """The process that forks; it answers one request at a time."""

    process: subprocess.Popen[str]

    def start(self, *args: str, cwd: Path, change: float = 0, **variables: str) -> int:
        """Begin a run that `finish` waits for; return the process id."""
        env = {**os.environ, **variables}
        self._ask(runs=[args], cwd=str(cwd), change=change, env=env)
        return int(self._answer()[0])

    def finish(self) -> Result:
        (ended,) = self._ended()
        return ended

    def run(
        self,
        *args: str,
        cwd: Path,
        change: float = 0,
        stdin: str = "",
        env: dict[str, str] | None = None,
        **variables: str,
    ) -> Result:
        """Run a command; `env` is the whole environment, `variables` are added to it."""
        whole = {**(os.environ if env is None else env), **variables}
        leads = env is None
        self._ask(runs=[args], cwd=str(cwd), change=change, env=whole, stdin=stdin, leads=leads)
        self._answer()
        return self.finish()

    def together(self, *commands: tuple[str, ...], cwd: Path | Sequence[Path]) -> list[Result]:
        """Run commands at once, each in a fork of its own, and wait for all of them.

        They run in one folder, or each in its own.
        """
        places = [cwd] * len(commands) if isinstance(cwd, Path) else cwd
        self._ask(runs=commands, cwds=[str(place) for place in places], env=dict(os.environ))
        self._answer()
        return self._ended()

    def must(self, *args: str, cwd: Path) -> None:
        result = self.run(*args, cwd=cwd)
        assert result.exit_code == 0, f"{args}: exit code {result.exit_code}\n{result.output}"

    def _ended(self) -> list[Result]:
        found = [Result(*answer) for answer in self._answer()]
        assert not [one for one in found if "Traceback" in one.output], found
        return found

    def _ask(self, **given: Any) -> None:
        request = {"change": 0, "stdin": "", "leads": True} | given
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def _answer(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())


@contextmanager
def forks(*, measured: bool = False) -> Iterator[Forks]:
    """Start the process; its runs count for coverage when they are `measured`, which costs time."""
    command = [sys.executable, "-m", "tests.forks"]
    pipe = subprocess.PIPE
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, env=None if measured else env
    ) as process:
        yield Forks(process)


def _serve() -> None:
    """Fork the runs of every request; answer with their process ids, then with how they ended."""
    package = importlib.import_module("plan_worktree")
    for module in pkgutil.walk_packages(package.__path__, "plan_worktree."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("filelock", "jsonschema"):
        importlib.import_module(name)
    _check_a_plan()
    _save_coverage()  # of all this, or every fork would write that again
    gc.collect()
    gc.freeze()  # or a fork's collector would write to, and so copy, all that was imported
    for line in sys.stdin:
        request = json.loads(line)
        places = request.get("cwds") or [request["cwd"]] * len(request["runs"])
        runs = zip(request["runs"], places, strict=True)
        begun = [_fork(request | {"cwd": place}, args) for args, place in runs]
        _say([child for child, _ in begun])
        _say([_wait(child, output) for child, output in begun])


def _check_a_plan() -> None:
    """Compile the regular expressions and read the schema here, not once more in every fork."""
    template = ROOT / "skills/plan-worktree/assets/plan-template.md"
    load = importlib.import_module("plan_worktree.plan.planfile").load
    check = importlib.import_module("plan_worktree.lint.check").check
    check(load(template, template.name), None)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _fork(request: dict[str, Any], args: list[str]) -> tuple[int, tuple[Any, Any]]:
    outputs = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when read
    child = os.fork()
    if not child:
        _become(request | {"args": args}, *(output.fileno() for output in outputs))
    with suppress(OSError):  # the child does the same; whoever is first
        os.setpgid(child, child)
    return child, outputs


def _wait(child: int, outputs: tuple[Any, Any]) -> tuple[int, str, str]:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    texts = []
    for output in outputs:
        with output:
            output.seek(0)
            texts.append(output.read().decode("utf-8", "replace"))
    return code, texts[0], texts[1]


def _become(request: dict[str, Any], output: int, error: int) -> NoReturn:
    """Be the command, in a fork."""
    code = 70
    try:
        with suppress(OSError):
            os.setpgid(0, 0)
        signal.alarm(LIMIT)
        os.dup2(_given(request["stdin"]), 0)
        os.dup2(output, 1)
        os.dup2(error, 2)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        if request["leads"]:
            os.environ["LEADER"] = str(os.getpid())
        time.tzset()
        sys.argv = ["plan-worktree", *request["args"]]
        if request["change"]:
            _die_at_change(request["change"])
        code = importlib.import_module("plan_worktree.cli").main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        code = 1
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        _save_coverage()
        os._exit(code)


def _given(text: str) -> int:
    """Return a file that holds what a run reads from its standard input."""
    if not text:
        return os.open(os.devnull, os.O_RDONLY)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - ends with the run
    file.write(text.encode())
    file.flush()
    file.seek(0)
    return os.dup(file.fileno())


def _save_coverage() -> None:
    """Keep what was measured up to now; a process that ends as a fork does would not."""
    measured = sys.modules.get("coverage")
    current = measured.Coverage.current() if measured else None
    if current:
        current.save()


def _die_at_change(last: int) -> None:
    changes = itertools.count(1)

    def watch(event: str, args: tuple[Any, ...]) -> None:
        opens = event == "open" and args[0] != os.devnull and args[2] & WRITING
        if (opens or event in CHANGES) and next(changes) == last:
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(watch)


if __name__ == "__main__":
    _serve()
