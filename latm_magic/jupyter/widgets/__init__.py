"""Forms of a notebook, made with ipywidgets, which is imported where one is shown.

They do what a cell does, through the same call on the session; everything has a way without them.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any


def can_show_forms(shell: Any) -> bool:
    """Return whether ipywidgets is there and the cell was run by somebody who can be asked, not by a program."""
    if not hasattr(shell, "kernel") or find_spec("ipywidgets") is None:
        return False
    return bool(shell.get_parent().get("content", {}).get("allow_stdin"))
