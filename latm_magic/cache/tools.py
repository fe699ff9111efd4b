"""The tools of a cache, with all their versions: what is kept of them, sealed, checked when read; and shared ones.

A version never changes but for its verification, which is renewed when the sandbox's policy or Python does. Which
version is current and which are suspect is kept beside them, so that going back is one step.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from latm_magic.cache.codec import CodecError, encode, from_bytes, to_bytes
from latm_magic.cache.records import ToolSummary, read_tool, summary_of
from latm_magic.cache.table import Columns, Table, digest, plain_name
from latm_magic.errors import CacheError, ToolNotFound, did_you_mean
from latm_magic.task import check_name
from latm_magic.tool import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from sqlite3 import Connection

    from latm_magic.cache.database import Database
    from latm_magic.cache.seal import Seal
    from latm_magic.task import Task
    from latm_magic.tool import ToolVersion
    from latm_magic.verification import Verification

_LISTED = Columns(ToolSummary, ("name", "fingerprint"))
_COLUMNS = ", ".join(_LISTED.columns)
_WHOLE = f"SELECT {_COLUMNS}, body, seal FROM tool_version JOIN tool_body USING (name, version)"  # noqa: S608  constants
_MOST_SHARED = 2_000
"""Verified shared tools that the cache remembers; the oldest make room."""

_IS_CURRENT = "(name, version) IN (SELECT name, current FROM tool)"


class ToolTable(Table):
    """The part of a cache that keeps tools."""

    def __init__(self, database: Database, seal: Seal) -> None:
        super().__init__(database, seal)
        # Versions as they were last read, with their rows: reading one anew takes ten times as long as comparing.
        self._known: dict[tuple[Any, Any], tuple[Any, ToolVersion]] = {}

    # Reading

    def names(self) -> tuple[str, ...]:
        """Return the names of all tools, sorted."""
        return tuple(from_bytes(name) for (name,) in self._database.rows("SELECT name FROM tool ORDER BY name"))

    def state(self) -> tuple[tuple[Any, ...], ...]:
        """Return what is the same only while the tools and their current versions are; cheaper than reading them."""
        return tuple(self._database.rows(f"SELECT name, version, fingerprint FROM tool_version WHERE {_IS_CURRENT}"))  # noqa: S608

    def summaries(self) -> tuple[ToolSummary, ...]:
        """Return what a list shows of every tool's current version, by name; no source is read."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM tool_version WHERE {_IS_CURRENT} ORDER BY name")  # noqa: S608
        return tuple(self._listed(row) for row in rows)

    def current(self) -> tuple[ToolVersion, ...]:
        """Return every tool's current version, by name."""
        return tuple(self._tool_of(row) for row in self._database.rows(f"{_WHOLE} WHERE {_IS_CURRENT} ORDER BY name"))

    def get(self, name: str, version: int | None = None) -> ToolVersion:
        """Return the current version of a tool, or the one of that number; raises `ToolNotFound`."""
        return self._tool_of(self._row(name, version))

    def versions(self, name: str) -> tuple[ToolVersion, ...]:
        """Return all versions of a tool, oldest first; raises `ToolNotFound`."""
        rows = self._database.rows(f"{_WHOLE} WHERE name = ? ORDER BY version", (plain_name(name),))
        if not rows:
            raise self._not_found(name)
        return tuple(self._tool_of(row) for row in rows)

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the numbers of a tool's versions, oldest first; none where there is no such tool."""
        statement = "SELECT version FROM tool_version WHERE name = ? ORDER BY version"
        return tuple(number for (number,) in self._database.rows(statement, (plain_name(name),)))

    def find(self, task: Task) -> ToolVersion | None:
        """Return the current version of the tool that was made for this task before; None where there is none.

        That is: some version was made for exactly these samples in this order, with this name, description and kind,
        and the current version was verified on all of them too. So a tool that has grown since serves the cell that
        first made it, and one that was rolled back to before these samples does not. `earlier` plays no part, because
        a cell does not know it.
        """
        was_made = "EXISTS (SELECT 1 FROM tool_version WHERE name = :name AND task = :task)"
        rows = self._database.rows(
            f"{_WHOLE} WHERE name = :name AND {_IS_CURRENT} AND {was_made}",
            {"name": plain_name(task.name), "task": _task_digest(task)},
        )
        if not rows:
            return None
        tool = self._tool_of(rows[0])
        is_same = (tool.description, tool.kind) == (task.description, task.kind)
        return tool if is_same and {*task.samples} <= {*tool.all_samples} else None

    def is_trusted(self, tool: ToolVersion) -> bool:
        """Whether exactly this version, in every field, was put into this cache by you on this machine."""
        try:
            row = self._row(tool.name, tool.version)
            return self._seal.matches(row[-1], "tool", row[-2]) and self._tool_of(row) == tool
        except ToolNotFound:
            return False

    # Changing

    def keep(self, tool: ToolVersion) -> ToolVersion:
        """Keep a tool, sealed, as the next version of its name and the current one; return it as it was kept.

        The version and the fingerprint that it came with are made anew. Raises `TaskError` for a name that no tool can
        have, and `CacheError` for a record that cannot be written.
        """
        check_name(tool.name)
        with self._database.change() as connection:
            name = tool.name
            ((highest,),) = connection.execute("SELECT MAX(version) FROM tool_version WHERE name = ?", (name,))
            stored = replace(tool, version=(highest or 0) + 1, fingerprint="")
            connection.execute("INSERT OR IGNORE INTO tool VALUES (?, ?)", (name, stored.version))
            connection.execute("UPDATE tool SET current = ? WHERE name = ?", (stored.version, name))
            return read_tool(self._write_version(connection, stored, is_ours=True))

    def replace_verification(self, name: str, version: int, verification: Verification) -> ToolVersion:
        """Keep a newer verification of a version, which stays as trusted as it was; return the version as it is now."""
        with self._change_of(name, version) as (connection, row):
            *_, body, seal = row
            is_ours = self._seal.matches(seal, "tool", body)
            renewed = replace(self._tool_of(row), verification=verification)
            connection.execute(
                "UPDATE tool_version SET right = ?, samples = ? WHERE name = ? AND version = ?",
                (verification.right, len(verification.samples), name, version),
            )
            self._write_body(connection, renewed, is_ours=is_ours)
        return renewed

    def trust(self, name: str, version: int) -> None:
        """Seal a version that came from elsewhere, once you have looked at it; raises `ToolNotFound`."""
        with self._change_of(name, version) as (connection, row):
            self._write_body(connection, self._tool_of(row), is_ours=True)

    def set_current(self, name: str, version: int) -> None:
        """Make an older or newer version the current one; raises `ToolNotFound`."""
        with self._change_of(name, version) as (connection, _):
            connection.execute("UPDATE tool SET current = ? WHERE name = ?", (version, name))

    def adopt(self, versions: Sequence[ToolVersion], current: int, foreign: Container[int]) -> None:
        """Keep all versions of a tool as they are under a name that is free; those in `foreign` are not sealed."""
        with self._database.change() as connection:
            connection.execute("INSERT INTO tool VALUES (?, ?)", (versions[0].name, current))
            for tool in versions:
                self._write_version(connection, tool, is_ours=tool.version not in foreign)

    def drop(self, name: str) -> None:
        """Remove a tool with its versions, answers and feedback, be it damaged or not; raises `ToolNotFound`."""
        if not self._database.exists:
            raise self._not_found(name)
        with self._database.change() as connection:
            if not connection.execute("DELETE FROM tool WHERE name = ?", (plain_name(name),)).rowcount:
                raise self._not_found(name)

    # Suspects

    def suspects(self) -> dict[str, str]:
        """Return the tools whose current version is suspect, each with the reason."""
        rows = self._database.rows(
            "SELECT tool, reason FROM mark JOIN tool ON tool.name = mark.tool AND tool.current = mark.version"
            " ORDER BY tool"
        )
        try:
            return {from_bytes(tool): from_bytes(reason) for tool, reason in rows}
        except CodecError as error:
            raise self._damaged("The mark of a tool", error) from error

    def mark_suspect(self, tool: str, version: int, reason: str) -> None:
        """Mark a version as suspect."""
        self._put(
            "INSERT OR REPLACE INTO mark (tool, version, reason) SELECT :tool, :version, :reason"
            " WHERE EXISTS (SELECT 1 FROM tool_version WHERE name = :tool AND version = :version)",
            [{"tool": plain_name(tool), "version": version, "reason": to_bytes(reason)}],
        )

    def unmark_suspect(self, tool: str) -> None:
        """Take all marks from a tool."""
        self._take_away("DELETE FROM mark WHERE tool = ?", [(plain_name(tool),)])

    # Rows

    @contextmanager
    def _change_of(self, name: str, version: int) -> Iterator[tuple[Connection, Any]]:
        if not self._database.exists:
            raise self._not_found(name)
        with self._database.change() as connection:
            yield connection, self._row(name, version)

    def _row(self, name: str, version: int | None) -> Any:
        which = _IS_CURRENT if version is None else "version = :version"
        # A number of more than 64 bits is none that SQLite knows, and 0 is no version's.
        number = version if version is not None and 0 < version < 2**63 else 0
        names = {"name": plain_name(name), "version": number}
        rows = self._database.rows(f"{_WHOLE} WHERE name = :name AND {which}", names)
        if not rows:
            raise self._not_found(name, version)
        return rows[0]

    def _hint(self, name: str) -> str:
        """Return what was meant: a flow of that name, or a tool of nearly that name."""
        flow = self._database.rows("SELECT 1 FROM document WHERE kind = 'flow' AND name = ?", (to_bytes(name),))
        told = f" It is a flow: %latm flow {name} shows it. A recorded run and %latm grow {name} mend it."
        return told if flow else did_you_mean(name, self.names())

    def _not_found(self, name: str, version: int | None = None) -> ToolNotFound:
        folder = self._database.folder
        cache = folder.parent.name if folder.name == ".latm" else folder.name
        numbers = ", ".join(map(str, self.numbers(name)))
        if numbers:
            message = f"No version {version} of tool {name!r} in cache {cache!r}: it has {numbers}."
        else:
            message = f"No tool named {name!r} in cache {cache!r}.{self._hint(name)}"
        return ToolNotFound(message, name=name, version=version, cache=cache)

    def _tool_of(self, row: Any) -> ToolVersion:
        """Read a version; raises `CacheError` unless it is whole and is what its list entry and fingerprint say."""
        known = self._known.get(row[:2])
        if known is not None and known[0] == row:
            return known[1]
        *listed, body, seal = row
        try:
            tool = read_tool(body)
        except CodecError as error:
            is_ours = self._seal.matches(seal, "tool", body)
            raise self._damaged_tool(row[0], error if is_ours else str(error)) from error
        if fingerprint_of(tool) != tool.fingerprint or self._listed(listed) != summary_of(tool):
            raise self._damaged_tool(row[0], "its content does not match its fingerprint or its entry in the list")
        self._known[row[:2]] = (row, tool)
        return tool

    def _listed(self, row: Any) -> ToolSummary:
        try:
            return _LISTED.read(row)
        except CodecError as error:
            raise self._damaged_tool(row[0], error) from error

    def _damaged_tool(self, name: bytes, why: object) -> CacheError:
        called = name.decode("ascii", "replace")
        advice = f"put a backup in its place, or %latm drop {called} and make it again"
        return self._damaged(f"Tool {called!r}", why, advice)

    def _write_version(self, connection: Connection, tool: ToolVersion, *, is_ours: bool) -> bytes:
        connection.execute(
            f"INSERT INTO tool_version ({_COLUMNS}, task) VALUES (:{_COLUMNS.replace(', ', ', :')}, :task)",  # noqa: S608
            {**_LISTED.written(_LISTED.values(summary_of(tool))), "task": _task_digest(tool.task)},
        )
        return self._write_body(connection, tool, is_ours=is_ours)

    def _write_body(self, connection: Connection, tool: ToolVersion, *, is_ours: bool) -> bytes:
        body = self._encoded(f"Tool {tool.name!r}", tool)
        seal = self._seal.sign("tool", body) if is_ours else b""
        connection.execute(
            "INSERT OR REPLACE INTO tool_body (name, version, body, seal) VALUES (?, ?, ?, ?)",
            (tool.name, tool.version, body, seal),
        )
        return body


