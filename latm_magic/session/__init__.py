"""The session: the Python face of latm_magic, and how its parts are put together.

`core.Session` is the API behind every magic, `wiring` gives each part what it works with, `roles` each role its model;
the other files are the parts of `Session` by what you do: care for tools, teach them, share them, start from pending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from latm_magic.session.session import Session

__all__ = ["Session"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from latm_magic.session.session import Session

    globals()[name] = Session
    return Session
