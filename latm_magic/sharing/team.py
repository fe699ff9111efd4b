"""The tools of a team: those of `tool_paths`, verified on first use and again when their file changes.

They are found after your own, are never written to, and stay tools of somebody else: they run behind the walls. Your
cache remembers, sealed, which of them passed here; how they are judged is told in `admission.py`.
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from latm_magic.errors import CacheError, NotebookError
from latm_magic.events import Note, OnEvent
from latm_magic.sharing.notebook_read import find_notebooks, read_notebook

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from pathlib import Path

    from latm_magic.cache.cache import Cache
    from latm_magic.sharing.admission import Admission
    from latm_magic.sharing.notebooks import Offer
    from latm_magic.task import Task
    from latm_magic.tool import ToolVersion


class SharedTools:
    """The verified tools of the notebooks at some paths, which are read again when one of them has changed.

    `ground` returns what a verification stands on besides the tool itself (`ground_of`).
    """

    def __init__(
        self,
        paths: Callable[[], Sequence[Path]],
        ground: Callable[[], str],
        cache: Cache,
        admission: Callable[[], Admission],
        on_event: OnEvent,
    ) -> None:
        self._paths = paths
        self._ground = ground
        self._cache = cache
        self._admission = admission
        self._tell = on_event
        self._state: object = None
        self._offers: tuple[Offer, ...] = ()
        self._known: dict[bytes, ToolVersion | str] = {}
        self._told: set[str] = set()

    def tools(self, own: Container[str]) -> tuple[ToolVersion, ...]:
        """Return the tools that pass and whose names are not among your own; what does not pass is told once.

        Verifying a tool without a parser asks the user model, so that waits until it is named (`tool`).
        """
        offers = self.offers()
        found = (self._tool(o, may_ask=False) for o in offers if o.name not in own)
        return tuple(tool for tool in found if tool is not None)

    def tool(self, name: str) -> ToolVersion | None:
        """Return the tool of that name, verified now if it was not before; None where there is none that passes."""
        offer = next((offer for offer in self.offers() if offer.name == name), None)
        return None if offer is None else self._tool(offer, may_ask=True)

    def find(self, task: Task) -> ToolVersion | None:
        """Return the tool that was made for exactly this task; None where there is none that passes."""
        for offer in self.offers():
            is_same = (offer.name, offer.description, offer.kind) == (task.name, task.description, task.kind)
            if is_same and offer.samples == task.samples:
                return self._tool(offer, may_ask=True)
        return None

    def offers(self) -> tuple[Offer, ...]:
        """Return what the notebooks offer now, verified or not, by path and place; of one name, the first."""
        paths = self._paths()
        state = _state_of(paths) if paths else []
        if state != self._state:
            self._offers, faults = _read(paths)
            self._state = state
            for fault in faults:
                self._tell_once(fault)
        return self._offers

    def _tool(self, offer: Offer, *, may_ask: bool) -> ToolVersion | None:
        if missing := self._admission().missing_walls:
            told = "read their source and set allow_imported_without_seccomp to use them"
            self._tell_once(f"Shared tools are not used, because this system lacks {', '.join(missing)}: {told}.")
            return None
        digest = hashlib.sha256(offer.digest + self._ground().encode()).digest()
        known = (
            self._known.get(digest) or self._cache.shared.find(digest) or self._verified(offer, digest, may_ask=may_ask)
        )
        if known is None:
            return None
        self._known[digest] = known
        if not isinstance(known, str):
            return known
        self._tell_once(f"The shared tool {offer.name or '(no name)'} of {offer.origin} is not used: {known}.")
        return None

    def _verified(self, offer: Offer, digest: bytes, *, may_ask: bool) -> ToolVersion | str | None:
        """Return the verified tool, or why there is none; None where it would take a model that may not be asked."""
        admission = self._admission()
        judged = admission.inspect(offer)
        if judged.proposal is not None and not judged.proposal.has_parser and not may_ask:
            why = "has no parser: it is verified, and used, when you name it"
            self._tell_once(f"The shared tool {offer.name} of {offer.origin} {why}.")
            return None
        judged = admission.verify(judged, 1.0)
        if judged.tool is None:
            return judged.reason
        try:
            self._cache.shared.keep(digest, judged.tool)
        except CacheError as fault:  # it serves all the same, and is verified again next time
            self._tell_once(str(fault))
        return judged.tool

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(Note(text, "warning"))


def ground_of(policy: str, modules: Sequence[str]) -> str:
    """Return what a verification stands on besides the tool itself: the sandbox's policy, Python, allowed modules."""
    return f"{policy} {sys.version_info[0]}.{sys.version_info[1]} {' '.join(sorted(modules))}"


def _state_of(paths: Iterable[Path]) -> object:
    """Return what is the same only while no notebook has changed; what cannot be looked at counts as absent."""
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
