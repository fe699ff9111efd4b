"""A session in another process, where a tool that was pickled works: opened again, one a process for all its tools.

What you set by keyword or `%config` goes with it, and nothing else: key, models of yours and cluster stay here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latm_magic.errors import LatmError

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.settings import Latm

_YOURS = {"keyword", "%config"}


def chosen_settings(settings: Latm) -> str:
    """Return as JSON what you set in this process; other sources are read again where the session is opened."""
    chosen = {name: value for name, value, source, _ in settings.listing() if source in _YOURS}
    if chosen.get("cache_dir"):
        chosen["cache_dir"] = str(Path(chosen["cache_dir"]).expanduser().absolute())
    return json.dumps(chosen, sort_keys=True)


@cache
def reopen(kind: Callable[..., Any], folder: str, settings: str) -> Any:
    """Return this process's session on a project; raises `LatmError` where its folder is not there."""
    if not Path(folder).is_dir():
        raise LatmError(
            f"A tool of the project {folder!r} cannot work here, where that folder does not exist: run where it is,"
            " or take the tool along with %latm export and %latm load."
        )
    return kind(folder, **json.loads(settings))
