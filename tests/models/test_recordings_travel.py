"""A notebook recorded once runs on another machine without a key: `jupyter execute`, in fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nbformat
import pytest
from cells import MODULE, cell_of, examples
from loopback import CANARY, LoopbackEndpoint, said

USER_REPLY = json.dumps({"words": ["z", "y"]})
CELLS = [
    "%load_ext latm_magic",
    f"%%latm sort_words\n{cell_of(examples())}",
    "answers = %latm_solve --tool sort_words ['List: d c', 'please sort z and y']\n[(a.text, a.way) for a in answers]",
]


def execute(folder, **settings):
    """Run `jupyter execute` on the notebook in a folder, with nothing of this process's settings; give its outputs."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LATM_", "OPENAI_"))}
    environment = {**clean, "LATM_HOME": str(folder / "home"), "PYDEVD_DISABLE_FILE_VALIDATION": "1", **settings}
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", "--timeout=60", "work.ipynb"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(folder / "work.ipynb", as_version=4)
    return [output for cell in notebook.cells for output in cell.outputs]


def project(folder):
    """Make a project with the notebook in it."""
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbformat.write(notebook, folder / "work.ipynb")
    return folder


def shown(outputs):
    """Return the texts of outputs as one."""
    return "\n".join(output.get("data", {}).get("text/plain", output.get("text", "")) for output in outputs)


@pytest.mark.slow
def test_a_notebook_when_recorded_once_replays_elsewhere_without_a_key(tmp_path):
    """The recording goes along, the endpoint does not; the same answers come, and the card says that it was recorded."""
    first, second = project(tmp_path / "first"), project(tmp_path / "second")
    with LoopbackEndpoint(said(f"```python\n{MODULE}```"), said(USER_REPLY)) as endpoint:
        live = {"LATM_BASE_URL": endpoint.base_url, "LATM_API_KEY": CANARY, "LATM_MAKER_MODEL": "loopback-1"}
        outputs = shown(execute(first, **live, LATM_RECORD="recording.jsonl"))
    assert len(endpoint.chats) == 2
    wanted = "[('c d', 'parser'), ('y z', 'user')]"
    assert wanted in outputs
    recording = (first / "recording.jsonl").read_bytes()
    assert CANARY.encode() not in recording
    (second / "recording.jsonl").write_bytes(recording)
    replayed = shown(execute(second, LATM_REPLAY="recording.jsonl"))
    assert wanted in replayed
    assert "recorded reply of" in replayed
