"""How the cache beside this file was written, by version 0.1. Not to be written again once released.

    PYTHONPATH=tests/support python tests/data/cache_format_2/write.py EMPTY_FOLDER

writes what format 1 holds and what format 2 brought: tools of shared notebooks that were verified here, the form of
answers in a verification, and where a tool was imported from.
"""

from __future__ import annotations

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

from latm_magic.cache.cache import Cache
from latm_magic.verification import AnswerForm, Glue

_FIRST = runpy.run_path(str(Path(__file__).resolve().parents[1] / "cache_format_1" / "write.py"))
DIGEST = bytes(range(32))
records = _FIRST["records"]


def fill(cache: Cache) -> None:
    """Put something into every table."""
    _FIRST["fill"](cache)
    tool = cache.tools.get("sort_words", 1)
    form = AnswerForm(Glue("(", " ", ")"), Glue("", " - ", ""))
    imported = replace(
        tool,
        name="shared_words",
        fingerprint="",
        verification=replace(tool.verification, answer_form=form),
        provenance=replace(tool.provenance, imported_from="tools.ipynb"),
    )
    cache.tools.keep(imported)
    cache.shared.keep(DIGEST, replace(imported, version=0))


def content_of(cache: Cache) -> dict[str, object]:
    """Give everything that a cache holds, as plain data."""
    shared = cache.shared.find(DIGEST)
    return {**_FIRST["content_of"](cache), "shared": _FIRST["plain"](shared) if shared else None}


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
