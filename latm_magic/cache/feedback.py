"""What tools and the router may learn from: refusals, corrections, audits, questions that no tool fits, and routes.

Kept here, used in `solving/`, `making/` and `routing/`. What shapes later answers is sealed, and only what was kept on
this machine is returned. What a dropped tool had goes with it, and for an unknown tool nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from latm_magic.cache.codec import CodecError, from_bytes, to_bytes
from latm_magic.cache.records import Audit, ConfirmedRoute, Correction, Refusal
from latm_magic.cache.table import OF_KNOWN_TOOL, RecordRows, Table, digest, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal


class FeedbackTable(Table):
    """The part of a cache that keeps what there is to learn from."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        self._refusals = RecordRows(database, seal, "refusal", Refusal, "A refusal")
        self._corrections = RecordRows(database, seal, "correction", Correction, "A correction")
        self._audits = RecordRows(database, seal, "audit", Audit, "An audit", is_sealed=False)

    def refusals(self, tool: str) -> tuple[Refusal, ...]:
        """Return the questions that a tool's parser refused, each once, oldest first."""
        return self._refusals.select("WHERE tool = ?", (plain_name(tool),))

    def keep_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Keep refusals, all in one transaction."""
        self._refusals.keep(refusals, OF_KNOWN_TOOL)

    def drop_refusals(self, tool: str, questions: Iterable[str]) -> None:
        """Forget refusals that a tool has learned from."""
        self._drop_of("refusal", tool, questions)

    def corrections(self, tool: str) -> tuple[Correction, ...]:
        """Return the questions that a tool answered wrong, each once, oldest first."""
        return self._corrections.select("WHERE tool = ?", (plain_name(tool),))

    def keep_corrections(self, corrections: Iterable[Correction]) -> None:
        """Keep corrections, all in one transaction; a newer one to the same question takes the older one's place."""
        self._corrections.keep(corrections, OF_KNOWN_TOOL)

    def drop_corrections(self, tool: str, questions: Iterable[str]) -> None:
        """Forget corrections that a tool has learned from."""
        self._drop_of("correction", tool, questions)

    def pending(self) -> tuple[str, ...]:
        """Return the questions that no tool fits, oldest first."""
        rows = self._database.rows("SELECT question FROM pending ORDER BY id")
        try:
            return tuple(from_bytes(question) for (question,) in rows)
        except CodecError as error:
            raise self._damaged("The list of pending questions", error) from error

    def keep_pending(self, questions: Iterable[str]) -> None:
        """Keep questions that no tool fits."""
        rows = [(digest(question), to_bytes(question)) for question in questions]
        self._put("INSERT OR IGNORE INTO pending (digest, question) VALUES (?, ?)", rows)

    def drop_pending(self, questions: Iterable[str]) -> None:
        """Forget pending questions."""
        rows = [(digest(question),) for question in questions]
        self._take_away("DELETE FROM pending WHERE digest = ?", rows)

    def audits(self, tool: str) -> tuple[Audit, ...]:
        """Return the checks of a tool's answers against the strong model, oldest first."""
        return self._audits.select("WHERE tool = ?", (plain_name(tool),))

    def keep_audits(self, audits: Iterable[Audit]) -> None:
        """Keep checks of answers, all in one transaction."""
        self._audits.keep(audits, OF_KNOWN_TOOL)

    def _drop_of(self, table: str, tool: str, questions: Iterable[str]) -> None:
        rows = [(plain_name(tool), digest(question)) for question in questions]
        self._take_away(f"DELETE FROM {table} WHERE tool = ? AND digest = ?", rows)  # noqa: S608


class RouteTable(Table):
    """The part of a cache that keeps what the router learned, and from what."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        self._confirmed = RecordRows(database, seal, "decision", ConfirmedRoute, "A confirmed route")

    def confirmed(self) -> tuple[ConfirmedRoute, ...]:
        """Return the questions that are known to belong to a tool, each with its last route, oldest first."""
        return self._confirmed.select()

    def keep(self, routes: Iterable[ConfirmedRoute]) -> None:
        """Keep confirmed routes, all in one transaction; those of tools that the cache does not hold are left out."""
        self._confirmed.keep(routes, OF_KNOWN_TOOL)

    def router_state(self) -> bytes | None:
        """Return what the router saved on this machine; None where it saved nothing."""
        for content, seal in self._database.rows("SELECT content, seal FROM router"):
            if self._seal.matches(seal, "router", content):
                return cast("bytes", content)
        return None

    def keep_router_state(self, content: bytes) -> None:
        """Keep what the router learned, in place of what it saved before."""
        self._put(
            "INSERT OR REPLACE INTO router (id, content, seal) VALUES (1, ?, ?)",
            [(content, self._seal.sign("router", content))],
        )
