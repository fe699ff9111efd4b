"""In a real kernel, run by nbclient: what is kept of a notebook, and that an error stops it."""

import nbformat
import pytest
from cells import MODULE, cell_of, examples
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from latm_magic.session import Session
from latm_magic.testing import ScriptedModel

CELL = cell_of(examples())


def run(project, *cells):
    """Run cells in a fresh kernel; return the notebook with its outputs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(project)}})
    client.execute()
    return notebook


@pytest.fixture
def recorded(project, monkeypatch, tmp_path):
    """Record a maker's reply beforehand, and have kernels replay it."""
    recording = tmp_path / "recording.jsonl"
    maker = ScriptedModel([f"```python\n{MODULE}```"], name="some-model")
    with Session(project, maker=maker, record=str(recording), cache_dir=str(tmp_path / "elsewhere")) as session:
        session.make("sort_words", "Sort the words alphabetically.", examples())
    monkeypatch.setenv("LATM_REPLAY", str(recording))


@pytest.mark.filterwarnings("default")
def test_a_notebook_when_run_keeps_the_final_state_and_the_cards(project, recorded):
    """Loading, making, calling and solving; progress ends as one line, the card says that the reply was recorded."""
    load, make, call, solve, edit = run(
        project,
        "%load_ext latm_magic",
        f"%%latm sort_words\n{CELL}",
        "sort_words(words=['b', 'a'])",
        '%latm_solve ["List: b a", "List: d c"]',
        "%latm edit sort_words",
    ).cells
    assert load.outputs == []
    progress, card = make.outputs
    assert progress.output_type == "display_data"
    assert progress.data["text/plain"].startswith("✓ sort_words: made, 6 of 6 right")
    assert card.output_type == "execute_result"
    for shown in (card.data["text/plain"], card.data["text/html"]):
        assert "verified 6 of 6, 3 of them unseen by the maker" in shown
        assert "recorded reply of some-model" in shown
    assert call.outputs[0].data["text/plain"] == "['a', 'b']"
    (answers,) = solve.outputs
    assert "2 by parser; 0 USD" in answers.data["text/html"]
    assert "The next cell holds sort_words" in edit.outputs[0].data["text/plain"]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%latm show sort_words", "ToolNotFound: No tool named 'sort_words'"),
        ("%latm shwo x", "MagicError: No subcommand 'shwo'."),
        ("df['answer'] = %latm_solve df['question']", "TaskError: \"df['question']\" does not evaluate"),
    ],
)
def test_a_notebook_when_a_cell_fails_stops_there(project, cell, line):
    """The error is one line in the output, and nothing after it runs."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in ("%load_ext latm_magic", cell, "print('went on')")]
    )
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(project)}})
    with pytest.raises(CellExecutionError):
        client.execute()
    (error,) = notebook.cells[1].outputs
    assert error.output_type == "error"
    assert len(error.traceback) == 1
    assert error.traceback[0].startswith(line)
    assert notebook.cells[2].outputs == []
