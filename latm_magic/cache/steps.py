"""Steps that can be undone: what a tool's rows were before one, kept as documents, so that they outlast a restart.

A step holds rows as they stood in the file, seals and all: what comes back is trusted as much as it was. The last 20
steps are kept, and of dropped tools the last one alone.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from latm_magic.cache.table import Table, digest, plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from latm_magic.cache.database import Database
    from latm_magic.cache.documents import DocumentTable
    from latm_magic.cache.seal import Seal

StepKind = Literal["drop", "correct", "new version", "rollback", "rename"]

_KIND = "step"
_MOST = 20
_OF_TOOL = ("tool", "tool_version", "tool_body", "answer", "refusal", "correction", "decision", "audit", "mark")
_OF_QUESTION = ("answer", "refusal", "correction", "decision", "pending")
_NAMED = {"tool", "tool_version", "tool_body"}
"""Tables where a tool's name stands in the column `name`; in the others it is `tool`."""


@dataclass(frozen=True, slots=True)
class Step:
    """What you did to a tool, and what there was before."""

    what: StepKind
    tool: str
    current: int | None = None
    """The version that was the current one."""
    question: str = ""
    """The question that a correction is about; "" = the whole tool."""
    renamed: str = ""
    """The name that the tool was given."""
    rows: str = ""
    """The rows that there were, by table, as JSON."""


class StepTable(Table):
    """The part of a cache that keeps what can be undone."""

    def __init__(self, database: Database, seal: Seal, documents: DocumentTable) -> None:
        super().__init__(database, seal)
        self._documents = documents

    def keep(self, step: Step) -> None:
        """Keep a step as the last one."""
        self._documents.keep(_KIND, "", step)
        steps = self._documents.versions(_KIND, "", Step)
        dropped = [place for place, each in enumerate(steps) if each.what == "drop"][:-1]
        for place in sorted({*dropped, *range(len(steps) - _MOST)}, reverse=True):
            self._documents.drop_version(_KIND, "", place)

    def last(self) -> Step | None:
        """Return the last step; None where there is none."""
        return self._documents.find(_KIND, "", Step)

    def forget_last(self) -> None:
        """Forget the last step: it was undone, or no longer can be."""
        self._documents.drop_version(_KIND, "", len(self._documents.versions(_KIND, "", Step)) - 1)

    def before_drop(self, tool: str) -> Step:
        """Return the step of dropping a tool, with all its rows, be they damaged or not."""
        name = plain_name(tool)
        found = {table: self._rows(table, f"{_column(table)} = ?", name) for table in _OF_TOOL}
        return Step("drop", tool, rows=json.dumps(found))

    def before_correction(self, question: str) -> Step:
        """Return the step of correcting an answer, with all rows about that question."""
        found = {table: self._rows(table, "digest = ?", digest(question)) for table in _OF_QUESTION}
        return Step("correct", "", question=question, rows=json.dumps(found))

    def restore(self, step: Step) -> None:
        """Put the rows of a step back, in place of what stands there now, in one transaction."""
        with self._database.change() as connection:
            for table, rows in json.loads(step.rows).items():
                if step.question:
                    connection.execute(f"DELETE FROM {table} WHERE digest = ?", (digest(step.question),))  # noqa: S608
                _insert(connection, table, rows)

    def _rows(self, table: str, where: str, key: Any) -> list[dict[str, Any]]:
        columns = [name.decode() for _, name, *_ in self._database.rows(f"PRAGMA table_info({table})")]
        rows = self._database.rows(f"SELECT {', '.join(columns)} FROM {table} WHERE {where}", (key,))  # noqa: S608
        kept = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
        return [{name: value for name, value in row.items() if name != "id"} for row in kept]


def _column(table: str) -> str:
    return "name" if table in _NAMED else "tool"


def _insert(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    kinds = {name.decode(): kind for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")}
    for row in rows:
        values = {name: _value(row[name], kinds[name]) for name in row.keys() & kinds.keys()}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        # IGNORE: where a question has another tool's route by now, that one stays.
        connection.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608


def _plain(value: Any) -> Any:
    """Return a value of a row as JSON can hold it; texts are bytes here."""
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _value(plain: Any, kind: bytes) -> Any:
    if not isinstance(plain, dict):
        return plain
    value = base64.b64decode(plain["bytes"])
    return value.decode() if kind == b"TEXT" else value
