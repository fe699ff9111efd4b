"""What tools and the router may learn from: refusals, corrections, decisions, audits, and questions that nothing fits.

Kept here, used in `using/` and `making/`. What shapes later answers is sealed, and only what was kept on this machine
is given back. What a dropped tool had goes with it, and for a tool that the cache does not hold nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from latm_magic.cache.codec import CodecError, build, from_bytes, to_bytes
from latm_magic.cache.records import Audit, Correction, Decision, Refusal
from latm_magic.cache.table import Shelf, digest, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.records import DecidedBy

__all__ = ["KeptLessons"]

_WHERE_TOOL = "WHERE EXISTS (SELECT 1 FROM tool WHERE name = ?1)"


class KeptLessons(Shelf):
    """The part of a cache that keeps what there is to learn from."""

    def refusals(self, tool: str) -> tuple[Refusal, ...]:
        """Give the questions that a tool's parser refused, each once, oldest first."""
        rows = self._sealed("refusal", "tool, version, question", tool)
        return tuple(Refusal(from_bytes(name), version, from_bytes(question)) for name, version, question in rows)

    def keep_refusal(self, tool: str, version: int, question: str) -> None:
        """Keep a question that a tool's parser refused."""
        self.keep_refusals([Refusal(tool, version, question)])

    def keep_refusals(self, refusals: Iterable[Refusal]) -> None:
        """Keep refusals, all in one transaction."""
        self._put_sealed("refusal", "tool, version, question", [(r.tool, r.version, r.question) for r in refusals])

    def drop_refusals(self, tool: str, questions: Iterable[str]) -> None:
        """Forget refusals that a tool has learned from."""
        self._drop_of("refusal", tool, questions)

    def corrections(self, tool: str) -> tuple[Correction, ...]:
        """Give the questions that a tool answered wrong, each once, oldest first."""
        rows = self._sealed("correction", "tool, version, question, wanted, got", tool)
        return tuple(
            Correction(from_bytes(name), version, from_bytes(question), from_bytes(wanted), from_bytes(got))
            for name, version, question, wanted, got in rows
        )

    def keep_correction(self, tool: str, version: int, question: str, wanted: str, got: str) -> None:
        """Keep the answer that was wanted in place of the one that a tool gave."""
        row = (tool, version, question, wanted, got)
        self._put_sealed("correction", "tool, version, question, wanted, got", [row])

    def drop_corrections(self, tool: str, questions: Iterable[str]) -> None:
        """Forget corrections that a tool has learned from."""
        self._drop_of("correction", tool, questions)

    def decisions(self) -> tuple[Decision, ...]:
        """Give the questions that are known to belong to a tool, each with its last decision, oldest first."""
        rows = self._sealed("decision", "tool, question, by")
        return tuple(
            Decision(from_bytes(question), from_bytes(tool), cast("DecidedBy", from_bytes(by)))
            for tool, question, by in rows
        )

    def keep_decision(self, question: str, tool: str, by: DecidedBy) -> None:
        """Keep that a question belongs to a tool."""
        self.keep_decisions([Decision(question, tool, by)])

    def keep_decisions(self, decisions: Iterable[Decision]) -> None:
        """Keep decisions, all in one transaction."""
        self._put_sealed("decision", "tool, question, by", [(d.tool, d.question, d.by) for d in decisions])

    def pending(self) -> tuple[str, ...]:
        """Give the questions that no tool fits, oldest first."""
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
        """Give the checks of a tool's answers against the strong model, oldest first."""
        rows = self._database.rows(
            "SELECT tool, version, question, tool_text, model_text, agreed FROM audit WHERE tool = ? ORDER BY id",
            (plain_name(tool),),
        )
        try:
            return tuple(_audit_of(*row) for row in rows)
        except CodecError as error:
            raise self._damaged(f"An audit of {tool!r}", error) from error

    def keep_audits(self, audits: Iterable[Audit]) -> None:
        """Keep checks of answers, all in one transaction."""
        rows = [
            (plain_name(a.tool), a.version, *map(to_bytes, (a.question, a.tool_text, a.model_text)), a.agreed)
            for a in audits
        ]
        self._put(
            "INSERT INTO audit (tool, version, question, tool_text, model_text, agreed)"
            f" SELECT ?1, ?2, ?3, ?4, ?5, ?6 {_WHERE_TOOL}",
            rows,
        )

    def marks(self) -> dict[str, str]:
        """Give the tools whose current version is suspect, each with the reason."""
        rows = self._database.rows(
            "SELECT tool, reason FROM mark JOIN tool ON tool.name = mark.tool AND tool.current = mark.version"
            " ORDER BY tool"
        )
        try:
            return {from_bytes(tool): from_bytes(reason) for tool, reason in rows}
        except CodecError as error:
            raise self._damaged("The mark of a tool", error) from error

    def keep_mark(self, tool: str, version: int, reason: str) -> None:
        """Mark a version as suspect."""
        self._put(
            "INSERT OR REPLACE INTO mark (tool, version, reason) SELECT ?1, ?2, ?3"
            " WHERE EXISTS (SELECT 1 FROM tool_version WHERE name = ?1 AND version = ?2)",
            [(plain_name(tool), version, to_bytes(reason))],
        )

    def drop_mark(self, tool: str) -> None:
        """Take all marks from a tool."""
        self._take_away("DELETE FROM mark WHERE tool = ?", [(plain_name(tool),)])

    def router(self) -> bytes | None:
        """Give what the router saved on this machine; None where it saved nothing."""
        for content, seal in self._database.rows("SELECT content, seal FROM router"):
            if self._seal.matches(seal, "router", content):
                return cast("bytes", content)
        return None

    def keep_router(self, content: bytes) -> None:
        """Keep what the router learned, in place of what it saved before."""
        self._put(
            "INSERT OR REPLACE INTO router (id, content, seal) VALUES (1, ?, ?)",
            [(content, self._seal.sign("router", content))],
        )

    def _sealed(self, table: str, columns: str, tool: str | None = None) -> list[tuple[Any, ...]]:
        where, parameters = ("", ()) if tool is None else ("WHERE tool = ?", (plain_name(tool),))
        rows = self._database.rows(f"SELECT {columns}, seal FROM {table} {where} ORDER BY id", parameters)  # noqa: S608
        return [tuple(values) for *values, seal in rows if self._seal.matches(seal, table, *values)]

    def _put_sealed(self, table: str, columns: str, records: list[tuple[Any, ...]]) -> None:
        """Keep rows that begin with a tool and hold a question; one to the same question is replaced."""
        place = columns.split(", ").index("question")
        rows = []
        for tool, *rest in records:
            values = [to_bytes(value) if isinstance(value, str) else value for value in (plain_name(tool), *rest)]
            seal = self._seal.sign(table, *values)
            rows.append((plain_name(tool), *values[1:], digest((tool, *rest)[place]), seal))
        marks = ", ".join(f"?{number}" for number in range(1, columns.count(",") + 4))
        self._put(
            f"INSERT OR REPLACE INTO {table} ({columns}, digest, seal) SELECT {marks} {_WHERE_TOOL}",
            rows,
        )

    def _drop_of(self, table: str, tool: str, questions: Iterable[str]) -> None:
        rows = [(plain_name(tool), digest(question)) for question in questions]
        self._take_away(f"DELETE FROM {table} WHERE tool = ? AND digest = ?", rows)  # noqa: S608


def _audit_of(tool: Any, version: Any, question: Any, tool_text: Any, model_text: Any, agreed: Any) -> Audit:
    texts = {"tool": tool, "question": question, "tool_text": tool_text, "model_text": model_text}
    values = {name: from_bytes(text) for name, text in texts.items()}
    return build(Audit, {**values, "version": version, "agreed": bool(agreed)})
