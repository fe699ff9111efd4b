"""A partition of a large column, answered where it lies: by the dispatcher's local steps, in a process of a cluster.

A worker gets the tools once, as one `Bundle`, and runs them in a sandbox of its own; it has no key, no ledger and no
cache of the project, and asks no model. What only a model could say comes out "unasked". Trusts the cluster's own
processes, as Dask does, and guest code there no more than at home.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.cache.cache import Cache
from latm_magic.cache.codec import to_json
from latm_magic.errors import ModelError, SandboxError
from latm_magic.events import ignore
from latm_magic.models.ledger import CallEstimate
from latm_magic.routing.project import ProjectRouter
from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.policy.allowlist import POLICY_VERSION
from latm_magic.solving.answer_frame import empty_frame, frame_of, kind_of
from latm_magic.solving.batch import Batch
from latm_magic.solving.context import SolvingContext, Untested
from latm_magic.solving.dask import with_own_memory, worker_here
from latm_magic.solving.dispatcher import Dispatcher
from latm_magic.solving.economy import AskOptions, Economy
from latm_magic.solving.pace import Pace
from latm_magic.tools.runner import ToolRunner
from latm_magic.tools.user import UserModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from latm_magic.answer import Answers
    from latm_magic.cache.records import StoredAnswer
    from latm_magic.models.model import Reply, Request
    from latm_magic.task import AnswerKind
    from latm_magic.tool import Proposal, ToolVersion

ROWS_AT_ONCE = 50_000
"""Rows of a partition that are answered together, so that a worker's memory does not grow with the partition."""
NOT_ASKED = "only a model could say, and none was asked yet"


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that answers to a column follow from, as a worker needs it."""

    made_by: str
    """The package, the policy and the Python that the tools were verified under; a worker must have the same."""
    tools: tuple[ToolVersion, ...]
    only: ToolVersion | None
    """The one tool that you named."""
    walls: Mapping[str, tuple[str, ...]]
    """Fingerprint of a tool -> the walls that it must not run without; none where it is absent."""
    options: Mapping[str, Any]
    """What the sandbox is made with."""
    suspects: Mapping[str, str]
    confirmed: tuple[StoredAnswer, ...]
    """What you said is right."""
    router: bytes | None
    """What the router has learned; answers do not follow from it."""
    untested: Untested
    direct: bool

    @property
    def kind(self) -> AnswerKind:
        """The kind of the column that the answers go into."""
        return kind_of((self.only,) if self.only else self.tools, direct=self.direct)

    @property
    def names(self) -> tuple[str, ...]:
        """The tools in words, with their versions."""
        return tuple(f"{tool.name} {tool.version}" for tool in ((self.only,) if self.only else self.tools))

    @property
    def ground(self) -> str:
        """Digest (hex) of what an answer follows from: under another one it has to be given again."""
        content = [
            self.made_by,
            sorted((tool.name, tool.version, tool.fingerprint) for tool in self.tools),
            self.only and [self.only.name, self.only.version, self.only.fingerprint],
            [sorted(self.suspects), self.untested, self.direct, self.options["timeout_s"], self.options["memory_mb"]],
            sorted([each.question, each.text, each.expects, each.fingerprint] for each in self.confirmed),
        ]
        return hashlib.sha256(to_json(content)).hexdigest()


def made_by() -> str:
    """Return what a bundle made in this process has to be run by."""
    from importlib.metadata import version  # it loads the email package: not when a session starts

    python = ".".join(platform.python_version_tuple()[:2])
    return f"latm_magic {version('latm_magic')} with policy {POLICY_VERSION} on Python {python}"


def answer_partition(questions: Any, bundle: Bundle) -> Any:
    """Answer a pandas Series; return a DataFrame with its index. Raises `SandboxError` where a wall is missing."""
    import pandas as pd

    parts = [frame_of(each, bundle.kind) for each in answers_of(questions, bundle)]
    frame = pd.concat(parts, ignore_index=True) if parts else empty_frame(bundle.kind)
    frame.index = questions.index
    return frame


def answers_of(questions: Any, bundle: Bundle) -> Iterator[Answers]:
    """Answer a pandas Series some rows at a time, in order."""
    station = _station_of(bundle)
    for start in range(0, len(questions), ROWS_AT_ONCE):
        yield station.answer(questions.iloc[start : start + ROWS_AT_ONCE].tolist())


class _Station:
    """The tools of one bundle at work in this process; any number of threads may ask."""

    def __init__(self, bundle: Bundle) -> None:
        if bundle.made_by != made_by():
            raise SandboxError(
                f"{_here()} has {made_by()}, and the session {bundle.made_by}: install the same on all of them."
            )
        self._bundle = bundle
        worker = worker_here()
        # A worker that is killed cleans nothing up: the next one clears what lies in Dask's own folder.
        place = worker and worker.local_directory
        self._folder = tempfile.TemporaryDirectory(prefix="latm-", dir=place, ignore_cleanup_errors=True)
        threads = worker.state.nthreads if worker else None
        most = min(filter(None, (bundle.options["max_workers"], threads)), default=None)
        try:
            self._sandbox = Sandbox(**with_own_memory({**bundle.options, "max_workers": most}))
        except SandboxError as fault:
            raise SandboxError(f"{_here()}: {fault}") from None
        folder = Path(self._folder.name)
        self._cache = Cache(folder / "cache", folder / "home")
        self._routing = ProjectRouter(self._cache)
        if bundle.router is not None:
            self._cache.routes.keep_router_state(bundle.router)
        self._confirmed = {stored.question: stored for stored in bundle.confirmed}

    def answer(self, questions: list[Any]) -> Answers:
        """Answer questions by the local steps alone."""
        batch, bundle = Batch(questions), self._bundle
        dispatcher = Dispatcher(bundle.tools, self._context(), ignore, direct=bundle.direct)
        self._repeat_confirmed(batch)
        try:
            if bundle.only is None:
                dispatcher.solve(batch)
            else:
                dispatcher.solve_with(batch, bundle.only)
        except SandboxError as fault:
            raise SandboxError(f"{_here()}: {fault}") from None
        for row, way in enumerate(batch.ways):
            if way == "unasked":
                batch.leave_unasked(row, NOT_ASKED)
        return batch.answers()

    def close(self) -> None:
        """End the sandbox as soon as no thread uses it."""
        self._sandbox.retire()
        self._cache.close()
        self._folder.cleanup()

    def _repeat_confirmed(self, batch: Batch) -> None:
        bundle = self._bundle
        tools = {(tool.name, tool.version): tool for tool in ((bundle.only,) if bundle.only else bundle.tools)}
        for row in batch.open if self._confirmed else ():
            stored = self._confirmed.get(batch.questions[row])
            tool = tools.get((stored.tool or "", stored.version or 0)) if stored else None
            if stored and (tool or stored.tool is None):
                batch.settle_stored(row, stored, tool, "you said that this is right")
                if tool:
                    batch.mark(row, tool, stored.untested)

    def _context(self) -> SolvingContext:
        runner, model = ToolRunner(self._sandbox, self._walls_for), _NoModel()
        return SolvingContext(
            runner=runner,
            cache=self._cache,
            routing=self._routing,
            user=UserModel(model, runner),
            dispatcher=model,
            direct=model,
            concurrency=1,
            economy=Economy(AskOptions(ask=False), self._cache.unanswered, tuple, _no_estimate, lambda: None, ignore),
            pace=Pace(0.0, lambda _seconds: None),
            suspects=self._bundle.suspects,
            untested="mark" if self._bundle.untested == "ask" else self._bundle.untested,
        )

    def _walls_for(self, tool: Proposal) -> tuple[str, ...]:
        return self._bundle.walls.get(getattr(tool, "fingerprint", ""), ())


class _NoModel:
    """What stands where a model would be asked."""

    name = ""

    def complete(self, _request: Request) -> Reply:
        raise ModelError("No model is asked on a cluster: this should not happen, please report it.")


def _no_estimate(_questions: object, calls: int) -> CallEstimate:
    return CallEstimate(calls, 0, None)


_stations: dict[str, _Station] = {}
"""The bundles at work in this process, the newest last: a task has nothing else to carry a sandbox to the next one."""
_lock = threading.Lock()
_MOST_STATIONS = 4


def _station_of(bundle: Bundle) -> _Station:
    with _lock:
        key = f"{bundle.ground} {sorted(bundle.walls.items())} {sorted(bundle.options.items())}"
        station = _stations.pop(key, None) or _Station(bundle)
        _stations[key] = station
        if len(_stations) > _MOST_STATIONS:
            _stations.pop(next(iter(_stations))).close()
        return station


@atexit.register
def _close_all() -> None:
    for station in [*_stations.values()]:
        station.close()


def _here() -> str:
    """Return in words which process of the cluster this is."""
    worker = worker_here()
    return f"The worker {worker.address}" if worker else f"Process {os.getpid()}"
