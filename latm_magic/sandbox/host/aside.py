"""Work that an interrupt must not cut short: what ends processes and closes pipes.

It does NOT wait for it to the end where an interrupt comes: the interrupt is raised at once, the work goes on.
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def uninterrupted(work: Callable[[], None]) -> None:
    """Do `work` in a thread of its own: an interrupt reaches the main thread only, and does not cut it short."""
    thread = Thread(target=work, name="latm-sandbox-end")
    try:
        thread.start()
    except RuntimeError:
        # The interpreter is ending, or the system has no room for a thread.
        work()
    else:
        thread.join()