class SharedTable(Table):
    """The part of a cache that remembers which shared tools were verified on this machine, and as what.

    The digest is over the offer and what it was verified on, so a changed file is verified again.
    """

    def find(self, digest: bytes) -> ToolVersion | None:
        """Return the tool that an offer was verified as; None where that was never kept on this machine."""
        for body, seal in self._database.rows("SELECT body, seal FROM shared WHERE digest = ?", (digest,)):
            if self._seal.matches(seal, "shared", digest, body):
                try:
                    tool = read_tool(body)
                except CodecError:  # sealed here, but by a version that wrote another record: verify it again
                    return None
                return tool if fingerprint_of(tool) == tool.fingerprint else None
        return None

    def keep(self, digest: bytes, tool: ToolVersion) -> None:
        """Remember that an offer was verified, and as which tool."""
        body = encode(tool)
        with self._database.change() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO shared (digest, body, seal) VALUES (?, ?, ?)",
                (digest, body, self._seal.sign("shared", digest, body)),
            )
            connection.execute("DELETE FROM shared WHERE id <= (SELECT MAX(id) FROM shared) - ?", (_MOST_SHARED,))


def _task_digest(task: Task) -> bytes:
    samples = [sample.content for sample in task.samples]
    return digest(json.dumps([task.description, task.kind, samples], ensure_ascii=False))
