"""The tutorials run from the top, without a key, in an empty project."""

import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
sys.path.insert(0, str(ROOT / "notebooks"))

from execute import as_text, execute  # noqa: E402


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")
def test_a_notebook_when_executed_runs_to_its_end(path):
    """No cell fails, and what is kept in the repository shows no failed cell either."""
    notebook = execute(path)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]
    kept = nbformat.read(path, as_version=4)
    nbformat.validate(kept)
    assert not [o for cell in kept.cells for o in cell.get("outputs", []) if o.output_type == "error"]


@pytest.mark.filterwarnings("default")
def test_the_quickstart_when_executed_shows_every_way():
    """The quickstart answers by parser, by user model and with an honest unknown, and says what was recorded."""
    shown = as_text(execute(ROOT / "notebooks" / "quickstart.ipynb"))
    assert "4 by parser, 1 by user model, 1 unknown; 0 USD" in shown
    assert shown.count("recorded reply of") >= 3
    assert "verified 8 of 8, 5 of them unseen by the maker" in shown
