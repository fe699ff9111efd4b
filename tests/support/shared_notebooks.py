"""What the tests of sharing do to exported notebooks, and read of what was loaded."""

from __future__ import annotations

import json


def outcomes(loaded):
    """Return name, outcome and version of each tool."""
    return [(tool.name, tool.outcome, tool.version) for tool in loaded.tools]


def edited(path, change, target=None):
    """Write a notebook changed by a function of its code cells (by kind: load, examples, tool)."""
    document = json.loads(path.read_text())
    cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    change(dict(zip(("load", "examples", "tool"), cells, strict=False)))
    (target or path).write_text(json.dumps(document))
    return target or path


def with_source(source, **metadata):
    """Return a change that puts another module into the tool's cell."""

    def change(cells):
        head = "".join(cells["tool"]["source"]).split("\n")[0]
        cells["tool"]["source"] = f"{head}\n{source}"
        cells["tool"]["metadata"].get("latm", {}).update(metadata)

    return change
