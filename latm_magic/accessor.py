"""`series.latm.solve()` on the columns of pandas and polars.

`%load_ext latm_magic` registers it; in a script `import latm_magic.accessor` does, before or after pandas or polars.
Neither is loaded for it.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

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


def register(find_session: Callable[[], Session] | None = None) -> None:
    """Register the accessor with each library that is loaded, once.

    `find_session` says whose session answers from now on; without one it is that of the current folder's project.
    """
    global _find_session  # noqa: PLW0603  an accessor is a process's own
    _find_session = find_session or _find_session
    for name in _LIBRARIES:
        if name not in _done and name in sys.modules:
            _done.add(name)
            _REGISTER[name]()


class _WhenLoaded(MetaPathFinder):
    """Has a library that is loaded later run `register` at the end of its loading; finds nothing itself."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders find, and have what loads it tell us."""
        if name not in _LIBRARIES or name in _done:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next((found for finder in others if (found := finder.find_spec(name, path, target))), None)
        loader: Any = spec.loader if spec else None
        if loader is not None and (load := getattr(loader, "exec_module", None)):

            def load_and_register(module: ModuleType) -> None:
                load(module)
                register()

            loader.exec_module = load_and_register
        return spec


def _register_pandas() -> None:
    from pandas.api.extensions import register_series_accessor

    register_series_accessor(_NAME)(PandasColumn)


def _register_polars() -> None:
    from polars.api import register_series_namespace

    register_series_namespace(_NAME)(PolarsColumn)


_REGISTER = {"pandas": _register_pandas, "polars": _register_polars}

sys.meta_path.insert(0, _WhenLoaded())
register()
