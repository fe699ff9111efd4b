"""The worker's main loop: reads requests, runs them, writes answers; ends when the host is gone.

It does NOT put walls up (`zygote` or `spawned` did, before this runs) and knows nothing of other workers. A worker
serves one source for its whole life.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from latm_magic.sandbox.wire.columns import are_packed, unpack_trusted
from latm_magic.sandbox.wire.control import Plan
from latm_magic.sandbox.wire.decode import decode
from latm_magic.sandbox.wire.encode import encode
from latm_magic.sandbox.wire.frames import FrameReader, frame
from latm_magic.sandbox.worker.clock import Clock
from latm_magic.sandbox.worker.outgoing import Outgoing
from latm_magic.sandbox.worker.tool import LoadedTool

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.sandbox.policy.compile import Compiled
    from latm_magic.sandbox.wire.control import Setup
    from latm_magic.sandbox.worker.language import Language
    from latm_magic.sandbox.worker.tool import RowsRunner

_REQUEST_BYTES = 1 << 30
_READ_BYTES = 1 << 18
_CHECK_CHARACTERS = 1 << 23


class Pipes:
    """What lies between a worker and the host."""

    def __init__(self, request: int, reply: int, counter: memoryview | None) -> None:
        self.request = request
        self.reply = reply
        self.counter = counter
        """The host reads here how many rows began, when a worker is lost."""
        self._frames = FrameReader(_REQUEST_BYTES)

    def read(self) -> bytes:
        """Return the next request; ends the process when there is no host any more."""
        while (content := self._frames.next()) is None:
            data = os.read(self.request, _READ_BYTES)
            if not data:
                os._exit(0)
            self._frames.feed(data)
        return content

    def write(self, content: str | bytes) -> None:
        """Send one frame."""
        data = memoryview(frame(content))
        while data:
            data = data[os.write(self.reply, data) :]


class _Sink:
    """Stands where standard output was: what is printed is counted and dropped."""

    def __init__(self, printed: Callable[[str], None]) -> None:
        self._printed = printed

    def write(self, text: str) -> int:
        self._printed(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


def serve(pipes: Pipes, language: Language, setup: Setup, walls: tuple[str, ...]) -> NoReturn:
    """Say which walls are up, then answer requests until the host closes its end."""
    clock = Clock()
    clock.install()
    gc.enable()
    tool: LoadedTool | None = None
    pipes.write(encode(["ready", "walls", list(walls)], _CHECK_CHARACTERS))
    while True:
        content = pipes.read()
        if are_packed(content):
            ticket, plan, rows = unpack_trusted(content)
            if tool is not None:
                _run_rows(pipes, tool.runner(_plan(plan)), ticket, rows)
            continue
        ticket, verb, *details = decode(content)
        if verb == "load":
            source, tested, kept = details
            tool = LoadedTool(source, tested, kept, language, setup, clock)
            sys.stdout = sys.stderr = _Sink(tool.printed)
            check = None if tool.is_kept else _check(tool.compiled)
            pipes.write(encode([ticket, "loaded", [check, tool.to_keep]], _CHECK_CHARACTERS))
        elif tool is not None:
            kind, names, *rest = details[0]
            _run_rows(pipes, tool.runner(Plan(kind, tuple(names), *rest)), ticket, details[1])


def _check(compiled: Compiled) -> list[Any]:
    findings = [[finding.line, finding.construct, finding.advice] for finding in compiled.findings]
    functions = [
        [
            function.name,
            [[each.name, each.kind, each.annotation, each.default] for each in function.parameters],
            function.returns,
            function.doc,
            function.line,
            function.is_public,
            sorted(function.calls),
            function.calls_arguments,
        ]
        for function in compiled.functions
    ]
    branches = [] if compiled.probed is None else list(compiled.probed.lines)
    return [findings, functions, list(compiled.imports), [list(lines) for lines in compiled.example_lines], branches]


@lru_cache(maxsize=64)
def _plan(text: str) -> Plan:
    kind, names, *rest = decode(text)
    return Plan(kind, tuple(names), *rest)


def _run_rows(pipes: Pipes, run: RowsRunner, ticket: str, rows: list[Any]) -> None:
    """Run each row and send what is finished from time to time."""
    out = Outgoing(pipes.write, ticket, pipes.counter if pipes.counter is not None else [0])
    run(rows, out)
    if out.values:
        out.flush("rows")
