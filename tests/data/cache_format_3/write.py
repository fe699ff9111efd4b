"""How the cache beside this file was written, by version 0.1. Not to be written again once released.

    PYTHONPATH=tests/support python tests/data/cache_format_3/write.py EMPTY_FOLDER

writes what format 2 holds and what format 3 brought: how a tool is called in one field, samples that expect a refusal or
no answer, and documents. `records.json` says which fields the stored records had: later ones may have more, with
defaults.
"""

from __future__ import annotations

import json
import runpy
import sys
from dataclasses import asdict, replace
from pathlib import Path

from record_shape import shape_of

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import Audit, ConfirmedRoute, Correction, Refusal, StoredAnswer
from latm_magic.models.ledger import Entry
from latm_magic.task import Instance
from latm_magic.tool import Attempt, ToolVersion

_SECOND = runpy.run_path(str(Path(__file__).resolve().parents[1] / "cache_format_2" / "write.py"))
ODD = "{x} \0 $y '=>' --- שלום 👩‍👩‍👧‍👦 \ud800 \r\n\u2028"


def fill(cache: Cache) -> None:
    """Put something into every table."""
    _SECOND["fill"](cache)
    tool = cache.tools.get("sort_words", 1)
    samples = (*tool.samples, Instance("no words", "NA", "missing"), Instance(ODD, None, "refusal"))
    cache.tools.keep(replace(tool, name="sort_by", calling="snippet", samples=samples, fingerprint=""))
    cache.documents.keep("attempt", ODD, Attempt(1, "no code", reply=ODD), "2026-11-22")
    cache.documents.keep("attempt", ODD, Attempt(2, "passed", verification=tool.verification), "2026-11-23")


def content_of(cache: Cache) -> dict[str, object]:
    """Give everything that a cache holds, as plain data."""
    documents = {
        name: [asdict(attempt) for attempt in cache.documents.versions("attempt", name, Attempt)]
        for name in cache.documents.names("attempt")
    }
    return {**_SECOND["content_of"](cache), "documents": documents}


def records() -> dict[str, object]:
    """Give the fields of the records that are stored."""
    stored = (ToolVersion, StoredAnswer, Refusal, Correction, ConfirmedRoute, Audit, Entry)
    return {record.__name__: shape_of(record) for record in stored}


def main() -> None:
    """Write everything into the folder named on the command line."""
    folder = Path(sys.argv[1])
    with Cache(folder, home=folder) as cache:
        fill(cache)
        content = content_of(cache)
    (folder / ".gitignore").unlink()
    for name, value in {"content": content, "records": records()}.items():
        (folder / f"{name}.json").write_text(json.dumps(value, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
