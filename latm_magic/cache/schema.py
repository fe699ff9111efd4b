"""The tables of the cache, their format number, and the migrations from one format to the next.

A format is never changed once released: whatever changes is a new entry in `MIGRATIONS`. What the columns mean is told
in docs/files.md. Opening files, locks and errors of the disk are `database.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from latm_magic.errors import CacheError

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

APPLICATION_ID = 0x4C41544D
"""ASCII "LATM", in the header of the file: tells a cache from any other SQLite database."""

NOT_A_CACHE = (
    "{path} is not a cache of latm_magic. It was left as it is: move it away, or set cache_dir to another folder."
)

_FORMAT_1 = (
    """CREATE TABLE tool (
        name TEXT PRIMARY KEY,
        current INTEGER NOT NULL
    ) WITHOUT ROWID""",
    # The body stands apart from what lists show, so that a list reads few pages.
    """CREATE TABLE tool_version (
        name TEXT NOT NULL REFERENCES tool ON DELETE CASCADE,
        version INTEGER NOT NULL,
        task BLOB NOT NULL,
        description BLOB NOT NULL,
        created BLOB NOT NULL,
        right INTEGER NOT NULL,
        samples INTEGER NOT NULL,
        maker BLOB NOT NULL,
        recorded BLOB NOT NULL,
        fingerprint TEXT NOT NULL,
        PRIMARY KEY (name, version)
    ) WITHOUT ROWID""",
    """CREATE TABLE tool_body (
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        seal BLOB NOT NULL,
        UNIQUE (name, version),
        FOREIGN KEY (name, version) REFERENCES tool_version ON DELETE CASCADE
    )""",
    """CREATE TABLE answer (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL,
        question BLOB NOT NULL,
        tool TEXT,
        version INTEGER,
        fingerprint TEXT NOT NULL,
        text BLOB NOT NULL,
        way BLOB NOT NULL,
        confirmed INTEGER NOT NULL,
        created BLOB NOT NULL,
        seal BLOB NOT NULL,
        FOREIGN KEY (tool, version) REFERENCES tool_version ON DELETE CASCADE
    )""",
    "CREATE INDEX answer_by_digest ON answer (digest)",
    "CREATE INDEX answer_by_tool ON answer (tool, version)",
    """CREATE TABLE ledger (
        id INTEGER PRIMARY KEY,
        time BLOB NOT NULL,
        role BLOB NOT NULL,
        tool BLOB NOT NULL,
        model BLOB NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL,
        cost_usd REAL,
        seconds REAL NOT NULL,
        recorded INTEGER NOT NULL,
        ok INTEGER NOT NULL
    )""",
    """CREATE TABLE refusal (
        id INTEGER PRIMARY KEY,
        tool TEXT NOT NULL REFERENCES tool ON DELETE CASCADE,
        digest BLOB NOT NULL,
        version INTEGER NOT NULL,
        question BLOB NOT NULL,
        seal BLOB NOT NULL,
        UNIQUE (tool, digest)
    )""",
    """CREATE TABLE correction (
        id INTEGER PRIMARY KEY,
        tool TEXT NOT NULL REFERENCES tool ON DELETE CASCADE,
        digest BLOB NOT NULL,
        version INTEGER NOT NULL,
        question BLOB NOT NULL,
        wanted BLOB NOT NULL,
        got BLOB NOT NULL,
        seal BLOB NOT NULL,
        UNIQUE (tool, digest)
    )""",
    """CREATE TABLE decision (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        question BLOB NOT NULL,
        tool TEXT NOT NULL REFERENCES tool ON DELETE CASCADE,
        by BLOB NOT NULL,
        seal BLOB NOT NULL
    )""",
    "CREATE INDEX decision_by_tool ON decision (tool)",
    """CREATE TABLE pending (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        question BLOB NOT NULL
    )""",
    """CREATE TABLE audit (
        id INTEGER PRIMARY KEY,
        tool TEXT NOT NULL REFERENCES tool ON DELETE CASCADE,
        version INTEGER NOT NULL,
        question BLOB NOT NULL,
        agreed INTEGER NOT NULL,
        tool_text BLOB NOT NULL,
        model_text BLOB NOT NULL
    )""",
    "CREATE INDEX audit_by_tool ON audit (tool)",
    """CREATE TABLE mark (
        tool TEXT NOT NULL,
        version INTEGER NOT NULL,
        reason BLOB NOT NULL,
        PRIMARY KEY (tool, version),
        FOREIGN KEY (tool, version) REFERENCES tool_version ON DELETE CASCADE
    )""",
    """CREATE TABLE router (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        content BLOB NOT NULL,
        seal BLOB NOT NULL
    )""",
)

# Format 2: tools of shared notebooks that were verified here; records have gained `answer_form` and `imported_from`.
_FORMAT_2 = (
    """CREATE TABLE shared (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        body BLOB NOT NULL,
        seal BLOB NOT NULL
    )""",
)

_RECORD_TABLES = ("answer", "ledger", "refusal", "correction", "decision", "audit")

# Format 3: room for what later versions add. `more` holds fields that records gained, and `document` whole records.
_FORMAT_3 = (
    *(f"ALTER TABLE {table} ADD COLUMN more BLOB" for table in _RECORD_TABLES),
    """CREATE TABLE document (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name BLOB NOT NULL,
        version INTEGER NOT NULL,
        content BLOB NOT NULL,
        created BLOB NOT NULL,
        seal BLOB NOT NULL,
        UNIQUE (kind, name, version)
    )""",
)

# Format 4: questions that models were asked about for nothing, so that nobody pays for that twice.
_FORMAT_4 = (
    """CREATE TABLE unanswered (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        question BLOB NOT NULL,
        ground TEXT NOT NULL,
        way BLOB NOT NULL,
        reason BLOB NOT NULL,
        more BLOB,
        seal BLOB NOT NULL
    )""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FORMAT_1, _FORMAT_2, _FORMAT_3, _FORMAT_4)
