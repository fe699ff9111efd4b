"""Execute notebooks from the top in a project folder of their own, without a key: for `make demo` and the tests.

    python notebooks/execute.py [--print] [--keep] NOTEBOOK...

`--print` shows each code cell and its outputs as text; `--keep` writes the outputs back into the notebook.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

_YOURS = ("OPENAI_API_KEY", "OPENAI_BASE_URL")


def execute(path: Path) -> Any:
    """Execute a notebook in an empty project folder with the shipped recording; returns it with its outputs.

    Raises `CellExecutionError` at the first cell that fails.
    """
    notebook = nbformat.read(path, as_version=4)
    settings = {name for name in os.environ if name.startswith("LATM_")}
    hidden = {name: os.environ.pop(name) for name in (*_YOURS, *settings) if name in os.environ}
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["LATM_HOME"] = str(Path(folder) / "home")
            project = Path(folder) / "project"
            project.mkdir()
            for other in path.parent.iterdir():
                if other.suffix in {".csv", ".jsonl"}:
                    (project / other.name).write_bytes(other.read_bytes())
            NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(project)}}).execute()
    finally:
        os.environ.pop("LATM_HOME", None)
        os.environ.update(hidden)
    return notebook


def as_text(notebook: Any) -> str:
    """Return the code cells and their outputs as a person in a terminal would see them."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source.split("\n")[0].lstrip("# ") if cell.source.startswith("#") else "")
        if cell.cell_type == "code":
            parts.append("\n".join(f"    {line}" for line in cell.source.split("\n")))
            parts += [_output(output) for output in cell.outputs]
    return "\n\n".join(part.rstrip() for part in parts if part.strip())


def _output(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    return str(output.get("data", {}).get("text/plain", ""))


def main() -> int:
    """Execute each notebook named on the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("notebooks", nargs="+", type=Path)
    options.add_argument("--print", action="store_true", dest="prints")
    options.add_argument("--keep", action="store_true")
    given = options.parse_args()
    for path in given.notebooks:
        try:
            notebook = execute(path)
        except CellExecutionError as fault:
            print(f"{path}: {fault}", file=sys.stderr)
            return 1
        if given.prints:
            print(as_text(notebook))
        if given.keep:
            for cell in notebook.cells:
                cell.metadata.pop("execution", None)
            nbformat.write(notebook, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
