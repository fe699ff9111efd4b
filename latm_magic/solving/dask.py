"""Large blocks of questions on the workers of a Dask cluster, each with a sandbox of its own.

The same call that runs a block here runs it there; routing, models and the cache stay with the session. Trusts the
cluster's own processes, as Dask does, and guest code there no more than here.
"""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING, Any

from latm_magic.sandbox import Sandbox
from latm_magic.sandbox.host.room import workers_mb
from latm_magic.tools.runner import ToolRunner, pipeline_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from latm_magic.sandbox.records import Pipeline, Run
    from latm_magic.tool import Proposal

_WORTH_SENDING = 2_000
"""Questions below which the way to the cluster costs more than it saves."""
_CHUNKS_A_WORKER = 4


class DaskRunner(ToolRunner):
    """Sends large blocks of questions to the cluster; all else runs here.

    `client` is a `distributed.Client` (Any: that package is optional); the sandboxes there are made with `options`.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        walls_for: Callable[[Proposal], tuple[str, ...]],
        client: Any,
        options: dict[str, Any],
    ) -> None:
        super().__init__(sandbox, walls_for)
        self._client = client
        self._options = options

    def solve_many(self, tool: Proposal, questions: Sequence[str]) -> Sequence[Run]:
        """Answer many questions with a tool; runs in order. What a lost worker had is run again by Dask."""
        if len(questions) < _WORTH_SENDING:
            return super().solve_many(tool, questions)
        workers = max(1, len(self._client.scheduler_info()["workers"]))
        size = max(1, -(-len(questions) // (workers * _CHUNKS_A_WORKER)))
        chunks = [list(questions[start : start + size]) for start in range(0, len(questions), size)]
        futures = self._client.map(
            solve_block,
            chunks,
            source=tool.source,
            pipeline=pipeline_of(tool),
            tested=self._tested(tool),
            require_walls=self._walls_for(tool),
            options=self._options,
            pure=False,
        )
        try:
            return [run for runs in self._client.gather(futures) for run in runs]
        except BaseException:
            self._client.cancel(futures)
            raise


def solve_block(
    questions: list[str],
    *,
    source: str,
    pipeline: Pipeline,
    tested: int,
    require_walls: tuple[str, ...],
    options: Mapping[str, Any],
) -> Sequence[Run]:
    """Answer a block in the sandbox of this process, which is started with the first block."""
    sandbox = _sandbox_here(tuple(sorted(options.items())))
    return sandbox.solve_many(source, pipeline, questions, require_walls=require_walls, tested=tested)


_here: dict[tuple[tuple[str, Any], ...], Sandbox] = {}
"""The sandboxes of a cluster's worker process: a block has nothing else to carry them from one call to the next."""


def _sandbox_here(options: tuple[tuple[str, Any], ...]) -> Sandbox:
    if options not in _here:
        _here[options] = Sandbox(**with_own_memory(dict(options)))
        atexit.register(_here[options].close)
    return _here[options]


def with_own_memory(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options of a sandbox that keeps to a quarter of what Dask gives this process, where no setting says more.

    Several processes of a cluster share a machine: each would take a quarter of the whole.
    """
    worker = worker_here()
    limit = worker and worker.memory_manager.memory_limit
    if options.get("workers_mb") is not None or not limit:
        return dict(options)
    return {**options, "workers_mb": max(1, min(workers_mb(), limit // 4 // 2**20))}


def worker_here() -> Any:
    """Return the Dask worker that this thread works for; None where it is no cluster's."""
    try:
        from distributed import get_worker

        return get_worker()
    except (ImportError, ValueError):
        return None
