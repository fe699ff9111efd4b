"""The tools of a team: those of `tool_paths`, verified on first use and again when their file changes.

They are found after your own, are never written to, and stay tools of somebody else: they run behind the walls. Your
cache remembers, sealed, which of them passed here.
"""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from latm_magic.errors import CacheError
from latm_magic.events import Note, OnEvent
from latm_magic.sharing.team_files import SharedNotebooks

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from pathlib import Path

    from latm_magic.cache.cache import Cache
    from latm_magic.sharing.admission import Admission
    from latm_magic.sharing.notebooks import Offer
    from latm_magic.task import Task
    from latm_magic.tool import ToolVersion


class SharedTools:
    """The verified tools of some notebooks."""

    def __init__(
        self,
        paths: Callable[[], Sequence[Path]],
        ground: Callable[[], str],
        cache: Cache,
        admission: Callable[[], Admission],
        on_event: OnEvent,
    ) -> None:
        """Keep where they are, what verifying stands on, where it is remembered and who judges; nothing is read yet."""
        self._paths = paths
        self._ground = ground
        self._cache = cache
        self._admission = admission
        self._tell = on_event
        self._notebooks = SharedNotebooks()
        self._known: dict[bytes, ToolVersion | str] = {}
        self._told: set[str] = set()

    def tools(self, own: Container[str]) -> tuple[ToolVersion, ...]:
        """Give the tools that pass and whose names are not among your own; what does not pass is told once.

        Verifying a tool without a parser asks the user model, so that waits until it is named (`tool`).
        """
        offers = self.offers()
        found = (self._tool(o, may_ask=False) for o in offers if o.name not in own)
        return tuple(tool for tool in found if tool is not None)

    def tool(self, name: str) -> ToolVersion | None:
        """Give the tool of that name, verified now if it was not before; None where there is none that passes."""
        offer = next((offer for offer in self.offers() if offer.name == name), None)
        return None if offer is None else self._tool(offer, may_ask=True)

    def find(self, task: Task) -> ToolVersion | None:
        """Give the tool that was made for exactly this task; None where there is none that passes."""
        for offer in self.offers():
            is_same = (offer.name, offer.description, offer.kind) == (task.name, task.description, task.kind)
            if is_same and offer.samples == task.samples:
                return self._tool(offer, may_ask=True)
        return None

    def offers(self) -> tuple[Offer, ...]:
        """Give what the notebooks offer, verified or not."""
        offers = self._notebooks.offers(self._paths())
        for fault in self._notebooks.faults:
            self._tell_once(fault)
        return offers

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
        """Give the verified tool, or why there is none; None where it would take a model that may not be asked."""
        admission = self._admission()
        judged = admission.look(offer)
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
    """Say what a verification stands on besides the tool itself: the sandbox's policy, Python, allowed modules."""
    return f"{policy} {sys.version_info[0]}.{sys.version_info[1]} {' '.join(sorted(modules))}"
