"""`series.latm.solve()` on the columns of pandas and polars.

`%load_ext latm_magic` registers it; in a script `import latm_magic.accessor` does, after pandas or polars. Neither is
loaded for it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from latm_magic.answer import Answers
    from latm_magic.session.session import Session

_NAME = "latm"
_LIBRARIES = ("pandas", "polars")
_done: set[str] = set()


def _of_the_folder() -> Session:
    """Return this process's session on the project of the current folder, which is opened when it is first used."""
    from latm_magic.session.reopening import reopen
    from latm_magic.session.session import Session

    session: Session = reopen(Session, str(Path.cwd()), "{}")
    return session


_find_session: Callable[[], Session] = _of_the_folder


class _Column:
    """The answers to a column of questions; options are those of `Session.solve`."""

    def __init__(self, series: Any) -> None:
        self._series = series

    def answers(self, **options: Any) -> Answers:
        """Return how each row was answered; see `Session.solve`."""
        return _find_session().solve(self._series, **options)


class PandasColumn(_Column):
    """`Series.latm` of pandas."""

    def solve(self, **options: Any) -> Any:
        """Return the answers as a Series with this one's index; see `Session.solve` for options and errors."""
        return self.answers(**options).to_series()


class PolarsColumn(_Column):
    """`Series.latm` of polars."""

    def solve(self, **options: Any) -> Any:
        """Return the answers as a Series, null where there is none; see `Session.solve` for options and errors."""
        return type(self._series)(self.answers(**options)).alias("answer")


def register(find_session: Callable[[], Session] | None = None, cell: str = "") -> None:
    """Register the accessor with each library that is loaded, or that `cell` imports and uses it on, once.

    `find_session` says whose session answers from now on; without one it is that of the current folder's project.
    """
    global _find_session  # noqa: PLW0603  an accessor is a process's own
    _find_session = find_session or _find_session
    for name in _LIBRARIES:
        if name not in _done and (name in sys.modules or _imports(cell, name)):
            _done.add(name)
            _REGISTER[name]()


def _imports(cell: str, library: str) -> bool:
    return f".{_NAME}" in cell and re.search(rf"^\s*(?:import|from)\s+{library}\b", cell, re.MULTILINE) is not None


def _register_pandas() -> None:
    from pandas.api.extensions import register_series_accessor

    register_series_accessor(_NAME)(PandasColumn)


def _register_polars() -> None:
    from polars.api import register_series_namespace

    register_series_namespace(_NAME)(PolarsColumn)


_REGISTER = {"pandas": _register_pandas, "polars": _register_polars}

register()
