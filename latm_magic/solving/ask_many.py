"""Asking models about many things at once, on a few threads that nobody waits for.

`concurrent.futures` joins its threads when Python ends, so a script that was interrupted would hang until the deadline
of every call under way. What is asked, and of whom, the caller decides.
"""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextvars import copy_context
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

WAIT_S = 0.2
"""Seconds between two calls of `on_wait`."""


def ask_many(
    ask: Callable[[Item], Result],
    items: Iterable[Item],
    concurrency: int,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Item, Future[Result]]]:
    """Call `ask` for each item, `concurrency` at once; yield the items as they are done, with what came of each.

    `Future.result()` returns what `ask` returned and raises what it raised. An item is taken only when a thread is free
    for it. `on_wait` is called on this thread while answers are waited for. What is under way when the caller stops
    iterating is left to end by itself.
    """
    threads = _DaemonThreads(concurrency)
    waiting = iter(items)
    under_way: dict[Future[Result], Item] = {}
    try:
        while True:
            for item in islice(waiting, concurrency - len(under_way)):
                under_way[threads.submit(ask, item)] = item
            if not under_way:
                return
            for future in wait(under_way, WAIT_S, return_when=FIRST_COMPLETED).done:
                yield under_way.pop(future), future
            on_wait()
    finally:
        threads.close()


def _in_this_context(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return work that runs in the context of this thread, so that it goes on the bills that are open here."""
    context = copy_context()
    return lambda item: context.run(work, item)


class _DaemonThreads:
    """At most `most` threads, begun as work comes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[Any], Any], Any] | None] = SimpleQueue()
        self._begun = 0
        self._is_closed = False

    def submit(self, work: Callable[[Item], Result], item: Item) -> Future[Result]:
        future: Future[Result] = Future()
        self._waiting.put((future, _in_this_context(work), item))
        if self._begun < self._most:
            self._begun += 1
            threading.Thread(target=self._run, daemon=True, name=f"latm-models-{self._begun}").start()
        return future

    def close(self) -> None:
        """Let nothing more begin; what is under way is left to end by itself."""
        self._is_closed = True
        for _ in range(self._begun):
            self._waiting.put(None)

    def _run(self) -> None:
        while (task := self._waiting.get()) is not None:
            future, work, item = task
            if self._is_closed or not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work(item))
            except BaseException as fault:  # noqa: BLE001  it is raised again where the result is taken
                future.set_exception(fault)
