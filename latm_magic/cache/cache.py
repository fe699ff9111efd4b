"""The cache of one project: its tools, answers, feedback, routes and ledger, each a part of its own over one file.

Reading a cache that does not exist finds nothing and makes nothing; the first change makes the folder and the file.
Every change is one transaction. What is made, asked or learned is decided elsewhere; docs/files.md tells the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from latm_magic.cache.answers import AnswerTable, UnansweredTable
from latm_magic.cache.database import Database
from latm_magic.cache.documents import DocumentTable
from latm_magic.cache.feedback import FeedbackTable, RouteTable
from latm_magic.cache.ledger import LedgerTable
from latm_magic.cache.schema import FORMAT
from latm_magic.cache.seal import Seal
from latm_magic.cache.steps import StepTable
from latm_magic.cache.tools import SharedTable, ToolTable
from latm_magic.cache.traces import TraceTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from latm_magic.tool import ToolVersion


class Cache:
    """Everything that one project keeps in `folder`, usually `.latm`.

    Any number of threads and processes may use it at once. Every method, here and of its parts, may raise `CacheError`:
    the file is damaged, of a newer format, locked, or cannot be written.
    """

    def __init__(self, folder: Path, home: Path | None, *, busy_timeout_s: float = 5.0) -> None:
        """Open nothing yet. `home` is the folder of your key to seal with; None = there is nowhere to keep one."""
        database = Database(folder, busy_timeout_s)
        seal = Seal(home)
        self._database = database
        self._seal = seal
        self.tools = ToolTable(database, seal)
        self.answers = AnswerTable(database, seal)
        self.unanswered = UnansweredTable(database, seal)
        self.feedback = FeedbackTable(database, seal)
        self.routes = RouteTable(database, seal)
        self.shared = SharedTable(database, seal)
        self.documents = DocumentTable(database, seal)
        self.traces = TraceTable(self.documents)
        self.steps = StepTable(database, seal, self.documents)
        self.ledger = LedgerTable(database, seal, self.documents)

    @property
    def folder(self) -> Path:
        """The folder that holds the file, or will."""
        return self._database.folder

    @property
    def exists(self) -> bool:
        """Whether anything was kept yet."""
        return self._database.exists

    @property
    def trust_note(self) -> str:
        """Why what is kept now will count as imported next time, in one line; "" where it will not."""
        return self._seal.note

    def prepare(self) -> None:
        """Make sure that the cache can be changed, before work that would be lost; raises `CacheError`."""
        with self._database.change() as connection:
            # Something is written: an empty transaction begins, and ends, on a read-only or a full disk too.
            connection.execute(f"PRAGMA user_version = {FORMAT}")

    def move_to(self, folder: Path) -> None:
        """Be the cache in another folder from now on; what is in the old one stays there."""
        self._database.move_to(folder)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._database.close()

    def revision(self) -> tuple[int, ...]:
        """Return what is the same only while nobody, in this process or another, has changed the cache."""
        return self._database.revision()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Known:
    """What a session holds in memory of its cache, as it is at one moment."""

    tools: tuple[ToolVersion, ...]
    """The current version of every tool, by name; the same object while none changed."""
    suspects: Mapping[str, str]
    """The tools whose current version is suspect, each with the reason."""
    has_answers: bool
    """Whether any answer is kept."""


class LoadedTools:
    """The current tools as a session holds them in memory: read again only when some kernel changed one.

    Saves reading and checking a thousand tools for every question. The cache stays the truth.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._revision: tuple[int, ...] | None = None
        self._state: tuple[tuple[Any, ...], ...] = ()
        self._tools: tuple[ToolVersion, ...] = ()
        self._known: tuple[tuple[int, ...], Known] | None = None
        self._trusted: dict[tuple[str, int], tuple[ToolVersion, bool]] = {}

    def tools(self) -> tuple[ToolVersion, ...]:
        """Return the current version of every tool, by name."""
        return self._tools_at(self._cache.revision())

    def now(self) -> Known:
        """Return what a solve begins with: one look at the file where nobody has changed it."""
        revision, known = self._cache.revision(), self._known
        if known is None or known[0] != revision:
            tools, cache = self._tools_at(revision), self._cache
            known = self._known = revision, Known(tools, cache.tools.suspects(), cache.answers.has_any())
        return known[1]

    def _tools_at(self, revision: tuple[int, ...]) -> tuple[ToolVersion, ...]:
        if revision != self._revision:
            state = self._cache.tools.state()
            if state != self._state:
                self._tools, self._state = self._cache.tools.current(), state
                self._trusted.clear()
            self._revision = revision
        return self._tools

    def is_trusted(self, tool: ToolVersion) -> bool:
        """Return whether a tool was put into the cache on this machine; asked of the cache once for each record."""
        key = (tool.name, tool.version)
        known = self._trusted.get(key)
        if known is None or known[0] is not tool:
            known = self._trusted[key] = tool, self._cache.tools.is_trusted(tool)
        return known[1]

    def forget(self) -> None:
        """Read everything anew: a tool was dropped, verified again or admitted."""
        self._revision, self._known, self._state, self._tools = None, None, (), ()
        self._trusted.clear()
