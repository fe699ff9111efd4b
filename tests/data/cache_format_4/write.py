"""How the cache beside this file was written, by version 0.1. Not to be written again once released.

    PYTHONPATH=tests/support python tests/data/cache_format_4/write.py EMPTY_FOLDER

writes what format 3 holds and what format 4 brought: questions that models were asked about for nothing.
"""

from __future__ import annotations

import json
import runpy
import sys
from dataclasses import asdict
from pathlib import Path

from record_shape import shape_of

from latm_magic.cache.cache import Cache
from latm_magic.cache.records import Unanswered

_THIRD = runpy.run_path(str(Path(__file__).resolve().parents[1] / "cache_format_3" / "write.py"))
ODD = _THIRD["ODD"]
GROUND = "0f" * 16


def fill(cache: Cache) -> None:
    """Put something into every table."""
    _THIRD["fill"](cache)
    cache.unanswered.keep([Unanswered(ODD, GROUND, "unknown", ODD), Unanswered("Why?", GROUND, "failed", "no call")])


def content_of(cache: Cache) -> dict[str, object]:
    """Give everything that a cache holds, as plain data."""
    found = cache.unanswered.find([ODD, "Why?"], GROUND)
    return {**_THIRD["content_of"](cache), "unanswered": [asdict(record) for record in found.values()]}


def records() -> dict[str, object]:
    """Give the fields of the records that are stored."""
    return {**_THIRD["records"](), "Unanswered": shape_of(Unanswered)}


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
