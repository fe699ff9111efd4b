"""The tools that shared folders and notebooks offer now: read-only, and read again when a file has changed.

Whether an offer passes is found out in `making/`, and remembered by `kept_shared.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.errors import NotebookError
from latm_magic.sharing.notebook_read import find_notebooks, read_notebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from latm_magic.sharing.notebooks import Offer


class SharedNotebooks:
    """The notebooks at some paths, read again only when one of them changed."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._state: object = None
        self._offers: tuple[Offer, ...] = ()
        self.faults: tuple[str, ...] = ()
        """What could not be read, one line each."""

    def offers(self, paths: Sequence[Path]) -> tuple[Offer, ...]:
        """Give what the notebooks offer now, by path and place; a name counts where it stands first."""
        state = _state_of(paths)
        if state != self._state:
            self._offers, self.faults = _read(paths)
            self._state = state
        return self._offers


def _state_of(paths: Iterable[Path]) -> object:
    """Give what is the same only while no notebook has changed; what cannot be looked at counts as absent."""
    state = []
    for path in paths:
        try:
            for notebook in find_notebooks(path):
                found = notebook.stat()
                state.append((notebook, found.st_mtime_ns, found.st_size, found.st_ino))
        except (OSError, NotebookError):
            state.append((path, 0, 0, 0))
    return state


def _read(paths: Iterable[Path]) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    offers: dict[str, Offer] = {}
    faults: list[str] = []
    for path in paths:
        try:
            notebooks = find_notebooks(path) if path.exists() else ()
        except (OSError, NotebookError) as fault:
            faults.append(str(fault))
            continue
        for notebook in notebooks:
            try:
                for offer in read_notebook(notebook).offers:
                    offers.setdefault(offer.name, offer)
            except NotebookError as fault:
                faults.append(str(fault))
    return tuple(offers.values()), tuple(faults)
