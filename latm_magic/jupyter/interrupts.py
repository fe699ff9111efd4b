"""The stop button, or Ctrl-C: what you stopped yourself is told in one line, as every other error of ours is.

Wherever it was in our code: a magic, a session's method, a tool that is called. Your own code keeps its tracebacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

_LINE = "KeyboardInterrupt: you stopped it. What was answered or made before is kept: run the cell again to go on."


def register(shell: InteractiveShell) -> None:
    """Tell interrupts of our code in one line; a handler of yours stays."""
    if not shell.custom_exceptions:
        shell.set_custom_exc((KeyboardInterrupt,), _tell)


def unregister(shell: InteractiveShell) -> None:
    """Let the shell tell interrupts as it did before."""
    if shell.custom_exceptions == (KeyboardInterrupt,):
        shell.set_custom_exc((), None)


def _tell(
    shell: InteractiveShell, kind: type, stop: Any, traceback: TracebackType | None, tb_offset: int | None = None
) -> None:
    if _is_ours(traceback):
        stop._render_traceback_ = lambda: [_LINE]
    shell.showtraceback((kind, stop, traceback), tb_offset=tb_offset)


def _is_ours(traceback: TracebackType | None) -> bool:
    while traceback is not None:
        if str(traceback.tb_frame.f_globals.get("__name__")).startswith("latm_magic."):
            return True
        traceback = traceback.tb_next
    return False
