"""Workers on a cluster of dask.distributed, each in a clone of its own that shares by the remote.

A worker is one task of the cluster, and one thread of it as long as it works. Where a machine of
the cluster is lost, dask starts the task on another one, where it takes over what it had. What a
task says comes as events of the cluster; what it is asked stands in a variable of the cluster,
together with a number that grows as long as the run goes on: a task that sees it stand still ends.
"""

from __future__ import annotations

import os
import queue
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from enum import IntEnum
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from plan_worktree.git.process import GitError
from plan_worktree.planfiles.open_plan import Opened, open_plan
from plan_worktree.project.refusal import Refused
from plan_worktree.running.engines import Engine, Heard, Local
from plan_worktree.running.only_one import run_folder
from plan_worktree.running.workers.events import Event, Kind, event, read_fields
from plan_worktree.running.workers.own_clone import Source, bring, read_source, take_over
from plan_worktree.setup.setup import SetupOptions, set_up
from plan_worktree.setup.step import Watcher
from plan_worktree.state.repository.owners import VARIABLE

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

# The number in the variable grows so often, in seconds; a task ends that has not seen that for so
# long, or not reached the cluster.
_BEAT, _SILENCE = 5.0, 120.0
# A task looks at its worker, and at what it is asked, so often.
_GLANCE = 1.0
# How long a cluster has to answer, and tasks to end, in seconds.
_ANSWER, _END = 30, 10.0
# The exit code for the environment: what comes of a task that could not do its work.
_FAILED = 3


class Ask(IntEnum):
    """What tasks are asked: one who is asked more is asked all before."""

    GO = 0
    DRAIN = 1
    STOP = 2
    AT_ONCE = 3


class Job(NamedTuple):
    """What a task is to do: be the worker with a number, with a command line of ours.

    `topic` is where it tells, and the name of the variable that says what is asked.
    """

    source: Source
    worker: int
    words: tuple[str, ...]
    variables: Mapping[str, str]
    topic: str


class Done(NamedTuple):
    """How a task has ended: the worker's exit code, and what it said last on stderr."""

    code: int
    said: str = ""


@contextmanager
def dask_engine(
    opened: Opened, workers: int, say: Callable[[str], None], scheduler: str | None = None
) -> Iterator[Engine]:
    """Yield an engine on the cluster of a scheduler, or on one on this machine.

    Raises Refused where there is no cluster, or nothing to share through, GitError and OSError.
    """
    source = read_source(opened, say)
    client, cluster = _connect(scheduler, workers)
    try:
        if client.dashboard_link and cluster is None:
            say(f"dask shows its cluster at {client.dashboard_link}")
        yield _Dask(client, source, opened, say)
    finally:
        client.close(timeout=_ANSWER)
        if cluster is not None:
            cluster.close(timeout=_ANSWER)


def _connect(scheduler: str | None, workers: int) -> tuple[Client, LocalCluster | None]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        install = f"{quote(sys.executable)} -m pip install distributed"
        raise Refused([f"the engine dask needs dask.distributed: {install}"]) from None
    cluster, own = None, {"threads_per_worker": 1, "preload": [__name__]}
    if scheduler is None:
        cluster = LocalCluster(n_workers=workers, dashboard_address=":0", **own)
    try:
        return Client(scheduler or cluster, timeout=_ANSWER), cluster
    except (OSError, ValueError) as why:
        raise Refused([f"no scheduler of dask answers at {scheduler}: {why}"]) from why


def dask_setup(_worker: object) -> None:
    """Keep a worker of dask on this machine from Ctrl-C: dask calls this in each ("preload")."""
    os.setsid()


