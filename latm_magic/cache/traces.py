"""The part of a cache that keeps traces: each a document under the name that it is recorded under.

Sealed like all documents: what was not kept on this machine is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.cache.trace_file import Traces
from latm_magic.cache.trace_rows import Row, row_of, trace_of
from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from latm_magic.cache.documents import DocumentTable
    from latm_magic.traces import Trace

_KIND = "trace"


class TraceTable:
    """Traces by the name that they are recorded under; raises `CacheError` as all of a cache does."""

    def __init__(self, documents: DocumentTable) -> None:
        self._documents = documents

    def names(self) -> tuple[str, ...]:
        """Return the names under which traces are kept, sorted."""
        return self._documents.names(_KIND)

    def of(self, name: str) -> Traces:
        """Return the traces of a name, oldest first."""
        rows = self._documents.versions(_KIND, name, Row)
        try:
            return Traces(map(trace_of, rows), name)
        except ValueError as fault:
            raise CacheError(f"A trace of {name!r} is damaged ({fault}): drop it with drop_traces({name!r}).") from None

    def keep(self, trace: Trace) -> None:
        """Keep a new trace under its name; raises `NotPlain` for values that are no plain data."""
        row = row_of(trace)
        self._documents.keep(_KIND, trace.name, row, row.created)

    def take(self, traces: Iterable[Trace]) -> int:
        """Keep traces, each under its name, and return how many are new: what is kept already takes no second place.

        Those of one name all or none. Raises `NotPlain`.
        """
        some: dict[str, dict[str, Row]] = {}
        for trace in traces:
            some.setdefault(trace.name, {})[trace.id] = row_of(trace)
        for name, rows in some.items():
            for known in self._documents.versions(_KIND, name, Row):
                rows.pop(known.id, None)
            self._documents.keep_all(_KIND, name, [(row, row.created) for row in rows.values()])
        return sum(map(len, some.values()))

    def drop(self, name: str, trace_id: str | None = None) -> int:
        """Remove the traces of a name, or the one of that id; return how many that were."""
        ids = [row.id for row in self._documents.versions(_KIND, name, Row)]
        if trace_id is None:
            self._documents.drop(_KIND, name)
            return len(ids)
        places = [place for place, each in enumerate(ids) if each == trace_id]
        for place in reversed(places):
            self._documents.drop_version(_KIND, name, place)
        return len(places)


def all_traces(table: TraceTable, name: str | None = None) -> Traces:
    """Return the traces of a name, or of all names."""
    if name is not None:
        return table.of(name)
    return Traces(trace for each in table.names() for trace in table.of(each))