"""The statements that lead from each format to the next; the first make format 1 of an empty file."""

FORMAT = len(MIGRATIONS)
"""The format that this version reads and writes."""


def prepare(connection: Connection, path: Path, *, make: bool) -> bool:
    """Bring the file to our format; False where it is empty and stays so."""
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "foreign_keys = ON", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    number = format_of(connection, path)
    if number == 0 and not make:
        return False
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != b"delete":
        connection.execute("PRAGMA journal_mode = DELETE")
    if number < FORMAT:
        connection.execute("BEGIN IMMEDIATE")
        # Asked again: another process may have been first.
        migrate(connection, format_of(connection, path))
        connection.execute("COMMIT")
    return True


def format_of(connection: Connection, path: Path) -> int:
    """Return the format number of an open file, 0 for an empty one; raises `CacheError` for what is not our cache."""
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    number = int(connection.execute("PRAGMA user_version").fetchone()[0])
    kinds = {kind for (kind,) in connection.execute("SELECT CAST(type AS BLOB) FROM sqlite_master")}
    if not application_id and not number and not kinds:
        return 0
    # A view or a trigger would run SQL of whoever made the file; ours has neither.
    if application_id != APPLICATION_ID or number < 1 or not kinds <= {b"table", b"index"}:
        raise CacheError(NOT_A_CACHE.format(path=path), path=path)
    if number > FORMAT:
        raise CacheError(
            f"{path} has format {number}, and this latm_magic reads formats up to {FORMAT}. It was left as it is:"
            " upgrade latm_magic (pip install -U latm_magic), or set cache_dir to another folder.",
            path=path,
        )
    return number


def migrate(connection: Connection, number: int) -> None:
    """Bring an open file from format `number` to `FORMAT`; the caller holds the transaction."""
    for statements in MIGRATIONS[number:FORMAT]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