class _Dask:
    """The engine: what it has started, and what has been heard of that."""

    def __init__(
        self, client: Client, source: Source, opened: Opened, say: Callable[[str], None]
    ) -> None:
        from distributed import Variable

        self._client, self._source, self._opened, self._say = client, source, opened, say
        self._folder = run_folder(opened.require_home(), opened.plan.plan_id)
        self._topic = f"plan-worktree-{uuid4().hex}"
        self._variable = Variable(self._topic, client=client)
        self._asked, self._beats, self._beaten = Ask.GO, 0, 0.0
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._tasks: dict[int, Future[Done]] = {}
        client.subscribe_topic(self._topic, self._take)
        self._beat()

    def start(self, worker: int, words: Sequence[str], variables: Mapping[str, str]) -> None:
        """Submit a worker as a task. Raises OSError."""
        job = Job(self._source, worker, tuple(words), dict(variables), self._topic)
        key = f"plan-worktree-{worker + 1}-{uuid4().hex}"
        task = self._client.submit(run_worker, job, key=key, pure=False)
        self._tasks[worker] = task
        task.add_done_callback(lambda done: self._ended(worker, done))

    def hear(self, seconds: float) -> list[Heard]:
        """Return what workers have said and which have ended."""
        if time.monotonic() - self._beaten > _BEAT:
            self._beat()
        heard = []
        with suppress(queue.Empty):
            heard.append(self._heard.get(timeout=seconds))
            while True:
                heard.append(self._heard.get_nowait())
        for one in heard:
            if one.event and one.event.event == Kind.COMPLETE and one.event.stage:
                self._bring_home(one.event.stage)
        return heard

    def _bring_home(self, stage: str) -> None:
        """Give a complete stage its worktree and branch in the run's clone, where it can land."""
        asked = SetupOptions(str(self._opened.path), (stage,))
        try:
            set_up(asked, self._opened.require_home().root, Watcher(lambda _: None, lambda _: None))
        except (Refused, GitError, OSError) as why:
            self._say(f"stage {stage} is complete, and not in this clone: {why}")

    def drain(self) -> None:
        """Have all workers finish what they are at, and begin nothing new."""
        self._ask(Ask.DRAIN)

    def stop(self, *, at_once: bool) -> None:
        """Ask all workers to end."""
        self._ask(Ask.AT_ONCE if at_once else Ask.STOP)

    def close(self) -> None:
        """End whatever is left."""
        self._ask(Ask.AT_ONCE)
        end = time.monotonic() + _END
        while any(not task.done() for task in self._tasks.values()) and time.monotonic() < end:
            time.sleep(0.1)
        with suppress(Exception):  # the cluster may be gone
            self._client.cancel(list(self._tasks.values()))
            self._variable.delete()

    def _ask(self, what: Ask) -> None:
        self._asked = max(self._asked, what)
        self._beat()

    def _beat(self) -> None:
        self._beats += 1
        self._beaten = time.monotonic()
        with suppress(OSError):  # a cluster that is gone: its tasks end by themselves
            self._variable.set([self._beats, int(self._asked)], timeout=_ANSWER)
            if self._asked >= Ask.STOP:  # those that no worker of dask has would hear it late
                begun = {key for keys in self._client.processing().values() for key in keys}
                tasks = self._tasks.values()
                self._client.cancel([t for t in tasks if not t.done() and t.key not in begun])

    def _take(self, told: tuple[float, object]) -> None:
        """Take an event of the cluster, which adds the key `worker` to what tasks tell."""
        said = told[1]
        if not isinstance(said, dict) or not isinstance(said.get("number"), int):
            return
        if one := read_fields(said.get("event")):
            self._heard.put(Heard(said["number"], event=one))

    def _ended(self, worker: int, task: Future[Done]) -> None:
        """Take the end of a task: the exit code of its worker, or why it came to none."""
        if task.status == "finished":
            done = task.result()
        else:
            error = task.exception() if task.status == "error" else None
            done = Done(_FAILED, f"dask has ended the task: {error or task.status}")
        with suppress(OSError):
            path = self._folder / f"worker-{worker + 1}.log"
            path.write_text(f"{done.said}\n", encoding="utf-8", errors="surrogateescape")
        self._heard.put(Heard(worker, code=done.code))


def run_worker(job: Job) -> Done:
    """Be a worker, in a task of a cluster: run its loop in a clone, tell, and do what is asked."""
    from distributed import get_worker
    from filelock import FileLock

    here = get_worker()
    watch = _Watch(job.topic)

    def tell(one: Event) -> None:
        log = one.log and f"{socket.gethostname()}:{one.log}"
        said = {"number": job.worker, "event": asdict(replace(one, log=log))}
        here.log_event(job.topic, said)

    # Beside what dask takes away with a worker that was killed.
    name = f"{job.variables[VARIABLE]}-{job.source.origin}"
    folder = Path(here.local_directory).parent / "plan-worktree" / name
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    while True:  # one that dask believes to be lost may still be at it
        with suppress(TimeoutError):
            lock.acquire(timeout=_GLANCE)
            break
        if watch.asked() >= Ask.STOP:
            return Done(0)
    try:
        return _work(job, folder, watch, tell)
    except (Refused, GitError, OSError) as why:
        return Done(_FAILED, str(why))
    finally:
        lock.release()


def _work(job: Job, folder: Path, watch: _Watch, tell: Callable[[Event], None]) -> Done:
    def say(text: str) -> None:
        tell(event(Kind.NOTE, text, worker=job.variables[VARIABLE]))

    clone = bring(job.source, folder)
    take_over(open_plan(job.source.plan, clone), job.variables[VARIABLE], say)
    engine = Local(clone, folder)
    words = (job.words[0], job.source.plan, *job.words[2:])
    engine.start(job.worker, words, job.variables)
    done = Ask.GO
    try:
        while True:
            for heard in engine.hear(_GLANCE):
                if heard.event:
                    tell(heard.event)
                elif heard.code is not None:
                    log = folder / f"worker-{job.worker + 1}.log"
                    return Done(heard.code, log.read_text("utf-8", "replace")[-2000:].strip())
            if (asked := watch.asked()) > done:
                done = asked
                if asked is Ask.DRAIN:
                    engine.drain()
                else:
                    engine.stop(at_once=asked is Ask.AT_ONCE)
    finally:
        engine.close()


class _Watch:
    """What tasks are asked, as the cluster has it; who gets no answer for long is asked to end."""

    def __init__(self, name: str) -> None:
        from distributed import Variable

        self._variable = Variable(name)
        self._beats, self._heard = -1, time.monotonic()
        self._asked = Ask.GO

    def asked(self) -> Ask:
        """Return what is asked now."""
        with suppress(Exception):  # whatever a cluster that is gone may raise
            beats, asked = self._variable.get(timeout=5)
            if beats != self._beats:
                self._beats, self._heard = beats, time.monotonic()
            self._asked = max(self._asked, Ask(asked))
        if time.monotonic() - self._heard > _SILENCE:
            self._asked = max(self._asked, Ask.STOP)
        return self._asked
