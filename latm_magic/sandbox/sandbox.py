"""class Sandbox: what the rest of the package, and you, run guest code with.

It names what can be asked; how rows reach workers is in `host/scheduler.py`, how workers live in `host/pool.py`.
Whatever guest code does is a `Run`; exceptions mean that the sandbox itself, or what it was asked, is at fault.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from latm_magic.errors import SandboxError, did_you_mean
from latm_magic.sandbox.host import fork, spawn
from latm_magic.sandbox.host.channel import WorkerLost
from latm_magic.sandbox.host.pool import Pool
from latm_magic.sandbox.host.rows import Rows
from latm_magic.sandbox.host.scheduler import Scheduler
from latm_magic.sandbox.policy.allowlist import POLICY_VERSION
from latm_magic.sandbox.records import Check, Finding, SandboxOptions
from latm_magic.sandbox.walls.walls import ALL
from latm_magic.sandbox.wire.control import Plan, Setup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from latm_magic.sandbox.records import Pipeline, Run, Walls
    from latm_magic.sandbox.runs import Runs

_CAN_FORK = hasattr(os, "fork")


class Sandbox:
    """Runs guest code in workers: separate, limited processes, one source each.

    Takes the fields of `SandboxOptions` by keyword: `Sandbox(timeout_s=1, max_workers=4)`. Raises SandboxError for a
    value that cannot be, and for a required wall that this system lacks. `tested`, where a method takes it, has a bit
    for each branch of the source (`Check.branches`) that a run need not tell; -1: it tells none, 0: all.
    """

    _program = fork.PROGRAM if _CAN_FORK else spawn.PROGRAM
    _launcher: type[fork.ZygoteLauncher | spawn.SpawnLauncher] = (
        fork.ZygoteLauncher if _CAN_FORK else spawn.SpawnLauncher
    )

    def __init__(self, **options: Any) -> None:
        chosen = SandboxOptions(**options)
        for name, least in (("timeout_s", 0.001), ("memory_mb", 16), ("max_workers", 1), ("workers_mb", 1)):
            if (value := getattr(chosen, name)) is not None:
                _at_least(name, value, least)
        self._timeout_s = chosen.timeout_s
        setup = Setup(
            control=0,
            memory_mb=chosen.memory_mb,
            cpu_s=max(3600, int(4 * chosen.timeout_s)),
            answer_bytes=chosen.answer_limit_bytes,
            output_characters=chosen.output_limit_characters,
            extra_modules=tuple(chosen.extra_modules),
        )
        self._pool = Pool(partial(self._launcher, setup, self._program), chosen.max_workers, chosen.workers_mb)
        try:
            self._demand(tuple(chosen.require_walls))
        except BaseException:
            self.close()
            raise

    def run(
        self,
        source: str,
        function: str,
        *,
        arguments: Mapping[str, Any] | None = None,
        args: Sequence[Any] = (),
        timeout_s: float | None = None,
        fresh: bool = False,
        require_walls: Sequence[str] = (),
        tested: int = -1,
    ) -> Run:
        """Call `function` of `source` with keyword `arguments` or positional `args`; `fresh` in a new namespace."""
        if arguments is not None and args:
            raise SandboxError("Sandbox.run takes `arguments` (by keyword) or `args` (by position), not both.")
        row = list(args) if arguments is None else dict(arguments)
        return self.map(
            source, function, [row], timeout_s=timeout_s, fresh=fresh, require_walls=require_walls, tested=tested
        )[0]

    def map(
        self,
        source: str,
        function: str,
        list_of_arguments: Iterable[Any],
        *,
        timeout_s: float | None = None,
        fresh: bool = False,
        require_walls: Sequence[str] = (),
        tested: int = -1,
    ) -> list[Run]:
        """Call `function` once for each item; outcomes in order.

        A dict is its keyword arguments, a list or tuple its positional ones, anything else its one argument.
        """
        rows = [_arguments_row(each) for each in list_of_arguments]
        return list(
            self._run_rows(source, "call", (function,), rows, timeout_s, require_walls, is_fresh=fresh, tested=tested)
        )

    def check(self, source: str, *, timeout_s: float | None = None) -> Check:
        """Return what the policy says of `source`, compiled in a worker; nothing is run.

        Raises SandboxError where two workers were lost from outside, which says nothing of the source.
        """
        limit_s = self._timeout(timeout_s)
        try:
            worker = self._pool.lease(source, limit_s)
        except WorkerLost as lost:
            if lost.from_outside:
                raise SandboxError(f"The source could not be checked: {lost.describe(limit_s)}.") from None
            advice = "compiling it takes too long or ends the process; write it in smaller steps"
            return Check((Finding(0, "this source", advice),))
        self._pool.release(worker)
        return worker.check

    def run_snippet(
        self,
        source: str,
        snippet: str,
        *,
        result: str = "ans",
        timeout_s: float | None = None,
        require_walls: Sequence[str] = (),
        tested: int = -1,
    ) -> Run:
        """Run `snippet` after `source` in a new namespace; the value is what it left in the variable `result`."""
        return self._run_rows(source, "snippet", (result,), [snippet], timeout_s, require_walls, tested=tested)[0]

    def solve(
        self,
        source: str,
        pipeline: Pipeline,
        question: str,
        *,
        timeout_s: float | None = None,
        fresh: bool = False,
        keep_arguments: bool = False,
        require_walls: Sequence[str] = (),
        tested: int = -1,
    ) -> Run:
        """Answer `question` with the tool: parse, function, format."""
        return self.solve_many(
            source,
            pipeline,
            [question],
            timeout_s=timeout_s,
            fresh=fresh,
            keep_arguments=keep_arguments,
            require_walls=require_walls,
            tested=tested,
        )[0]

    def solve_many(
        self,
        source: str,
        pipeline: Pipeline,
        questions: Iterable[str],
        *,
        timeout_s: float | None = None,
        fresh: bool = False,
        keep_arguments: bool = False,
        require_walls: Sequence[str] = (),
        tested: int = -1,
    ) -> Runs:
        """Answer many questions with the tool; outcomes in order. `timeout_s` is for each question."""
        if pipeline.parse is None:
            raise SandboxError("A pipeline without `parse` cannot read a question. Use `run_formatted` with arguments.")
        names = (pipeline.parse, pipeline.function, pipeline.format)
        rows = list(questions)
        return self._run_rows(
            source, "solve", names, rows, timeout_s, require_walls, is_fresh=fresh, keeps=keep_arguments, tested=tested
        )

    def run_formatted(
        self,
        source: str,
        pipeline: Pipeline,
        arguments: Mapping[str, Any],
        question: str,
        *,
        timeout_s: float | None = None,
        fresh: bool = False,
        keep_arguments: bool = False,
        require_walls: Sequence[str] = (),
        tested: int = -1,
    ) -> Run:
        """Answer `question` with `arguments` from elsewhere: function, format."""
        names = (pipeline.function, pipeline.format)
        rows = [[dict(arguments), question]]
        return self._run_rows(
            source,
            "formatted",
            names,
            rows,
            timeout_s,
            require_walls,
            is_fresh=fresh,
            keeps=keep_arguments,
            tested=tested,
        )[0]

    @property
    def policy_version(self) -> str:
        """Version of the policy that guest code is compiled under."""
        return POLICY_VERSION

    @property
    def walls(self) -> Walls:
        """Which walls are up on this system, and what the missing ones leave open."""
        return self._pool.walls

    def warm(self) -> None:
        """Start the process that workers come from, in the background: the first run will soon be asked for."""
        self._pool.warm()

    def close(self) -> None:
        """End every worker. A closed sandbox runs nothing more."""
        self._pool.close()

    def retire(self) -> None:
        """End every worker as soon as nothing uses it. What runs in other threads goes on to its end."""
        self._pool.retire()

    def __enter__(self) -> Self:
        """Return this sandbox; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _run_rows(
        self,
        source: str,
        kind: str,
        names: tuple[str | None, ...],
        rows: list[Any],
        timeout_s: float | None,
        require_walls: Sequence[str],
        *,
        is_fresh: bool = False,
        keeps: bool = False,
        tested: int = -1,
    ) -> Runs:
        if require_walls:
            self._demand(tuple(require_walls))
        plan = Plan(kind, names, self._timeout(timeout_s), is_fresh, keeps, tested)
        work = Rows(source, plan, rows, one_by_one=not self._pool.tells_rows)
        return Scheduler(self._pool, work).run()

    def _timeout(self, timeout_s: float | None) -> float:
        if timeout_s is None:
            return self._timeout_s
        _at_least("timeout_s", timeout_s, 0.001)
        return timeout_s

    def _demand(self, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in ALL:
                raise SandboxError(f"`require_walls` names no wall {name!r}.{did_you_mean(name, ALL)}")
        absent = [name for name in names if name not in self._pool.walls.active] if names else []
        if absent:
            raise SandboxError(
                f"This system lacks {', '.join(absent)}, which the setting `require_walls` asks for. "
                f"Run elsewhere, or take it out of `require_walls`. {self._pool.walls.summary}",
                walls=self._pool.walls,
            )


def _arguments_row(item: Any) -> list[Any] | dict[str, Any]:
    if hasattr(item, "keys"):
        return dict(item)
    return list(item) if isinstance(item, list | tuple) else [item]


def _at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise SandboxError(f"Sandbox needs `{name}` of at least {least:g}, not {value!r}.")
