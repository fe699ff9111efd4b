"""The answers that a model's work gave, so that the same question is not paid for twice.

Answers of parsers are not kept: they are cheaper to make again than to look up. An answer counts while the tool
version that gave it is the current one, and only where it was kept on this machine: what came with a copied cache is
passed over, and so is what only a newer version can read: the question is then answered anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cache.records import StoredAnswer, Unanswered
from latm_magic.cache.table import RecordRows, Table, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal

_FIND = """
    SELECT answer.digest, {} FROM answer
    LEFT JOIN tool ON tool.name = answer.tool
    LEFT JOIN tool_version AS now ON now.name = tool.name AND now.version = tool.current
    WHERE digest IN ({})
    AND (tool IS NULL OR (answer.version = now.version AND answer.fingerprint = now.fingerprint))
    ORDER BY confirmed DESC, id DESC"""
# The plus keeps SQLite from looking by tool, where it would go through all of that tool's answers.
_REMOVE = "DELETE FROM answer WHERE digest = :digest AND +tool IS :tool AND +version IS :version"
_OF_KNOWN_VERSION = """
    WHERE :tool IS NULL OR EXISTS
    (SELECT 1 FROM tool_version WHERE name = :tool AND version = :version AND fingerprint = :fingerprint)"""


class AnswerTable(Table):
    """The part of a cache that keeps answers."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        self._rows = RecordRows(database, seal, "answer", StoredAnswer, "An answer", names=("tool", "fingerprint"))

    def has_any(self) -> bool:
        """Return whether any answer is kept, whether it counts or not."""
        return bool(self._database.rows("SELECT 1 FROM answer LIMIT 1"))

    def find_one(self, question: str) -> StoredAnswer | None:
        """Return the kept answer to exactly this question; None where there is none that counts."""
        return self.find([question]).get(question)

    def find(self, questions: Iterable[str]) -> dict[str, StoredAnswer]:
        """Return the kept answers by question; a question without one that counts is absent.

        Of several, a confirmed one comes first, then the newest.
        """
        statement = _FIND.format(self._rows.selected, "{}")
        return self._rows.find_by_question(questions, statement)

    def confirmed(self) -> tuple[StoredAnswer, ...]:
        """Return all answers that you, or a check, said are right, oldest first, of whatever tool version."""
        return self._rows.select("WHERE confirmed")

    def of(self, tool: str) -> tuple[StoredAnswer, ...]:
        """Return all kept answers of a tool's versions, oldest first."""
        return self._rows.select("WHERE tool = ?", (plain_name(tool),))

    def keep(self, answers: Iterable[StoredAnswer]) -> None:
        """Keep answers, all in one transaction; those of tool versions that the cache does not hold are left out.

        Each takes the place of the one that the same tool version gave to the same question before.
        """
        some = list(answers)
        rows = [self._rows.row_of(answer) for answer in some]
        if rows:
            insertion = self._rows.insertion(_OF_KNOWN_VERSION)
            adding = self._rows.kept.adding([answer.question for answer in some])
            with adding, self._database.change() as connection:
                for row in rows:
                    connection.execute(_REMOVE, row)
                    connection.execute(insertion, row)

    def drop(self, answers: Iterable[StoredAnswer]) -> None:
        """Forget kept answers."""
        rows = [self._rows.row_of(answer) for answer in answers]
        if self._database.exists and rows:
            with self._database.change() as connection:
                for row in rows:
                    connection.execute(_REMOVE, row)


class UnansweredTable(Table):
    """The part of a cache that keeps which questions models were asked about for nothing."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        self._rows = RecordRows(database, seal, "unanswered", Unanswered, "An unanswered question", names=("ground",))

    def find(self, questions: Iterable[str], ground: str) -> dict[str, Unanswered]:
        """Return by question what these tools and models left unanswered before."""
        if not self._database.rows("SELECT 1 FROM unanswered LIMIT 1"):
            return {}
        statement = f"SELECT unanswered.digest, {self._rows.selected} FROM unanswered WHERE digest IN ({{}})"  # noqa: S608
        found = self._rows.find_by_question(questions, statement)
        return {question: record for question, record in found.items() if record.ground == ground}

    def keep(self, records: Iterable[Unanswered]) -> None:
        """Keep records, all in one transaction; each takes the place of what was said of its question before."""
        self._rows.keep(records)
